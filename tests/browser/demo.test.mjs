// The demo page in a real Chromium with a virtual authenticator: register, sign in, autofill, rename,
// revoke, tampering, phone width, keyboard. Screenshots go to build/screenshots/.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { DEMO_TENANT, ROOT, SCREENSHOTS, launchChromium, startServer, violationsIn } from './support.mjs';

let folder;
let server;
let origin;
let browser;
let context;
let page;
let devtools;
let authenticatorId;
const consoleErrors = [];
const foreignRequests = [];
let violations;

async function setPresence(enabled) {
  await devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
}

async function storedCredentials() {
  return (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
}

async function screenshot(name, options = {}) {
  await page.waitForTimeout(450); // the cards' entry animation
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true, ...options });
}

// Of the next ceremony: what is left of the one before does not count.
let checked = '';
async function verdicts() {
  const handle = await page.waitForFunction(
    (before) => {
      const { checked: id } = document.getElementById('verification').dataset;
      const [server, inPage, agreement] = ['server-verdict', 'page-verdict', 'agreement'].map(
        (name) => document.querySelector(`#${name} strong`).textContent,
      );
      return id && id !== before && { id, texts: { server, page: inPage, agreement } };
    },
    checked,
    { timeout: 15_000 },
  );
  const shown = await handle.jsonValue();
  checked = shown.id;
  return shown.texts;
}

// The page asks for the list after it has greeted the customer.
const hasPasskeys = (count) =>
  page.waitForFunction((wanted) => document.querySelectorAll('#passkeys li').length === wanted, count);

const ACCEPTED = { server: 'Accepted', page: 'Accepted', agreement: 'Agree' };

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-browser-'));
  await mkdir(SCREENSHOTS, { recursive: true });
  server = await startServer(folder, { pages: path.join(ROOT, 'demo/public'), tenant: DEMO_TENANT });
  ({ origin } = server);
  browser = await launchChromium();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  violations = await violationsIn(context);
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => {
    if (message.type() === 'error') {
      consoleErrors.push(message.text());
    }
  });
  page.on('pageerror', (error) => consoleErrors.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) {
      foreignRequests.push(request.url());
    }
  });
  devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable', { enableUI: false });
  ({ authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true,
      hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
    },
  }));
});

after(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) {
    await rm(folder, { recursive: true, force: true });
  }
});

async function open() {
  await page.goto(origin);
  await page.waitForSelector('html[data-ready="true"]');
}

test('a customer opens an account with a passkey, and both verifiers agree', async () => {
  await open();
  await screenshot('1-welcome');
  assert.equal(await page.locator('#notice').isHidden(), true, 'a first visit shows no error');
  await page.getByRole('tab', { name: 'Open an account' }).click();
  await page.getByRole('textbox', { name: 'User name' }).fill('ada@example.org');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await page.getByRole('heading', { name: 'Good day, Ada Lovelace.' }).waitFor();
  await hasPasskeys(1);
  assert.deepEqual(await verdicts(), ACCEPTED);
  assert.ok((await page.locator('#checks li').count()) >= 15, 'the panel lists the checks of §7.1');
  assert.equal((await storedCredentials()).length, 1);
  await screenshot('2-registered');
});

test('the name of the account cannot be taken a second time', async () => {
  await setPresence(false);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('tab', { name: 'Open an account' }).click();
  await page.getByRole('textbox', { name: 'User name' }).fill('ada@example.org');
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await page.locator('#notice.bad').waitFor();
  assert.match(await page.locator('#notice').textContent(), /sign in instead/);
  assert.equal((await storedCredentials()).length, 1);
});

test('the customer signs in by name, and one changed bit is refused', async () => {
  await page.getByRole('tab', { name: 'Sign in' }).click();
  await page.getByRole('textbox', { name: 'User name' }).fill('ada@example.org');
  await setPresence(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('heading', { name: 'Good day, Ada Lovelace.' }).waitFor();
  assert.deepEqual(await verdicts(), ACCEPTED);
  for (let i = 0; i < 5; i += 1) {
    await page.getByRole('button', { name: 'Change one bit and check again' }).click();
    await page.waitForFunction(() => /was changed: refused by/.test(document.getElementById('tamper-result').textContent));
  }
  await screenshot('3-signed-in-and-tampered');
});

test('the session survives a reload and ends at sign-out', async () => {
  await open();
  await page.getByRole('heading', { name: 'Good day, Ada Lovelace.' }).waitFor();
  await setPresence(false);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: /Your bank/ }).waitFor();
  await open();
  await page.getByRole('heading', { name: /Your bank/ }).waitFor();
  assert.equal(await page.locator('#signed-in').isHidden(), true);
});

