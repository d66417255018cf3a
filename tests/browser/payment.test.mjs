// Secure Payment Confirmation with the browser's own dialog: a merchant's page asks for the passkey of the customer's bank, Chromium
// draws payee, amount and instrument, DevTools presses its button, and the server approves what the browser says that it drew.
// Linux has the dialog behind a switch.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { serveHosts } from './hosts.mjs';
import { SERVER, launchChromium, startServer } from './support.mjs';

const BANK = 'https://bank.example';
const SHOP = 'https://shop.example';
const KEY = 'key-of-the-bank';
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const POLICY = {
  schema: 'countersign-policy/1', id: 'payments', revision: 1, default: 'deny',
  rules: [{ id: 'all', when: { ceremony: { in: ['register', 'authenticate', 'transaction.approve'] } },
    require: { userVerification: 'required' } }],
};
// A page of whichever host it is asked from.
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Checkout</title><button id="pay">Pay</button>
<script type="module">
  import { authenticate, register } from '/countersign/browser.js';
  import { confirmPayment, isPaymentConfirmationSupported } from '/countersign/payment.js';
  window.client = { authenticate, confirmPayment, isPaymentConfirmationSupported, register };
  document.getElementById('pay').onclick = () => {
    window.paid = confirmPayment(window.options).then((response) => ({ response }),
      (error) => ({ code: error.code, message: String(error.cause?.message) }));
  };
  document.documentElement.dataset.ready = 'true';
