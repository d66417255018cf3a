// The error union of TypeScript, errors.def, and the table in the module are one.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { CHECK_NAMES, ERROR_CODES, loadCountersign } from '../dist/index.js';
import { generatedErrors } from '../scripts/generate-errors.mjs';
import { moduleBytes, root } from './files.mjs';

test('src/errors.ts is made from errors.def and checks.def as they stand', async () => {
  assert.equal(await readFile(new URL('../src/errors.ts', import.meta.url), 'utf8'), await generatedErrors());
});

const table = async (module) => (await loadCountersign(await moduleBytes(module))).errors();
const classes = (entries) => Object.fromEntries(entries.map((entry) => [entry.code, entry.class]));

test('the full module has the same codes, classes and checks', async () => {
  const { errors, checks } = await table('countersign-full');
  assert.deepEqual(classes(errors), { ...ERROR_CODES });
  assert.deepEqual(checks.sort(), [...CHECK_NAMES].sort());
  assert.equal(new Set(errors.map((entry) => entry.number)).size, errors.length);
});

test('the small module has those of ceremonies, with the same words', async () => {
  const full = await table('countersign-full');
  const small = await table('countersign');
  // Which ones: what errors.def and checks.def do not leave out under CS_CEREMONIES_ONLY.
  const kept = async (file, row) => {
    const text = await readFile(new URL(`core/base/${file}`, root), 'utf8');
    const whole = text.replace(/^#ifndef CS_CEREMONIES_ONLY$.*?^#endif.*?$/gms, '');
    assert.notEqual(whole, text);
    return new Set([...whole.matchAll(row)].map(([, name]) => name));
  };
  const codes = await kept('errors.def', /^CS_ERROR\(\d+, (\w+),/gm);
  const checks = await kept('checks.def', /^CS_CHECK\(\d+, (\w+)\)/gm);
  assert.ok(codes.has('signature_invalid') && !codes.has('store_unavailable'));
  assert.deepEqual(small.errors, full.errors.filter((entry) => codes.has(entry.code)));
  assert.deepEqual(small.checks, full.checks.filter((name) => checks.has(name)));
});