test('the customer signs in with the autofill of the browser', async () => {
  await setPresence(true);
  await open();
  await page.getByRole('heading', { name: 'Good day, Ada Lovelace.' }).waitFor({ timeout: 15_000 });
  assert.deepEqual(await verdicts(), ACCEPTED);
});

test('a passkey is renamed by keyboard alone', async () => {
  await page.getByRole('button', { name: /^Rename/ }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('Ada’s laptop');
  await page.keyboard.press('Enter');
  await page.locator('.passkey-name', { hasText: 'Ada’s laptop' }).waitFor();
  await page.reload();
  await page.locator('.passkey-name', { hasText: 'Ada’s laptop' }).waitFor();
});

test('the page fits a phone and works in the dark', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
  await screenshot('4-phone');
  await page.emulateMedia({ colorScheme: 'dark' });
  await screenshot('5-phone-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 900 });
});

test('a revoked passkey does not sign in any more', async () => {
  await setPresence(false);
  await page.getByRole('button', { name: /^Remove/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
  await hasPasskeys(1);
  await page.getByRole('button', { name: /^Remove/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  // It was the passkey of this sign-in, which ends with it.
  await page.getByRole('heading', { name: /Your bank/ }).waitFor();
  await page.getByText(/was removed, and you are signed out/).waitFor();
  await setPresence(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.locator('#notice.bad').waitFor();
  assert.equal(await page.locator('#signed-in').isHidden(), true);
  const session = await page.evaluate(async () => (await fetch('/v1/session')).json());
  assert.equal(session.user, null);
  await screenshot('6-revoked');
});

test('no text becomes script in the page, and nobody frames it', async () => {
  const other = await browser.newContext();
  const refused = await violationsIn(other);
  const victim = await other.newPage();
  const headers = (await victim.goto(origin)).headers();
  const policy = headers['content-security-policy'].split('; ');
  for (const directive of ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "require-trusted-types-for 'script'",
    "trusted-types 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(directive), directive);
  }
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  const outcome = await victim.evaluate(() => {
    const tried = (attempt) => {
      try {
        attempt();
        return 'done';
      } catch (error) {
        return error.name;
      }
    };
    const script = document.createElement('script');
    return {
      markup: tried(() => { document.body.innerHTML = '<img src=x onerror=stolen()>'; }),
      script: tried(() => { script.text = 'window.stolen = true'; }),
      source: tried(() => { script.src = 'https://elsewhere.example/x.js'; }),
      // Nothing throws here: the script is not run.
      inline: tried(() => {
        script.append('window.stolen = true');
        document.body.append(script);
      }),
      policy: tried(() => window.trustedTypes.createPolicy('default', {})),
      stolen: window.stolen === true,
    };
  });
  assert.deepEqual(outcome, { markup: 'TypeError', script: 'TypeError', source: 'TypeError', inline: 'done', policy: 'TypeError', stolen: false });
  // They are told a moment later.
  for (let i = 0; i < 400 && refused.length < 5; i += 1) {
    await victim.waitForTimeout(50);
  }
  for (const directive of ['require-trusted-types-for', 'trusted-types']) {
    assert.ok(refused.some((text) => text.startsWith(directive)), `${directive}: ${refused}`);
  }
  await other.close();
});

test('the page asked nobody but the server, and nothing failed in it', () => {
  assert.deepEqual(violations, []);
  assert.deepEqual(foreignRequests, []);
  // The two refusals above are answers of the server, and the browser logs them as errors.
  const unexpected = consoleErrors.filter((text) => !/the server responded with a status of (403|404|409)/.test(text));
  assert.deepEqual(unexpected, []);
});
