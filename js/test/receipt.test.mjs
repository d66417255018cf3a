// Receipts in the module of their own. The fixtures are what tests/receipt/make_receipts.cc writes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, readdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { CountersignError, ReceiptError, loadReceipts } from '../dist/index.js';
import { moduleBytes } from './files.mjs';

const fixture = (name) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const read = (name) => readFile(fixture(name), 'utf8');
const file = await read('receipt.json');
const chain = await read('receipt-chain.json');
const logKey = (await read('receipt-log.key')).trim();
const witness = (await read('receipt-witness.key')).trim();
const otherKey = (await read('receipt-other.key')).trim();
const receipts = await loadReceipts(await moduleBytes('countersign-receipt'));

const failing = ({ steps }) => steps.filter(({ verdict }) => verdict === 'fails').map(({ name }) => name);

// The file with its record (or another member) changed and everything around it as it was.
function edited(member, edit, whole = file) {
  const receipt = JSON.parse(whole);
  const bytes = Buffer.from(receipt[member], 'base64url');
  edit(bytes);
  return whole.replace(receipt[member], bytes.toString('base64url'));
}

test('a receipt is verified, and says what was approved', () => {
  const report = receipts.verifyReceipt(file, { logKey });
  assert.equal(report.verdict, 'verified');
  assert.ok(report.steps.length >= 12);
  assert.ok(report.steps.every(({ verdict, sentence, code }) => verdict === 'holds' && sentence !== '' && code === undefined));
  assert.equal(report.approvals.length, 1);
  const [approval] = report.approvals;
  assert.deepEqual([approval.step, approval.of, approval.tenant, approval.rpId], [1, 1, 'bank', 'example.org']);
  assert.ok(approval.rows.some(([, , value]) => value.includes('1.234,56')), JSON.stringify(approval.rows));
  assert.deepEqual(report.log, { origin: 'example.org/receipts', index: 5, size: 13 });
  assert.deepEqual(report.witnesses, []);
});

test('one approval of two is incomplete: no approved order, with the key or without', async () => {
  const first = await read('receipt-first.json');
  const report = receipts.verifyReceipt(first, { logKey });
  assert.deepEqual([report.verdict, report.isComplete], ['incomplete', false]);
  assert.match(report.sentence, /^1 of 2 approvals: this alone does not approve the order\. /);
  const unanchored = receipts.verifyReceipt(first);
  assert.deepEqual([unanchored.verdict, unanchored.isComplete], ['unanchored', false]);
  assert.match(unanchored.sentence, /^1 of 2 approvals: /);
  assert.equal(receipts.verifyReceipt(file, { logKey }).isComplete, true);
  assert.equal(receipts.verifyReceipt(file, { logKey: otherKey }).isComplete, false);
});

// Files that are never written again: tests/receipt/golden/README.md.
test('receipts of released versions are verified', async () => {
  const golden = new URL('../../tests/receipt/golden/', import.meta.url);
  const key = async (name) => (await readFile(new URL(name, golden), 'utf8')).trim();
  const names = (await readdir(golden)).filter((name) => name.endsWith('.json'));
  assert.ok(names.length >= 3);
  for (const name of names) {
    const trust = { logKey: await key('log.key'), ...(name.includes('chain') && { witnesses: [await key('witness.key')] }) };
    const whole = await readFile(new URL(name, golden));
    assert.equal(receipts.verifyReceipt(whole, trust).verdict, 'verified', name);
    whole[whole.length >> 1] ^= 1;
    assert.equal(receipts.verifyReceipt(whole, trust).verdict, 'refused', name);
  }
});

test('a record of another version is refused with the version that is read', () => {
  const version = edited('record', (record) => {
    const at = record.indexOf('gversion\u0002'); // the locale pack has another one
    assert.ok(at > 0);
    record[at + 8] = 1;
  });
  const { verdict, steps } = receipts.verifyReceipt(version, { logKey });
  assert.equal(verdict, 'refused');
  assert.equal(steps.at(-1).sentence, 'The evidence record is of version 1; this program reads version 2 and no other.');
});

test('bytes are verified as their text is', () => {
  assert.deepEqual(receipts.verifyReceipt(Buffer.from(file), { logKey }), receipts.verifyReceipt(file, { logKey }));
});

test('a payment of the browser’s dialog is verified', async () => {
  assert.equal(receipts.verifyReceipt(await read('receipt-card.json'), { logKey }).verdict, 'verified');
});

test('fails if the policy weighed another amount than the order has', async () => {
  const report = receipts.verifyReceipt(await read('receipt-weighed.json'), { logKey });
  assert.equal(report.verdict, 'refused');
  assert.deepEqual(failing(report), ['policy']);
});

