// What the tests call in the page: ceremonies of the server with our client or with @simplewebauthn/browser.
import { authenticate, register } from '/countersign/browser.js';
import { startAuthentication, startRegistration } from '/countersign/browser/esm/index.js';

const CLIENTS = {
  countersign: { create: register, get: (options, call) => authenticate(options, call) },
  simplewebauthn: {
    create: (optionsJSON) => startRegistration({ optionsJSON }),
    get: (optionsJSON, { mediation } = {}) =>
      startAuthentication({ optionsJSON, useBrowserAutofill: mediation === 'conditional' }),
  },
};

async function post(path, body) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

// Resolves to {status, body, response}, or to {error} where the browser refused.
async function ceremony(ask, finish) {
  let response;
  try {
    response = await ask();
  } catch (error) {
    return { error: { name: error.name, code: error.code, cause: error.cause?.name, message: error.cause?.message ?? error.message } };
  }
  return { ...(await finish(response)), response };
}

async function started(path, request) {
  const { status, body } = await post(path, request);
  if (status >= 300) {
    throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  }
  return body;
}

window.ceremonies = {
  /** `overrides` replace members of the options that the server sent. */
  async register(client, request, overrides = {}) {
    const { id, options } = await started('/v1/registrations', request);
    return ceremony(
      () => CLIENTS[client].create({ ...options, ...overrides }),
      (response) => post(`/v1/registrations/${id}/result`, response),
    );
  },
  async authenticate(client, request, overrides = {}) {
    const { id, options } = await started('/v1/authentications', request);
    return ceremony(
      () => CLIENTS[client].get({ ...options, ...overrides }, { mediation: request.mediation }),
      (response) => post(`/v1/authentications/${id}/result`, response),
    );
  },
  async signOut() {
    return (await fetch('/v1/session', { method: 'DELETE' })).status;
  },
  conformance: {
    async register(client, request) {
      const { status, errorMessage, ...options } = await started('/attestation/options', request);
      return ceremony(
        () => CLIENTS[client].create(options),
        (response) => post('/attestation/result', response),
      );
    },
    async authenticate(client, request) {
      const { status, errorMessage, ...options } = await started('/assertion/options', request);
      return ceremony(
        () => CLIENTS[client].get(options),
        (response) => post('/assertion/result', response),
      );
    },
  },
};
document.documentElement.dataset.ready = 'true';
