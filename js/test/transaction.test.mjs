// Binding and rendering in the module, and what a page refuses before anything is signed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ConfirmError, CountersignError, TransactionError, confirmTransaction, declineTransaction, loadTransactions } from '../dist/index.js';
import { moduleBytes, root } from './files.mjs';

const document = (path) => readFile(new URL(`core/transaction/${path}.json`, root), 'utf8');
const cardTemplate = await document('templates/payment.card');
const transferTemplate = await document('templates/payment.credit-transfer');
const german = await document('locales/de-DE');
const swiss = await document('locales/de-CH');

const digests = JSON.parse(await document('digests'));
const card = digests.templates['payment.card/1'];
const transfer = digests.templates['payment.credit-transfer/1'];
const locale = digests.locales['de-DE'];
const otherLocale = digests.locales['de-CH'];

const transactions = await loadTransactions();
transactions.loadTemplate(cardTemplate, card);
transactions.loadTemplate(transferTemplate, transfer);
transactions.loadLocale(german, locale);
transactions.loadLocale(swiss, otherLocale);

const intent = () => ({
  type: 'payment.card/1',
  fields: { amount: { currency: 'EUR', value: '12.50' }, merchant: 'Shop', card: '1234' },
});
const NOW = 1_795_331_000;
const binding = () => ({
  ceremony: 'transaction.approve', tenant: 'bank-a', rpId: 'bank.example',
  origins: ['https://bank.example', 'https://app.bank.example'], userHandle: '00ff', transactionId: 't-1',
  session: 'session-1', template: card, locale, policy: '1'.repeat(64), displayTier: 1, approval: [1, 1],
  previous: null, issuedAt: NOW - 5, expiresAt: NOW + 175, nonce: '2'.repeat(64),
});
const base64urlOf = (hex) => Buffer.from(hex, 'hex').toString('base64url');

// What an honest server answers to the intent.
function answerTo(wanted, members = binding()) {
  const bound = transactions.bind({ ...members, intent: wanted });
  return {
    id: members.transactionId,
    options: { challenge: base64urlOf(bound.challenge), rpId: members.rpId, userVerification: 'required', allowCredentials: [] },
    binding: members, intentDigest: bound.intentDigest, viewDigest: bound.viewDigest, view: bound.view,
  };
}
const settings = (changes = {}) => ({
  transactions, intent: intent(), template: card, locale, answer: answerTo(intent()), rpId: 'bank.example',
  origins: ['https://app.bank.example', 'https://bank.example'], tenant: 'bank-a', userHandle: '00ff', session: 'session-1',
  minimumDisplayTier: 1, now: new Date(NOW * 1000), origin: 'https://bank.example', ...changes,
});

// The browser of this test: notes what it was asked to sign.
const asked = [];
globalThis.PublicKeyCredential = class {};
Object.defineProperty(globalThis, 'navigator', {
  configurable: true,
  value: {
    credentials: {
      get: async ({ publicKey }) => {
        asked.push(publicKey);
        return { toJSON: () => ({ id: 'AA', rawId: 'AA', type: 'public-key', response: {}, clientExtensionResults: {} }) };
      },
    },
  },
});

async function refused(changes, code, show = () => assert.fail('was shown')) {
  const before = asked.length;
  await assert.rejects(confirmTransaction({ show, ...settings(changes) }), (error) => {
    assert.ok(error instanceof ConfirmError);
    assert.equal(error.code, code);
    return true;
  });
  assert.equal(asked.length, before, 'the browser was asked');
}

test('bind and render: the view, by digest and by name', () => {
  const bound = transactions.bind({ ...binding(), intent: intent() });
  assert.equal(bound.view.title, 'Kartenzahlung freigeben');
  assert.deepEqual(bound.view.rows[0], [1, 'Betrag', '12,50\u00a0EUR', 'ltr']);
  assert.match(bound.challenge, /^[0-9a-f]{64}$/);
  assert.deepEqual(transactions.bind({ ...binding(), template: 'payment.card/1', locale: 'de-DE', intent: intent() }), bound);
  const drawn = transactions.render({ intent: intent(), template: card, locale, forms: ['text', 'html', 'svg'] });
  assert.deepEqual([drawn.view, drawn.viewDigest, drawn.intentDigest], [bound.view, bound.viewDigest, bound.intentDigest]);
  assert.match(drawn.text, /Kartenzahlung/);
  assert.match(drawn.html, /<bdi/);
  assert.match(drawn.svg, /^<svg/);
});