test('fails if no key of the log is given: unanchored, never verified', () => {
  for (const trust of [undefined, {}, { logKey: undefined }, { witnesses: [] }]) {
    assert.equal(receipts.verifyReceipt(file, trust).verdict, 'unanchored');
  }
});

test('fails if the key is that of another log', () => {
  const report = receipts.verifyReceipt(file, { logKey: otherKey });
  assert.equal(report.verdict, 'refused');
  assert.deepEqual(report.steps.filter(({ code }) => code).map(({ name, code }) => [name, code]), [['checkpoint', 'checkpoint_key_unknown']]);
});

test('fails if a witness is missing, or signed and is not named', () => {
  assert.deepEqual(failing(receipts.verifyReceipt(file, { logKey, witnesses: [witness] })), ['witness']);
  const seen = receipts.verifyReceipt(chain, { logKey, witnesses: [witness] });
  assert.equal(seen.verdict, 'verified');
  assert.deepEqual(seen.approvals.map(({ step }) => step), [1, 2, 3]);
  assert.deepEqual(seen.witnesses.map(({ name }) => name), ['witness.example/w1']);
  assert.equal(receipts.verifyReceipt(chain, { logKey }).verdict, 'refused');
});

test('fails if the proof has one more line', () => {
  const lines = (text) => text.split('\n').filter((line) => line.startsWith('\u2014 '));
  const own = lines(JSON.parse(file).proof)[0];
  const [, name, signature] = own.split(' ');
  const id = Buffer.from(signature, 'base64').subarray(0, 4);
  const unsigned = (octets) => `\u2014 ${name} ${Buffer.concat([id, Buffer.alloc(octets, 7)]).toString('base64')}`;
  for (const line of [own, unsigned(64), unsigned(72), ...lines(JSON.parse(chain).proof)]) {
    const receipt = JSON.parse(file);
    receipt.proof += `${line}\n`;
    assert.equal(receipts.verifyReceipt(JSON.stringify(receipt), { logKey }).verdict, 'refused', line);
  }
});

// [natively every position is tried: tests/receipt/verification_test.cc]
test('fails if a bit of the file is another', async () => {
  for (const [whole, trust, stride] of [
    [file, { logKey }, 23],
    [await read('receipt-card.json'), { logKey }, 23],
    [chain, { logKey, witnesses: [witness] }, 101],
  ]) {
    const bytes = Buffer.from(whole);
    for (let at = 0; at < bytes.length; at += stride) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1 << at % 8;
      assert.equal(receipts.verifyReceipt(changed, trust).verdict, 'refused', `octet ${at}`);
    }
  }
});

test('fails if an octet of the record is another, whichever', () => {
  const { length } = Buffer.from(JSON.parse(file).record, 'base64url');
  for (let at = 0; at < length; at += 19) {
    const changed = edited('record', (record) => (record[at] ^= 1 << at % 8));
    assert.equal(receipts.verifyReceipt(changed, { logKey }).verdict, 'refused', `octet ${at}`);
  }
});

test('fails if the amount was changed in the record: what was signed is another', () => {
  const changed = edited('record', (record) => {
    const at = record.indexOf('1.234,56');
    assert.ok(at > 0);
    record.write('9', at);
  });
  assert.ok(failing(receipts.verifyReceipt(changed, { logKey })).includes('intent'));
});

test('fails if the salt is another: the record is not in the log', () => {
  assert.deepEqual(failing(receipts.verifyReceipt(edited('salt', (salt) => (salt[0] ^= 1)), { logKey })), ['inclusion']);
});

test('fails if it is cut off, has more, or is none', () => {
  for (const changed of ['', '{}', file.slice(0, -1), file.slice(1), `${file}\n`, ` ${file}`, file + file, '\ufeff' + file]) {
    assert.deepEqual(failing(receipts.verifyReceipt(changed, { logKey })), ['file']);
  }
});

test('throws what cannot be trusted, and says nothing about the receipt', () => {
  const code = (trust) => {
    try {
      receipts.verifyReceipt(file, trust);
    } catch (error) {
      assert.ok(error instanceof ReceiptError && error.message !== '');
      return error.code;
    }
    return 'nothing was thrown';
  };
  assert.equal(code({ logKey: '' }), 'log_key_malformed');
  assert.equal(code({ logKey: `${logKey}x` }), 'log_key_malformed');
  assert.equal(code({ logKey, witnesses: ['x'] }), 'log_key_malformed');
  assert.equal(code({ logKey, witnesses: Array(17).fill(witness) }), 'expectations_too_large');
  assert.equal(code({ logKey, witnesses: witness }), 'case_malformed');
  assert.equal(code({ logKey, witnesses: [witness, witness] }), 'case_malformed');
  assert.equal(code({ logKey, anchors: ['MAA='] }), 'der_truncated');
  assert.equal(code({ logKey, anchors: ['%'] }), 'base64_invalid');
  assert.equal(code({ logKey: null }), 'case_malformed');
});

