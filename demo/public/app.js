// The demo's page. It uses the npm package (served at /countersign/) and the HTTP API, nothing else.
import {
  CeremonyError,
  authenticate,
  decodeBase64url,
  encodeBase64url,
  isAutofillSupported,
  isSupported,
  register,
} from '/countersign/browser.js';
import { loadCountersign } from '/countersign/index.js';

const $ = (id) => document.getElementById(id);

// The WebAssembly core: loaded once, in the background. The page works without it and says so.
const core = loadCountersign(new URL('/countersign/countersign.wasm', location.href));
core.catch(() => {});

// ---- HTTP ----------------------------------------------------------------------------------------

class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

async function api(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
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

function notify(text, kind = 'good') {
  const notice = $('notice');
  notice.textContent = text;
  notice.classList.toggle('bad', kind === 'bad');
  notice.hidden = false;
}

function clearNotice() {
  $('notice').hidden = true;
}

function explain(error) {
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
    notify(
      error.status === 409 && error.problem.code !== 'ceremony_consumed'
        ? `${error.message} If it is yours, sign in instead.`
        : error.message,
      'bad',
    );
  } else {
    console.error(error);
    notify('Something went wrong in this page. Reload it and try again.', 'bad');
  }
}

// Runs an action of a button: no second click meanwhile, errors shown.
async function busy(button, action) {
  clearNotice();
  button.disabled = true;
  try {
    await action();
  } catch (error) {
    if (error instanceof ApiError && error.problem.case) {
      await showVerification({ ok: false, problem: error.problem, case: error.problem.case });
    }
    explain(error);
    await offerAutofill();
  } finally {
    button.disabled = false;
  }
}

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
  document.title = 'Northmere Bank · Your passkeys';
  await listPasskeys();
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

// ---- What was checked ----------------------------------------------------------------------------

let lastCase = null;

function hideVerification() {
  lastCase = null;
  $('verification').hidden = true;
}

// The verifier's names of its checks, in words for a customer. Others are shown by their names.
const CHECKS = {
  expectations_usable: 'The server knows what it expects',
  client_extensions_parse: 'Extension results are well-formed',
  client_data_is_utf8: 'The browser’s data are valid text',
  client_data_parses: 'The browser’s data are well-formed',
  type_is_create: 'It is a registration, not a sign-in',
  type_is_get: 'It is a sign-in, not a registration',
  challenge_matches: 'It answers this challenge',
  origin_allowed: 'It was made on this site',
  cross_origin_allowed: 'It was not made in another site’s frame',
  top_origin_expected: 'No other site was around it',
  top_origin_allowed: 'A site around it would be an allowed one',
  attestation_object_parses: 'The authenticator’s data are well-formed',
  authenticator_data_parses: 'The authenticator’s data are well-formed',
  attested_credential_data_absent: 'It carries no new credential',
  rp_id_hash_matches: 'The passkey belongs to this site',
  user_present: 'Somebody was there',
  user_verified: 'The person was verified, if that is required',
  backup_flags_consistent: 'The backup flags do not contradict each other',
  backup_eligibility_unchanged: 'The passkey is as syncable as it was',
  algorithm_offered: 'The algorithm is one that was offered',
  attestation_format_supported: 'The attestation format is known',
  attestation_statement_verifies: 'The attestation statement is correct',
  none_statement_empty: 'No attestation, as said',
  attestation_trusted: 'The attestation is as trusted as required',
  credential_id_length: 'The credential’s id is not too long',
  credential_id_matches: 'The credential’s id is the signed one',
  credential_allowed: 'The credential is one that was asked for',
  credential_record_matches: 'The credential is the registered one',
  credential_known: 'The credential is known and not revoked',
  credential_not_registered: 'Nobody else has registered the credential',
  user_handle_present: 'It says whose passkey it is, if that was open',
  user_handle_matches: 'The passkey belongs to this customer',
  credential_key_parses: 'The public key is valid',
  assertion_signature_verifies: 'The signature is correct',
  packed_self_signature: 'The signature is correct',
  packed_signature: 'The attestation’s signature is correct',
  authenticator_extensions_parse: 'The authenticator’s extensions are well-formed',
  account_available: 'The name of the account was still free',
  ceremony_pending: 'The challenge was unused and had not expired',
  signature_counter_advanced: 'The signature counter did not go back',
};

