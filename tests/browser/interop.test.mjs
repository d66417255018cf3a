// Chromium and Firefox with our client and with @simplewebauthn/browser as clients of the server: ceremonies of every kind
// of authenticator, FIDO's conformance calls, and what the browsers refuse.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Chromium } from './chromium.mjs';
import { Firefox } from './firefox.mjs';
import { CEREMONIES, PLATFORM, openCeremonyPage, runCeremony, startCeremonyServer, withAuthenticator } from './recording.mjs';

const CLIENTS = ['countersign', 'simplewebauthn'];
// Firefox's virtual authenticator attests itself, whatever its protocol.
const FORMATS = {
  Chromium: { packed: 'packed', es256: 'packed', u2f: 'fido-u2f' },
  Firefox: { packed: 'packed', es256: 'packed', u2f: 'packed' },
};

// @simplewebauthn/browser hands extensions to the browser as they are: the page itself makes bytes of these.
const BYTE_INPUTS = ['prf', 'large-blob-write'];

for (const Browser of [Chromium, Firefox]) {
  describe(Browser.name, () => {
    let folder;
    let server;
    let browser;

    const register = (...args) => browser.evaluate((...given) => window.ceremonies.register(...given), ...args);
    const authenticate = (...args) => browser.evaluate((...given) => window.ceremonies.authenticate(...given), ...args);

    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'countersign-interop-'));
      await mkdir(path.join(folder, 'profile'));
      server = await startCeremonyServer(folder);
      browser = await Browser.launch(path.join(folder, 'profile'));
      await openCeremonyPage(browser, server.origin);
    });

    after(async () => {
      await browser?.close();
      await server?.stop();
      if (folder) {
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    });

    for (const client of CLIENTS) {
      for (const ceremony of CEREMONIES.filter(({ name }) => client === 'countersign' || !BYTE_INPUTS.includes(name))) {
        test(`${client}: ${ceremony.name}`, async () => {
          const [registration, authentication] = await runCeremony(browser, client, ceremony);
          assert.equal(registration.status, 200, JSON.stringify(registration.body));
          assert.equal(registration.body.credential.attestation.format, FORMATS[Browser.name][ceremony.name] ?? 'none');
          assert.equal(registration.body.credential.userVerified, ceremony.authenticator.isUserVerified);
          if (Browser === Firefox && ceremony.name === 'prf' && authentication.status === 400) {
            // Its virtual authenticator appends extensions without flag ED.
            assert.equal(authentication.body.code, 'authenticator_data_trailing_bytes');
            return;
          }
          assert.equal(authentication.status, 200, JSON.stringify(authentication.body));
          assert.equal(authentication.body.userVerified, ceremony.authenticator.isUserVerified);
          assert.equal(authentication.body.user.userHandle, registration.body.user.userHandle);
        });
      }

      test(`${client}: the calls of FIDO's conformance API`, async () => {
        const username = `${client}-conformance`;
        await withAuthenticator(browser, PLATFORM, async () => {
          const registration = await browser.evaluate(
            (...args) => window.ceremonies.conformance.register(...args),
            client,
            {
              username,
              displayName: 'Ada Lovelace',
              attestation: 'direct',
              authenticatorSelection: { requireResidentKey: false, userVerification: 'preferred' },
            },
          );
          assert.deepEqual([registration.status, registration.body], [200, { status: 'ok', errorMessage: '' }]);
          const authentication = await browser.evaluate(
            (...args) => window.ceremonies.conformance.authenticate(...args),
            client,
            { username, userVerification: 'required' },
          );
          assert.deepEqual([authentication.status, authentication.body], [200, { status: 'ok', errorMessage: '' }]);
        });
      });
    }

    test('an authenticator that holds a passkey of the account makes no second one', async () => {
      await withAuthenticator(browser, PLATFORM, async () => {
        const first = await register('countersign', { username: 'twice', displayName: 'Ada Lovelace' });
        assert.equal(first.status, 200);
        const ours = await register('countersign', {});
        assert.deepEqual([ours.error?.code, ours.error?.cause], ['already_registered', 'InvalidStateError']);
        const theirs = await register('simplewebauthn', {});
        assert.deepEqual(
          [theirs.error?.code, theirs.error?.name],
          ['ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED', 'InvalidStateError'],
        );
      });
    });

    test('another authenticator adds a passkey, and a removed one does not sign in', async () => {
      const signedIn = await withAuthenticator(browser, PLATFORM, async () => {
        const other = await register('simplewebauthn', { username: 'other', displayName: 'Ada Lovelace' });
        assert.equal(other.status, 200);
        const second = await register('simplewebauthn', {}, { excludeCredentials: [] });
        assert.equal(second.status, 200);
        assert.equal(second.body.user.username, 'other');
        const { id } = second.body.credential;
        assert.equal(await browser.evaluate(async (key) => (await fetch(`/v1/credentials/${key}`, { method: 'DELETE' })).status, id), 204);
        await browser.evaluate(() => window.ceremonies.signOut());
        return authenticate('simplewebauthn', {}, { allowCredentials: [{ type: 'public-key', id }] });
      });
      assert.deepEqual([signedIn.status, signedIn.body.class], [403, 'rejected']);
    });

    test('a person who is not verified where that is required', async () => {
      await withAuthenticator(browser, { ...PLATFORM, isUserVerified: false }, async () => {
        const account = { username: 'unverified', displayName: 'Ada Lovelace' };
        const selection = { authenticatorSelection: { residentKey: 'required', userVerification: 'required' } };
        const ours = await register('countersign', account, { ...selection, timeout: 2000 });
        assert.deepEqual([ours.error?.code, ours.error?.cause], ['cancelled', 'NotAllowedError']);
        const theirs = await register('simplewebauthn', account, { ...selection, timeout: 2000 });
        assert.equal(theirs.error?.name, 'NotAllowedError');
      });
    });

    test('options that the browser does not support say so', async () => {
      // A large blob is written to exactly one credential.
      const refused = await authenticate('countersign', {}, { extensions: { largeBlob: { write: 'AQIDBA' } } });
      assert.deepEqual([refused.error?.code, refused.error?.cause], ['invalid_options', 'NotSupportedError']);
    });

    test('autofill with @simplewebauthn/browser', async () => {
      await withAuthenticator(browser, PLATFORM, async () => {
        assert.equal((await register('simplewebauthn', { username: 'autofill', displayName: 'Ada Lovelace' })).status, 200);
        await browser.evaluate(() => window.ceremonies.signOut());
        // Firefox cannot be asked while a script of the page is being waited for.
        await browser.evaluate(() => {
          window.signedIn = window.ceremonies.authenticate('simplewebauthn', { mediation: 'conditional' });
        });
        await browser.chooseAutofill();
        const signedIn = await browser.evaluate(() => window.signedIn);
        assert.equal(signedIn.status, 200, JSON.stringify(signedIn));
        assert.equal(signedIn.body.user.username, 'autofill');
      });
    });
  });
}
