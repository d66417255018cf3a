// Wycheproof (C2SP) through this runtime's arithmetic, which the modules leave to it. The core refuses loose DER and
// wrong sizes before any arithmetic (tests/vectors/wycheproof_test.cc); those cases are left out here and counted.
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
