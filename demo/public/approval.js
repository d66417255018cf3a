// Approving: the page draws what the customer typed, compares what the server answered, and only then asks for the passkey.
import { CeremonyError, decodeBase64url } from '/countersign/browser.js';
import { ConfirmError, confirmTransaction, declineTransaction } from '/countersign/confirm.js';

import { AT_SERVER, IN_PAGE } from './attacks.js';
import { directionOf, documentsOf, transactions } from './documents.js';
import { $, ApiError, api, explain, make, notify } from './page.js';
import { showReceipt } from './receipt.js';
import { chosenAttack, recordOutcome } from './tamper.js';
import { difference, drawView } from './view.js';
import { keepWaiting } from './waiting.js';

const TENANT = 'demo';

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const pathOf = (id, action) => `/v1/transactions/${encodeURIComponent(id)}/${action}`;

// ---- How far it has come -------------------------------------------------------------------------

const STAGES = ['typed', 'checked', 'signed', 'accepted', 'proven'];

/** `done` stages have passed; the one after them is under way, or `failed`. */
export function showProgress(done, failed = false) {
  STAGES.forEach((stage, i) => {
    const state = i < done ? 'done' : i === done ? (failed ? 'failed' : 'now') : 'open';
    const item = $('track').querySelector(`[data-stage="${stage}"]`);
    item.dataset.state = state;
    item.querySelector('.visually-hidden').textContent =
      { done: ' (done)', now: ' (now)', failed: ' (refused here)', open: '' }[state];
  });
}

function showOutcome(kind, title, ...details) {
  const outcome = $('outcome');
  outcome.className = `outcome ${kind}`;
  outcome.replaceChildren(make('strong', {}, title), ...details.map((detail) => make('p', {}, detail)));
  outcome.hidden = false;
}

// ---- What is drawn -------------------------------------------------------------------------------

function open(title, author) {
  $('author').textContent = author;
  $('approval').hidden = false;
  $('approval-title').textContent = title;
  $('approval-view').replaceChildren();
  $('choice').hidden = true;
  $('outcome').hidden = true;
  $('bytes').hidden = true;
  $('receipt').hidden = true;
  $('approval').scrollIntoView({ block: 'nearest' });
}

let withdraw = () => {}; // the question that stands

/** Whoever was asked has left: the question is withdrawn, and nothing is signed. */
export function closeApproval() {
  withdraw();
  $('approval').hidden = true;
  $('receipt').hidden = true;
}

// Two buttons, one as prominent as the other. Resolves with true for approval.
function ask({ view }, language) {
  $('approval-view').replaceChildren(drawView(view, language, directionOf(language)));
  for (const [id, word] of [['approve', view.action.affirm], ['decline', view.action.deny]]) {
    $(id).textContent = word;
    $(id).lang = language;
  }
  $('choice').dir = directionOf(language);
  $('choice').hidden = false;
  $('approval-title').focus();
  return new Promise((resolve, reject) => {
    withdraw = () => reject(new CeremonyError('aborted'));
    const answer = (isApproved) => () => {
      $('choice').hidden = true;
      resolve(isApproved);
    };
    $('approve').onclick = answer(true);
    $('decline').onclick = answer(false);
  });
}

function showBytes({ challenge, intentDigest, viewDigest }) {
  const row = (name, value) => [make('dt', {}, name), make('dd', {}, value)];
  $('bytes').querySelector('dl').replaceChildren(
    ...row('Intent, as typed', intentDigest), ...row('View, as drawn', viewDigest), ...row('Challenge, as signed', challenge));
  $('bytes').hidden = false;
}

// ---- Refusals ------------------------------------------------------------------------------------

// What is refused here is told to the server as a decline, so that nothing is left waiting there.
async function abandon(id) {
  try {
    await api('POST', pathOf(id, 'decline'), {});
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
  }
}

async function refusedHere(error, { entry, answer, honest, attack }) {
  const { intent, language } = entry;
  const documents = await documentsOf(intent.type, language);
  const mine = (await transactions).render({ intent, ...documents }).view;
  const theirs = answer.view ?? mine;
  const where = difference(mine, theirs);
  $('approval-view').replaceChildren(drawView(mine, language, directionOf(language), theirs));
  $('approval-title').textContent = 'What you typed, and nothing else';
  showProgress(1, true);
  showOutcome('bad', 'Refused in this page. Your passkey was not asked.', `${error.message} (${error.code})`, ...(where ? [where] : []));
  recordOutcome(attack, IN_PAGE, error.code);
  await abandon(honest.id);
}

