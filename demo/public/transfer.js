// The form of a transfer, and of a batch of them: what the customer types becomes the intent.
import { TransactionError } from '/countersign/transaction.js';

import { BATCH, LANGUAGES, TRANSFER, directionOf, documentsOf, templateOf, transactions } from './documents.js';
import { $, busy, explain, make, notify } from './page.js';

const CURRENCIES = { EUR: 2, GBP: 2, CHF: 2, USD: 2, JPY: 0 };
const TWO_PEOPLE_FROM = 100_000n; // minor units of EUR: what demo/policy.json says

const EXAMPLES = [
  { creditor: 'Anna Muster', account: 'DE89 3704 0044 0532 0130 00', amount: '1,250.00', reference: 'Invoice 4711' },
  { creditor: 'Joop de Vries', account: 'NL91 ABNA 0417 1643 00', amount: '86.40', reference: 'Bicycle' },
  { creditor: 'Claire Dubois', account: 'FR14 2004 1010 0505 0001 3M02 606', amount: '112.00', reference: 'Lesson' },
];

let isBatch = false;

const chosenType = () => (isBatch ? BATCH : TRANSFER);
const language = () => $('language').value;

// ---- What was typed ------------------------------------------------------------------------------

/** What groups digits in the chosen language, so that "1.250" is read as it is meant there, or not at all. */
function groupMark() {
  return new Intl.NumberFormat(language(), { useGrouping: 'always' })
    .formatToParts(1234567).find(({ type }) => type === 'group')?.value;
}

/**
 * Digits, in groups of three with one kind of mark or in none, and perhaps decimals after another mark. Whatever is not
 * quite that goes to the core as it is, which refuses it.
 */
