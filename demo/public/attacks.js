// What somebody between this page and the server, or at this page's side, might do to a payment. Each attack has a place
// where it is bound to fail, and the code with which it does.
import { authenticate, decodeBase64url, encodeBase64url } from '/countersign/browser.js';

import { BATCH } from './documents.js';
import { api } from './page.js';

const OTHER_ACCOUNT = 'GB29NWBK60161331926819';
const OTHER_ORIGIN = 'https://northmere-bank.example';

// Somebody else's payment: the request is changed on its way to the server, which freezes what it gets.
const lineOf = (body) => (body.intent.type === BATCH ? body.intent.fields.payees[0] : body.intent.fields);

function changed(body, change) {
  change(lineOf(body));
  if (body.intent.type === BATCH && body.intent.fields.payees[0].amount.value !== body.intent.fields.total[0].value) {
    body.intent.fields.payees = body.intent.fields.payees.slice(0, 1);
    body.intent.fields.count = 1;
    body.intent.fields.total = [body.intent.fields.payees[0].amount];
  }
  return body;
}

const request = (change) => ({ request: (body) => changed(body, change) });
const binding = (change) => ({
  answer: (answer) => {
    change(answer.binding, answer);
    return answer;
  },
});

function flipped(base64url, at) {
  const bytes = decodeBase64url(base64url);
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return encodeBase64url(bytes);
}

// Every digit one higher, so that nothing but the digits is another.
const otherHex = (hex) => hex.replace(/[0-9a-f]/, (digit) => ((parseInt(digit, 16) + 1) % 16).toString(16));

