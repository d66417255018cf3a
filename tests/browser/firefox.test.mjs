// The demo page in a real Firefox with a virtual authenticator: open an account, sign in, autofill, a second passkey, a
// removed one. Screenshots go to build/screenshots/.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Firefox } from './firefox.mjs';
import { PLATFORM } from './recording.mjs';
import { DEMO_TENANT, ROOT, SCREENSHOTS, startServer } from './support.mjs';

let folder;
let server;
let firefox;
let authenticator;

const isSignedIn = () => firefox.waitFor(() => !document.getElementById('signed-in').hidden);
const isSignedOut = () => firefox.waitFor(() => !document.getElementById('signed-out').hidden);
const passkeys = () => firefox.evaluate(() => document.querySelectorAll('#passkeys li').length);
// The page asks for the list after it has greeted the customer.
const hasPasskeys = (count) =>
  firefox.waitFor((wanted) => document.querySelectorAll('#passkeys li').length === wanted, count);
const screenshot = (name) => firefox.screenshot(path.join(SCREENSHOTS, `firefox-${name}.png`));

async function open() {
  await firefox.open(server.origin);
  await firefox.waitFor(() => document.documentElement.dataset.ready === 'true');
}

// Of the next ceremony: what is left of the one before does not count.
let checked = '';
async function verdicts() {
  const shown = await firefox.waitFor((before) => {
    const { checked: id } = document.getElementById('verification').dataset;
    const texts = ['server-verdict', 'page-verdict', 'agreement'].map(
      (name) => document.querySelector(`#${name} strong`).textContent,
    );
    return id && id !== before && { id, texts };
  }, checked);
  checked = shown.id;
  return shown.texts;
}

const ACCEPTED = ['Accepted', 'Accepted', 'Agree'];

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-firefox-'));
  await mkdir(path.join(folder, 'profile'));
  await mkdir(SCREENSHOTS, { recursive: true });
  server = await startServer(folder, { pages: path.join(ROOT, 'demo/public'), tenant: DEMO_TENANT });
  firefox = await Firefox.launch(path.join(folder, 'profile'));
  authenticator = await firefox.addAuthenticator({ ...PLATFORM, isUserConsenting: true });
});

after(async () => {
  await firefox?.close();
  await server?.stop();
  if (folder) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

test('a customer opens an account with a passkey, and both verifiers agree', async () => {
  await open();
  await firefox.click('#tab-register');
  await firefox.type('#register-name', 'ada@example.org');
  await firefox.type('#register-display-name', 'Ada Lovelace');
  await firefox.click('#register');
  await isSignedIn();
  await hasPasskeys(1);
  assert.deepEqual(await verdicts(), ACCEPTED);
  await screenshot('1-registered');
});

test('the same authenticator makes no second passkey, another one does', async () => {
  await firefox.click('#add-passkey');
  await firefox.waitFor(() => /already holds a passkey/.test(document.getElementById('notice').textContent));
  assert.equal(await passkeys(), 1);
  await firefox.removeAuthenticator(authenticator);
  authenticator = await firefox.addAuthenticator({ ...PLATFORM, isUserConsenting: true });
  await firefox.click('#add-passkey');
  await hasPasskeys(2);
  assert.deepEqual(await verdicts(), ACCEPTED);
});

test('the customer signs in with the autofill of the browser', async () => {
  await firefox.click('#sign-out');
  await isSignedOut();
  await firefox.chooseAutofill();
  await isSignedIn();
  assert.deepEqual(await verdicts(), ACCEPTED);
});

test('the customer signs in by name, and one changed bit is refused', async () => {
  await firefox.click('#sign-out');
  await isSignedOut();
  await firefox.type('#sign-in-name', 'ada@example.org');
  await firefox.click('#sign-in');
  await isSignedIn();
  assert.deepEqual(await verdicts(), ACCEPTED);
  await firefox.click('#tamper');
  await firefox.waitFor(() => /was changed: refused by/.test(document.getElementById('tamper-result').textContent));
  await screenshot('2-signed-in-and-tampered');
});

test('a removed passkey does not sign in any more', async () => {
  for (const left of [1, 0]) {
    await firefox.click('#passkeys .revoke');
    await firefox.click('#revoke-dialog button[value="revoke"]');
    await firefox.waitFor(() => /was removed/.test(document.getElementById('notice').textContent));
    // A sign-in ends with its passkey: the last one ends it for certain.
    const isOut = await firefox.evaluate(() => document.getElementById('signed-in').hidden);
    if (left > 0) {
      if (isOut) {
        await firefox.click('#sign-in');
        await isSignedIn();
      }
      await hasPasskeys(left);
    }
  }
  await isSignedOut();
  await firefox.evaluate(() => {
    document.getElementById('notice').hidden = true;
  });
  await firefox.click('#sign-in');
  await firefox.waitFor(() => document.querySelector('#notice.bad:not([hidden])'));
  assert.equal(await firefox.evaluate(() => document.getElementById('signed-in').hidden), true);
  assert.deepEqual(await firefox.evaluate(async () => (await fetch('/v1/session')).json()), { user: null });
  await screenshot('3-removed');
});

test('the page asked nobody but the server', async () => {
  const foreign = await firefox.evaluate(() =>
    performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.startsWith(location.origin)),
  );
  assert.deepEqual(foreign, []);
});
