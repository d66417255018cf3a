// The modules as files: exports, imports, size, what they do at their limits.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { readFile } from 'node:fs/promises';
import ts from 'typescript';
import { ALL_MODULES, listed, moduleBytes } from './files.mjs';

// Octets after gzip -9.
const BUDGETS = { countersign: 88_000, 'countersign-full': 260_000, 'countersign-transaction': 70_000, 'countersign-receipt': 250_000, 'countersign-policy': 150_000 };

// By the program: zlib's deflate takes up to 3% more.
const packedSize = (input) => execFileSync('gzip', ['-9', '-n', '-c'], { input }).length;

for (const name of ALL_MODULES) {
  const bytes = await moduleBytes(name);
  const module = new WebAssembly.Module(bytes);

  test(`${name}: exports are those of exports.txt`, async () => {
    const wanted = (await listed('wasm/exports.txt'))
      .map((line) => line.split(/\s+/))
      .filter(([, ...modules]) => modules.includes(name))
      .map(([symbol]) => symbol);
    assert.ok(wanted.length >= 7);
    const exported = WebAssembly.Module.exports(module).map((entry) => entry.name);
    assert.deepEqual(exported.sort(), [...wanted, '_initialize', 'memory'].sort());
  });

  test(`${name}: imports are those of imports.golden`, async () => {
    const imported = WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
    assert.deepEqual(imported.sort(), (await listed('wasm/imports.golden')).sort());
  });

  test(`${name}: is within its size budget`, () => {
    const packed = packedSize(bytes);
    assert.ok(packed <= BUDGETS[name], `${packed} octets`);
  });

  // What a page needs to load it and to bind and render; comments are no part of it.
  test(`${name}: is within its budget with its glue`, { skip: name !== 'countersign-transaction' }, async () => {
    const glue = await Promise.all(
      ['module', 'source', 'transaction'].map(async (file) => {
        const source = await readFile(new URL(`../src/${file}.ts`, import.meta.url), 'utf8');
        const options = { target: 'ES2022', module: 'ESNext', removeComments: true };
        return ts.transpileModule(source, { compilerOptions: options }).outputText.replace(/^ +/gm, '');
      }),
    );
    const packed = packedSize(bytes) + packedSize(glue.join(''));
    console.log(`size: ${name}.wasm with its glue ${(packed / 1000).toFixed(1)} KB of ${BUDGETS[name] / 1000} KB`);
    assert.ok(packed <= BUDGETS[name], `${packed} octets`);
  });

  test(`${name}: memory has a limit`, () => {
    const { memory } = new WebAssembly.Instance(module, {}).exports;
    // 64 MiB are 1,024 pages; the largest receipt takes more.
    assert.throws(() => memory.grow(name === 'countersign-receipt' ? 1536 : 1024));
    assert.equal(memory.buffer.byteLength, 1 << 20);
  });

  test(`${name}: holds no path of the machine that built it`, () => {
    const text = bytes.toString('latin1');
    assert.doesNotMatch(text, /\/(home|root|tmp|usr|work|build)\//);
  });
}
