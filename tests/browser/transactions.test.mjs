// Payments in the demo page, in a real Chromium with a virtual authenticator: what the customer types is what is drawn, compared
// and signed; each attack fails where it is said to. Screenshots go to build/screenshots/.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { DEMO_TENANT, ROOT, SCREENSHOTS, SERVER, launchChromium, startServer, violationsIn } from './support.mjs';

const run = promisify(execFile);

let folder;
let server;
let origin;
let browser;
let page;
let devtools;
let authenticatorId;
let asked = 0; // how often a passkey was asked to sign
const consoleErrors = [];
const foreignRequests = [];
let violations;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-payments-'));
  await mkdir(SCREENSHOTS, { recursive: true });
  server = await startServer(folder, { pages: path.join(ROOT, 'demo/public'), tenant: DEMO_TENANT });
  ({ origin } = server);
  browser = await launchChromium();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
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
    if (!request.url().startsWith(origin) && !request.url().startsWith(`blob:${origin}`)) {
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
  devtools.on('WebAuthn.credentialAsserted', () => {
    asked += 1;
  });
  // For signOut(): when autofill's request was made.
  await page.addInitScript(() => {
    const { credentials } = navigator;
    const get = credentials.get.bind(credentials);
    credentials.get = (options) => {
      const answer = get(options);
      if (options?.mediation === 'conditional') {
        document.documentElement.dataset.waiting = 'true';
      }
      return answer;
    };
  });
  await page.goto(origin);
  await page.waitForSelector('html[data-ready="true"]');
});

after(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) {
    await rm(folder, { recursive: true, force: true });
  }
});

async function screenshot(name) {
  await page.waitForTimeout(450); // the cards' entry animation
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

async function setPresence(enabled) {
  await devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
}

async function openAccount(username, displayName) {
  await page.getByRole('tab', { name: 'Open an account' }).click();
  await page.getByRole('textbox', { name: 'User name', exact: true }).fill(username);
  await page.getByRole('textbox', { name: 'Your name' }).fill(displayName);
  await setPresence(true);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await page.getByRole('heading', { name: `Good day, ${displayName}.` }).waitFor();
}

// Nobody may be signed in by autofill: its request is under way, and waits in vain, before anybody is present again.
async function signOut() {
  await setPresence(false);
  await page.evaluate(() => {
    delete document.documentElement.dataset.waiting; // of the autofill before
  });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: /Your bank/ }).waitFor();
  await page.locator('html[data-waiting]').waitFor({ state: 'attached' });
  await page.waitForTimeout(300); // from the page to the authenticator
}

async function signIn(username, displayName) {
  await page.getByRole('tab', { name: 'Sign in' }).click();
  await page.locator('#sign-in-name').fill(username);
  await setPresence(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('heading', { name: `Good day, ${displayName}.` }).waitFor();
}

async function chooseForm(type, language) {
  await page.locator(type === 'payment.batch/1' ? '#tab-batch' : '#tab-transfer').click();
  await page.locator('#language').selectOption(language);
  await page.locator(`#transfer-form[data-drawn="${type} ${language}"]`).waitFor();
}

async function typeTransfer({ language = 'en-GB', amount = '250.00', creditor = 'Anna Muster', currency = 'EUR' } = {}) {
  await chooseForm('payment.credit-transfer/1', language);
  await page.locator('#creditor-1').fill(creditor);
  await page.locator('#account-1').fill('DE89 3704 0044 0532 0130 00');
  await page.locator('#amount-1').fill(amount);
  await page.locator('#currency-1').selectOption(currency);
  await page.locator('#reference-1').fill('Invoice 4711');
  await page.locator('#execution-date').fill('2026-12-01');
}

const review = () => page.locator('#review').click();
const shownRows = () =>
  page.locator('#approval-view .view dl > div').evaluateAll((rows) =>
    rows.map((row) => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]));
const outcome = (text) => page.locator('#outcome', { hasText: text }).waitFor();