test('a file of more than a receipt may have is refused; one that memory does not hold is an error', () => {
  assert.deepEqual(failing(receipts.verifyReceipt(new Uint8Array(16_777_217), { logKey })), ['file']);
  assert.throws(() => receipts.verifyReceipt(new Uint8Array(33_554_433), { logKey }), { name: 'ReceiptError', code: 'out_of_memory' });
  assert.equal(receipts.verifyReceipt(file, { logKey }).verdict, 'verified'); // it goes on
});

test('another module verifies no receipts and says so', async () => {
  await assert.rejects(loadReceipts(await moduleBytes('countersign-full')), (error) => error instanceof CountersignError && error.code === 'module_too_small');
});

// The command.
const PROGRAM = fileURLToPath(new URL('../bin/countersign.mjs', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'countersign-'));
after(() => rm(folder, { recursive: true }));

function fed(input, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'receipt', ...args], { encoding: 'utf8', input });
  return { code: status, out: stdout, err: stderr };
}
const run = (...args) => fed('', ...args);

test('receipt verify: each step in words', () => {
  const { code, out, err } = run('verify', '--log-key', fixture('receipt-log.key'), fixture('receipt.json'));
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^ok {4}Drawn again from the order, the display is exactly the one that was signed\.$/m);
  assert.match(out, /\n\nverified: The passkey recorded for each approver, the customer's own first, approved exactly this, and the log proves the record\.\n$/);
});

test('receipt verify: first what was approved, where, by whom and when', () => {
  const { out } = run('verify', '--log-key', fixture('receipt-log.key'), fixture('receipt.json'));
  const [approval] = receipts.verifyReceipt(file, { logKey }).approvals;
  assert.ok(out.startsWith(`${approval.title}\n\n`));
  assert.ok(out.includes('Empfänger: \u2068Muster Handels GmbH\u2069\n'));
  assert.deepEqual(approval.action, { affirm: 'Freigeben', deny: 'Ablehnen' });
  assert.ok(out.includes('\n\nAnswered with [\u2068Freigeben\u2069], and not with [\u2068Ablehnen\u2069]\n'), out);
  assert.ok(out.includes(`\n\nTransaction transaction-1 of bank (example.org), in the log example.org/receipts\n` +
    `Approval 1 of 1 at 2026-09-21T14:15:00Z by the user ${approval.user}\n\nok    The file`), out);
  const refused = run('verify', '--log-key', fixture('receipt-other.key'), fixture('receipt.json'));
  assert.ok(!refused.out.includes('Muster') && !refused.out.includes('transaction-1'), 'nothing of what fails');
});

test('receipt verify: one approval of two is no success', () => {
  const { code, out } = run('verify', '--log-key', fixture('receipt-log.key'), fixture('receipt-first.json'));
  assert.equal(code, 1);
  assert.match(out, /\n\nincomplete: 1 of 2 approvals: this alone does not approve the order\. /);
});

test('receipt verify: "-" is standard input', () => {
  assert.equal(fed(file, 'verify', '--log-key', fixture('receipt-log.key'), '-').code, 0);
  assert.equal(fed(`${logKey}\n`, 'verify', '--log-key', '-', fixture('receipt.json')).code, 0);
});

test('receipt verify: of several approvals each step says which', () => {
  const { code, out } = run('verify', `--log-key=${fixture('receipt-log.key')}`, '--witness', fixture('receipt-witness.key'), fixture('receipt-chain.json'));
  assert.equal(code, 0);
  assert.match(out, /^ok {4}Approval 3: /m);
});

test('receipt verify --json: the report, on one line', () => {
  const { code, out } = run('verify', '--json', '--log-key', fixture('receipt-log.key'), fixture('receipt.json'));
  assert.equal(code, 0);
  assert.equal(out, `${Buffer.from(receipts.verifyReceiptLine(file, { logKey }))}\n`);
});

test('receipt verify: unanchored and refused are no success', async () => {
  const open = run('verify', fixture('receipt.json'));
  assert.equal(open.code, 1);
  assert.match(open.out, /^open {2}Without a key of the log/m);
  const changed = join(folder, 'changed.json');
  await writeFile(changed, edited('salt', (salt) => (salt[31] ^= 128)));
  const refused = run('verify', '--log-key', fixture('receipt-log.key'), changed);
  assert.equal(refused.code, 1);
  assert.match(refused.out, /^FAIL {2}.* \[\w+\]$/m);
  assert.match(refused.out, /\nrefused: /);
});