test('an amount beyond 2^53 minor units is exact', () => {
  const fields = (value) => ({ type: 'payment.card/1', fields: { ...intent().fields, amount: { currency: 'EUR', value } } });
  const view = (value) => transactions.bind({ ...binding(), intent: fields(value) });
  assert.ok(view('90071992547409.93').intentCbor.includes('1b0020000000000001'));
  assert.equal(view('90071992547409.93').view.rows[0][2], '90.071.992.547.409,93\u00a0EUR');
  assert.notEqual(view('90071992547409.93').challenge, view('90071992547409.92').challenge);
});

test('an input that is text reaches the core as it is', () => {
  const input = JSON.stringify({ ...binding(), intent: intent() });
  assert.deepEqual(transactions.bind(input), transactions.bind(JSON.parse(input)));
  const tier = input.replace('"displayTier":1', '"displayTier":9007199254740993');
  assert.throws(() => transactions.bind(tier), { code: 'binding_display_tier_invalid' });
  assert.throws(() => transactions.bind(input.replace('"issuedAt":', '"issuedAt":1,"issuedAt":')), { code: 'json_duplicate_key' });
});

test('a refusal names the field and the character', () => {
  const wanted = intent();
  wanted.fields.merchant = 'Sh\u043ep';
  assert.throws(() => transactions.bind({ ...binding(), intent: wanted }), (error) => {
    assert.ok(error instanceof TransactionError);
    assert.deepEqual([error.code, error.field, error.codePoint, error.offset], ['text_scripts_mixed', 'merchant', 0x43e, 2]);
    return true;
  });
  assert.throws(() => transactions.loadTemplate('{', card), { code: 'json_syntax', offset: 1 });
  assert.throws(() => transactions.render({ intent: intent(), template: '0'.repeat(64), locale }), { code: 'transaction_type_unknown' });
});

// Nothing is linted here: what is taken is what the application pinned, and nothing that a server sends.
test('a document is the pinned one or none', async () => {
  const fresh = await loadTransactions();
  const unknown = { name: 'TransactionError', code: 'transaction_type_unknown' };
  assert.throws(() => fresh.loadTemplate(cardTemplate, transfer), unknown);
  assert.throws(() => fresh.loadTemplate(cardTemplate.replace('"version": 1', '"version": 2'), card), unknown);
  assert.throws(() => fresh.loadTemplate(cardTemplate.replace('Betrag', 'Gebühr'), card), unknown);
  assert.throws(() => fresh.loadTemplate('{}', card), unknown);
  assert.throws(() => fresh.loadLocale(german, card), { code: 'transaction_locale_unknown' });
  assert.throws(() => fresh.loadLocale(german.replace('"ltr"', '"rtl"'), locale), { code: 'transaction_locale_unknown' });
  for (const digest of [undefined, '', 'payment.card/1', card.slice(1), `${card} `, card.toUpperCase(), 'é'.repeat(64), `${card}{`]) {
    assert.throws(() => fresh.loadTemplate(cardTemplate, digest), { code: 'binding_digest_invalid' });
    assert.throws(() => fresh.loadLocale(german, digest), { code: 'binding_digest_invalid' });
  }
  assert.throws(() => fresh.render({ intent: intent(), template: card, locale }), unknown); // none was kept
  assert.deepEqual(fresh.loadTemplate(` ${cardTemplate}\n`, card), { template: card, type: 'payment.card/1' }); // its frozen form counts
  assert.deepEqual(fresh.loadLocale(german, locale), { locale, id: 'de-DE' });
  // A case names documents, it never brings them.
  for (const template of [JSON.parse(cardTemplate), { ...JSON.parse(cardTemplate), fields: [] }, null, 1]) {
    assert.throws(() => fresh.render({ intent: intent(), template, locale }), unknown);
    assert.throws(() => fresh.bind({ ...binding(), intent: intent(), template }), unknown);
  }
  assert.throws(() => fresh.render({ intent: intent(), template: card, locale: JSON.parse(german) }), { code: 'transaction_locale_unknown' });
  assert.equal(fresh.render({ intent: intent(), template: card, locale }).template, card);
});