async function approve() {
  await page.locator('#approve').click();
}

// Of the last approval: what the page's verifier says of it.
const receiptIs = (verdict) => page.locator(`#receipt[data-verdict="${verdict}"]`).waitFor();

async function approved() {
  await approve();
  await outcome('Approved.');
  await receiptIs('verified');
}

test('the policy of the demo has nothing that lint would find', async () => {
  const { stdout } = await run(SERVER, ['policy', 'lint', DEMO_TENANT.policy]);
  assert.match(stdout, /nothing found/);
});

test('a transfer is drawn from what was typed, approved with the passkey, and accepted', async () => {
  await openAccount('ada@example.org', 'Ada Lovelace');
  await typeTransfer();
  await review();
  await page.locator('#approve').waitFor();
  assert.deepEqual(await shownRows(), [
    ['Amount', '250.00\u00a0EUR'],
    ['Payee', 'Anna Muster'],
    ['Payee’s account', 'DE89 3704 0044 0532 0130 00'],
    ['From account', 'DE75 5121 0800 1245 1261 99'],
    ['Date', '1 December 2026'],
    ['Reference', 'Invoice 4711'],
  ]);
  assert.equal(await page.locator('#approve').textContent(), 'Approve');
  const [yes, no] = await Promise.all(['#approve', '#decline'].map((button) => page.locator(button).boundingBox()));
  assert.deepEqual([yes.width, yes.height].map(Math.round), [no.width, no.height].map(Math.round), 'one button is as large as the other');
  await screenshot('7-transfer-en-GB');
  const before = asked;
  await approved();
  assert.equal(asked, before + 1);
});

async function downloaded(link) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(link).click()]);
  const file = path.join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return file;
}

test('its receipt is verified in the page and on the command line, and refused after one changed byte', async () => {
  assert.ok((await page.locator('#receipt-steps li.holds').count()) >= 12);
  assert.equal(await page.locator('#receipt-steps li:not(.holds)').count(), 0);
  await screenshot('15-receipt');
  const [file, key] = [await downloaded('#receipt-download'), await downloaded('#log-key-download')];
  assert.match(
    await page.locator('#receipt pre').textContent(),
    new RegExp(`receipt verify --log-key ${path.basename(key)} ${path.basename(file)}`));
  const verify = () => run(SERVER, ['receipt', 'verify', '--log-key', key, file]);
  assert.match((await verify()).stdout, /^verified: /m);
  const inPage = await page.evaluate(async ([receipt, logKey]) => {
    const { loadReceipts } = await import('/countersign/receipt.js');
    return JSON.stringify((await loadReceipts()).verifyReceipt(receipt, { logKey }));
  }, [await readFile(file, 'utf8'), (await readFile(key, 'utf8')).trim()]);
  const native = await run(SERVER, ['receipt', 'verify', '--json', '--log-key', key, file]);
  assert.equal(inPage, native.stdout.trim(), 'the same report in both targets');
  const bytes = await readFile(file);
  bytes[Math.floor(bytes.length / 2)] ^= 1;
  await writeFile(file, bytes);
  await assert.rejects(verify(), ({ code, stdout }) => code !== 0 && /^refused: /m.test(stdout));

  for (let i = 0; i < 5; i += 1) {
    await page.getByRole('button', { name: 'Change one byte and verify again' }).click();
    await receiptIs('refused');
    await page.getByRole('button', { name: 'Verify the receipt itself' }).click();
    await receiptIs('verified');
  }
});

test('the same in German', async () => {
  await typeTransfer({ language: 'de-DE', amount: '987,65' });
  await review();
  await page.locator('#approve', { hasText: 'Freigeben' }).waitFor();
  assert.deepEqual((await shownRows())[0], ['Betrag', '987,65\u00a0EUR']);
  await screenshot('8-transfer-de-DE');
  await approved();
});

