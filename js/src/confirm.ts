/**
 * Confirming a transaction in a page. The page binds the intent as the customer entered it, with the template and the
 * locale pack that the application pins; of the server's answer only the other members of the binding document count.
 * What differs is refused before the browser is asked to sign: see docs/transactions.md, "In the page".
 */
import { authenticate, decodeBase64url, encodeBase64url } from './browser.js';
import { TransactionError } from './transaction.js';
import type { AuthenticationResponseJSON, CallOptions, RequestOptionsJSON } from './browser.js';
import type { RenderForm, TransactionInput, TransactionIntent, TransactionView, Transactions } from './transaction.js';

/** Members of the binding document as the server sends them: all but the intent, documents by digest. */
export type TransactionBinding = Omit<TransactionInput, 'intent' | 'template' | 'locale'> & {
  template: string;
  locale: string;
};

/** The server's answer to a transaction that is to be confirmed. */
export interface TransactionAnswer {
  id: string;
  options: RequestOptionsJSON;
  binding: TransactionBinding;
  /** Where the server sends what it computed itself, it must be the same. Hexadecimal. */
  intentDigest?: string;
  viewDigest?: string;
  view?: TransactionView;
}

/** Why nothing was signed. */
export type ConfirmErrorCode =
  | 'answer_malformed' // the server's answer is not one
  | 'intent_refused' // the core refuses the intent or a member; `cause` is its TransactionError
  | 'transaction_mismatch' // the answer binds another transaction than it names
  | 'template_mismatch'
  | 'locale_mismatch'
  | 'rp_id_mismatch'
  | 'origins_mismatch' // not exactly the application's
  | 'origin_not_allowed' // this page is not one of them
  | 'tenant_mismatch'
  | 'user_mismatch'
  | 'session_mismatch'
  | 'display_tier_too_low' // below what the application demands
  | 'expired' // or not yet issued, or valid for longer than the application allows
  | 'intent_mismatch' // the server has another intent than the customer entered
  | 'view_mismatch'
  | 'challenge_mismatch' // what would be signed is not this transaction
  | 'declined'; // the customer said no

const MESSAGES: Record<ConfirmErrorCode, string> = {
  answer_malformed: 'The answer of the server is not well-formed.',
  intent_refused: 'The transaction cannot be bound.',
  transaction_mismatch: 'The answer of the server is for another transaction.',
  template_mismatch: 'The server uses another template than this application.',
  locale_mismatch: 'The server uses another locale pack than this application.',
  rp_id_mismatch: 'The answer of the server is for another relying party.',
  origins_mismatch: 'The answer of the server allows other origins than this application.',
  origin_not_allowed: 'This page is not one of the allowed origins.',
  tenant_mismatch: 'The answer of the server is for another tenant.',
  user_mismatch: 'The answer of the server is for another customer.',
  session_mismatch: 'The answer of the server is for another session.',
  display_tier_too_low: 'The server demands a weaker display than this application.',
  expired: 'The transaction is not valid at this time.',
  intent_mismatch: 'The server has another transaction than was entered.',
  view_mismatch: 'The server shows the transaction in another way.',
  challenge_mismatch: 'What is to be signed is not this transaction.',
  declined: 'The transaction was declined.',
};

/** Nothing was signed, and nothing may be sent as an approval. */
export class ConfirmError extends Error {
  readonly code: ConfirmErrorCode;

  constructor(code: ConfirmErrorCode, cause?: unknown) {
    super(MESSAGES[code]);
    this.name = 'ConfirmError';
    this.code = code;
    if (cause !== undefined) {
      this.cause = cause;
    }
  }
}

/** What the customer must see before anything is signed: draw `view` alone, or one of the core's forms of it. */
export interface Presentation {
  id: string;
  view: TransactionView;
  text: string;
  html: string;
  svg: string;
  /** Which of how many approvals this is: with [1, 2] somebody else approves after it. */
  approval: readonly [step: number, of: number];
  expiresAt: Date;
}

