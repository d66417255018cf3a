// Compares the verdict lines of all runs in a folder with those of native OpenSSL. Exits 1 at the first kinds of
// difference, and when a pinned exception is not one any more.
import { readFile } from 'node:fs/promises';

const [folder, exceptionsFile] = process.argv.slice(2);
const RUNS = ['native-openssl', 'native-cryptopp', 'wasm-webcrypto', 'wasm-full'];

async function linesOf(name) {
  const bytes = await readFile(`${folder}/${name}.ndjson`);
  const lines = bytes.toString('latin1').split('\n'); // octets, whatever they are
  if (lines.pop() !== '') {
    throw new Error(`${name}: the last line has no newline`);
  }
  return lines;
}

// "RUN CODE ID": for the case with that id, the run answers with that error where the reference does not.
const exceptions = new Map();
for (const line of (await readFile(exceptionsFile, 'utf8')).split('\n')) {
  if (line !== '' && !line.startsWith('#')) {
    const [run, code, ...id] = line.split(' ');
    exceptions.set(`${run} ${id.join(' ')}`, { code, isUsed: false });
  }
}

const cases = await linesOf('cases');
const [reference, ...others] = await Promise.all(RUNS.map(linesOf));
let differences = 0;
function report(text) {
  differences += 1;
  if (differences <= 20) {
    console.log(text);
  }
}
if (reference.length !== cases.length) {
  report(`native-openssl: ${reference.length} verdicts for ${cases.length} cases`);
}
let accepted = 0;
const refusals = new Set();
const present = new Set();
for (const line of reference) {
  const verdict = JSON.parse(line);
  present.add(verdict.id);
  if (verdict.ok) {
    accepted += 1;
  } else {
    refusals.add(`${verdict.error.code} ${verdict.error.check}`);
  }
}
others.forEach((lines, index) => {
  const run = RUNS[index + 1];
  if (lines.length !== reference.length) {
    report(`${run}: ${lines.length} verdicts for ${reference.length} cases`);
  }
  lines.forEach((line, at) => {
    if (line === reference[at]) {
      return;
    }
    const verdict = JSON.parse(line);
    const exception = exceptions.get(`${run} ${verdict.id}`);
    if (exception && !verdict.ok && verdict.error.code === exception.code) {
      exception.isUsed = true;
      return;
    }
    report(`${run}, case ${at + 1}:\n  native-openssl: ${reference[at]}\n  ${run}: ${line}`);
  });
});
for (const [name, { isUsed }] of exceptions) {
  const id = name.slice(name.indexOf(' ') + 1);
  if (!isUsed && present.has(id)) {
    report(`pinned exception that is none: ${name}`);
  }
}
console.log(`${accepted} accepted, ${refusals.size} kinds of refusal, ${exceptions.size} pinned exceptions`);
console.log(`parity: ${cases.length} cases, ${RUNS.length} runs, ${differences} differences`);
process.exitCode = differences === 0 && cases.length >= 2000 ? 0 : 1;
