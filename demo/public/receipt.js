// The receipt of an approval: waited for, verified in this page with nothing but the file and the key of the log, and
// downloaded for whoever wants to verify it elsewhere.
import { loadReceipts } from '/countersign/receipt.js';

import { IN_RECEIPT } from './attacks.js';
import { $, ApiError, api, busy, make } from './page.js';
import { recordOutcome } from './tamper.js';

let receipts; // the module: loaded with the first receipt

const PATIENCE = 20; // answers of the server: a proof takes about a second

async function fetched(path) {
  const response = await fetch(path, { credentials: 'same-origin' });
  const body = await response.text();
  if (!response.ok) {
    throw new ApiError(response.status, JSON.parse(body));
  }
  return { isPending: response.status === 202, body };
}

async function waitFor(id) {
  for (let i = 0; i < PATIENCE; i += 1) {
    const { isPending, body } = await fetched(`/v1/receipts/${encodeURIComponent(id)}`);
    if (!isPending) {
      return body;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new ApiError(202, { detail: 'The log has not taken the approval yet. Its receipt can be fetched later.' });
}

const MARKS = { holds: 'holds', fails: 'fails', unknown: 'could not be looked at' };

function stepItem({ verdict, approval, sentence, code }, many) {
  const item = make('li', { class: verdict });
  item.append(
    make('span', { class: 'visually-hidden' }, `${MARKS[verdict]}: `),
    many && approval ? `Approval ${approval}: ${sentence}` : sentence,
  );
  if (code) {
    item.append(' ', make('code', {}, code));
  }
  return item;
}

function draw(report) {
  const isVerified = report.verdict === 'verified';
  $('receipt').dataset.verdict = report.verdict;
  $('receipt-verdict').textContent = report.sentence;
  $('receipt-verdict').className = `receipt-verdict ${isVerified ? 'good' : 'bad'}`;
  const many = report.approvals.length > 1;
  $('receipt-steps').replaceChildren(...report.steps.map((step) => stepItem(step, many)));
}

async function verified(file, key) {
  receipts ??= loadReceipts(new URL('/countersign/countersign-receipt.wasm', location.href));
  const module = await receipts;
  try {
    return module.verifyReceipt(file, { logKey: key.trim() });
  } catch (error) { // a key that is none
    return { verdict: 'refused', isComplete: false, sentence: error.message, steps: [], approvals: [] };
  }
}

/** Fetches and verifies it, or what the attack makes of it. */
export async function showReceipt(id, attack, { proven, failed }) {
  const [file, { body: key }] = await Promise.all([waitFor(id), fetched('/v1/log/key')]);
  const genuine = { file: new TextEncoder().encode(file), key };
  const handed = attack.receipt ? await attack.receipt(file, key) : genuine;
  $('receipt').hidden = false;
  const report = await verified(handed.file, handed.key);
  draw(report);
  if (report.verdict === 'verified') {
    proven();
  } else {
    failed();
    const step = report.steps.find(({ verdict }) => verdict === 'fails');
    recordOutcome(attack, IN_RECEIPT, step?.code ?? report.verdict);
  }
  const link = (data, name) => {
    $(name).href = URL.createObjectURL(new Blob([data], { type: 'application/json' }));
  };
  link(genuine.file, 'receipt-download');
  link(key, 'log-key-download');
  $('receipt-again').onclick = () => busy($('receipt-again'), async () => draw(await verified(genuine.file, genuine.key)));
  $('receipt-change').onclick = () =>
    busy($('receipt-change'), async () => {
      const bytes = genuine.file.slice();
      bytes[Math.floor(Math.random() * bytes.length)] ^= 1;
      draw(await verified(bytes, genuine.key));
    });
}
