// The error union of TypeScript, errors.def, and the table in the module are one.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { CHECK_NAMES, ERROR_CODES, loadCountersign } from '../dist/index.js';
import { generatedErrors } from '../scripts/generate-errors.mjs';

test('src/errors.ts is made from errors.def and checks.def as they stand', async () => {
  assert.equal(await readFile(new URL('../src/errors.ts', import.meta.url), 'utf8'), await generatedErrors());
});

test('the module has the same codes, classes and checks', async () => {
  const table = (await loadCountersign()).errors();
  const codes = Object.fromEntries(table.errors.map((entry) => [entry.code, entry.class]));
  assert.deepEqual(codes, { ...ERROR_CODES });
  assert.deepEqual(table.checks.sort(), [...CHECK_NAMES].sort());
  assert.equal(new Set(table.errors.map((entry) => entry.number)).size, table.errors.length);
});