</script>`;

const run = promisify(execFile);
let folder;
let server;
let hosts;
let browser;
let page;
let devtools;
let approved; // the first payment: {receipt, challenge}

/** Calls of the bank's backend, and of the merchant's with the token that came with the payment. */
async function call(method, url, { body, token } = {}) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) {
    headers['Countersign-Ceremony'] = token;
  } else {
    headers.Authorization = `Bearer ${KEY}`;
  }
  const answer = await fetch(server.origin + url, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) };
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-dialog-'));
  await mkdir(path.join(folder, 'pages'));
  const policy = path.join(folder, 'policy.json');
  await writeFile(policy, JSON.stringify(POLICY));
  const logKeyFile = path.join(folder, 'log-key.pem');
  await run('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', logKeyFile]);
  server = await startServer(folder, {
    more: { receipts: { logKeyFile, origin: 'bank.example/receipts' } },
    pages: path.join(folder, 'pages'),
    tenant: {
      id: 'bank', rpId: 'bank.example', origins: [BANK], enrolment: undefined, receipts: undefined, policy,
      transactions: { baseCurrency: 'EUR' },
      apiKeys: [{ id: 'backend', sha256: createHash('sha256').update(KEY).digest('hex'),
        scopes: ['registrations', 'transactions', 'receipts'] }],
    },
  });
  hosts = await serveHosts(folder, ['bank.example', 'shop.example'], {
    upstream: server.origin,
    pages: { '/checkout': { type: 'text/html', body: PAGE }, '/gold.png': { type: 'image/png', body: PICTURE } },
  });
  browser = await launchChromium([...hosts.args, '--enable-features=SecurePaymentConfirmationBrowser']);
  page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  page.setDefaultTimeout(20_000);
  devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable', { enableUI: false });
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true,
      hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
});

after(async () => {
  await browser?.close();
  await hosts?.stop();
  await server?.stop();
  if (folder) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

async function open(origin) {
  await page.goto(`${origin}/checkout`);
  await page.waitForSelector('html[data-ready="true"]');
}

async function dialog(mode) {
  await devtools.send('Page.setSPCTransactionMode', { mode });
}

async function createPayment(more = {}) {
  const made = await call('POST', '/v1/transactions', {
    body: {
      username: 'ada', locale: 'en-GB',
      intent: { type: 'payment.card/1', fields: {
        amount: { currency: 'EUR', value: '20.00' }, merchant: 'Muster Schuhe', card: '4242' } },
      payment: { origins: [SHOP], payeeOrigin: SHOP,
        instrument: { displayName: 'Example Bank Gold', icon: `${BANK}/gold.png` } },
      ...more,
    },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body;
}

/** What the merchant's page gets from the dialog: {response} or {code}. `edit` is what its script does to the options. */
async function confirm(options, edit = () => {}) {
  const shown = structuredClone(options);
  edit(shown);
  await page.evaluate((given) => {
    window.options = given;
  }, shown);
  await page.click('#pay');
  return page.evaluate(() => window.paid);
}

const clientData = (response) => JSON.parse(Buffer.from(response.response.clientDataJSON, 'base64url').toString());
const approve = (made, response) =>
  call('POST', `/v1/transactions/${made.id}/approve`, { body: response, token: made.token });
/** The answer's status, and the code that the server's audit has for it. */
async function refusal(made, response) {
  const { status, body } = await approve(made, response);
  for (let i = 0; i < 50; i += 1) {
    const line = server.log().split('\n').find((text) => text.includes(`"correlationId":"${body.correlationId}"`));
    if (line) {
      return { status, code: JSON.parse(line).code };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { status, code: 'not in the audit' };
}
async function stateOf(made) {
  const { status, body } = await call('GET', `/v1/transactions/${made.id}`);
  assert.equal(status, 200);
  return body.state;
}

test('a passkey for payments is made on the page of the bank', async () => {
  const began = await call('POST', '/v1/registrations', { body: { username: 'ada', payments: true } });
  assert.equal(began.status, 201, JSON.stringify(began.body));
  await open(BANK);
  const response = await page.evaluate((options) => window.client.register(options), began.body.options);
  const made = await call('POST', `/v1/registrations/${began.body.id}/result`, { body: response, token: began.body.token });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.equal(clientData(response).origin, BANK);
});

test("a merchant's page asks, the browser shows it, and exactly that is approved", async () => {
  await open(SHOP);
  assert.equal(await page.evaluate(() => window.client.isPaymentConfirmationSupported()), true);
  await dialog('autoAccept');
  const made = await createPayment();
  const { response, ...failed } = await confirm(made.payment);
  assert.ok(response, JSON.stringify(failed));
  const { type, origin, payment } = clientData(response);
  assert.equal(type, 'payment.get');
  assert.equal(origin, SHOP);
  assert.deepEqual(
    [payment.payeeName, payment.payeeOrigin, payment.total, payment.instrument.displayName],
    ['Muster Schuhe', SHOP, { value: '20.00', currency: 'EUR' }, 'Example Bank Gold ••••4242']);
  assert.equal(await stateOf(made), 'pending');
  const answer = await approve(made, response);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { body } = await call('GET', `/v1/transactions/${made.id}`);
  assert.equal(body.state, 'approved');
  assert.equal(body.intent.fields.merchant, 'Muster Schuhe');
  assert.equal((await approve(made, response)).status, 409, 'once');
  approved = { receipt: answer.body.receipt, challenge: made.payment.methodData[0].data.challenge };
});

test('its receipt says what the dialog was asked to show, and verifies', async () => {
  const key = path.join(folder, 'log.key');
  const file = path.join(folder, 'receipt.json');
  await writeFile(key, await (await fetch(`${server.origin}/v1/log/key`)).text());
  let receipt;
  for (let i = 0; receipt?.status !== 200 && i < 50; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100)); // the log appends behind the approval
    receipt = await call('GET', `/v1/receipts/${approved.receipt}`);
  }
  assert.equal(receipt.status, 200, JSON.stringify(receipt.body));
  await writeFile(file, receipt.text);
  const { stdout } = await run(SERVER, ['receipt', 'verify', '--log-key', key, file]);
  assert.match(stdout, /^verified/m);
  const { stdout: printed } = await run(SERVER, ['receipt', 'print', '--log-key', key, file]);
  for (const shown of ['Muster Schuhe', '20.00', '4242', SHOP, 'payment dialog (tier D2)', 'Example Bank Gold']) {
    assert.ok(printed.includes(shown), shown);
  }
});

// What a script in the merchant's page does to the options, and how the server refuses what the dialog then showed.
const CHANGES = [
  ['another amount', (o) => { o.details.total.amount.value = '2.00'; }, 'payment_total_mismatch'],
  ['another currency', (o) => { o.details.total.amount.currency = 'JPY'; }, 'payment_total_mismatch'],
  ['another payee', (o) => { o.methodData[0].data.payeeName = 'Red Cross'; }, 'payment_payee_mismatch'],
  ['another shop', (o) => { o.methodData[0].data.payeeOrigin = 'https://red-cross.example'; }, 'payment_payee_mismatch'],
  ['no shop', (o) => { delete o.methodData[0].data.payeeOrigin; }, 'payment_payee_mismatch'],
  ['another card', (o) => { o.methodData[0].data.instrument.displayName = 'Card'; }, 'payment_instrument_mismatch'],
  ['another picture', (o) => { o.methodData[0].data.instrument.icon = `${SHOP}/gold.png`; }, 'payment_instrument_mismatch'],
  ['the challenge of another payment', (o) => { o.methodData[0].data.challenge = approved.challenge; },
    'transaction_not_found', 404],
];
for (const [what, edit, code, status = 403] of CHANGES) {
  test(`a page that has ${what} shown gets nothing approved`, async () => {
    await open(SHOP);
    await dialog('autoAccept');
    const made = await createPayment();
    const { response, ...failed } = await confirm(made.payment, edit);
    assert.ok(response, JSON.stringify(failed));
    assert.deepEqual(await refusal(made, response), { status, code });
    assert.equal(await stateOf(made), 'pending');
  });
}

test('a page that nobody named may ask for the dialog, in vain', async () => {
  await open(BANK); // the bank's own: here it is the shop that was named
  await dialog('autoAccept');
  const made = await createPayment();
  const { response, ...failed } = await confirm(made.payment);
  assert.ok(response, JSON.stringify(failed));
  assert.deepEqual(await refusal(made, response), { status: 403, code: 'origin_not_allowed' });
  assert.equal(await stateOf(made), 'pending');
});

test('a sign-in with the same challenge approves no payment, and a payment signs nobody in', async () => {
  await open(BANK);
  await dialog('autoAccept');
  const made = await createPayment({ payment: {
    origins: [BANK], instrument: { displayName: 'Example Bank Gold', icon: `${BANK}/gold.png` } } });
  const { challenge, credentialIds } = made.payment.methodData[0].data;
  const signedIn = await page.evaluate((options) => window.client.authenticate(options), {
    challenge, rpId: 'bank.example', userVerification: 'required',
    allowCredentials: credentialIds.map((id) => ({ type: 'public-key', id })) });
  assert.equal(clientData(signedIn).type, 'webauthn.get');
  assert.deepEqual(await refusal(made, signedIn), { status: 403, code: 'type_mismatch' });

  const began = await call('POST', '/v1/authentications', { body: { username: 'ada' } });
  assert.equal(began.status, 201, JSON.stringify(began.body));
  const { response } = await confirm(made.payment, (o) => { o.methodData[0].data.challenge = began.body.options.challenge; });
  assert.equal(clientData(response).type, 'payment.get');
  const result = await call('POST', `/v1/authentications/${began.body.id}/result`, { body: response, token: began.body.token });
  assert.equal(result.status, 403, JSON.stringify(result.body));
});

test('who closes the dialog has approved nothing, and can be asked again', async () => {
  await open(SHOP);
  const made = await createPayment();
  await dialog('autoReject');
  assert.equal((await confirm(made.payment)).code, 'cancelled');
  assert.equal(await stateOf(made), 'pending');
  await dialog('autoAccept');
  const { response } = await confirm(made.payment);
  assert.equal((await approve(made, response)).status, 200);
});

test('the dialog is not shown where the picture cannot be', async () => {
  await open(SHOP);
  await dialog('autoAccept');
  const made = await createPayment();
  const { code } = await confirm(made.payment, (o) => { o.methodData[0].data.instrument.icon = `${BANK}/none.png`; });
  assert.equal(code, 'unsupported');
  assert.equal(await stateOf(made), 'pending');
});
