// WebCrypto and node:crypto as dischargers: every algorithm, right and wrong, and what a runtime may lack.
import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { test } from 'node:test';
import { hostDischarger, nodeDischarger, webCryptoDischarger } from '../dist/index.js';

const message = Buffer.from('what was signed');
const node = await nodeDischarger();
const host = await hostDischarger();

function obligationOf(scheme, hash, keys, curve) {
  const jwk = keys.publicKey.export({ format: 'jwk' });
  const options = { key: keys.privateKey };
  if (scheme === 'ecdsa') {
    options.dsaEncoding = 'ieee-p1363';
  } else if (scheme === 'rsa_pss') {
    options.padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
    options.saltLength = crypto.constants.RSA_PSS_SALTLEN_DIGEST;
  }
  const signature = crypto.sign(scheme === 'eddsa' ? null : hash, message, options);
  const key =
    jwk.kty === 'RSA'
      ? { type: 'rsa', n: jwk.n, e: jwk.e }
      : jwk.kty === 'EC'
        ? { type: 'ec2', curve, x: jwk.x, y: jwk.y }
        : { type: 'okp', curve, x: jwk.x };
  return {
    digest: '', check: 'assertion_signature_verifies', algorithm: { scheme, hash }, key,
    message: message.toString('base64url'), signature: signature.toString('base64url'),
  };
}

const CURVES = { p256: 'P-256', p384: 'P-384', p521: 'P-521', secp256k1: 'secp256k1' };
const cases = [];
for (const [curve, namedCurve] of Object.entries(CURVES)) {
  for (const hash of ['sha1', 'sha256', 'sha384', 'sha512']) {
    cases.push([`ecdsa ${curve} ${hash}`, obligationOf('ecdsa', hash, crypto.generateKeyPairSync('ec', { namedCurve }), curve)]);
  }
}
// The standard's packed-rs256 vector has a modulus of 3482 bits.
for (const modulusLength of [2048, 2049, 3482]) {
  const keys = crypto.generateKeyPairSync('rsa', { modulusLength });
  for (const hash of ['sha1', 'sha256', 'sha384', 'sha512']) {
    cases.push([`rsa_pkcs1 ${modulusLength} ${hash}`, obligationOf('rsa_pkcs1', hash, keys)]);
    cases.push([`rsa_pss ${modulusLength} ${hash}`, obligationOf('rsa_pss', hash, keys)]);
  }
}
cases.push(['ed25519', obligationOf('eddsa', 'sha512', crypto.generateKeyPairSync('ed25519'), 'ed25519')]);
cases.push(['ed448', obligationOf('eddsa', 'sha512', crypto.generateKeyPairSync('ed448'), 'ed448')]);

function flipped(text, at) {
  const bytes = Buffer.from(text, 'base64url');
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return bytes.toString('base64url');
}

for (const [name, obligation] of cases) {
  for (const [who, discharge] of [['host', host], ['node:crypto', node]]) {
    test(`${who}: ${name}`, async () => {
      assert.equal(await discharge(obligation), true);
      assert.equal(await discharge(obligation), true, 'with the cached key');
      for (const at of [0, 5, -1]) {
        assert.notEqual(await discharge({ ...obligation, signature: flipped(obligation.signature, at) }), true);
      }
      assert.equal(await discharge({ ...obligation, signature: flipped(obligation.signature, -1) }), false);
      assert.equal(await discharge({ ...obligation, message: flipped(obligation.message, 0) }), false);
      assert.notEqual(await discharge({ ...obligation, signature: '' }), true);
      if (obligation.algorithm.scheme !== 'eddsa') {
        const hash = obligation.algorithm.hash === 'sha256' ? 'sha384' : 'sha256';
        assert.equal(await discharge({ ...obligation, algorithm: { ...obligation.algorithm, hash } }), false);
      }
    });
  }
}

test('WebCrypto alone answers null to what it lacks, as a browser does', async () => {
  const alone = webCryptoDischarger(crypto.webcrypto.subtle);
  const secp256k1 = cases.find(([name]) => name === 'ecdsa secp256k1 sha256')[1];
  assert.equal(await alone(secp256k1), null);
  const p256 = cases.find(([name]) => name === 'ecdsa p256 sha256')[1];
  assert.equal(await alone(p256), true);
});

test('an engine that refuses a key says null, one that fails to verify says false', async () => {
  const [, obligation] = cases[0];
  const fails = (name) => async () => {
    throw new DOMException('no', name);
  };
  const importKey = async () => ({});
  assert.equal(await webCryptoDischarger({ importKey: fails('NotSupportedError'), verify: null })(obligation), null);
  assert.equal(await webCryptoDischarger({ importKey: fails('DataError'), verify: null })(obligation), null);
  assert.equal(await webCryptoDischarger({ importKey, verify: fails('OperationError') })(obligation), false);
  assert.equal(await webCryptoDischarger({ importKey, verify: fails('NotSupportedError') })(obligation), null);
  for (const answer of [1, 'true', {}, undefined, null]) {
    assert.equal(await webCryptoDischarger({ importKey, verify: async () => answer })(obligation), false);
  }
});

test('a fallback that says false is believed', async () => {
  const secp256k1 = cases.find(([name]) => name === 'ecdsa secp256k1 sha256')[1];
  assert.equal(await webCryptoDischarger(crypto.webcrypto.subtle, async () => false)(secp256k1), false);
});

test('the cache of keys is bounded', async () => {
  let imports = 0;
  const subtle = { importKey: async () => ((imports += 1), {}), verify: async () => true };
  const discharge = webCryptoDischarger(subtle);
  const [, obligation] = cases[0];
  const keyed = (i) => ({ ...obligation, key: { ...obligation.key, x: Buffer.alloc(32, i % 256).toString('base64url'), y: Buffer.from([i >> 8, ...Buffer.alloc(31)]).toString('base64url') } });
  for (let i = 0; i < 1000; i += 1) await discharge(keyed(i));
  assert.equal(imports, 1000);
  await discharge(keyed(999));
  assert.equal(imports, 1000);
  await discharge(keyed(0));
  assert.equal(imports, 1001);
});
