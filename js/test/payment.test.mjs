// The building of payment requests and what becomes of their ends, with a made-up Payment Request API.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { confirmPayment, isPaymentConfirmationSupported, paymentRequestArguments } from '../dist/payment.js';

const OPTIONS = {
  methodData: [
    {
      supportedMethods: 'secure-payment-confirmation',
      data: {
        challenge: 'AQID',
        rpId: 'bank.example',
        credentialIds: ['BA', 'BQY'],
        instrument: { displayName: 'Example Bank Gold ••••4242', icon: 'https://bank.example/gold.png' },
        timeout: 300000,
        payeeName: 'Muster Schuhe',
        browserBoundPubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        locale: ['de-CH'],
      },
    },
  ],
  details: { total: { label: 'Muster Schuhe', amount: { currency: 'EUR', value: '20.00' } } },
};

const bytes = (...values) => Uint8Array.from(values);
const named = (name) => Object.assign(new Error(name), { name });

// What Chromium hands over: a PublicKeyCredential as the response's details.
function credential() {
  return {
    rawId: bytes(4).buffer,
    authenticatorAttachment: 'platform',
    response: {
      clientDataJSON: bytes(1).buffer,
      authenticatorData: bytes(2).buffer,
      signature: bytes(3).buffer,
      userHandle: null,
    },
    getClientExtensionResults: () => ({ payment: { browserBoundSignature: { signature: bytes(9, 9).buffer } } }),
  };
}

function install(show, statics = {}) {
  const seen = { completed: [], aborted: 0 };
  globalThis.PaymentRequest = Object.assign(
    class {
      constructor(methodData, details) {
        Object.assign(seen, { methodData, details });
      }
      show() {
        return show();
      }
      async abort() {
        seen.aborted += 1;
      }
    },
    statics,
  );
  return seen;
}
const answering = () => ({ details: credential(), complete: async () => undefined });

afterEach(() => {
  delete globalThis.PaymentRequest;
});

test('byte strings become bytes, and nothing else changes', () => {
  const { methodData, details } = paymentRequestArguments(OPTIONS);
  const { challenge, credentialIds, ...rest } = methodData[0].data;
  assert.deepEqual(challenge, bytes(1, 2, 3));
  assert.deepEqual(credentialIds, [bytes(4), bytes(5, 6)]);
  const { challenge: _, credentialIds: __, ...asked } = OPTIONS.methodData[0].data;
  assert.deepEqual(rest, asked);
  assert.deepEqual(details, OPTIONS.details);
});

test('options of another kind are refused', () => {
  const [method] = OPTIONS.methodData;
  const wrong = [
    null,
    {},
    { ...OPTIONS, methodData: [] },
    { ...OPTIONS, methodData: [method, method] },
    { ...OPTIONS, methodData: [{ ...method, supportedMethods: 'https://pay.example' }] },
    { ...OPTIONS, methodData: [{ ...method, data: { ...method.data, challenge: 'A+' } }] },
    { ...OPTIONS, methodData: [{ ...method, data: { ...method.data, credentialIds: ['=='] } }] },
    { ...OPTIONS, methodData: [{ ...method, data: { ...method.data, credentialIds: 'BA' } }] },
  ];
  for (const options of wrong) {
    assert.throws(() => paymentRequestArguments(options), { code: 'invalid_options' }, JSON.stringify(options));
  }
});

test('the assertion comes back as the server wants it, with the browser-bound signature', async () => {
  const completed = [];
  const seen = install(async () => ({ details: credential(), complete: async (how) => completed.push(how) }));
  const json = await confirmPayment(OPTIONS);
  assert.deepEqual(seen.methodData, paymentRequestArguments(OPTIONS).methodData);
  assert.deepEqual(seen.details, OPTIONS.details);
  assert.deepEqual(completed, ['success']);
  assert.deepEqual(json, {
    id: 'BA',
    rawId: 'BA',
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: { payment: { browserBoundSignature: { signature: 'CQk' } } },
    response: { clientDataJSON: 'AQ', authenticatorData: 'Ag', signature: 'Aw' },
  });
});

test('each end of the dialog has its code', async () => {
  const codes = {
    AbortError: 'cancelled',
    NotAllowedError: 'cancelled',
    NotSupportedError: 'unsupported',
    SecurityError: 'not_allowed_here',
    TypeError: 'invalid_options',
    RangeError: 'invalid_options',
    OddError: 'unknown',
  };
  for (const [name, code] of Object.entries(codes)) {
    install(() => Promise.reject(named(name)));
    await assert.rejects(confirmPayment(OPTIONS), (error) => error.code === code && error.cause.name === name, name);
  }
  delete globalThis.PaymentRequest;
  await assert.rejects(confirmPayment(OPTIONS), { code: 'unsupported' });
});

test('the page can end it', async () => {
  const controller = new AbortController();
  let refuse;
  const seen = install(() => new Promise((_, reject) => (refuse = reject)));
  const confirmed = confirmPayment(OPTIONS, { signal: controller.signal });
  controller.abort();
  assert.equal(seen.aborted, 1);
  refuse(named('AbortError'));
  await assert.rejects(confirmed, { code: 'aborted' });
  await assert.rejects(confirmPayment(OPTIONS, { signal: controller.signal }), { code: 'aborted' });
});

test('what the browser says of itself counts', async () => {
  assert.equal(await isPaymentConfirmationSupported(), false);
  install(answering);
  assert.equal(await isPaymentConfirmationSupported(), true);
  for (const [said, expected] of [['available', true], ['unavailable-unknown-reason', false]]) {
    install(answering, { securePaymentConfirmationAvailability: async () => said });
    assert.equal(await isPaymentConfirmationSupported(), expected, said);
  }
});
