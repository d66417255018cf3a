// The modules as files: exports, imports, size, what they do at their limits.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { MODULES, listed, moduleBytes } from './files.mjs';

const BUDGETS = { countersign: 88_000, 'countersign-full': 260_000 }; // octets after gzip -9

for (const name of MODULES) {
  const bytes = await moduleBytes(name);
  const module = new WebAssembly.Module(bytes);

  test(`${name}: exports are those of exports.txt`, async () => {
    const wanted = (await listed('wasm/exports.txt'))
      .map((line) => line.split(/\s+/))
      .filter(([, ...modules]) => modules.includes(name))
      .map(([symbol]) => symbol);
    assert.ok(wanted.length >= 8);
    const exported = WebAssembly.Module.exports(module).map((entry) => entry.name);
    assert.deepEqual(exported.sort(), [...wanted, '_initialize', 'memory'].sort());
  });

  test(`${name}: imports are those of imports.golden`, async () => {
    const imported = WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
    assert.deepEqual(imported.sort(), (await listed('wasm/imports.golden')).sort());
  });

  test(`${name}: is within its size budget`, () => {
    const packed = gzipSync(bytes, { level: 9 }).length;
    assert.ok(packed <= BUDGETS[name], `${packed} octets`);
  });

  test(`${name}: memory has a limit`, () => {
    const { memory } = new WebAssembly.Instance(module, {}).exports;
    assert.throws(() => memory.grow(1024)); // 64 MiB are 1,024 pages
    assert.equal(memory.buffer.byteLength, 1 << 20);
  });

  test(`${name}: holds no path of the machine that built it`, () => {
    const text = bytes.toString('latin1');
    assert.doesNotMatch(text, /\/(home|root|tmp|usr|work|build)\//);
  });
}