test('every document that ships is the one of its digest', async () => {
  const fresh = await loadTransactions();
  for (const [type, digest] of Object.entries(digests.templates)) {
    assert.equal(fresh.loadTemplate(await document(`templates/${type.replace(/\/\d+$/, '')}`), digest).type, type);
  }
  for (const [id, digest] of Object.entries(digests.locales)) {
    assert.equal(fresh.loadLocale(await document(`locales/${id}`), digest).id, id);
  }
});

// The module traps where its memory ends, and begins anew.
test('a case beyond the memory is answered, and the next ones are as before', async () => {
  const fresh = await loadTransactions();
  fresh.loadTemplate(cardTemplate, card);
  fresh.loadLocale(german, locale);
  const wanted = fresh.render({ intent: intent(), template: card, locale });
  const nested = `{"input":{"template":[${'{"":[{}]},'.repeat(80_000)}0]}}`;
  for (let count = 0; count < 3; count += 1) {
    const { ok, error } = JSON.parse(Buffer.from(fresh.renderLine(nested)).toString());
    assert.equal(ok, false);
    assert.match(error.code, /^(internal_error|out_of_memory|binding_member_invalid)$/);
  }
  assert.deepEqual(fresh.render({ intent: intent(), template: card, locale }), wanted);
});

test('what was shown and entered is what is signed', async () => {
  const shown = [];
  const show = (presentation) => {
    shown.push(presentation);
    return Promise.resolve(true);
  };
  const approval = await confirmTransaction({ show, ...settings() });
  const bound = transactions.bind({ ...binding(), intent: intent() });
  assert.deepEqual(shown[0].view, bound.view);
  assert.match(shown[0].html, /Shop/);
  assert.deepEqual([approval.id, approval.challenge, approval.response.id], ['t-1', bound.challenge, 'AA']);
  assert.equal(Buffer.from(asked.at(-1).challenge).toString('hex'), bound.challenge);
  assert.equal(asked.at(-1).rpId, 'bank.example');
  // An intent that is text is the same intent.
  assert.equal((await confirmTransaction({ show, ...settings({ intent: JSON.stringify(intent()) }) })).challenge, bound.challenge);
});

test('nothing of the options but what an assertion needs reaches the browser', async () => {
  const answer = answerTo(intent());
  answer.options.extensions = { appid: 'https://evil.example' };
  answer.options.mediation = 'silent';
  answer.options.userVerification = 'discouraged';
  await confirmTransaction({ show: () => true, ...settings({ answer }) });
  assert.deepEqual(Object.keys(asked.at(-1)).filter((name) => asked.at(-1)[name] !== undefined).sort(), ['allowCredentials', 'challenge', 'rpId', 'userVerification']);
  assert.equal(asked.at(-1).userVerification, 'required');
});

test('who draws it is told which of how many approvals it is', async () => {
  const shown = [];
  const answer = answerTo(intent(), { ...binding(), approval: [1, 3] });
  await confirmTransaction({ show: (presentation) => shown.push(presentation.approval) > 0, ...settings({ answer }) });
  assert.deepEqual(shown, [[1, 3]]);
});

test('refused: the server has another intent than was entered', async () => {
  for (const [member, value] of [['amount', { currency: 'EUR', value: '1250.00' }], ['merchant', 'Shop Ltd'], ['card', '4321']]) {
    const other = intent();
    other.fields[member] = value;
    const answer = answerTo(other);
    await refused({ answer }, 'intent_mismatch');
    delete answer.intentDigest;
    await refused({ answer }, 'view_mismatch');
    delete answer.viewDigest;
    await refused({ answer }, 'view_mismatch');
    delete answer.view;
    await refused({ answer }, 'challenge_mismatch');
  }
});

test('refused: a server that shows the truth and lets another challenge be signed', async () => {
  const answer = answerTo(intent());
  const other = answerTo({ ...intent(), fields: { ...intent().fields, merchant: 'Evil' } });
  await refused({ answer: { ...answer, options: other.options } }, 'challenge_mismatch');
  await refused({ answer: { ...answer, options: { ...answer.options, challenge: '' } } }, 'challenge_mismatch');
  await refused({ answer: { ...answer, options: { ...answer.options, challenge: '*' } } }, 'answer_malformed');
});

