// The C boundary: the cases of tests/wasm/abi_cases.json, which the native build passes as well, and misuse.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ALL_MODULES, MODULES, moduleBytes, root } from './files.mjs';

const cases = JSON.parse(await readFile(new URL('tests/wasm/abi_cases.json', root), 'utf8'));
assert.ok(cases.length >= 25);

const TAKES_TIME = ['cs_begin_case', 'cs_verify'];
const SIZE_MAX = 0xffffffff;

function instance(module) {
  const { exports } = new WebAssembly.Instance(module, {});
  exports._initialize();
  return exports;
}

function blockOf(core, bytes) {
  const pointer = core.cs_alloc(bytes.length) >>> 0;
  if (pointer !== 0) {
    new Uint8Array(core.memory.buffer, pointer, bytes.length).set(bytes);
  }
  return pointer;
}

function resultOf(core) {
  return Buffer.from(core.memory.buffer, core.cs_result_data() >>> 0, core.cs_result_size() >>> 0).toString();
}

function rangeOf(core, p, n, kind) {
  switch (kind) {
    case 'whole': return [p, n];
    case 'none': return [0, 0];
    case 'null': return [0, n];
    case 'tail': return [p + 1, n - 1];
    case 'empty_at_end': return [p + n, 0];
    case 'one_past': return [p, n + 1];
    case 'one_before': return [p - 1, n];
    case 'starts_past': return [p + n, 1];
    case 'huge': return [p, SIZE_MAX];
    case 'wild': return [SIZE_MAX - 15, 16];
    case 'freed': core.cs_free(p); return [p, n];
    default: throw new Error(`unknown range ${kind}`);
  }
}

function inputOf(entry) {
  return Buffer.concat([
    Buffer.from((entry.input ?? '').repeat(entry.repeat ?? 1)),
    Buffer.from((entry.input_tail ?? '').repeat(entry.repeat_tail ?? 1)),
    Buffer.from(entry.input_hex ?? '', 'hex'),
  ]);
}

function called(core, entry) {
  if (entry.call === 'cs_version' || entry.call === 'cs_errors') {
    return core[entry.call]();
  }
  const input = inputOf(entry);
  const block = blockOf(core, input);
  const range = rangeOf(core, block, input.length, entry.range ?? 'whole');
  let status;
  if (['cs_finish_case', 'cs_verify_metadata', 'cs_verify_receipt'].includes(entry.call)) {
    const results = Buffer.from(entry.results);
    const resultsBlock = blockOf(core, results);
    status = core[entry.call](...range, ...rangeOf(core, resultsBlock, results.length, entry.results_range ?? 'whole'), 0n);
    core.cs_free(resultsBlock);
  } else if (TAKES_TIME.includes(entry.call)) {
    status = core[entry.call](...range, 0n);
  } else {
    status = core[entry.call](...range);
  }
  core.cs_free(block);
  return status;
}

for (const name of ALL_MODULES) {
  const module = new WebAssembly.Module(await moduleBytes(name));
  const core = instance(module);

  for (const entry of cases) {
    if (typeof core[entry.call] !== 'function' || (entry.module === 'ceremonies' && !MODULES.includes(name))) {
      continue;
    }
    test(`${name}: ${entry.name}`, () => {
      assert.equal(called(core, entry), entry.status);
      const result = resultOf(core);
      if (entry.result !== undefined) {
        assert.equal(result, entry.result);
      } else {
        assert.ok(result.includes(entry.contains), result);
      }
      if (result !== '') {
        JSON.parse(result);
      }
    });
  }

  test(`${name}: alloc refuses zero, too much and too many`, () => {
    const fresh = instance(module);
    for (const size of [0, (1 << 25) + 1, SIZE_MAX, -1]) {
      assert.equal(fresh.cs_alloc(size), 0);
    }
    const blocks = Array.from({ length: 8 }, () => fresh.cs_alloc(1 << 20));
    assert.ok(blocks.every((block) => block !== 0));
    assert.equal(fresh.cs_alloc(1), 0);
    for (const block of blocks) {
      assert.equal(fresh.cs_free(block), 0);
      assert.equal(fresh.cs_free(block), 1);
    }
    assert.equal(fresh.cs_free(0), 1);
    assert.equal(fresh.cs_free(SIZE_MAX), 1);
  });
}

for (const name of MODULES) {
  const module = new WebAssembly.Module(await moduleBytes(name));

  test(`${name}: memory grows for a large input and calls go on`, () => {
    const fresh = instance(module);
    const before = fresh.memory.buffer.byteLength;
    const input = Buffer.from(`[${'"0123456789",'.repeat(19_000)}0]`);
    const block = blockOf(fresh, input);
    assert.equal(fresh.cs_begin_case(block, input.length, 0n), 0);
    assert.match(resultOf(fresh), /"case_malformed"/);
    assert.ok(fresh.memory.buffer.byteLength > before);
    assert.ok(fresh.memory.buffer.byteLength <= 1 << 24, 'the worst case stays far below the limit');
    fresh.cs_free(block);
    assert.equal(fresh.cs_version(), 0);
  });

  test(`${name}: 10,000 calls hold no more memory than 100`, () => {
    const fresh = instance(module);
    const input = Buffer.from(`{"id":"${'x'.repeat(5000)}","ceremony":"registration","response":{}}`);
    const call = () => {
      const block = blockOf(fresh, input);
      assert.equal(fresh.cs_begin_case(block, input.length, 0n), 0);
      assert.equal(fresh.cs_free(block), 0);
    };
    for (let i = 0; i < 100; i += 1) call();
    const before = fresh.memory.buffer.byteLength;
    for (let i = 0; i < 10_000; i += 1) call();
    assert.equal(fresh.memory.buffer.byteLength, before);
  });

  test(`${name}: random octets have a verdict`, () => {
    const fresh = instance(module);
    let state = 1;
    const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
    for (let i = 0; i < 2000; i += 1) {
      const input = Buffer.from(Array.from({ length: 1 + (random() % 300) }, () => random() & 0xff));
      const block = blockOf(fresh, input);
      assert.equal(fresh.cs_begin_case(block, input.length, 0n), 0);
      assert.equal(JSON.parse(resultOf(fresh)).ok, false);
      fresh.cs_free(block);
    }
  });
}