function amountOf(typed, currency) {
  const text = typed.trim();
  const match = /^(?:([0-9]+)|([1-9][0-9]{0,2}(?:([.,'’ \u00a0\u202f])[0-9]{3})(?:\3[0-9]{3})*))(?:([.,])([0-9]{1,2}))?$/.exec(text);
  if (!match) {
    return { currency, value: text };
  }
  const [, plain, grouped = '', mark, decimalMark, fraction] = match;
  const mayBeDecimals = (mark === '.' || mark === ',') && decimalMark === undefined && grouped.indexOf(mark) === grouped.lastIndexOf(mark);
  if (grouped !== '' && (mark === decimalMark || (mayBeDecimals && mark !== groupMark()))) {
    return { currency, value: text };
  }
  const whole = plain ?? grouped.replace(/[^0-9]/g, '');
  return { currency, value: fraction === undefined ? whole : `${whole}.${fraction.padEnd(CURRENCIES[currency] ?? 2, '0')}` };
}

function minorOf({ currency, value }) {
  const [whole, fraction = ''] = value.split('.');
  const digits = CURRENCIES[currency] ?? 2;
  return /^[0-9]+$/.test(whole) && fraction.length <= digits
    ? BigInt(whole + fraction.padEnd(digits, '0'))
    : undefined;
}

function decimalOf(minor, currency) {
  const digits = CURRENCIES[currency] ?? 2;
  const text = String(minor).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function lineOf(set) {
  const typed = (name) => set.querySelector(`[name="${name}"]`).value;
  const reference = typed('reference').trim();
  return {
    creditor: typed('creditor').trim(),
    creditorAccount: { iban: typed('account').replace(/\s/g, '') },
    amount: amountOf(typed('amount'), typed('currency')),
    ...(reference === '' ? {} : { reference }),
  };
}

/** One a currency, in the order in which they first appear. */
function totalsOf(lines) {
  const totals = new Map();
  for (const { amount } of lines) {
    const minor = minorOf(amount);
    if (minor !== undefined) {
      totals.set(amount.currency, (totals.get(amount.currency) ?? 0n) + minor);
    }
  }
  return [...totals].sort().map(([currency, minor]) => ({ currency, value: decimalOf(minor, currency) }));
}

function typedIntent() {
  const lines = [...document.querySelectorAll('#lines fieldset')].map(lineOf);
  const shared = { debtorAccount: { iban: $('debtor').value }, executionDate: $('execution-date').value };
  const fields = isBatch
    ? { ...shared, payees: lines, count: lines.length, total: totalsOf(lines) }
    : { ...shared, ...lines[0] };
  return { type: chosenType(), fields };
}

function needsTwoPeople({ fields, type }) {
  const totals = type === BATCH ? fields.total : [fields.amount];
  return totals.some(({ currency }) => currency !== 'EUR') || totals.some((total) => (minorOf(total) ?? 0n) >= TWO_PEOPLE_FROM);
}

// ---- The form ------------------------------------------------------------------------------------

function field(id, name, label, attributes = {}) {
  const input = make('input', { id, name, autocomplete: 'off', ...attributes });
  return make('div', { class: `field field-${name}` }, make('label', { for: id }, label), input);
}

function lineSet(number, labels, example) {
  const id = (name) => `${name}-${number}`;
  const amount = make('div', { class: 'amount-and-currency' });
  const currency = make('select', { id: id('currency'), name: 'currency', 'aria-label': LANGUAGES[language()].currency });
  currency.append(...Object.keys(CURRENCIES).map((code) => make('option', { value: code }, code)));
  amount.append(
    field(id('amount'), 'amount', labels.amount, { inputmode: 'decimal', required: '', dir: 'ltr', maxlength: '26' }),
    currency,
  );
  const set = make('fieldset', {});
  if (isBatch) {
    set.append(make('legend', {}, `${labels.creditor} ${number}`));
  }
  set.append(
    field(id('creditor'), 'creditor', labels.creditor, { required: '', maxlength: '140', dir: 'auto' }),
    field(id('account'), 'account', labels.creditorAccount, { required: '', maxlength: '50', dir: 'ltr', spellcheck: 'false' }),
    amount,
    field(id('reference'), 'reference', labels.reference, { maxlength: '140', dir: 'auto' }),
  );
  for (const [name, value] of Object.entries(example)) {
    set.querySelector(`[name="${name}"]`).value = value;
  }
  return set;
}

// In the language of the view, with the words of the template; what was typed stays.
async function drawForm() {
  const type = chosenType();
  const { texts } = await templateOf(type);
  if (type !== chosenType()) {
    return; // another form was chosen meanwhile
  }
  const { labels, title } = texts[language()];
  const typed = [...document.querySelectorAll('#lines fieldset')].map((set) =>
    Object.fromEntries([...set.querySelectorAll('input, select')].map((input) => [input.name, input.value])),
  );
  const form = $('transfer-form');
  form.lang = language();
  form.dir = directionOf(language());
  const count = isBatch ? EXAMPLES.length : 1;
  $('lines').replaceChildren(
    ...EXAMPLES.slice(0, count).map((example, i) => lineSet(i + 1, labels, typed[i] ?? example)),
  );
  form.querySelector('label[for="debtor"]').textContent = labels.debtorAccount;
  form.querySelector('label[for="execution-date"]').textContent = labels.executionDate;
  form.setAttribute('aria-label', title);
  $('review').textContent = LANGUAGES[language()].review;
  $('totals-label').textContent = labels.total ?? '';
  follow();
  form.dataset.drawn = `${type} ${language()}`;
}

// What follows from what is typed: totals, and whether somebody else must approve, too.
function follow() {
  const intent = typedIntent();
  $('totals').hidden = !isBatch;
  if (isBatch) {
    const sums = intent.fields.total.map(({ value, currency }) => make('bdi', { dir: 'ltr' }, `${value} ${currency}`));
    $('totals-value').replaceChildren(...sums.flatMap((sum, i) => (i === 0 ? [sum] : [' + ', sum])));
  }
  $('second-person').hidden = !needsTwoPeople(intent);
}

function clearProblem() {
  $('transfer-problem').hidden = true;
  for (const input of $('transfer-form').querySelectorAll('[aria-invalid]')) {
    input.removeAttribute('aria-invalid');
    input.removeAttribute('aria-describedby');
  }
}

const INPUT_OF = { creditor: 'creditor', creditorAccount: 'account', amount: 'amount', reference: 'reference', total: 'amount' };

// Refused by the core before anything is sent: which field, which character.
function showProblem(error) {
  const match = /^(?:payees\[(\d+)\]\.)?(\w+)/.exec(error.field ?? '');
  const number = Number(match?.[1] ?? 0) + 1;
  const only = isBatch ? undefined : /^(iban|amount)_/.exec(error.code)?.[1];
  const name = INPUT_OF[match?.[2]] ?? { iban: 'account', amount: 'amount' }[only] ?? '';
  const input = match?.[2] === 'executionDate' ? $('execution-date') : $(`${name}-${number}`);
  const character =
    error.codePoint === undefined ? '' : ` It is U+${error.codePoint.toString(16).toUpperCase().padStart(4, '0')}.`;
  const problem = $('transfer-problem');
  problem.textContent = `${error.message}${character} Nothing was sent. (${error.code})`;
  problem.hidden = false;
  if (input) {
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', 'transfer-problem');
    input.focus();
  }
}

function selectKind(batch, focus = false) {
  isBatch = batch;
  for (const [id, chosen] of [['tab-transfer', !batch], ['tab-batch', batch]]) {
    $(id).setAttribute('aria-selected', String(chosen));
    $(id).tabIndex = chosen ? 0 : -1;
    if (chosen && focus) {
      $(id).focus();
    }
  }
  $('transfer-form').setAttribute('aria-labelledby', batch ? 'tab-batch' : 'tab-transfer');
  clearProblem();
  return drawForm();
}

function tomorrow() {
  const day = new Date(Date.now() + 86_400_000);
  return new Date(day.getTime() - day.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

async function submit(confirm) {
  clearProblem();
  const intent = typedIntent();
  const entry = { intent, language: language(), approver: $('approver').value.trim() };
  const core = await transactions;
  const documents = await documentsOf(intent.type, entry.language);
  try {
    core.render({ intent, ...documents });
  } catch (error) {
    if (error instanceof TransactionError) {
      showProblem(error);
      return;
    }
    throw error;
  }
  if (needsTwoPeople(intent) && entry.approver === '') {
    notify('From 1,000.00 EUR on two people approve: say who the other one is.', 'bad');
    $('approver').focus();
    return;
  }
  await confirm({ ...entry, approver: needsTwoPeople(intent) ? entry.approver : '' });
}

/** `confirm(entry)` gets what the customer typed: `{intent, language, approver}`. */
export async function startTransfer(confirm) {
  $('language').append(
    ...Object.entries(LANGUAGES).map(([id, { name }]) => make('option', { value: id, lang: id }, name)),
  );
  $('language').value = Object.keys(LANGUAGES).find((id) => id === navigator.language) ?? 'en-GB';
  $('language').addEventListener('change', () => drawForm().catch(explain));
  $('execution-date').value = tomorrow();
  $('transfer-form').addEventListener('input', follow);
  $('transfer-form').addEventListener('submit', (event) => {
    event.preventDefault();
    busy($('review'), () => submit(confirm));
  });
  for (const [id, batch] of [['tab-transfer', false], ['tab-batch', true]]) {
    $(id).addEventListener('click', () => selectKind(batch).catch(explain));
    $(id).addEventListener('keydown', (event) => {
      if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
        event.preventDefault();
        selectKind(!batch, true).catch(explain);
      }
    });
  }
  await selectKind(false);
}
