// Whole ceremonies: made ones of every algorithm, through both modules, and what a discharger can and cannot do.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { loadCountersign } from '../dist/index.js';

const lines = (await readFile(new URL('fixtures/cases.ndjson', import.meta.url), 'utf8')).trim().split('\n');
const web = await loadCountersign();
const full = await loadCountersign(new URL('../dist/countersign-full.wasm', import.meta.url));
const verdictOf = async (core, line) => Buffer.from(await core.verifyLine(line)).toString();
const es256 = JSON.parse(lines.find((line) => line.startsWith('{"id":"assertion/-7"')));

for (const line of lines) {
  const { id } = JSON.parse(line);
  test(`${id}: accepted, with the same line by both modules`, async () => {
    const verdict = await verdictOf(web, line);
    assert.equal(JSON.parse(verdict).ok, true, verdict);
    if (id === 'assertion/-53') {
      assert.equal(JSON.parse(await verdictOf(full, line)).error.code, 'algorithm_unsupported_by_backend');
    } else {
      assert.equal(await verdictOf(full, line), verdict);
    }
  });
}

test('each flipped bit of what the signature covers is refused', async () => {
  for (const member of ['signature', 'authenticatorData', 'clientDataJSON']) {
    const bytes = Buffer.from(es256.response.response[member], 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const copy = Buffer.from(bytes);
      copy[bit >> 3] ^= 1 << (bit & 7);
      const changed = { ...es256, response: { ...es256.response, response: { ...es256.response.response, [member]: copy.toString('base64url') } } };
      assert.equal((await web.verify(changed)).ok, false, `${member} ${bit}`);
    }
  }
});

test('only true of a discharger accepts', async () => {
  const core = async (discharger) => (await loadCountersign(undefined, { discharger })).verify(es256);
  assert.equal((await core(async () => true)).ok, true);
  for (const answer of [false, 1, 'true', {}, undefined]) {
    const verdict = await core(async () => answer);
    assert.equal(verdict.ok, false);
    assert.match(verdict.error.code, /^(signature_invalid|obligation_results_mismatch)$/);
  }
  assert.equal((await core(async () => null)).error.code, 'algorithm_unsupported_by_backend');
  assert.equal((await core(() => Promise.reject(new Error('broken')))).error.code, 'signature_invalid');
});

test('a discharger is asked only when everything else holds', async () => {
  let asked = 0;
  const core = await loadCountersign(undefined, { discharger: async () => ((asked += 1), true) });
  for (const changed of [{ ...es256, origins: ['https://example.com'] }, { ...es256, challenge: 'A'.repeat(43) }, { ...es256, rpId: 'example.com' }]) {
    assert.equal((await core.verify(changed)).ok, false);
  }
  assert.equal(asked, 0);
  assert.equal((await core.verify(es256)).ok, true);
  assert.equal(asked, 1);
});

test('a case that changes while it is under way is not accepted', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify(es256));
  const core = await loadCountersign(undefined, {
    discharger: async () => {
      // As if the caller reused its buffer: another authenticator data, not covered by what was verified.
      const at = Buffer.from(bytes).indexOf('"authenticatorData":"') + 70;
      bytes[at] = bytes[at] === 65 ? 66 : 65;
      return true;
    },
  });
  assert.equal(JSON.parse(Buffer.from(await core.verifyLine(bytes)).toString()).ok, false);
});

test('the time of a case without one is the caller\'s', async () => {
  const { time: _, ...timeless } = es256;
  assert.equal((await web.verify(timeless, { now: new Date('2026-06-01T00:00:00Z') })).ok, true);
  assert.equal((await full.verify(timeless, { now: new Date(0) })).ok, true);
});

test('10,000 verdicts leave the memory where it was', async () => {
  const line = new TextEncoder().encode(JSON.stringify(es256));
  for (let i = 0; i < 50; i += 1) await web.verifyLine(line);
  const before = web.memoryBytes;
  const quick = await loadCountersign(undefined, { discharger: async () => true });
  for (let i = 0; i < 50; i += 1) await quick.verifyLine(line);
  const quickBefore = quick.memoryBytes;
  for (let i = 0; i < 10_000; i += 1) await quick.verifyLine(line);
  assert.equal(quick.memoryBytes, quickBefore);
  assert.ok(before <= 1 << 22);
});
