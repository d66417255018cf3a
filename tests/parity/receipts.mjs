// Receipts through the native command and through the module: node receipts.mjs FOLDER. The same bytes for whole ones, for
// hundreds that were changed in the file or inside of what it holds, and for the largest batch; two of those are more than
// the module's memory holds. Exits 1 at a difference.
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadReceipts } from '../../js/dist/index.js';

const MINIMUM = 300;
const folder = process.argv[2];
const read = (name) => readFile(join(folder, name));
const receipts = await loadReceipts(await readFile('build/wasm/countersign-receipt.wasm'));
const keys = Object.fromEntries(
  await Promise.all(['log', 'witness', 'other'].map(async (name) => [name, (await read(`receipt-${name}.key`)).toString().trim()])),
);

let state = 1;
const below = (count) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % count;
};

const cases = []; // {name, file, log, witness}: names of keys
const add = (name, file, log = 'log', witness = null) => cases.push({ name, file, log, witness });

for (const name of ['receipt.json', 'receipt-card.json', 'receipt-first.json', 'receipt-chain.json', 'receipt-batch.json']) {
  const file = await read(name);
  for (const log of [null, 'log', 'other']) {
    add(name, file, log);
    add(name, file, log, 'witness');
  }
}
for (const [name, witness] of [['receipt.json'], ['receipt-card.json'], ['receipt-chain.json', 'witness']]) {
  const file = await read(name);
  const whole = file.toString();
  const receipt = JSON.parse(whole);
  for (let i = 0; i < 25; i += 1) {
    const changed = Buffer.from(file);
    changed[below(changed.length)] = below(256);
    add(`${name}: an octet`, changed, 'log', witness);
  }
  for (let i = 0; i < 5; i += 1) {
    add(`${name}: cut`, file.subarray(0, below(file.length)), 'log', witness);
    const at = below(file.length);
    add(`${name}: doubled`, Buffer.concat([file.subarray(0, at), file.subarray(at - below(20))]), 'log', witness);
  }
  // Inside: the members stay well-formed base64url, so that each reaches a step of its own.
  const inside = (what, text, edit) => {
    const bytes = Buffer.from(text, 'base64url');
    add(`${name}: ${what}`, Buffer.from(whole.replace(text, edit(bytes).toString('base64url'))), 'log', witness);
  };
  const flip = (bytes) => {
    bytes[below(bytes.length)] ^= 1 << below(8);
    return bytes;
  };
  for (let i = 0; i < 70; i += 1) {
    inside('record', receipt.record, flip);
  }
  for (const earlier of receipt.earlier) {
    for (let i = 0; i < 15; i += 1) {
      inside('earlier', earlier, flip);
    }
  }
  inside('salt', receipt.salt, flip);
  // The proof is text: index, path and the signed note.
  const lines = receipt.proof.split('\n');
  lines.forEach((line, at) => {
    const changed = [...lines];
    changed[at] = line === '' ? 'x' : line.slice(0, -1) + (line.endsWith('A') ? 'B' : 'A');
    add(`${name}: proof`, Buffer.from(JSON.stringify({ ...receipt, proof: changed.join('\n') })), 'log', witness);
  });
}

// A line more, by nobody: with the log's name and key id, or one that is there.
for (const [name, witness] of [['receipt.json'], ['receipt-chain.json', 'witness']]) {
  const receipt = JSON.parse((await read(name)).toString());
  const lines = receipt.proof.split('\n').filter((line) => line.startsWith('\u2014 '));
  const [, signer, signature] = lines[0].split(' ');
  const id = Buffer.from(signature, 'base64').subarray(0, 4);
  for (const octets of [64, 72]) {
    lines.push(`\u2014 ${signer} ${Buffer.concat([id, Buffer.alloc(octets, 7)]).toString('base64')}`);
  }
  for (const line of lines) {
    const proof = `${receipt.proof}${line}\n`;
    add(`${name}: a line more`, Buffer.from(JSON.stringify({ ...receipt, proof })), 'log', witness);
  }
}

let differences = 0;
const verdicts = new Map();
const steps = new Set();
for (const { name, file, log, witness } of cases) {
  const path = join(folder, 'case.json');
  await writeFile(path, file);
  const args = ['receipt', 'verify', '--json'];
  if (log) args.push('--log-key', join(folder, `receipt-${log}.key`));
  if (witness) args.push('--witness', join(folder, `receipt-${witness}.key`));
  const native = spawnSync('build/native/countersign', [...args, path], { maxBuffer: 1 << 26 });
  let line;
  try {
    line = Buffer.from(receipts.verifyReceiptLine(file, { ...(log && { logKey: keys[log] }), ...(witness && { witnesses: [keys[witness]] }) }));
  } catch (error) {
    line = Buffer.from(error.message);
  }
  if (native.status > 1 || !native.stdout.equals(Buffer.concat([line, Buffer.of(10)]))) {
    differences += 1;
    if (differences <= 10) {
      console.log(`receipts, ${name}: native (${native.status}) ${native.stdout.toString().slice(0, 500)}\n  module ${line.toString().slice(0, 500)}`);
    }
    continue;
  }
  const report = JSON.parse(line.toString());
  verdicts.set(report.verdict, (verdicts.get(report.verdict) ?? 0) + 1);
  for (const step of report.steps) {
    if (step.verdict === 'fails') steps.add(step.name);
  }
}

// Pages, too.
for (const name of ['receipt.json', 'receipt-card.json', 'receipt-first.json', 'receipt-weighed.json']) {
  const printed = spawnSync('build/native/countersign', ['receipt', 'print', '--log-key', join(folder, 'receipt-log.key'), join(folder, name)]);
  const { page } = receipts.printReceipt(await read(name), { logKey: keys.log });
  if (page === '' || printed.stdout.toString() !== page) {
    differences += 1;
    console.log(`receipts, ${name}: another page`);
  }
}

// What the module's memory does not hold is no verdict.
const large = join(folder, 'receipt-batches.json');
const native = spawnSync('build/native/countersign', ['receipt', 'verify', '--log-key', join(folder, 'receipt-log.key'), large], { maxBuffer: 1 << 26 });
let code;
try {
  receipts.verifyReceipt(await readFile(large), { logKey: keys.log });
} catch (error) {
  ({ code } = error);
}
if (native.status !== 0 || code !== 'out_of_memory') {
  differences += 1;
  console.log(`receipts: two large batches: native ${native.status}, module ${code}`);
}

console.log(`receipts: ${[...verdicts].map(([verdict, count]) => `${verdict} ${count}`).join(', ')}; steps that failed: ${[...steps].sort().join(', ')}`);
console.log(`parity: receipts: ${cases.length} cases, ${differences} differences`);
const isBroad = cases.length >= MINIMUM && steps.size >= 8 && ['verified', 'incomplete', 'unanchored', 'refused'].every((verdict) => verdicts.has(verdict));
process.exit(differences === 0 && isBroad ? 0 : 1);
