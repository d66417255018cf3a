// The switch with which every attack is tried, and what became of each.
import { ATTACKS, AT_SERVER, IN_PAGE, IN_RECEIPT } from './attacks.js';
import { $, make } from './page.js';

const NONE = { id: 'none' };

export function chosenAttack() {
  return ATTACKS.find(({ id }) => id === $('attack').value) ?? NONE;
}

// May break after its underscores.
function codeOf(code) {
  return make('code', {}, ...code.split(/(?<=_)/).flatMap((part) => [part, make('wbr')]));
}

/** Where it failed, and with which code. Without an attack nothing is recorded. */
export function recordOutcome(attack, place, code) {
  if (attack.id === undefined || attack === NONE) {
    return;
  }
  const row = make('tr', { 'data-attack': attack.id, 'data-place': place, 'data-code': code });
  row.append(make('th', { scope: 'row' }, attack.name), make('td', {}, place.split(',')[0], codeOf(code)));
  $('journal').querySelector(`[data-attack="${attack.id}"]`)?.remove();
  $('journal').querySelector('tbody').prepend(row);
  $('journal').hidden = false;
}

function describe() {
  const attack = chosenAttack();
  const says = $('attack-says');
  says.textContent = attack === NONE ? 'Nobody interferes. Choose an attack, and send a transfer.' : attack.says;
  $('tamper-switch').classList.toggle('armed', attack !== NONE);
}

export function startTamper(places = [IN_PAGE, AT_SERVER, IN_RECEIPT]) {
  const select = $('attack');
  select.append(make('option', { value: NONE.id }, 'None'));
  for (const place of places) {
    const group = make('optgroup', { label: `Fails: ${place.charAt(0).toLowerCase()}${place.slice(1)}` });
    group.append(...ATTACKS.filter((attack) => attack.place === place).map(({ id, name }) => make('option', { value: id }, name)));
    select.append(group);
  }
  select.addEventListener('change', describe);
  describe();
}
