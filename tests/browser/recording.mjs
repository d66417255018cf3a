// The ceremonies that are recorded as test data (tests/vectors/recorded) and run live by interop.test.mjs: what a browser
// sends for each kind of authenticator and extension, and what the server says.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { TESTS, startServer } from './support.mjs';

export const PLATFORM = { protocol: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
const SECURITY_KEY = { ...PLATFORM, transport: 'usb' };
const U2F_KEY = { protocol: 'ctap1/u2f', transport: 'usb', hasResidentKey: false, hasUserVerification: false, isUserVerified: false };
const SALT = { first: Buffer.alloc(32, 1).toString('base64url'), second: Buffer.alloc(32, 2).toString('base64url') };

/**
 * `request` goes to /v1/registrations, `create` and `get` replace members of the options that come back. `extras` are
 * options of an authenticator that only DevTools knows.
 */
export const CEREMONIES = [
  { name: 'none', authenticator: PLATFORM },
  { name: 'packed', authenticator: SECURITY_KEY, request: { attestation: 'direct' } },
  { name: 'es256', authenticator: SECURITY_KEY, request: { attestation: 'direct' }, create: { pubKeyCredParams: [{ type: 'public-key', alg: -7 }] } },
  {
    name: 'u2f',
    authenticator: U2F_KEY,
    request: { attestation: 'direct' },
    create: {
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'discouraged', userVerification: 'discouraged' },
    },
    get: { userVerification: 'discouraged' },
  },
  {
    name: 'prf',
    authenticator: PLATFORM,
    extras: { hasPrf: true },
    create: { extensions: { credProps: true, prf: { eval: SALT } } },
    get: { extensions: { prf: { eval: SALT } } },
  },
  {
    name: 'large-blob-write',
    authenticator: PLATFORM,
    extras: { hasLargeBlob: true },
    create: { extensions: { credProps: true, largeBlob: { support: 'preferred' } } },
    get: { extensions: { largeBlob: { write: 'AQIDBA' } } },
    byName: true, // writing wants exactly one credential
  },
  {
    name: 'large-blob-read',
    authenticator: PLATFORM,
    extras: { hasLargeBlob: true },
    create: { extensions: { largeBlob: { support: 'preferred' } } },
    get: { extensions: { largeBlob: { read: true } } },
  },
  {
    name: 'authenticator-extensions',
    authenticator: SECURITY_KEY,
    extras: { hasMinPinLength: true, hasCredBlob: true },
    create: {
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      extensions: { credentialProtectionPolicy: 'userVerificationRequired', minPinLength: true },
    },
  },
  { name: 'synced', authenticator: PLATFORM, extras: { defaultBackupEligibility: true, defaultBackupState: true } },
  { name: 'by-name', authenticator: SECURITY_KEY, byName: true },
];

// User verification is preferred: a U2F key has none.
const ANY_AUTHENTICATOR = {
  schema: 'countersign-policy/1',
  id: 'any-authenticator',
  revision: 1,
  default: 'require',
  rules: [
    {
      id: 'enrol',
      when: { ceremony: { in: ['register', 'credential.add'] } },
      require: { userVerification: 'preferred', residentKey: 'preferred' },
    },
    { id: 'login', when: { ceremony: 'authenticate' }, require: { userVerification: 'preferred' } },
  ],
};

/** The server with the page of the ceremonies, and a policy that lets every authenticator in. */
export async function startCeremonyServer(folder) {
  await writeFile(path.join(folder, 'policy.json'), JSON.stringify(ANY_AUTHENTICATOR));
  return startServer(folder, {
    pages: path.join(TESTS, 'page'),
    packages: [path.join(TESTS, 'node_modules/@simplewebauthn')],
    tenant: { policy: 'policy.json' },
  });
}

export async function openCeremonyPage(browser, origin) {
  await browser.open(origin);
  await browser.waitFor(() => document.documentElement.dataset.ready === 'true');
}

/** Runs `use` while the browser has this authenticator. */
export async function withAuthenticator(browser, options, use) {
  const id = await browser.addAuthenticator({ isUserConsenting: true, ...options });
  try {
    return await use();
  } finally {
    await browser.removeAuthenticator(id);
    await browser.evaluate(() => window.ceremonies.signOut());
  }
}

/** A new account with a passkey, then a sign-in with it: `[registration, authentication]` as the page resolves them. */
export async function runCeremony(browser, client, { name, authenticator, extras, request, create, get, byName }) {
  const username = `${client}-${name}`;
  const options = browser.constructor.name === 'Chromium' ? { ...authenticator, ...extras } : authenticator;
  return withAuthenticator(browser, options, async () => {
    const registration = await browser.evaluate(
      (...args) => window.ceremonies.register(...args),
      client,
      { username, displayName: 'Ada Lovelace', ...request },
      create ?? {},
    );
    assert.equal(registration.error, undefined, name);
    await browser.evaluate(() => window.ceremonies.signOut());
    const isDiscoverable = authenticator.hasResidentKey && !byName;
    const authentication = await browser.evaluate(
      (...args) => window.ceremonies.authenticate(...args),
      client,
      isDiscoverable ? {} : { username },
      get ?? {},
    );
    assert.equal(authentication.error, undefined, name);
    return [registration, authentication];
  });
}
