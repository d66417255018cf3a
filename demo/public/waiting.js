// A transaction that waits for its second approval, remembered in this browser with what the first customer typed.
import { $, ApiError, busy, make, notify } from './page.js';

const KEY = 'northmere-waiting';

const kept = () => JSON.parse(localStorage.getItem(KEY) ?? 'null');

export function keepWaiting(waiting) {
  if (waiting === null) {
    localStorage.removeItem(KEY);
  } else {
    localStorage.setItem(KEY, JSON.stringify(waiting));
  }
}

/** For whoever is signed in. `approve(waiting)` begins the second approval. */
export function showWaiting(customer, approve) {
  const waiting = kept();
  $('waiting').hidden = waiting === null;
  if (waiting === null) {
    return;
  }
  const isOwn = waiting.by === customer.username;
  $('waiting-text').replaceChildren(
    make('strong', {}, waiting.by),
    isOwn
      ? `: you have approved a payment that two people must approve. ${waiting.entry.approver} is asked next.`
      : ' has approved a payment that two people must approve. You are the second one.',
  );
  const button = $('approve-second');
  button.textContent = isOwn ? 'Try to approve it a second time' : 'Look at it';
  button.onclick = () =>
    busy(button, async () => {
      try {
        await approve(waiting);
        $('waiting').hidden = kept() === null;
      } catch (error) {
        if (!(error instanceof ApiError)) {
          throw error;
        }
        if (['transaction_not_found', 'transaction_expired', 'transaction_state_mismatch'].includes(error.problem.code)) {
          keepWaiting(null);
          $('waiting').hidden = true;
        }
        notify(`Refused by the server: ${error.message} (${error.problem.code ?? error.problem.class})`, 'bad');
      }
    });
}
