// What was checked in a ceremony of an account: by the server, and by the same verifier in this page.
import { decodeBase64url, encodeBase64url } from '/countersign/browser.js';
import { loadCountersign } from '/countersign/index.js';

import { $, busy } from './page.js';

// The WebAssembly core: loaded once, in the background. The page works without it and says so.
const core = loadCountersign(new URL('/countersign/countersign.wasm', location.href));
core.catch(() => {});

let lastCase = null;

export function hideVerification() {
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

export async function showVerification({ ok, result, problem, case: verifyCase }) {
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

export function startVerification() {
  $('tamper').addEventListener('click', () => busy($('tamper'), tamper));
}