// A key of the same log's name that is as well-formed as the log's own (C2SP signed-note: name, hash, key).
async function otherKey(key) {
  const name = key.slice(0, key.indexOf('+'));
  const made = await crypto.subtle.generateKey('Ed25519', true, ['sign']);
  const typed = [1, ...new Uint8Array(await crypto.subtle.exportKey('raw', made.publicKey))];
  const hashed = new Uint8Array([...new TextEncoder().encode(`${name}\n`), ...typed]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', hashed));
  const hash = [...digest.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${name}+${hash}+${btoa(String.fromCharCode(...typed))}`;
}

const approve = (id, response) => api('POST', `/v1/transactions/${encodeURIComponent(id)}/approve`, response);

export const IN_PAGE = 'In this page, before anything is signed';
export const AT_SERVER = 'At the server';
export const IN_RECEIPT = 'In the receipt';

/**
 * `request` changes what reaches the server, `answer` what comes back, `now` this page's clock; `handIn` stands in for handing
 * in the approval, and `receipt` changes the file. `code` is what it is refused with.
 */
export const ATTACKS = [
  {
    id: 'amount', place: IN_PAGE, code: 'view_mismatch', name: 'Amount',
    says: 'On its way to the server the amount becomes 9,400.00.',
    ...request((line) => { line.amount = { ...line.amount, value: line.amount.currency === 'JPY' ? '9400' : '9400.00' }; }),
  },
  {
    id: 'payee', place: IN_PAGE, code: 'view_mismatch', name: 'Payee',
    says: 'On its way to the server the payee becomes somebody else.',
    ...request((line) => { line.creditor = 'M. Allory'; }),
  },
  {
    id: 'account', place: IN_PAGE, code: 'view_mismatch', name: 'Account',
    says: 'The payee’s name stays, the account becomes another one.',
    ...request((line) => { line.creditorAccount = { iban: OTHER_ACCOUNT }; }),
  },
  {
    id: 'currency', place: IN_PAGE, code: 'view_mismatch', name: 'Currency',
    says: 'The number stays, the currency becomes the Kuwaiti dinar.',
    ...request((line) => { line.amount = { currency: 'KWD', value: `${line.amount.value.split('.')[0]}.000` }; }),
  },
  {
    id: 'reference', place: IN_PAGE, code: 'view_mismatch', name: 'Reference',
    says: 'The reference becomes that of another invoice.',
    ...request((line) => { line.reference = 'Invoice 4712'; }),
  },
  {
    id: 'disguised', place: IN_PAGE, code: 'challenge_mismatch', name: 'Account, with a forged answer',
    says: 'The account is changed on its way, and the answer is made to look as if it were not: only the challenge cannot be made to fit.',
    request: (body) => changed(body, (line) => { line.creditorAccount = { iban: OTHER_ACCOUNT }; }),
    answer: (answer, { intent, view }) => ({ ...answer, intent, view }),
  },
  {
    id: 'locale', place: IN_PAGE, code: 'locale_mismatch', name: 'Locale',
    says: 'The server is told another language, in which 1.000 is a thousand.',
    request: (body) => ({ ...body, locale: body.locale === 'de-DE' ? 'en-GB' : 'de-DE' }),
  },
  {
    id: 'template', place: IN_PAGE, code: 'template_mismatch', name: 'Template',
    says: 'The answer names another template: one that might leave a row out.',
    ...binding((bound) => { bound.template = otherHex(bound.template); }),
  },
  {
    id: 'label', place: IN_PAGE, code: 'view_mismatch', name: 'Label',
    says: 'The account is labelled as that of a charity.',
    answer: (answer) => {
      answer.view.rows[1][1] = 'Donation to';
      return answer;
    },
  },
  {
    id: 'rows', place: IN_PAGE, code: 'view_mismatch', name: 'Order of rows',
    says: 'Two rows change places.',
    answer: (answer) => {
      answer.view.rows.reverse();
      return answer;
    },
  },
  {
    id: 'tier', place: IN_PAGE, code: 'challenge_mismatch', name: 'Display tier',
    says: 'The answer says that a safer display was demanded than is.',
    ...binding((bound) => { bound.displayTier += 1; }),
  },
  {
    id: 'policy', place: IN_PAGE, code: 'challenge_mismatch', name: 'Policy',
    says: 'The answer names another policy as the one that decided.',
    ...binding((bound) => { bound.policy = otherHex(bound.policy); }),
  },
  {
    id: 'lifetime', place: IN_PAGE, code: 'expired', name: 'Lifetime',
    says: 'The approval is to stay valid for a week.',
    ...binding((bound) => { bound.expiresAt += 604_800; }),
  },
  {
    id: 'expiry', place: IN_PAGE, code: 'expired', name: 'Expiry',
    says: 'The answer arrives eleven minutes late.',
    now: () => new Date(Date.now() + 660_000),
  },
  {
    id: 'origin', place: IN_PAGE, code: 'origins_mismatch', name: 'Origin',
    says: `Signatures made at ${OTHER_ORIGIN} are to count, too.`,
    ...binding((bound) => { bound.origins.push(OTHER_ORIGIN); }),
  },
  {
    id: 'rp-id', place: IN_PAGE, code: 'rp_id_mismatch', name: 'Relying party',
    says: 'The passkey of another site is asked for.',
    ...binding((bound, answer) => { bound.rpId = answer.options.rpId = 'northmere-bank.example'; }),
  },
  {
    id: 'tenant', place: IN_PAGE, code: 'tenant_mismatch', name: 'Tenant',
    says: 'The answer is for another bank on the same server.',
    ...binding((bound) => { bound.tenant = 'southmere'; }),
  },
  {
    id: 'customer', place: IN_PAGE, code: 'user_mismatch', name: 'Customer',
    says: 'The answer is for another customer.',
    ...binding((bound) => { bound.userHandle = otherHex(bound.userHandle); }),
  },
  {
    id: 'session', place: IN_PAGE, code: 'challenge_mismatch', name: 'Session',
    says: 'The approval is to count for the session of somebody else.',
    ...binding((bound) => { bound.session = 'another'; }),
  },
  {
    id: 'transaction', place: IN_PAGE, code: 'transaction_mismatch', name: 'Transaction',
    says: 'The answer names one transaction and binds another one.',
    ...binding((bound) => { bound.transactionId = 'another'; }),
  },
  {
    id: 'step', place: IN_PAGE, code: 'challenge_mismatch', name: 'Number of approvals',
    says: 'One approval more or less is to be enough.',
    ...binding((bound) => { bound.approval = [1, bound.approval[1] === 1 ? 2 : 1]; }),
  },
  {
    id: 'nonce', place: IN_PAGE, code: 'challenge_mismatch', name: 'Nonce',
    says: 'The random number is that of an earlier approval.',
    ...binding((bound) => { bound.nonce = otherHex(bound.nonce); }),
  },
  {
    id: 'challenge', place: IN_PAGE, code: 'challenge_mismatch', name: 'Challenge',
    says: 'The passkey is asked to sign something else.',
    answer: (answer) => ({ ...answer, options: { ...answer.options, challenge: flipped(answer.options.challenge, 0) } }),
  },
  {
    id: 'signature', place: AT_SERVER, code: 'signature_invalid', name: 'Signature',
    says: 'One bit of the signature is flipped on its way.',
    handIn: ({ id, response }) =>
      approve(id, { ...response, response: { ...response.response, signature: flipped(response.response.signature, -1) } }),
  },
  {
    id: 'authenticator-data', place: AT_SERVER, code: 'signature_invalid', name: 'Counter',
    says: 'One bit of the counter that the passkey signed is flipped on its way.',
    handIn: ({ id, response }) =>
      approve(id, {
        ...response,
        response: { ...response.response, authenticatorData: flipped(response.response.authenticatorData, 36) },
      }),
  },
  {
    id: 'page-origin', place: AT_SERVER, code: 'origin_not_allowed', name: 'Origin of the page',
    says: 'The browser’s data are made to say that another site asked.',
    handIn: ({ id, response }) => {
      const text = new TextDecoder().decode(decodeBase64url(response.response.clientDataJSON));
      const forged = new TextEncoder().encode(text.replace(location.origin, OTHER_ORIGIN));
      return approve(id, { ...response, response: { ...response.response, clientDataJSON: encodeBase64url(forged) } });
    },
  },
  {
    id: 'login', place: AT_SERVER, code: 'transaction_not_found', name: 'A sign-in as an approval',
    says: 'What the passkey signed for a sign-in is handed in as the approval.',
    handIn: async ({ id }) => {
      const started = await api('POST', '/v1/authentications', {});
      return approve(id, await authenticate(started.options));
    },
  },
  {
    id: 'swapped', place: AT_SERVER, code: 'transaction_not_found', name: 'Another transaction',
    says: 'The approval of this transaction is handed in for another one of the same customer.',
    handIn: async ({ body, response }) => {
      const other = await api('POST', '/v1/transactions', body);
      try {
        return await approve(other.id, response);
      } finally {
        await api('POST', `/v1/transactions/${encodeURIComponent(other.id)}/decline`, {});
      }
    },
  },
  {
    id: 'other-session', place: AT_SERVER, code: 'transaction_foreign', name: 'Another browser',
    says: 'The approval is handed in by a browser that is not signed in as this customer.',
    handIn: ({ id, response }) =>
      api('POST', `/v1/transactions/${encodeURIComponent(id)}/approve`, response, { credentials: 'omit' }),
  },
  {
    id: 'other-customer', place: AT_SERVER, code: 'transaction_approver_not_allowed', name: 'Another customer’s passkey',
    says: 'Another customer’s passkey signs it. (Open a second account in this browser first.)',
    needsOther: true,
    handIn: async ({ id, options, challenge, other }) =>
      approve(id, await authenticate({ ...options, challenge, allowCredentials: [{ type: 'public-key', id: other }] })),
  },
  {
    id: 'declined', place: AT_SERVER, code: 'transaction_state_mismatch', name: 'Approval after a decline',
    says: 'The transaction was declined when the approval arrives.',
    handIn: async ({ id, response }) => {
      await api('POST', `/v1/transactions/${encodeURIComponent(id)}/decline`, {});
      return approve(id, response);
    },
  },
  {
    id: 'replay', place: AT_SERVER, code: 'transaction_state_mismatch', name: 'Replay',
    says: 'The approval is handed in twice. The first one counts.', after: 'What was approved is carried out once.',
    handIn: async ({ id, response }) => {
      await approve(id, response);
      return approve(id, response);
    },
  },
  {
    id: 'receipt-byte', place: IN_RECEIPT, name: 'One byte of the receipt',
    says: 'One byte of the file, anywhere in it, is another.',
    receipt: (file, key) => {
      const bytes = new TextEncoder().encode(file);
      bytes[Math.floor(Math.random() * bytes.length)] ^= 1;
      return { file: bytes, key };
    },
  },
  {
    id: 'receipt-key', place: IN_RECEIPT, name: 'Another log’s key',
    says: 'The log is said to be another one, with a key of its own.',
    receipt: async (file, key) => ({ file: new TextEncoder().encode(file), key: await otherKey(key) }),
  },
];