function sentence(name) {
  const words = CHECKS[name] ?? name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function setVerdict(id, text, kind) {
  const box = $(id);
  box.querySelector('strong').textContent = text;
  box.classList.toggle('good', kind === 'good');
  box.classList.toggle('bad', kind === 'bad');
}

function checkRow(check, failed) {
  const row = document.createElement('li');
  row.classList.toggle('failed', failed);
  const step = document.createElement('span');
  step.className = 'step';
  step.textContent = check.step ? `§${check.step}` : '';
  const text = document.createElement('span');
  text.textContent = sentence(check.name);
  row.title = check.name;
  const status = document.createElement('span');
  status.className = 'visually-hidden';
  status.textContent = failed ? ' (failed)' : '';
  text.append(status);
  row.append(step, text);
  return row;
}

async function showVerification({ ok, result, problem, case: verifyCase }) {
  if (!verifyCase) {
    return;
  }
  lastCase = verifyCase;
  $('verification').hidden = false;
  delete $('verification').dataset.checked; // the ceremony whose verdicts stand here
  $('ceremony-kind').textContent =
    verifyCase.ceremony === 'registration' ? 'Registration, WebAuthn §7.1' : 'Authentication, WebAuthn §7.2';
  const serverText = ok ? 'Accepted' : `Refused: ${problem.code ?? problem.class}`;
  setVerdict('server-verdict', serverText, ok ? 'good' : 'bad');
  setVerdict('page-verdict', 'Checking…', '');
  setVerdict('agreement', '…', '');
  $('tamper-result').classList.remove('bad');
  $('tamper-result').textContent =
    'A copy of the response, with one bit of the signed data flipped, goes through the verifier in this page.';

  const rows = ok
    ? result.checks.map((check) => checkRow(check, false))
    : problem.check
      ? [checkRow({ name: problem.check, step: problem.step }, true)]
      : [];
  $('checks').replaceChildren(...rows);

  let verdict;
  try {
    verdict = await (await core).verify(verifyCase);
  } catch (error) {
    console.error(error);
    setVerdict('page-verdict', 'The module could not be loaded', 'bad');
    setVerdict('agreement', 'Not compared', 'bad');
    $('verification').dataset.checked = verifyCase.id;
    return;
  }
  $('verdict-line').textContent = JSON.stringify(verdict, null, 2);
  const pageText = verdict.ok ? 'Accepted' : `Refused: ${verdict.error.code}`;
  setVerdict('page-verdict', pageText, verdict.ok ? 'good' : 'bad');
  const same = agrees(ok, result, problem, verdict);
  setVerdict('agreement', same ? 'Agree' : 'Differ', same ? 'good' : 'bad');
  $('verification').dataset.checked = verifyCase.id;
}

// The same outcome, for the same reason, over the same checks. What only the server can know (is the
// challenge unused, does the account own the credential) comes after the checks of the ceremony.
function agrees(ok, result, problem, verdict) {
  if (!ok) {
    return verdict.ok ? problem.step === undefined || problem.step === '' : verdict.error.code === problem.code;
  }
  const body = verdict.registration ?? verdict.authentication;
  if (!verdict.ok || body === undefined) {
    return false;
  }
  const server = result.checks.map((check) => check.name);
  return (
    body.credentialId === result.credential.id && body.checks.every((check, i) => (check.name ?? check) === server[i])
  );
}

async function tamper() {
  const copy = structuredClone(lastCase);
  const response = copy.response.response;
  const member = copy.ceremony === 'registration' ? 'clientDataJSON' : 'authenticatorData';
  const bytes = decodeBase64url(response[member]);
  // In a registration without attestation nothing signs the whole response, so the bit is one of the
  // challenge; in an authentication any bit of the authenticator data will do.
  let first = 0;
  let count = bytes.length;
  if (copy.ceremony === 'registration') {
    const text = new TextDecoder().decode(bytes);
    first = text.indexOf(copy.challenge);
    count = copy.challenge.length;
  }
  const at = first + Math.floor(Math.random() * count);
  bytes[at] ^= 1 << Math.floor(Math.random() * 7);
  response[member] = encodeBase64url(bytes);
  const verdict = await (await core).verify(copy);
  const output = $('tamper-result');
  output.classList.toggle('bad', !verdict.ok);
  output.textContent = verdict.ok
    ? `Byte ${at} of ${member} was changed and the verdict is still yes. That must not happen: please report it.`
    : `Byte ${at} of ${member} was changed: refused by “${sentence(verdict.error.check || verdict.error.code)}”${verdict.error.step ? ` (§${verdict.error.step})` : ''}. ${verdict.error.message}`;
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
$('tamper').addEventListener('click', () => busy($('tamper'), tamper));

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