test('receipt verify: fails if a file cannot be read or a key cannot be used', async () => {
  const none = run('verify', join(folder, 'none'));
  assert.equal(none.code, 3);
  assert.ok(none.err.startsWith(`countersign receipt: ${join(folder, 'none')}: `), none.err);
  assert.equal(run('verify', folder).code, 3);
  const bad = run('verify', '--log-key', fixture('receipt.json'), fixture('receipt.json'));
  assert.equal(bad.code, 3);
  assert.match(bad.err, /receipt\.json: /);
  const unusable = join(folder, 'bad.key');
  await writeFile(unusable, 'no key\n');
  assert.equal(run('verify', '--witness', unusable, fixture('receipt.json')).code, 3);
  const anchors = join(folder, 'anchors.pem');
  for (const pem of ['', '-----BEGIN CERTIFICATE-----\n', '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n', '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n']) {
    await writeFile(anchors, pem);
    assert.equal(run('verify', '--anchors', anchors, fixture('receipt.json')).code, 3, pem);
  }
});

test('receipt print: the page of the native command, with the exit code of verify', async () => {
  const page = run('print', '--log-key', fixture('receipt-log.key'), fixture('receipt.json'));
  assert.equal(page.code, 0);
  assert.equal(page.out, receipts.printReceipt(file, { logKey }).page);
  assert.match(page.out, /^<!doctype html>\n/);
  assert.match(page.out, /<strong>Verified<\/strong>/);
  assert.match(page.out, /<bdi dir="ltr">1\.234,56\u00a0EUR<\/bdi>/);
  assert.match(page.out, /<h2>Approval 1 of 1<\/h2>/);
  const first = run('print', '--log-key', fixture('receipt-log.key'), fixture('receipt-first.json'));
  assert.equal(first.code, 1);
  assert.match(first.out, /<strong>Not all approvals<\/strong>/);
  const refused = run('print', '--log-key', fixture('receipt-other.key'), fixture('receipt.json'));
  assert.equal(refused.code, 1);
  assert.match(refused.out, /What this file claims was approved/);
  assert.equal(receipts.printReceipt('', { logKey }).verdict, 'refused');
  assert.throws(() => receipts.printReceipt(file, { logKey: 'x' }), ReceiptError);
});

test('a key is taken as its file is read, by the function as by the command', async () => {
  for (const end of ['\n', '\r\n']) {
    assert.equal(receipts.verifyReceipt(file, { logKey: `${logKey}${end}` }).verdict, 'verified');
    const key = join(folder, 'ended.key');
    await writeFile(key, `${logKey}${end}`);
    assert.equal(run('verify', '--log-key', key, fixture('receipt.json')).code, 0);
  }
});

test('a report says who drew the display, and what is known of the passkey', async () => {
  const [approval] = receipts.verifyReceipt(file, { logKey }).approvals;
  assert.deepEqual(approval.display, { kind: 'page', tier: 0 });
  assert.equal(approval.passkey.registeredAt, '2026-05-28T20:26:40Z');
  assert.deepEqual(approval.passkey.attestation, { format: 'none', type: 'none', trust: 'none' });
  const [payment] = receipts.verifyReceipt(await read('receipt-card.json'), { logKey }).approvals;
  assert.equal(payment.display.tier, 2);
  assert.equal(payment.display.instrumentName, 'Example Bank Gold');
});

test('receipt: a key that is given twice is wrong usage, whatever its name', async () => {
  const log = fixture('receipt-log.key');
  const key = fixture('receipt-witness.key');
  for (const args of [['--witness', key, '--witness', key], ['--log-key', log, '--witness', log]]) {
    const { code, err } = run('verify', ...args, fixture('receipt.json'));
    assert.equal(code, 2, args.join(' '));
    assert.ok(err.startsWith(`countersign receipt: this key is given twice: ${args.at(-1)}\n`), err);
  }
});

test('receipt: an option without a value is wrong usage, also where a shell variable was not set', () => {
  for (const option of ['--log-key', '--witness', '--anchors']) {
    for (const args of [[option, ''], [`${option}=`]]) {
      for (const action of ['verify', 'print']) {
        const { code, out, err } = run(action, ...args, fixture('receipt.json'));
        assert.deepEqual([code, out], [2, ''], `${action} ${args.join(' ')}`);
        assert.ok(err.startsWith(`countersign receipt: a value is missing: ${option}\n`), err);
      }
    }
  }
  assert.equal(run('verify', '').code, 2);
});

test('receipt: wrong usage', () => {
  for (const args of [[], ['print'], ['print', '--json', fixture('receipt.json')], ['verify'], ['verify', 'a', 'b'], ['verify', '--log-key'], ['verify', '--what', 'x', 'a']]) {
    const { code, out } = run(...args);
    assert.deepEqual([code, out], [2, ''], args.join(' '));
  }
});