async function refusedByServer(error, { honest, attack }) {
  const { code, class: errorClass, check } = error.problem;
  showProgress(3, true);
  showOutcome('bad', `Refused by the server. ${attack.after ?? 'Nothing is carried out.'}`, `${error.message} (${code ?? errorClass}${check ? `, check ${check}` : ''})`);
  recordOutcome(attack, AT_SERVER, code ?? errorClass);
  await abandon(honest.id);
}

// ---- The whole of it -----------------------------------------------------------------------------

// The passkey's prompt may be closed by mistake: then the question stands again.
async function confirmed(settings) {
  for (;;) {
    try {
      return await confirmTransaction(settings);
    } catch (error) {
      if (!(error instanceof CeremonyError) || error.code !== 'cancelled') {
        throw error;
      }
      explain(error);
    }
  }
}

async function settle(run, settings, approval) {
  const { entry, honest, attack, customer } = run;
  let result;
  try {
    result = attack.handIn
      ? await attack.handIn({
          id: honest.id,
          body: run.body,
          response: approval.response,
          options: honest.options,
          challenge: honest.options.challenge,
          other: customer.other,
        })
      : await api('POST', pathOf(honest.id, 'approve'), approval.response);
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    await refusedByServer(error, run);
    return;
  }
  showBytes(approval);
  if (result.state !== 'approved') {
    showProgress(3);
    keepWaiting({ id: honest.id, entry, by: customer.username });
    showOutcome('good', 'The first of two approvals is given.',
      `${entry.approver} must approve, too: sign out, and sign in as ${entry.approver} in this browser. Until then nothing is carried out.`);
    return;
  }
  keepWaiting(null);
  showProgress(4);
  showOutcome('good', 'Approved.', 'Exactly what you saw is carried out, once.');
  await showReceipt(result.receipt, attack, { proven: () => showProgress(5), failed: () => showProgress(4, true) });
}

async function confirm(run) {
  const { entry, honest, attack, customer } = run;
  const { intent, language } = entry;
  run.answer = attack.answer ? attack.answer(structuredClone(honest), run.mine) : honest;
  const settings = {
    transactions: await transactions,
    intent,
    ...(await documentsOf(intent.type, language)),
    answer: run.answer,
    rpId: location.hostname,
    origins: [location.origin],
    tenant: TENANT,
    userHandle: hex(decodeBase64url(customer.id)),
    ...(attack.now ? { now: attack.now() } : {}),
    show: (presentation) => {
      showProgress(2);
      return ask(presentation, language);
    },
  };
  let approval;
  try {
    approval = await confirmed(settings);
  } catch (error) {
    if (!(error instanceof ConfirmError)) {
      throw error;
    }
    if (error.code !== 'declined') {
      await refusedHere(error, run);
      return;
    }
    declineTransaction(settings);
    await api('POST', pathOf(honest.id, 'decline'), {});
    keepWaiting(null);
    showProgress(2, true);
    showOutcome('', 'Declined.', 'Nothing was signed, and nothing is carried out.');
    return;
  }
  await settle(run, settings, approval);
}

/** A transaction of the customer's own: `entry` is what was typed. */
export async function confirmNew(entry, customer) {
  const attack = chosenAttack();
  if (attack.needsOther && !customer.other) {
    notify('Another customer’s passkey is needed: sign out, open a second account, and come back.', 'bad');
    return;
  }
  const { intent, language, approver } = entry;
  const body = { intent, locale: language, ...(approver ? { approvers: [approver] } : {}) };
  const core = await transactions;
  const mine = { intent, view: core.render({ intent, ...(await documentsOf(intent.type, language)) }).view };
  const sent = attack.request ? attack.request(structuredClone(body)) : body;
  const honest = await api('POST', '/v1/transactions', sent);
  open('Is this what you want?', 'you');
  showProgress(1);
  await confirm({ entry, body, mine, honest, attack, customer });
}

/** The approval of somebody else's transaction, bound to what that one typed in this browser. */
export async function confirmSecond({ id, entry, by }, customer) {
  const honest = await api('POST', pathOf(id, 'approvals'), {});
  open('Do you approve this, too?', by);
  showProgress(1);
  await confirm({ entry, body: null, mine: null, honest, attack: {}, customer });
}
