// The npm package in workerd, the runtime of edge workers: the same verdicts as in Node.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile, copyFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { loadCountersign, loadTransactions } from '../../js/dist/index.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// The runtime itself, without the npm package that picks it by platform.
const WORKERD = here(`node_modules/@cloudflare/workerd-linux-${process.arch === 'arm64' ? 'arm64' : '64'}/bin/workerd`);
let folder;
let server;
let origin;

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-edge-'));
  for (const name of (await readdir(here('../../js/dist'))).filter((file) => file.endsWith('.js'))) {
    await copyFile(here(`../../js/dist/${name}`), join(folder, name));
  }
  await copyFile(here('../../js/dist/countersign.wasm'), join(folder, 'countersign.wasm'));
  await copyFile(here('../../js/dist/countersign-transaction.wasm'), join(folder, 'countersign-transaction.wasm'));
  await copyFile(here('worker.js'), join(folder, 'worker.js'));
  for (let tries = 0; !(await startOnFreePort()); tries += 1) {
    assert.ok(tries < 2, 'the server ended, on whichever port');
  }
});

/** False where it ended, as it does where somebody else took the port in between. */
async function startOnFreePort() {
  const modules = (await readdir(folder)).filter((name) => name.endsWith('.js') && name !== 'worker.js');
  const port = await freePort();
  await writeFile(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    compatibilityDate = "2026-01-01",
    modules = [
      (name = "worker.js", esModule = embed "worker.js"),
      (name = "countersign.wasm", wasm = embed "countersign.wasm"),
      (name = "countersign-transaction.wasm", wasm = embed "countersign-transaction.wasm"),
      ${modules.map((name) => `(name = "countersign/${name}", esModule = embed "${name}")`).join(',\n      ')}
    ]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`,
  );
  server = spawn(WORKERD, ['serve', join(folder, 'config.capnp')], { stdio: ['ignore', 'inherit', 'inherit'] });
  origin = `http://127.0.0.1:${port}`;
  for (let tries = 0; server.exitCode === null; tries += 1) {
    try {
      await (await fetch(origin, { method: 'POST', body: '{}' })).text();
      return true;
    } catch (error) {
      if (tries === 400) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return false;
}

after(async () => {
  if (server && server.exitCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
  }
  if (folder) {
    await rm(folder, { recursive: true });
  }
});

const lines = (await readFile(here('../../js/test/fixtures/cases.ndjson'), 'utf8')).trim().split('\n');
const post = async (line) => (await fetch(origin, { method: 'POST', body: line })).text();

// What workerd's WebCrypto does not offer: an edge worker passes these on to the server.
const LACKING = ['assertion/-47', 'assertion/-53'];

test('every accepted case has the verdict line of Node, unless the runtime lacks its algorithm', async () => {
  const node = await loadCountersign();
  for (const line of lines) {
    const { id } = JSON.parse(line);
    const wanted = Buffer.from(await node.verifyLine(line)).toString();
    assert.equal(JSON.parse(wanted).ok, true, id);
    const got = await post(line);
    if (LACKING.includes(id)) {
      assert.equal(JSON.parse(got).error.code, 'algorithm_unsupported_by_backend', id);
    } else {
      assert.equal(got, wanted);
    }
  }
});

test('a changed assertion is refused', async () => {
  const assertion = JSON.parse(lines.find((line) => line.startsWith('{"id":"assertion/-7"')));
  for (const member of ['signature', 'authenticatorData', 'clientDataJSON']) {
    const changed = structuredClone(assertion);
    const bytes = Buffer.from(changed.response.response[member], 'base64url');
    bytes[bytes.length - 1] ^= 1;
    changed.response.response[member] = bytes.toString('base64url');
    const verdict = JSON.parse(await post(JSON.stringify(changed)));
    assert.equal(verdict.ok, false, member);
  }
});

test('what is no case is refused, and the worker goes on', async () => {
  for (const line of ['', 'nonsense', '['.repeat(100_000), ' '.repeat(300_000)]) {
    assert.equal(JSON.parse(await post(line)).ok, false);
  }
  assert.equal(JSON.parse(await post(lines[0])).ok, true);
});

test('a transaction is drawn as in Node', async () => {
  const template = await readFile(here('../../js/dist/templates/payment.card.json'), 'utf8');
  const locale = await readFile(here('../../js/dist/locales/ar.json'), 'utf8');
  const line = JSON.stringify({
    id: 1,
    input: {
      template: 'payment.card/1', locale: 'ar', forms: ['text', 'html', 'svg'],
      intent: { type: 'payment.card/1', fields: { amount: { currency: 'KWD', value: '12.500' }, merchant: 'شركة الاختبار', card: '1234' } },
    },
  });
  const { templates, locales } = JSON.parse(await readFile(here('../../js/dist/digests.json'), 'utf8'));
  const digests = [templates['payment.card/1'], locales.ar];
  const node = await loadTransactions();
  node.loadTemplate(template, digests[0]);
  node.loadLocale(locale, digests[1]);
  const wanted = Buffer.from(node.renderLine(line)).toString();
  assert.equal(JSON.parse(wanted).ok, true);
  const drawn = await fetch(`${origin}/render`, { method: 'POST', body: JSON.stringify({ template, locale, digests, line }) });
  assert.equal(await drawn.text(), wanted);
});

test('RSA with a modulus of 3482 bits, as in a vector of the standard', async () => {
  const keys = crypto.generateKeyPairSync('rsa', { modulusLength: 3482 });
  const { n, e } = keys.publicKey.export({ format: 'jwk' });
  const message = Buffer.from('message');
  const obligation = {
    algorithm: { scheme: 'rsa_pkcs1', hash: 'sha256' }, key: { type: 'rsa', n, e }, message: message.toString('base64url'),
    signature: crypto.sign('sha256', message, keys.privateKey).toString('base64url'),
  };
  const discharge = async (body) => (await fetch(`${origin}/discharge`, { method: 'POST', body: JSON.stringify(body) })).json();
  assert.equal(await discharge(obligation), true);
  assert.equal(await discharge({ ...obligation, message: 'AAAA' }), false);
});
