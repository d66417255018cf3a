// The npm package in Chromium, in the page and in a worker: the same verdicts as in Node.
import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { loadCountersign } from '../../js/dist/index.js';
import { ROOT, launchChromium } from './support.mjs';

const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };
const WORKER = `
import { loadCountersign } from '/countersign/index.js';
const core = loadCountersign('/countersign/countersign.wasm');
onmessage = async ({ data }) => postMessage(new TextDecoder().decode(await (await core).verifyLine(data)));
`;
// What Chromium's WebCrypto does not offer.
const LACKING = ['assertion/-47', 'assertion/-53'];

const lines = (await readFile(path.join(ROOT, 'js/test/fixtures/cases.ndjson'), 'utf8')).trim().split('\n');
let server;
let browser;
let page;

before(async () => {
  server = createServer(async (request, response) => {
    const name = path.basename(request.url);
    // A strict policy, as a bank has it: no eval, WebAssembly allowed.
    const headers = { 'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };
    if (name === 'worker.js') {
      response.writeHead(200, { ...headers, 'Content-Type': TYPES['.js'] }).end(WORKER);
    } else if (request.url.startsWith('/countersign/') && existsSync(path.join(ROOT, 'js/dist', name))) {
      response.writeHead(200, { ...headers, 'Content-Type': TYPES[path.extname(name)] });
      response.end(await readFile(path.join(ROOT, 'js/dist', name)));
    } else {
      response.writeHead(200, { ...headers, 'Content-Type': TYPES['.html'] }).end('<!doctype html><title>test</title>');
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
});

after(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
});

function assertVerdict(line, wanted, got, lacking = LACKING) {
  const { id } = JSON.parse(line);
  if (lacking.includes(id)) {
    assert.equal(JSON.parse(got).error.code, 'algorithm_unsupported_by_backend', id);
  } else {
    assert.equal(got, wanted);
  }
}

test('both modules in the page give the verdict lines of Node', async () => {
  for (const name of ['countersign', 'countersign-full']) {
    const node = await loadCountersign(path.join(ROOT, `js/dist/${name}.wasm`));
    const got = await page.evaluate(
      async ([file, cases]) => {
        const { loadCountersign: load } = await import('/countersign/index.js');
        const core = await load(`/countersign/${file}.wasm`);
        const verdicts = [];
        for (const line of cases) {
          verdicts.push(new TextDecoder().decode(await core.verifyLine(line)));
        }
        return verdicts;
      },
      [name, lines],
    );
    for (const [i, line] of lines.entries()) {
      assertVerdict(line, Buffer.from(await node.verifyLine(line)).toString(), got[i], node.isFull ? [] : LACKING);
    }
  }
});

test('a worker gives the verdict lines of Node', async () => {
  const node = await loadCountersign();
  const got = await page.evaluate(async (cases) => {
    const worker = new Worker('/worker.js', { type: 'module' });
    const ask = (line) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(line);
      });
    const verdicts = [];
    for (const line of cases) {
      verdicts.push(await ask(line));
    }
    worker.terminate();
    return verdicts;
  }, lines);
  for (const [i, line] of lines.entries()) {
    assertVerdict(line, Buffer.from(await node.verifyLine(line)).toString(), got[i]);
  }
});

test('RSA with a modulus of 3482 bits, as in a vector of the standard', async () => {
  for (const [scheme, padding] of [['rsa_pkcs1', crypto.constants.RSA_PKCS1_PADDING], ['rsa_pss', crypto.constants.RSA_PKCS1_PSS_PADDING]]) {
    for (const modulusLength of [2049, 3482]) {
      const keys = crypto.generateKeyPairSync('rsa', { modulusLength });
      const { n, e } = keys.publicKey.export({ format: 'jwk' });
      const message = Buffer.from('message');
      const signature = crypto.sign('sha256', message, { key: keys.privateKey, padding, saltLength: 32 });
      const answers = await page.evaluate(
        async (obligation) => {
          const { hostDischarger } = await import('/countersign/index.js');
          const discharge = await hostDischarger();
          return [await discharge(obligation), await discharge({ ...obligation, message: 'AAAA' })];
        },
        {
          algorithm: { scheme, hash: 'sha256' }, key: { type: 'rsa', n, e }, message: message.toString('base64url'),
          signature: signature.toString('base64url'),
        },
      );
      assert.deepEqual(answers, [true, false], `${scheme} ${modulusLength}`);
    }
  }
});
