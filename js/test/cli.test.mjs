// The command line: `verify`, `version`, `--help`; one verdict a line, in order, never a stop.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';

const PROGRAM = fileURLToPath(new URL('../bin/countersign.mjs', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'countersign-'));
after(() => rm(folder, { recursive: true }));

function run(args, input = '') {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, ...args]);
    const out = [];
    const err = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.on('close', (code) => resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

const verdicts = (out) => out.split('\n').slice(0, -1).map((line) => JSON.parse(line));

for (const backend of ['webcrypto', 'cryptopp']) {
  test(`verify --backend ${backend}: each line has a verdict, in order`, async () => {
    const lines = Array.from({ length: 500 }, (_, id) => (id % 3 === 0 ? `broken ${id}` : JSON.stringify({ id })));
    const { code, out } = await run(['verify', '--backend', backend], lines.join('\n'));
    assert.equal(code, 0);
    const got = verdicts(out);
    assert.equal(got.length, 500);
    got.forEach((verdict, id) => {
      assert.equal(verdict.ok, false);
      assert.equal(verdict.id, id % 3 === 0 ? null : id);
    });
  });
}

test('verify: empty input, empty lines, octets that are no text, a line without end', async () => {
  assert.deepEqual(await run(['verify']), { code: 0, out: '', err: '' });
  const { code, out } = await run(['verify'], Buffer.concat([Buffer.from('\n\r\n'), Buffer.from([0xff, 0, 10]), Buffer.from('{"id":1}')]));
  assert.equal(code, 0);
  assert.deepEqual(verdicts(out).map((verdict) => verdict.error.code), ['json_syntax', 'json_syntax', 'json_syntax', 'case_malformed']);
});

test('verify: a line of 50 MB is refused and the next one is read', async () => {
  const { code, out } = await run(['verify'], Buffer.concat([Buffer.alloc(50_000_000, 'x'), Buffer.from('\n{"id":2}\n')]));
  assert.equal(code, 0);
  assert.deepEqual(verdicts(out).map((verdict) => [verdict.id, verdict.error.code]), [[null, 'json_too_large'], [2, 'case_malformed']]);
});

test('verify: files in their order, standard input as "-", a missing file is reported', async () => {
  const file = join(folder, 'cases');
  await writeFile(file, '{"id":"file"}\n');
  const { out, code } = await run(['verify', file, '-', file], '{"id":"stdin"}');
  assert.equal(code, 0);
  assert.deepEqual(verdicts(out).map((verdict) => verdict.id), ['file', 'stdin', 'file']);
  const missing = await run(['verify', join(folder, 'none'), file]);
  assert.equal(missing.code, 3);
  assert.match(missing.err, /ENOENT/);
  assert.equal(verdicts(missing.out).length, 1);
});

test('verify: a verdict is written before the next case is sent', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'verify']);
  const answers = child.stdout[Symbol.asyncIterator]();
  for (let id = 0; id < 3; id += 1) {
    child.stdin.write(`{"id":${id}}\n`);
    const { value } = await answers.next();
    assert.equal(JSON.parse(value.toString()).id, id);
  }
  const closed = new Promise((resolve) => child.on('close', resolve));
  child.stdin.end();
  assert.equal(await closed, 0);
});

test('verify: ends when nobody reads', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'verify']);
  child.stdin.on('error', () => {});
  const closed = new Promise((resolve) => child.on('close', resolve));
  child.stdout.destroy();
  child.stdin.end('{}\n'.repeat(50_000));
  assert.equal(await closed, 3);
});

test('verify --strict: exit code 1 when any case was refused', async () => {
  assert.equal((await run(['verify', '--strict'], '{}')).code, 1);
  assert.equal((await run(['verify', '--strict'], '')).code, 0);
});

test('wrong usage is exit code 2', async () => {
  for (const args of [[], ['nothing'], ['verify', '--none'], ['verify', '--backend', 'openssl'], ['verify', '--backend'], ['version', 'x']]) {
    const { code, out, err } = await run(args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(out, '');
    assert.notEqual(err, '');
  }
});

test('version and --help', async () => {
  const version = await run(['version']);
  assert.equal(version.code, 0);
  assert.match(version.out, /^countersign \d+\.\d+\.\d+\nmodule {6}\d+\.\d+\.\d+ \(WebAssembly\)\nruntime {5}Node\.js \d/);
  // What a module without tables would leave empty.
  assert.match(version.out, /\nunicode {5}\d+\.\d+\.\d+\ncurrencies {2}ISO 4217, \S.*\nibans {7}registry, \S.*\n$/);
  for (const args of [['--help'], ['verify', '--help'], ['version', '--help']]) {
    const { code, out } = await run(args);
    assert.equal(code, 0);
    assert.match(out, /countersign verify/);
  }
});
