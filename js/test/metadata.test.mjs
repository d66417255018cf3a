// verifyMetadata: which module has it and what it does with what is no BLOB. What it decides is compared with the
// native core in tests/parity.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCountersign } from '../dist/index.js';
import { moduleBytes } from './files.mjs';

const REQUEST = { id: 'a', trustAnchors: [], host: 'mds.fidoalliance.org' };

test('the small module has no metadata and says so', async () => {
  const countersign = await loadCountersign(await moduleBytes('countersign'));
  await assert.rejects(countersign.verifyMetadata(REQUEST, 'a.b.c'), { code: 'module_too_small' });
});

test('an error page is refused, whether it comes as text or as bytes', async () => {
  const countersign = await loadCountersign(await moduleBytes('countersign-full'));
  for (const blob of ['<!DOCTYPE html>', new TextEncoder().encode('<!DOCTYPE html>')]) {
    const verdict = await countersign.verifyMetadata(REQUEST, blob);
    assert.deepEqual([verdict.id, verdict.ok, verdict.error.code], ['a', false, 'jws_malformed']);
  }
});

test('a BLOB above every limit is out of memory, and the module goes on', async () => {
  const countersign = await loadCountersign(await moduleBytes('countersign-full'));
  const verdict = await countersign.verifyMetadata(REQUEST, new Uint8Array(33_554_433));
  assert.equal(verdict.error.code, 'out_of_memory');
  assert.equal((await countersign.verifyMetadata({ ...REQUEST, host: 1469 }, '')).error.code, 'case_malformed');
});
