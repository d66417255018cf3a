// The vectors of tests/transaction/vectors/binding.json in WebAssembly, and integers beyond those of JavaScript.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { CoreModule } from '../dist/module.js';
import { root } from './files.mjs';

const core = new CoreModule(new WebAssembly.Module(await readFile(new URL('build/wasm/wasm/frozen-test.wasm', root))), ['cs_bind_frozen']);
const answer = (line) => JSON.parse(new TextDecoder().decode(core.answer('cs_bind_frozen', new TextEncoder().encode(line))));
const vectors = new URL('tests/transaction/vectors/binding.json', root);

test('the vectors are reproduced', async () => {
  // As text: JSON.parse would change integers beyond 2^53.
  const text = await readFile(vectors, 'utf8');
  const parsed = JSON.parse(text).vectors;
  const inputs = [...text.matchAll(/"input": (\{[\s\S]*?\n   \}),?\n/g)].map((match) => match[1]);
  assert.ok(parsed.length >= 13);
  assert.equal(inputs.length, parsed.length);
  parsed.forEach(({ id, expected }, at) => {
    assert.deepEqual(answer(`{"id":"x","input":${inputs[at]}}`), { id: 'x', ok: true, ...expected }, id);
  });
});

test('2^53 + 1 minor units are not 2^53', () => {
  const digest = '1'.repeat(64);
  const line = (minor) =>
    `{"input":{"ceremony":"transaction.approve","tenant":"a","rpId":"bank.example","origins":["https://bank.example"],` +
    `"userHandle":"00","transactionId":"t","session":null,"intent":{"type":"x/1","fields":{"amount":{"currency":"EUR",` +
    `"exponent":2,"minor":${minor}}}},"view":{"title":"t","action":{"affirm":"y","deny":"n"},"rows":[[1,"a","b","ltr"]]},` +
    `"template":"${digest}","locale":"${digest}","policy":"${digest}","displayTier":0,"approval":[1,1],"previous":null,` +
    `"batch":null,"issuedAt":1,"expiresAt":2,"nonce":"${digest}"}}`;
  const cbor = (minor) => answer(line(minor)).intentCbor;
  assert.ok(cbor('9007199254740993').includes('1b0020000000000001'));
  assert.ok(cbor('9007199254740992').includes('1b0020000000000000'));
  assert.ok(cbor('9223372036854775807').includes('1b7fffffffffffffff'));
  assert.equal(answer(line('9223372036854775808')).error.code, 'cbor_unsupported');
});
