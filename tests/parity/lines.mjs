// Answers of two runs to the same lines: node lines.mjs WHAT CASES NATIVE WASM MINIMUM. Exits 1 at a difference, and when
// there are fewer cases than MINIMUM.
import { readFile } from 'node:fs/promises';

const [what, ...files] = process.argv.slice(2);
const minimum = Number(files.pop());
const [cases, native, wasm] = await Promise.all(
  files.map(async (file) => (await readFile(file, 'latin1')).trimEnd().split('\n')), // octets, whatever they are
);
let differences = native.length === cases.length && wasm.length === cases.length ? 0 : 1;
if (differences > 0) {
  console.log(`${what}: ${cases.length} cases, ${native.length} native answers, ${wasm.length} of the module`);
}
const refusals = new Map();
let accepted = 0;
native.forEach((line, at) => {
  const answer = JSON.parse(Buffer.from(line, 'latin1').toString());
  if (answer.ok) {
    accepted += 1;
  } else {
    refusals.set(answer.error.code, (refusals.get(answer.error.code) ?? 0) + 1);
  }
  if (line !== wasm[at]) {
    differences += 1;
    if (differences <= 10) {
      console.log(`${what}, case ${at + 1}: ${cases[at].slice(0, 500)}\n  native: ${line.slice(0, 500)}\n  module: ${wasm[at]?.slice(0, 500)}`);
    }
  }
});
const kinds = [...refusals].map(([code, count]) => `${code} ${count}`).sort();
console.log(`${what}: ${accepted} accepted, ${refusals.size} kinds of refusal: ${kinds.join(', ')}`);
console.log(`parity: ${what}: ${cases.length} cases, ${differences} differences`);
process.exit(differences === 0 && accepted > 0 && cases.length >= minimum ? 0 : 1);