test('the same in Arabic, from right to left', async () => {
  await typeTransfer({ language: 'ar', creditor: 'أنا موستر' });
  assert.equal(await page.locator('#transfer-form').getAttribute('dir'), 'rtl');
  await review();
  await page.locator('#approve', { hasText: 'موافقة' }).waitFor();
  assert.equal(await page.locator('#approval-view .view').getAttribute('dir'), 'rtl');
  assert.deepEqual((await shownRows()).slice(0, 2), [['المبلغ', '250.00\u00a0EUR'], ['المستفيد', 'أنا موستر']]);
  await screenshot('9-transfer-ar');
  await approved();
});

test('every language can be chosen', async () => {
  const languages = await page.locator('#language option').evaluateAll((options) => options.map(({ value }) => value));
  assert.equal(languages.length, 13);
  for (const language of languages) {
    await chooseForm('payment.credit-transfer/1', language);
    assert.notEqual(await page.locator('label[for="creditor-1"]').textContent(), '');
  }
});

test('what cannot be shown safely is refused before anything is sent', async () => {
  const sent = [];
  const listen = (request) => sent.push(request.url());
  page.on('request', listen);
  await typeTransfer({ creditor: 'Anna \u202eretsuM' });
  await review();
  await page.locator('#transfer-problem', { hasText: 'U+202E' }).waitFor();
  assert.equal(await page.locator('#creditor-1').getAttribute('aria-invalid'), 'true');
  await typeTransfer();
  await page.locator('#account-1').fill('DE89 3704 0044 0532 0130 01');
  await review();
  await page.locator('#account-1[aria-invalid]').waitFor();
  await page.locator('#account-1').fill('DE89 3704 0044 0532 0130 00');
  page.off('request', listen);
  assert.deepEqual(sent.filter((url) => url.includes('/v1/transactions')), []);
});

test('an amount that can be read in two ways is refused, not mended', async () => {
  for (const [language, refused] of [['en-GB', ['0.500', '1.250', '1234.567', '1,23,456.00', '1.000.00']], ['de-DE', ['0,500', '1,250']]]) {
    for (const amount of refused) {
      await typeTransfer({ language, amount });
      await review();
      await page.locator('#amount-1[aria-invalid]').waitFor();
    }
  }
  // From 1,000 on a second person is asked for: both were read as 1250.
  for (const [language, amount] of [['en-GB', '1,250'], ['de-DE', '1.250'], ['en-GB', '1 250.5']]) {
    await typeTransfer({ language, amount });
    await review();
    await page.getByText('say who the other one is').waitFor();
    assert.equal(await page.locator('#amount-1[aria-invalid]').count(), 0);
  }
});

test('declining is final, and nothing was signed', async () => {
  const before = asked;
  await typeTransfer();
  await review();
  await page.locator('#decline').click();
  await outcome('Declined.');
  assert.equal(asked, before);
});

test('a batch of three is drawn with its total', async () => {
  await chooseForm('payment.batch/1', 'en-GB');
  await page.locator('#amount-1').fill('12.50');
  assert.equal(await page.locator('#totals-value').textContent(), '210.90 EUR');
  await page.locator('#execution-date').fill('2026-12-01');
  await review();
  await page.locator('#approve').waitFor();
  const rows = await shownRows();
  assert.deepEqual(rows.slice(0, 2), [['Total', '210.90\u00a0EUR'], ['Number of payments', '3']]);
  assert.deepEqual(
    rows.filter(([label]) => /^(Payee|Amount) \d$/.test(label)).map(([, value]) => value),
    ['Anna Muster', '12.50\u00a0EUR', 'Joop de Vries', '86.40\u00a0EUR', 'Claire Dubois', '112.00\u00a0EUR']);
  await screenshot('10-batch');
  await approved();
});

