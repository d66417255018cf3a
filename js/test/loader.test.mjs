// loadCountersign: every source of a module, and what it does with what is no module.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { CountersignError, loadCountersign } from '../dist/index.js';
import { moduleBytes } from './files.mjs';

const REFUSED = { id: 7, ok: false, error: { code: 'case_malformed', check: '', step: '', message: 'The case is not what `verify` reads.' } };

async function works(source) {
  const countersign = await loadCountersign(source);
  assert.deepEqual(await countersign.verify({ id: 7 }), REFUSED);
  assert.match(countersign.version, /^\d+\.\d+\.\d+$/);
  return countersign;
}

test('loads the module beside it', async () => assert.equal((await works(undefined)).isFull, false));

test('loads a compiled module, bytes, a buffer, a path, a file URL', async () => {
  const bytes = await moduleBytes('countersign-full');
  const view = new Uint8Array(bytes);
  const folder = await mkdtemp(join(tmpdir(), 'countersign-'));
  try {
    const path = join(folder, 'module.wasm');
    await copyFile(new URL('../dist/countersign-full.wasm', import.meta.url), path);
    for (const source of [await WebAssembly.compile(view), view, view.buffer, path, pathToFileURL(path), pathToFileURL(path).href]) {
      assert.equal((await works(source)).isFull, true);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('loads over HTTP, with any content type, and from a response', async () => {
  const bytes = await moduleBytes('countersign');
  const server = createServer((request, response) => {
    if (request.url === '/missing') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': request.url === '/plain' ? 'text/plain' : 'application/wasm' }).end(bytes);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  try {
    await works(`${base}/module`);
    await works(new URL(`${base}/plain`));
    await works(fetch(`${base}/module`));
    await works(await fetch(`${base}/plain`));
    await assert.rejects(loadCountersign(`${base}/missing`), { name: 'CountersignError', code: 'module_unreadable' });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('refuses what is no module of Countersign', async () => {
  const foreign = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0); // an empty module
  await assert.rejects(loadCountersign(foreign), { name: 'CountersignError', code: 'module_foreign' });
  await assert.rejects(loadCountersign(Uint8Array.of(1, 2, 3)), { code: 'module_unreadable' });
  await assert.rejects(loadCountersign('/nonexistent.wasm'), (error) => error instanceof CountersignError && error.cause?.code === 'ENOENT');
});

test('a case is text, octets or an object; the verdict never throws', async () => {
  const countersign = await works(undefined);
  const line = async (input) => Buffer.from(await countersign.verifyLine(input)).toString();
  assert.match(await line('{"id":1}'), /^\{"id":1,"ok":false/);
  assert.match(await line(Buffer.from('{"id":1}')), /^\{"id":1,"ok":false/);
  assert.match(await line(''), /json_syntax/);
  assert.match(await line(Buffer.from([0xff, 0xfe])), /json_syntax|utf8/);
  assert.match(await line('\ud800'), /json_syntax/);
  assert.match(await line('x'.repeat(10_000_000)), /json_too_large/);
  assert.match(await line(Buffer.alloc(countersign.maxCaseBytes + 1, 32)), /json_too_large/);
  assert.match(await line(Buffer.alloc(countersign.maxCaseBytes, 32)), /json_syntax/);
});

test('many cases under way at once keep their verdicts apart', async () => {
  const countersign = await works(undefined);
  const verdicts = await Promise.all(Array.from({ length: 200 }, (_, id) => countersign.verify({ id })));
  assert.deepEqual(verdicts.map((verdict) => verdict.id), Array.from({ length: 200 }, (_, id) => id));
});