export interface ConfirmSettings extends CallOptions {
  transactions: Transactions;
  /** As the customer entered it; a string is its JSON. */
  intent: TransactionIntent | string;
  /** Digests of loaded documents, pinned in the application. */
  template: string;
  locale: string;
  answer: TransactionAnswer;
  rpId: string;
  /** All that the application uses; in any order. */
  origins: readonly string[];
  tenant: string;
  /** User handle in hexadecimal, where the page knows it. */
  userHandle?: string;
  /** The session handle or key thumbprint, where the page knows it. */
  session?: TransactionInput['session'];
  /** Default: 0. */
  minimumDisplayTier?: number;
  /** The longest validity in seconds; default: 900. */
  maximumLifetime?: number;
  /** Default: the clock of this machine. */
  now?: Date;
  /** Default: that of the page. */
  origin?: string;
}

export interface ApproveSettings extends ConfirmSettings {
  /** Shows it and resolves with the customer's answer. */
  show: (presentation: Presentation) => boolean | PromiseLike<boolean>;
}

/** What the customer approved. `response` alone is the body of `POST /v1/transactions/{id}/approve`; the rest is for the page. */
export interface TransactionApproval {
  id: string;
  /** Computed here, in hexadecimal. */
  challenge: string;
  intentDigest: string;
  viewDigest: string;
  response: AuthenticationResponseJSON;
}

/** What the customer declined. `POST /v1/transactions/{id}/decline` takes `{}`. */
export type TransactionDecline = Omit<TransactionApproval, 'response'>;

// [a clock of the customer's machine that is a little behind the server's]
const CLOCK_SKEW_SECONDS = 60;
const MAXIMUM_LIFETIME_SECONDS = 900;

/** Checks the answer, shows the transaction, asks for the signature. Rejects with a ConfirmError or a CeremonyError. */
export async function confirmTransaction(settings: ApproveSettings): Promise<TransactionApproval> {
  const checked = checkAnswer(settings);
  const { options, binding } = settings.answer;
  const presentation = present(settings, checked, binding);
  if ((await settings.show(presentation)) !== true) {
    throw new ConfirmError('declined');
  }
  if (binding.expiresAt <= seconds(settings.now)) {
    throw new ConfirmError('expired');
  }
  // Of the options only what an assertion needs: no extension that the server thought of.
  const { timeout, allowCredentials, hints } = options;
  const request: RequestOptionsJSON = {
    challenge: encodeBase64url(bytesOfHex(checked.challenge)),
    rpId: settings.rpId,
    ...(timeout === undefined ? {} : { timeout }),
    ...(allowCredentials === undefined ? {} : { allowCredentials }),
    userVerification: 'required', // whatever the server says
    ...(hints === undefined ? {} : { hints }),
  };
  const response = await authenticate(request, settings.signal ? { signal: settings.signal } : {});
  return { ...checked, response };
}

/**
 * Declines a transaction that was checked like one that is approved, so that nobody declines another one than they saw.
 * Nothing is signed. Throws a ConfirmError.
 */
export function declineTransaction(settings: ConfirmSettings): TransactionDecline {
  return checkAnswer(settings);
}