// [the attacks, the place, the code]: data of the page, tried one by one.
test('each attack fails where it is said to, with the code that it is said to', async () => {
  const attacks = await page.evaluate(async () => {
    const { ATTACKS } = await import('/attacks.js');
    return ATTACKS.filter(({ needsOther }) => !needsOther).map(({ id, place, code }) => ({ id, place, code }));
  });
  assert.ok(attacks.length >= 25, 'the list is there');
  await typeTransfer();
  for (const { id, place, code } of attacks) {
    const isInPage = place.startsWith('In this page');
    await page.locator('#attack').selectOption(id);
    const before = asked;
    await review();
    if (!isInPage) {
      await approve();
    }
    const row = page.locator(`#journal tr[data-attack="${id}"]`);
    await row.waitFor();
    assert.equal(await row.getAttribute('data-place'), place, id);
    const found = await row.getAttribute('data-code');
    // Where a byte of the receipt is another decides which step notices first.
    assert.ok(code === undefined ? /^[a-z][a-z0-9_]*$/.test(found) : found === code, `${id}: ${found}`);
    assert.equal(isInPage, asked === before, `${id}: the passkey is asked only where the page let it pass`);
    await page.locator(place === 'In the receipt' ? '#receipt[data-verdict="refused"]' : '#outcome.bad').waitFor();
    if (id === 'amount') {
      assert.match(await page.locator('#outcome').textContent(), /“Amount: 9,400\.00\sEUR” there, and “Amount: 250\.00\sEUR” here/);
      await screenshot('11-tampered-amount');
    } else if (id === 'replay') {
      await screenshot('12-tampered-replay');
    }
  }
  await page.locator('#attack').selectOption('none');
});

test('a large payment needs two people, and one of them twice does not do', async () => {
  await typeTransfer({ amount: '1,250.00' });
  await review();
  await page.locator('#notice.bad', { hasText: 'who the other one is' }).waitFor();
  await signOut();
  await openAccount('grace@example.org', 'Grace Hopper');
  await signOut();
  await signIn('ada@example.org', 'Ada Lovelace');
  await typeTransfer({ amount: '1,250.00' });
  await page.locator('#approver').fill('grace@example.org');
  await review();
  await approve();
  await outcome('The first of two approvals is given.');

  await page.reload();
  await page.getByRole('button', { name: 'Try to approve it a second time' }).click();
  await page.locator('#notice.bad', { hasText: 'transaction_approver_repeated' }).waitFor();

  await signOut();
  await signIn('grace@example.org', 'Grace Hopper');
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.locator('#approve').waitFor();
  assert.deepEqual((await shownRows())[0], ['Amount', '1,250.00\u00a0EUR']);
  await screenshot('13-second-person');
  await approved();
});

test('another customer’s passkey approves nothing', async () => {
  await typeTransfer();
  await page.locator('#attack').selectOption('other-customer');
  await review();
  await approve();
  const row = page.locator('#journal tr[data-attack="other-customer"]');
  await row.waitFor();
  assert.equal(await row.getAttribute('data-code'), 'transaction_approver_not_allowed');
  await page.locator('#attack').selectOption('none');
});

test('a payment fits a phone and works in the dark', async () => {
  await typeTransfer({ language: 'ar', creditor: 'أنا موستر' });
  await review();
  await page.locator('#approve').waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
  await screenshot('14-phone-dark-ar');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 900 });
});

test('whoever signs out is not asked any more, and the next one starts anew', async () => {
  const before = asked;
  await page.locator('#approve').waitFor(); // the question of the test before
  await signOut();
  assert.equal(await page.locator('#approval').isHidden(), true);
  assert.equal(asked, before);
  await signIn('ada@example.org', 'Ada Lovelace');
  assert.equal(await page.locator('#review').isEnabled(), true);
  assert.equal(await page.locator('#approval').isHidden(), true);
});

test('the page asked nobody but the server, and nothing failed in it', () => {
  assert.deepEqual(violations, []);
  assert.deepEqual(foreignRequests, []);
  // Refusals are answers of the server, and the browser logs them as errors.
  const unexpected = consoleErrors.filter((text) => !/the server responded with a status of (400|403|404|409)/.test(text));
  assert.deepEqual(unexpected, []);
});
