// A view of the core, drawn: nothing but its texts, each isolated from the others.
import { make } from './page.js';

/** Rows whose text is not that of `other` are marked: what a server shows otherwise. */
export function drawView(view, language, direction, other) {
  const box = make('div', { class: 'view', lang: language, dir: direction });
  const list = make('dl', {});
  view.rows.forEach((row, i) => {
    const [level, label, value, valueDirection] = row;
    const differs = other !== undefined && JSON.stringify(row) !== JSON.stringify(other.rows[i]);
    const entry = make('div', { class: `level-${level}${differs ? ' differs' : ''}` });
    entry.append(make('dt', {}, label), make('dd', {}, make('bdi', { dir: valueDirection }, value)));
    list.append(entry);
  });
  box.append(make('h3', {}, view.title), list);
  return box;
}

/** How two views differ, in words; undefined where they do not. */
export function difference(mine, theirs) {
  if (mine.title !== theirs.title) {
    return `The title reads “${theirs.title}” there, and “${mine.title}” here.`;
  }
  for (let i = 0; i < Math.max(mine.rows.length, theirs.rows.length); i += 1) {
    const [here, there] = [mine.rows[i], theirs.rows[i]];
    if (JSON.stringify(here) !== JSON.stringify(there)) {
      const words = (row) => (row ? `“${row[1]}: ${row[2]}”` : 'nothing');
      return `Row ${i + 1} says ${words(there)} there, and ${words(here)} here.`;
    }
  }
  return undefined;
}