function checkAnswer(settings: ConfirmSettings): TransactionDecline {
  const { answer } = settings;
  if (!isAnswer(answer)) {
    throw new ConfirmError('answer_malformed');
  }
  const { binding, options } = answer;
  const require = (condition: boolean, code: ConfirmErrorCode): void => {
    if (!condition) {
      throw new ConfirmError(code);
    }
  };
  const origin = settings.origin ?? globalThis.location?.origin;
  const now = seconds(settings.now);
  require(binding.transactionId === answer.id, 'transaction_mismatch');
  require(binding.template === settings.template, 'template_mismatch');
  require(binding.locale === settings.locale, 'locale_mismatch');
  require(binding.rpId === settings.rpId && options.rpId === settings.rpId, 'rp_id_mismatch');
  require(sorted(binding.origins) === sorted(settings.origins), 'origins_mismatch');
  require(origin !== undefined && settings.origins.includes(origin), 'origin_not_allowed');
  require(binding.tenant === settings.tenant, 'tenant_mismatch');
  require(settings.userHandle === undefined || binding.userHandle === settings.userHandle, 'user_mismatch');
  require(
    settings.session === undefined || sessionText(binding.session) === sessionText(settings.session),
    'session_mismatch',
  );
  require(binding.displayTier >= (settings.minimumDisplayTier ?? 0), 'display_tier_too_low');
  require(
    binding.issuedAt <= now + CLOCK_SKEW_SECONDS &&
      binding.expiresAt > now &&
      binding.expiresAt - binding.issuedAt <= (settings.maximumLifetime ?? MAXIMUM_LIFETIME_SECONDS),
    'expired',
  );
  const bound = refusable(() => settings.transactions.bind(inputOf(settings)));
  require(answer.intentDigest === undefined || answer.intentDigest === bound.intentDigest, 'intent_mismatch');
  require(answer.viewDigest === undefined || answer.viewDigest === bound.viewDigest, 'view_mismatch');
  require(answer.view === undefined || viewText(answer.view) === viewText(bound.view), 'view_mismatch');
  require(hexOf(options.challenge) === bound.challenge, 'challenge_mismatch');
  return {
    id: answer.id,
    challenge: bound.challenge,
    intentDigest: bound.intentDigest,
    viewDigest: bound.viewDigest,
  };
}

// The members one by one: what else the server put there stays outside. The intent is the customer's.
function inputOf({ intent, template, locale, answer }: ConfirmSettings): string {
  const { binding } = answer;
  const members = {
    ceremony: binding.ceremony,
    tenant: binding.tenant,
    rpId: binding.rpId,
    origins: binding.origins,
    userHandle: binding.userHandle,
    transactionId: binding.transactionId,
    session: binding.session,
    template,
    locale,
    policy: binding.policy,
    displayTier: binding.displayTier,
    approval: binding.approval,
    previous: binding.previous,
    issuedAt: binding.issuedAt,
    expiresAt: binding.expiresAt,
    nonce: binding.nonce,
  };
  return `${JSON.stringify(members).slice(0, -1)},"intent":${intentText(intent)}}`;
}

function present(settings: ConfirmSettings, { id }: TransactionDecline, { approval, expiresAt }: TransactionBinding): Presentation {
  const forms: RenderForm[] = ['text', 'html', 'svg'];
  const named = JSON.stringify({ template: settings.template, locale: settings.locale, forms });
  const rendered = refusable(() =>
    settings.transactions.render(`${named.slice(0, -1)},"intent":${intentText(settings.intent)}}`),
  );
  return {
    id,
    view: rendered.view,
    text: rendered.text ?? '',
    html: rendered.html ?? '',
    svg: rendered.svg ?? '',
    approval,
    expiresAt: new Date(expiresAt * 1000),
  };
}

function refusable<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof TransactionError) {
      throw new ConfirmError('intent_refused', cause);
    }
    throw cause;
  }
}

function isAnswer(answer: unknown): answer is TransactionAnswer {
  const value = answer as Partial<TransactionAnswer> | null | undefined;
  const binding = value?.binding;
  return (
    typeof value?.id === 'string' &&
    typeof value.options?.challenge === 'string' &&
    typeof binding === 'object' &&
    binding !== null &&
    Array.isArray(binding.origins) &&
    binding.origins.every((origin: unknown) => typeof origin === 'string') &&
    [binding.displayTier, binding.issuedAt, binding.expiresAt].every(Number.isSafeInteger)
  );
}

function intentText(intent: TransactionIntent | string): string {
  return typeof intent === 'string' ? intent : JSON.stringify(intent);
}

function sorted(origins: readonly string[]): string {
  return JSON.stringify([...origins].sort());
}

function sessionText(session: TransactionInput['session']): string {
  return JSON.stringify(typeof session === 'object' && session !== null ? { key: session.keyThumbprint } : session);
}

function viewText({ title, action, rows }: TransactionView): string {
  return JSON.stringify([title, action?.affirm, action?.deny, rows]);
}

function seconds(now?: Date): number {
  return Math.floor((now?.getTime() ?? Date.now()) / 1000);
}

function hexOf(base64url: string): string {
  try {
    return [...decodeBase64url(base64url)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  } catch {
    throw new ConfirmError('answer_malformed');
  }
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
