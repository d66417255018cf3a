// Accounts and their passkeys: opening one, signing in and out, adding, renaming and removing passkeys.
import {
  CeremonyError,
  authenticate,
  isAutofillSupported,
  isSupported,
  register,
} from '/countersign/browser.js';

import { $, ApiError, afterFailure, api, busy, explain, notify } from './page.js';
import { hideVerification, showVerification } from './verification.js';

let customers = { entered() {}, left() {} };

// ---- Ceremonies ----------------------------------------------------------------------------------

let autofill = null; // AbortController of the waiting autofill request

function stopAutofill() {
  autofill?.abort();
  autofill = null;
}

async function offerAutofill() {
  stopAutofill();
  if ($('signed-out').hidden || !(await isAutofillSupported())) {
    return;
  }
  const controller = new AbortController();
  autofill = controller;
  let renew;
  try {
    const started = await api('POST', '/v1/authentications', { mediation: 'conditional' });
    // A challenge does not live for ever: ask for a fresh one before it expires.
    const life = Math.max(20_000, Date.parse(started.expiresAt) - Date.now() - 15_000);
    renew = setTimeout(() => {
      if (autofill === controller) {
        offerAutofill();
      }
    }, life);
    const response = await authenticate(started.options, {
      mediation: 'conditional',
      signal: controller.signal,
    });
    autofill = null;
    await finishSignIn(started, response);
  } catch (error) {
    // Nobody pressed anything: that the browser gave up on the offer is no news. A refusal is.
    if (!controller.signal.aborted && !(error instanceof CeremonyError)) {
      if (error instanceof ApiError && error.problem.case) {
        await showVerification({ ok: false, problem: error.problem, case: error.problem.case });
      }
      explain(error);
    }
  } finally {
    clearTimeout(renew);
  }
}

async function finishSignIn(started, response) {
  const result = await api('POST', `/v1/authentications/${encodeURIComponent(started.id)}/result`, response);
  await enter(result.user, 'You are signed in.');
  await showVerification({ ok: true, kind: 'authentication', result, case: result.case });
}

async function signIn() {
  stopAutofill();
  const username = $('sign-in-name').value.trim();
  const started = await api('POST', '/v1/authentications', username ? { username } : {});
  const response = await authenticate(started.options);
  await finishSignIn(started, response);
}

// What the policy demands more of than this sign-in, it gets: a sign-in of its own, then once again.
async function withStepUp(call) {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== 'step_up_required') {
      throw error;
    }
  }
  const started = await api('POST', '/v1/authentications', { userVerification: 'required' });
  const response = await authenticate(started.options);
  await api('POST', `/v1/authentications/${encodeURIComponent(started.id)}/result`, response);
  return call();
}

async function createPasskey(request, message) {
  stopAutofill();
  const started = await withStepUp(() => api('POST', '/v1/registrations', request));
  const response = await register(started.options);
  const result = await api('POST', `/v1/registrations/${encodeURIComponent(started.id)}/result`, response);
  await enter(result.user, message);
  await showVerification({ ok: true, kind: 'registration', result, case: result.case });
}

async function signOut() {
  await api('DELETE', '/v1/session');
  hideVerification();
  await leave('You are signed out.');
}

// ---- Views ---------------------------------------------------------------------------------------

async function enter(user, message) {
  stopAutofill();
  $('signed-out').hidden = true;
  $('signed-in').hidden = false;
  $('account-nav').hidden = false;
  const name = user.displayName || user.username || 'customer';
  $('who').textContent = name;
  $('home-title').textContent = `Good day, ${name}.`;
  document.title = 'Northmere Bank · Your accounts';
  await listPasskeys();
  customers.entered(user);
  if (message) {
    notify(message);
  }
  $('main').focus();
}

async function leave(message) {
  $('signed-in').hidden = true;
  $('account-nav').hidden = true;
  $('signed-out').hidden = false;
  document.title = 'Northmere Bank · Sign in';
  selectTab('sign-in');
  customers.left();
  if (message) {
    notify(message);
  }
  offerAutofill();
}

const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function passkeyFacts(passkey) {
  const facts = [`Added ${dateFormat.format(new Date(passkey.createdAt))}`];
  facts.push(
    passkey.lastUsedAt ? `last used ${dateFormat.format(new Date(passkey.lastUsedAt))}` : 'not used yet',
  );
  facts.push(passkey.backedUp ? 'synced' : passkey.backupEligible ? 'can be synced' : 'on one device only');
  return facts.join(' · ');
}

