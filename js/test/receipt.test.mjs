// verifyReceipt: which module has it, and what it does with what is no receipt. Real ones are verified in the browser tests,
// where the server makes them; the native core decides the same by the same code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadReceipts } from '../dist/receipt.js';
import { moduleBytes } from './files.mjs';

test('another module verifies no receipts and says so', async () => {
  await assert.rejects(loadReceipts(await moduleBytes('countersign')), { code: 'module_too_small' });
});

test('what is no receipt is refused, whether it comes as text or as bytes', async () => {
  const receipts = await loadReceipts(await moduleBytes('countersign-receipt'));
  for (const file of ['', '<!DOCTYPE html>', new TextEncoder().encode('{"format":"countersign-receipt/1"}')]) {
    const report = receipts.verifyReceipt(file);
    assert.equal(report.verdict, 'refused');
    assert.deepEqual([report.steps[0].name, report.steps[0].verdict], ['file', 'fails']);
    assert.deepEqual(report.approvals, []);
  }
});

test('a key that is none is an error, not a weaker verdict', async () => {
  const receipts = await loadReceipts(await moduleBytes('countersign-receipt'));
  assert.ok(receipts.verifyReceipt('{}', { logKey: 'bank+00000000+AAAA' }).error.code);
});

test('a file above every limit is out of memory, and the module goes on', async () => {
  const receipts = await loadReceipts(await moduleBytes('countersign-receipt'));
  assert.equal(receipts.verifyReceipt(new Uint8Array(33_554_433)).error.code, 'out_of_memory');
  assert.equal(receipts.verifyReceipt('{}').verdict, 'refused');
});