test('refused: each member that the application pins', async () => {
  const changed = (member, value) => ({ answer: answerTo(intent(), { ...binding(), [member]: value }) });
  await refused(changed('locale', otherLocale), 'locale_mismatch');
  await refused(changed('rpId', 'evil.example'), 'rp_id_mismatch');
  await refused(changed('origins', ['https://bank.example']), 'origins_mismatch');
  await refused(changed('origins', [...binding().origins, 'https://evil.example']), 'origins_mismatch');
  await refused(changed('tenant', 'bank-b'), 'tenant_mismatch');
  await refused(changed('userHandle', '00fe'), 'user_mismatch');
  await refused(changed('session', 'session-2'), 'session_mismatch');
  await refused(changed('session', null), 'session_mismatch');
  await refused(changed('displayTier', 0), 'display_tier_too_low');
  await refused(changed('issuedAt', NOW + 100), 'expired');
  await refused(changed('expiresAt', NOW), 'expired');
  await refused(changed('expiresAt', NOW + 86_400), 'expired');
  await refused({ answer: { ...answerTo(intent()), id: 't-2' } }, 'transaction_mismatch');
  const answer = answerTo(intent());
  await refused({ answer: { ...answer, binding: { ...answer.binding, template: transfer } } }, 'template_mismatch');
  await refused({ answer: { ...answer, options: { ...answer.options, rpId: 'evil.example' } } }, 'rp_id_mismatch');
  await refused({ origin: 'https://evil.example' }, 'origin_not_allowed');
  await refused({ origin: undefined }, 'origin_not_allowed');
});

test('refused: each other member, changed after the challenge was computed', async () => {
  for (const [member, value] of [['policy', '3'.repeat(64)], ['approval', [1, 2]], ['nonce', '4'.repeat(64)], ['issuedAt', NOW - 6], ['expiresAt', NOW + 174], ['displayTier', 2]]) {
    const answer = answerTo(intent());
    await refused({ answer: { ...answer, binding: { ...answer.binding, [member]: value } } }, 'challenge_mismatch');
  }
  const answer = answerTo(intent());
  await refused({ answer: { ...answer, binding: { ...answer.binding, ceremony: 'transaction.decline' } } }, 'intent_refused');
  // A member of the server's own never gets into the input.
  await refused({ answer: { ...answer, binding: { ...answer.binding, intent: { type: 'x/1' }, nonce: '4'.repeat(64) } } }, 'challenge_mismatch');
});

test('refused: what is no answer', async () => {
  for (const answer of [undefined, null, {}, { id: 't-1' }, { ...answerTo(intent()), binding: null }, { ...answerTo(intent()), options: {} },
    { ...answerTo(intent()), binding: { ...binding(), origins: 'https://bank.example' } },
    { ...answerTo(intent()), binding: { ...binding(), displayTier: '4' } },
    { ...answerTo(intent()), binding: { ...binding(), expiresAt: Infinity } }]) {
    await refused({ answer }, 'answer_malformed');
  }
});

test('refused: an intent that looks like another', async () => {
  const wanted = intent();
  wanted.fields.merchant = 'Shop\u202e';
  await refused({ intent: wanted }, 'intent_refused');
  await refused({ intent: '{"type":"payment.card/1"' }, 'intent_refused');
  await refused({ intent: '{"type":"payment.card/1","fields":{}},"nonce":"' + '4'.repeat(64) + '"' }, 'intent_refused');
});

test('refused: the customer declines, or takes too long', async () => {
  await refused({}, 'declined', () => false);
  await refused({}, 'declined', () => 'no');
});

test('declining is checked like approving, and nothing is signed', () => {
  const before = asked.length;
  const declined = declineTransaction(settings());
  assert.equal(declined.challenge, transactions.bind({ ...binding(), intent: intent() }).challenge);
  assert.equal(declined.response, undefined);
  assert.equal(asked.length, before);
  assert.throws(() => declineTransaction(settings({ tenant: 'bank-b' })), { name: 'ConfirmError', code: 'tenant_mismatch' });
});

test('a module without transactions says so', async () => {
  await assert.rejects(loadTransactions(await moduleBytes('countersign')), (error) => {
    assert.ok(error instanceof CountersignError);
    return error.code === 'module_too_small';
  });
});