async function listPasskeys() {
  const { credentials } = await api('GET', '/v1/credentials');
  const list = $('passkeys');
  list.replaceChildren();
  for (const passkey of credentials) {
    const row = $('passkey-row').content.firstElementChild.cloneNode(true);
    row.dataset.id = passkey.id;
    row.querySelector('.passkey-name').textContent = passkey.name;
    row.querySelector('.passkey-facts').textContent = passkeyFacts(passkey);
    const rename = row.querySelector('.rename');
    const revoke = row.querySelector('.revoke');
    rename.setAttribute('aria-label', `Rename ${passkey.name}`);
    revoke.setAttribute('aria-label', `Remove ${passkey.name}`);
    rename.addEventListener('click', () => editName(row, passkey));
    revoke.addEventListener('click', () => askToRevoke(revoke, passkey));
    list.append(row);
  }
  $('no-passkeys').hidden = credentials.length > 0;
}

function editName(row, passkey) {
  const name = row.querySelector('.passkey-name');
  const button = row.querySelector('.rename');
  const input = document.createElement('input');
  input.value = passkey.name;
  input.maxLength = 64;
  input.setAttribute('aria-label', 'Name of the passkey');
  name.replaceWith(input);
  button.textContent = 'Save';
  input.focus();
  input.select();
  const save = () =>
    busy(button, async () => {
      const wanted = input.value.trim();
      if (wanted !== '' && wanted !== passkey.name) {
        await api('PATCH', `/v1/credentials/${encodeURIComponent(passkey.id)}`, { name: wanted });
      }
      await listPasskeys();
      document.querySelector(`[data-id="${CSS.escape(passkey.id)}"] .rename`)?.focus();
    });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      save();
    } else if (event.key === 'Escape') {
      listPasskeys().catch(explain);
    }
  });
  const fresh = button.cloneNode(true);
  button.replaceWith(fresh);
  fresh.addEventListener('click', save);
}

function askToRevoke(button, passkey) {
  const dialog = $('revoke-dialog');
  $('revoke-name').textContent = passkey.name;
  dialog.returnValue = 'cancel';
  dialog.onclose = () => {
    if (dialog.returnValue === 'revoke') {
      busy(button, async () => {
        await withStepUp(() => api('DELETE', `/v1/credentials/${encodeURIComponent(passkey.id)}`));
        const session = await api('GET', '/v1/session');
        if (session.user === null) {
          // It was the passkey of this very sign-in.
          hideVerification();
          await leave(`“${passkey.name}” was removed, and you are signed out.`);
          return;
        }
        await listPasskeys();
        notify(`“${passkey.name}” was removed.`);
      });
    }
  };
  dialog.showModal();
}
// ---- Tabs ----------------------------------------------------------------------------------------

const TABS = ['sign-in', 'register'];

function selectTab(name, focus = false) {
  for (const tab of TABS) {
    const chosen = tab === name;
    $(`tab-${tab}`).setAttribute('aria-selected', String(chosen));
    $(`tab-${tab}`).tabIndex = chosen ? 0 : -1;
    $(`panel-${tab}`).hidden = !chosen;
  }
  if (focus) {
    $(`tab-${name}`).focus();
  }
}

for (const tab of TABS) {
  $(`tab-${tab}`).addEventListener('click', () => selectTab(tab));
  $(`tab-${tab}`).addEventListener('keydown', (event) => {
    if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      event.preventDefault();
      selectTab(TABS[1 - TABS.indexOf(tab)], true);
    }
  });
}
// ---- Start ---------------------------------------------------------------------------------------

async function showRefusal(error) {
  if (error instanceof ApiError && error.problem.case) {
    await showVerification({ ok: false, problem: error.problem, case: error.problem.case });
  }
}

/** `entered(user)` and `left()` are told who is signed in. */
export async function startAccounts(observers) {
  customers = observers;
  afterFailure((error) => {
    if (error instanceof CeremonyError && error.code === 'aborted') {
      return; // the page itself ended it, and goes on with something else
    }
    if (error instanceof ApiError && error.problem.code === 'session_required') {
      leave();
      return;
    }
    showRefusal(error);
    offerAutofill();
  });
  $('panel-sign-in').addEventListener('submit', (event) => {
    event.preventDefault();
    busy($('sign-in'), signIn);
  });
  $('panel-register').addEventListener('submit', (event) => {
    event.preventDefault();
    const username = $('register-name').value.trim();
    if (username === '') {
      $('register-name').focus();
      return;
    }
    const displayName = $('register-display-name').value.trim() || username;
    busy($('register'), () => createPasskey({ username, displayName }, 'Your account is open and its passkey is ready.'));
  });
  $('add-passkey').addEventListener('click', () => {
    busy($('add-passkey'), () => createPasskey({}, 'The passkey was added.'));
  });
  $('sign-out').addEventListener('click', () => busy($('sign-out'), signOut));

  if (!isSupported()) {
    $('unsupported').hidden = false;
    $('sign-in').disabled = true;
    $('register').disabled = true;
  }

  try {
    const session = await api('GET', '/v1/session');
    if (session.user) {
      await enter(session.user);
    } else {
      await leave();
    }
  } catch (error) {
    await leave();
    explain(error);
  }
  document.documentElement.dataset.ready = 'true';
}
