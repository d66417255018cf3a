// Wycheproof (C2SP) twice: through this runtime's arithmetic, which countersign.wasm leaves to it (the core refuses loose
// DER and wrong sizes before any arithmetic, so those cases are left out and counted), and, whole signatures as on the
// wire, through the arithmetic of countersign-full.wasm in a module for tests.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { hostDischarger } from '../dist/index.js';
import { root } from './files.mjs';

const folder = new URL('../shared/vectors/wycheproof/', root);
const skip = existsSync(folder) ? false : 'the third-party vectors are not beside this checkout';
const discharge = await hostDischarger();
const base64url = (hex) => Buffer.from(hex, 'hex').toString('base64url');

// r ‖ s of a signature in strict DER whose numbers fit the curve, else null.
function fixedEcdsa(der) {
  let at = 2;
  const integer = () => {
    const size = der[at + 1];
    const bytes = der.subarray(at + 2, at + 2 + size);
    const isStrict =
      der[at] === 2 && size > 0 && size <= 33 && bytes.length === size && bytes[0] < 128 && !(size > 1 && bytes[0] === 0 && bytes[1] < 128);
    at += 2 + size;
    const number = bytes[0] === 0 ? bytes.subarray(1) : bytes;
    return isStrict && number.length > 0 && number.length <= 32 ? Buffer.concat([Buffer.alloc(32 - number.length), number]) : null;
  };
  if (der[0] !== 0x30 || der[1] !== der.length - 2) {
    return null;
  }
  const r = integer();
  const s = r && integer();
  return s && at === der.length ? Buffer.concat([r, s]) : null;
}

const ecdsa = (curve) => ({
  algorithm: { scheme: 'ecdsa', hash: 'sha256' },
  key: ({ publicKey: { uncompressed } }) => ({ type: 'ec2', curve, x: base64url(uncompressed.slice(2, 66)), y: base64url(uncompressed.slice(66)) }),
  fixed: fixedEcdsa,
});
const rsa = (scheme) => ({
  algorithm: { scheme, hash: 'sha256' },
  key: ({ publicKey: { modulus, publicExponent } }) => ({
    type: 'rsa', n: base64url(modulus.replace(/^(00)+/, '')), e: base64url(publicExponent.replace(/^(00)+/, '')),
  }),
  fixed: (signature) => (signature.length === 256 ? signature : null),
});
const FILES = {
  ecdsa_secp256r1_sha256_test: ecdsa('p256'),
  ecdsa_secp256k1_sha256_test: ecdsa('secp256k1'),
  ed25519_test: {
    algorithm: { scheme: 'eddsa', hash: 'sha512' },
    key: ({ publicKey: { pk } }) => ({ type: 'okp', curve: 'ed25519', x: base64url(pk) }),
    fixed: (signature) => (signature.length === 64 ? signature : null),
  },
  rsa_signature_2048_sha256_test: rsa('rsa_pkcs1'),
  rsa_pss_2048_sha256_mgf1_32_test: rsa('rsa_pss'),
};

for (const [name, { algorithm, key, fixed }] of Object.entries(FILES)) {
  test(name, { skip }, async (context) => {
    const { numberOfTests, testGroups } = JSON.parse(await readFile(new URL(`${name}.json`, folder), 'utf8'));
    const counts = { verified: 0, refused: 0, refusedByForm: 0 };
    for (const group of testGroups) {
      for (const { tcId, msg, sig, result } of group.tests) {
        const signature = fixed(Buffer.from(sig, 'hex'));
        if (signature === null) {
          assert.notEqual(result, 'valid', `case ${tcId}`);
          counts.refusedByForm += 1;
          continue;
        }
        const obligation = { digest: '', check: '', algorithm, key: key(group), message: base64url(msg), signature: signature.toString('base64url') };
        assert.equal(await discharge(obligation), result === 'valid', `case ${tcId}`);
        counts[result === 'valid' ? 'verified' : 'refused'] += 1;
      }
    }
    assert.equal(counts.verified + counts.refused + counts.refusedByForm, numberOfTests);
    assert.ok(counts.verified > 0 && counts.refused > 0);
    context.diagnostic(`${numberOfTests} cases: ${JSON.stringify(counts)}`);
  });
}

const SCHEMES = { ecdsa: 0, eddsa: 1, rsa_pkcs1: 2, rsa_pss: 3 };
const HASHES = { sha1: 0, sha256: 1, sha384: 2, sha512: 3 };
const CURVES = { p256: 1, secp256k1: 4, ed25519: 5 };
// "Acceptable" says that a verifier may refuse: a PKCS#1 encoding without the NULL of its hash (ours refuses).
const ACCEPTABLE = { rsa_signature_2048_sha256_test: [8] };

const moduleFile = new URL('build/wasm/wasm/arithmetic-test.wasm', root);

for (const [name, { algorithm, key }] of Object.entries(FILES)) {
  test(`${name} in WebAssembly`, { skip }, async (context) => {
    const { instance } = await WebAssembly.instantiate(await readFile(moduleFile), {});
    instance.exports._initialize?.();
    const { memory, cs_test_buffer: bufferAt, cs_test_verify: verify } = instance.exports;
    const field = (bytes) => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
    const octets = (text) => Buffer.from(text ?? '', 'base64url');
    const { numberOfTests, testGroups } = JSON.parse(await readFile(new URL(`${name}.json`, folder), 'utf8'));
    const counts = { verified: 0, refused: 0, refusedByForm: 0 };
    const acceptable = [];
    for (const group of testGroups) {
      const { type, curve, ...numbers } = key(group);
      const parts = type === 'rsa' ? [numbers.n, numbers.e] : [numbers.x, numbers.y];
      for (const { tcId, msg, sig, result } of group.tests) {
        const input = Buffer.concat([
          Buffer.from([SCHEMES[algorithm.scheme], HASHES[algorithm.hash], CURVES[curve] ?? 0]),
          ...parts.map((part) => field(octets(part))), field(Buffer.from(msg, 'hex')), field(Buffer.from(sig, 'hex')),
        ]);
        new Uint8Array(memory.buffer, bufferAt(), input.length).set(input);
        const verdict = verify(input.length);
        assert.ok([1, 0, -3].includes(verdict), `case ${tcId}: ${verdict}`);
        assert.equal(verdict === 1, result === 'valid', `case ${tcId}: ${verdict}`);
        counts[verdict === 1 ? 'verified' : verdict === 0 ? 'refused' : 'refusedByForm'] += 1;
        if (result === 'acceptable') {
          acceptable.push(tcId);
        }
      }
    }
    assert.equal(counts.verified + counts.refused + counts.refusedByForm, numberOfTests);
    assert.deepEqual(acceptable, ACCEPTABLE[name] ?? []);
    assert.ok(counts.verified > 0 && counts.refused > 0);
    context.diagnostic(`${numberOfTests} cases: ${JSON.stringify(counts)}`);
  });
}
