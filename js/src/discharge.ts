/**
 * Signature arithmetic by the host: WebCrypto, and in Node `node:crypto` for what Node's WebCrypto lacks. The core has
 * checked everything else: points are on their curves, RSA numbers within bounds, ECDSA signatures are r ‖ s of the
 * curve's size, Ed25519 encodings canonical.
 */
import type { SignatureObligation } from './types.js';

/** True, false, or null where the host lacks the algorithm. */
export type HostVerdict = boolean | null;

/** Verifies one obligation. Never rejects. */
export type Discharger = (obligation: SignatureObligation) => Promise<HostVerdict>;

type Bytes = Uint8Array<ArrayBuffer>;

const HASHES = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const;
const DIGEST_SIZES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;
const NAMED_CURVES = { p256: 'P-256', p384: 'P-384', p521: 'P-521', secp256k1: undefined } as const;
const OKP_NAMES = { ed25519: 'Ed25519', ed448: 'Ed448' } as const;

// [an authenticator's key comes back at each login; a chain has five more at registration]
const MAX_CACHED_KEYS = 256;

interface KeyPlan {
  format: 'raw' | 'jwk';
  data: Bytes | JsonWebKey;
  import: Algorithm | EcKeyImportParams | RsaHashedImportParams;
  verify: Algorithm | EcdsaParams | RsaPssParams;
}

/** A discharger over a WebCrypto implementation, with a bounded cache of imported keys. */
export function webCryptoDischarger(subtle: SubtleCrypto, fallback?: Discharger): Discharger {
  const keys = new Map<string, Promise<CryptoKey>>();

  function importedKey(plan: KeyPlan, obligation: SignatureObligation): Promise<CryptoKey> {
    const id = JSON.stringify([obligation.key, plan.import]);
    let key = keys.get(id);
    if (key === undefined) {
      key = (
        plan.format === 'raw'
          ? subtle.importKey('raw', plan.data as Bytes, plan.import, false, ['verify'])
          : subtle.importKey('jwk', plan.data as JsonWebKey, plan.import, false, ['verify'])
      ) as Promise<CryptoKey>;
      key.catch(() => keys.delete(id));
      if (keys.size >= MAX_CACHED_KEYS) {
        keys.delete(keys.keys().next().value!);
      }
    } else {
      keys.delete(id);
    }
    keys.set(id, key); // the map's order is the order of use
    return key;
  }

  return async (obligation) => {
    try {
      const plan = planOf(obligation);
      // Node's WebCrypto has Ed448 but prints a warning at its first use.
      const isExperimental = obligation.key.type === 'okp' && obligation.key.curve === 'ed448';
      if (plan === null || (isExperimental && fallback !== undefined)) {
        return (await fallback?.(obligation)) ?? null;
      }
      let key: CryptoKey;
      try {
        key = await importedKey(plan, obligation);
      } catch {
        // The core has validated the key, so that an engine which refuses it lacks the algorithm or the size.
        return (await fallback?.(obligation)) ?? null;
      }
      return (
        (await subtle.verify(plan.verify, key, decode(obligation.signature), decode(obligation.message))) === true
      );
    } catch (error) {
      if ((error as { name?: unknown } | null)?.name === 'NotSupportedError') {
        return (await fallback?.(obligation).catch(() => null)) ?? null;
      }
      return false;
    }
  };
}

function planOf({ algorithm, key }: SignatureObligation): KeyPlan | null {
  const hash = HASHES[algorithm.hash];
  switch (algorithm.scheme) {
    case 'ecdsa': {
      if (key.type !== 'ec2') {
        return null;
      }
      const namedCurve = NAMED_CURVES[key.curve];
      if (namedCurve === undefined) {
        return null;
      }
      return {
        format: 'raw',
        data: concatenated(Uint8Array.of(4), decode(key.x), decode(key.y)),
        import: { name: 'ECDSA', namedCurve },
        verify: { name: 'ECDSA', hash },
      };
    }
    case 'eddsa': {
      if (key.type !== 'okp') {
        return null;
      }
      const name = OKP_NAMES[key.curve];
      return { format: 'raw', data: decode(key.x), import: { name }, verify: { name } };
    }
    case 'rsa_pkcs1':
    case 'rsa_pss': {
      if (key.type !== 'rsa') {
        return null;
      }
      const name = algorithm.scheme === 'rsa_pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
      return {
        format: 'jwk',
        data: { kty: 'RSA', n: key.n, e: key.e, ext: true },
        import: { name, hash },
        verify: name === 'RSA-PSS' ? { name, saltLength: DIGEST_SIZES[algorithm.hash] } : { name },
      };
    }
  }
}

/** Node's own module, for what its WebCrypto lacks (secp256k1); null elsewhere. */
export async function nodeDischarger(): Promise<Discharger | null> {
  const crypto = await nodeCrypto();
  if (crypto === null) {
    return null;
  }
  return async ({ algorithm, key, message, signature }) => {
    try {
      const jwk = nodeJwk(key);
      const publicKey = crypto.createPublicKey({ key: jwk, format: 'jwk' });
      const input = { key: publicKey } as import('node:crypto').VerifyKeyObjectInput;
      if (algorithm.scheme === 'ecdsa') {
        input.dsaEncoding = 'ieee-p1363';
      } else if (algorithm.scheme === 'rsa_pss') {
        input.padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
        input.saltLength = DIGEST_SIZES[algorithm.hash];
      }
      const hash = algorithm.scheme === 'eddsa' ? null : algorithm.hash;
      return crypto.verify(hash, decode(message), input, decode(signature)) === true;
    } catch {
      return null;
    }
  };
}

function nodeJwk(key: SignatureObligation['key']): import('node:crypto').JsonWebKey {
  switch (key.type) {
    case 'ec2': {
      const curve = NAMED_CURVES[key.curve] ?? 'secp256k1';
      return { kty: 'EC', crv: curve, x: key.x, y: key.y };
    }
    case 'okp':
      return { kty: 'OKP', crv: OKP_NAMES[key.curve], x: key.x };
    case 'rsa':
      return { kty: 'RSA', n: key.n, e: key.e };
  }
}

async function nodeCrypto(): Promise<typeof import('node:crypto') | null> {
  const runtime = globalThis as { process?: { versions?: { node?: string } } };
  if (typeof runtime.process?.versions?.node !== 'string') {
    return null;
  }
  try {
    const name = 'node:crypto'; // a variable: bundlers for browsers must not look for it
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as typeof import('node:crypto');
  } catch {
    return null;
  }
}

/** WebCrypto of this runtime with Node's fallback; answers null to everything where there is neither. */
export async function hostDischarger(): Promise<Discharger> {
  const fallback = await nodeDischarger();
  let subtle = (globalThis as { crypto?: Crypto }).crypto?.subtle;
  if (subtle === undefined && fallback !== null) {
    subtle = (await nodeCrypto())?.webcrypto.subtle as SubtleCrypto | undefined; // Node 18
  }
  if (subtle === undefined) {
    // A page that is not a secure context has no WebCrypto.
    return fallback ?? (async () => null);
  }
  return webCryptoDischarger(subtle, fallback ?? undefined);
}

function decode(base64url: string): Bytes {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i += 1) {
    bytes[i] = binary.charCodeAt(i);
  }
  return bytes;
}

function concatenated(...parts: Uint8Array[]): Bytes {
  const bytes = new Uint8Array(new ArrayBuffer(parts.reduce((sum, part) => sum + part.byteLength, 0)));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
