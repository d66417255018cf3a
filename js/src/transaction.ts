/** Transactions: what a customer sees and signs, rendered and bound by the core (docs/transactions.md). */
import { CoreModule, TRANSACTION_FUNCTIONS, text, utf8 } from './module.js';
import { compiled, type ModuleSource } from './source.js';
import type { ErrorCode } from './errors.js';

/** `{currency:'EUR',value:'1234.56'}`, `{iban}`, `{scheme,id}`, text, integers, lists: what the template declares. */
export type IntentValue =
  | string
  | number
  | boolean
  | readonly IntentValue[]
  | { readonly [member: string]: IntentValue };

export interface TransactionIntent {
  type: string;
  fields: Record<string, IntentValue>;
}

/** `[level, label, value, direction]`; level 1 is prominent, 3 further down. */
export type ViewRow = [level: number, label: string, value: string, direction: 'ltr' | 'rtl' | 'auto'];

export interface TransactionView {
  action: { affirm: string; deny: string };
  rows: ViewRow[];
  title: string;
}

/** The members of a binding document, byte strings in lower-case hexadecimal. All are required. */
export interface TransactionInput {
  ceremony: string;
  tenant: string;
  rpId: string;
  origins: readonly string[];
  userHandle: string;
  transactionId: string;
  session: string | { keyThumbprint: string } | null;
  intent: TransactionIntent;
  /** Digest or type of a loaded template. */
  template: string;
  /** Digest or id of a loaded locale pack. */
  locale: string;
  policy: string;
  displayTier: number;
  approval: readonly [step: number, of: number];
  previous: string | null;
  issuedAt: number;
  expiresAt: number;
  nonce: string;
}

export type RenderForm = 'text' | 'html' | 'svg';

export interface RenderInput {
  intent: TransactionIntent;
  template: string;
  locale: string;
  forms?: readonly RenderForm[];
}

export interface RenderedTransaction {
  view: TransactionView;
  /** Digests, in hexadecimal as all that follow. */
  template: string;
  locale: string;
  intentDigest: string;
  viewDigest: string;
  text?: string;
  html?: string;
  svg?: string;
}

export interface BoundTransaction {
  view: TransactionView;
  template: string;
  locale: string;
  intentCbor: string;
  intentDigest: string;
  viewCbor: string;
  viewDigest: string;
  bindingCbor: string;
  challenge: string;
}

interface TransactionRefusal {
  code: ErrorCode;
  field?: string;
  codePoint?: number;
  offset?: number;
  message: string;
}

/** An intent, a document or a member that is refused: which field, which character. */
export class TransactionError extends Error {
  readonly code: ErrorCode;
  /** "creditor", "payees[2].amount". */
  readonly field?: string;
  readonly codePoint?: number;
  /** With a character: octets from the beginning of its text; otherwise of the case as it was sent. */
  readonly offset?: number;

  constructor({ code, field, codePoint, offset, message }: TransactionRefusal) {
    super(message);
    this.name = 'TransactionError';
    this.code = code;
    if (field !== undefined) {
      this.field = field;
    }
    if (codePoint !== undefined) {
      this.codePoint = codePoint;
    }
    if (offset !== undefined) {
      this.offset = offset;
    }
  }
}

type Answer<T> = ({ ok: true } & T) | { ok: false; error: TransactionRefusal };

const DIGEST_DIGITS = 64;

interface Kept {
  pin: 'cs_pin_template' | 'cs_pin_locale';
  digest: string;
  name: string;
  pinned: Uint8Array;
}

export class Transactions {
  readonly #core: CoreModule;
  readonly #kept: Kept[] = [];

  /** Use `loadTransactions`. */
  constructor(core: CoreModule) {
    this.#core = core;
  }

  /** The version of the core. */
  get version(): string {
    return this.#core.version.version;
  }

  /**
   * Reads the template (JSON) that has this digest; wherever it came from, no other is taken. It was linted where it was
   * published: the digest must be the application's own, never what a server sent beside the document. Throws a
   * TransactionError: `transaction_type_unknown` when it is another document.
   */
  loadTemplate(document: string | Uint8Array, digest: string): { template: string; type: string } {
    const { template, type } = this.#pin<{ template: string; type: string }>('cs_pin_template', document, digest, 'type');
    return { template, type };
  }

  /** The same of a locale pack (JSON); another document is `transaction_locale_unknown`. */
  loadLocale(document: string | Uint8Array, digest: string): { locale: string; id: string } {
    const { locale, id } = this.#pin<{ locale: string; id: string }>('cs_pin_locale', document, digest, 'id');
    return { locale, id };
  }

  /**
   * View, binding document and challenge. A string is the JSON of an input, which reaches the core as it is: numbers in it
   * are never those of JavaScript. Throws a TransactionError.
   */
  bind(input: TransactionInput | string): BoundTransaction {
    return this.#ask<BoundTransaction>('cs_bind', input);
  }

  /** The view, and what it looks like. Throws a TransactionError. */
  render(input: RenderInput | string): RenderedTransaction {
    return this.#ask<RenderedTransaction>('cs_render', input);
  }

  /** One line of the native `countersign transaction bind`. */
  bindLine(line: string | Uint8Array): Uint8Array {
    return this.#core.answer('cs_bind', bytesOf(line));
  }

  /** One line of the native `countersign transaction render`. */
  renderLine(line: string | Uint8Array): Uint8Array {
    return this.#core.answer('cs_render', bytesOf(line));
  }

  #pin<T>(pin: Kept['pin'], document: string | Uint8Array, digest: string, name: keyof T): T {
    const bytes = bytesOf(document);
    const pinned = new Uint8Array(DIGEST_DIGITS + bytes.length).fill(0x20);
    if (digest?.length === DIGEST_DIGITS) {
      pinned.set(utf8(digest).subarray(0, DIGEST_DIGITS));
    } // else no digest stands there: binding_digest_invalid
    pinned.set(bytes, DIGEST_DIGITS);
    const answer = accepted(JSON.parse(text(this.#core.answer(pin, pinned))) as Answer<T>);
    if (!this.#kept.some((kept) => kept.digest === digest)) {
      this.#kept.push({ pin, digest, name: answer[name] as string, pinned });
    }
    return answer;
  }

  #ask<T>(name: 'cs_bind' | 'cs_render', input: object | string): T {
    const json = typeof input === 'string' ? input : JSON.stringify(input);
    const line = utf8(`{"input":${json}}`);
    const ask = (): Answer<T> => JSON.parse(text(this.#core.answer(name, line))) as Answer<T>;
    const answer = ask();
    if (!answer.ok && (answer.error.code === 'transaction_type_unknown' || answer.error.code === 'transaction_locale_unknown')) {
      // Others came after it, or the module began anew: what the input names is given to it again.
      for (const { pin, digest, name: known, pinned } of this.#kept) {
        if (json.includes(`"${digest}"`) || json.includes(`"${known}"`)) {
          this.#core.answer(pin, pinned);
        }
      }
      return accepted(ask());
    }
    return accepted(answer);
  }
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? utf8(value) : value;
}

function accepted<T>(answer: Answer<T>): T {
  if (!answer.ok) {
    throw new TransactionError(answer.error);
  }
  return answer;
}

/** Loads a module; without a source: `countersign-transaction.wasm` beside this file. Rejects with a CountersignError. */
export async function loadTransactions(source?: ModuleSource): Promise<Transactions> {
  const module = await compiled(source ?? new URL('./countersign-transaction.wasm', import.meta.url));
  return new Transactions(new CoreModule(module, TRANSACTION_FUNCTIONS));
}
