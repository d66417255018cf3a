// What all parts of the page share: elements, the HTTP API, messages, buttons that work.
import { CeremonyError } from '/countersign/browser.js';

export const $ = (id) => document.getElementById(id);

/** An element with attributes and children; texts become text, never markup. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    element.setAttribute(attribute, value);
  }
  element.append(...children);
  return element;
}

// ---- HTTP ----------------------------------------------------------------------------------------

export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

/** The JSON of the answer. Throws an ApiError. */
export async function api(method, path, body, { credentials = 'same-origin' } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials,
    });
  } catch {
    throw new ApiError(0, { detail: 'The server cannot be reached. Is it still running?' });
  }
  const text = await response.text();
  let json = null;
  try {
    json = text === '' ? null : JSON.parse(text);
  } catch {
    json = { title: `The server answered ${response.status}.` };
  }
  if (!response.ok) {
    throw new ApiError(response.status, json ?? {});
  }
  return json;
}

// ---- Messages ------------------------------------------------------------------------------------

export function notify(text, kind = 'good') {
  const notice = $('notice');
  notice.textContent = text;
  notice.classList.toggle('bad', kind === 'bad');
  notice.hidden = false;
}

export function clearNotice() {
  $('notice').hidden = true;
}

export function explain(error) {
  if (error instanceof CeremonyError) {
    if (error.code === 'aborted') {
      return;
    }
    const advice = {
      cancelled: 'Nothing was signed: the request was cancelled, or its time ran out.',
      already_registered: 'This device already holds a passkey for the account. Sign in with it instead.',
      not_allowed_here: 'Open the demo as http://localhost, not by its address: a passkey belongs to a name.',
    };
    notify(advice[error.code] ?? error.message, 'bad');
  } else if (error instanceof ApiError) {
    const advice = {
      account_exists: `${error.message} If it is yours, sign in instead.`,
      credential_already_registered: `${error.message} If it is yours, sign in instead.`,
      session_required: 'Your session has ended, as it does after five minutes without activity. Sign in again.',
    };
    notify(advice[error.problem.code] ?? error.message, 'bad');
  } else {
    console.error(error);
    notify('Something went wrong in this page. Reload it and try again.', 'bad');
  }
}

let recover = () => {}; // what else a failed action calls for

export function afterFailure(run) {
  recover = run;
}

// Runs an action of a button: no second click meanwhile, errors shown.
export async function busy(button, action) {
  clearNotice();
  button.disabled = true;
  try {
    await action();
  } catch (error) {
    explain(error);
    recover(error);
  } finally {
    button.disabled = false;
  }
}
