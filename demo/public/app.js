// The demo's page. It uses the npm package (served at /countersign/) and the HTTP API, nothing else.
import { startAccounts } from './accounts.js';
import { closeApproval, confirmNew, confirmSecond } from './approval.js';
import { $, api, explain } from './page.js';
import { startTamper } from './tamper.js';
import { startTransfer } from './transfer.js';
import { startVerification } from './verification.js';
import { showWaiting } from './waiting.js';

const PASSKEYS = 'northmere-passkeys'; // of the customers of this browser: for the attack with another's passkey

let customer = null;

async function entered(user) {
  const { credentialId } = await api('GET', '/v1/session');
  const passkeys = JSON.parse(localStorage.getItem(PASSKEYS) ?? '{}');
  const [other] = Object.entries(passkeys).filter(([id]) => id !== user.userHandle).map(([, passkey]) => passkey).slice(-1);
  if (credentialId) {
    localStorage.setItem(PASSKEYS, JSON.stringify({ ...passkeys, [user.userHandle]: credentialId }));
  }
  customer = { id: user.userHandle, username: user.username, other };
  showWaiting(customer, (waiting) => confirmSecond(waiting, customer));
}

function left() {
  customer = null;
  closeApproval();
  $('waiting').hidden = true;
}

startVerification();
startTamper();
// Without its module nobody pays, but everybody gets in.
startTransfer((entry) => confirmNew(entry, customer)).catch(explain);
await startAccounts({ entered, left });
