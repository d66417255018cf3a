/** Receipts of approvals, verified without a server (docs/receipts.md). */
import type { CheckName, ErrorCode } from './errors.js';
import { CoreModule, RECEIPT_FUNCTIONS, text, utf8 } from './module.js';
import { compiled, type ModuleSource } from './source.js';
import type { ViewRow } from './transaction.js';

/** What whoever verifies trusts. It must come from somewhere else than the receipt. */
export interface ReceiptTrust {
  /** The key of the bank's log, `NAME+HASH+KEY` (C2SP signed-note). Without it a receipt is `unanchored` at best. */
  logKey?: string;
  /** Keys of witnesses, of the same form: each must have signed, and nobody else. */
  witnesses?: readonly string[];
  /** Certificates (base64 of DER): what is recorded of each passkey must lead to one of them. */
  anchors?: readonly string[];
}

/**
 * `undecided`: everything that was signed holds, but what the policy decided cannot be judged: by this version, or by what is recorded.
 * `incomplete`: everything holds, but more approvals were needed than the receipt has: it does not approve the order.
 * `unanchored`: everything holds that could be looked at, but no key of the log was given.
 */
export type ReceiptVerdict = 'verified' | 'undecided' | 'incomplete' | 'unanchored' | 'refused';

export interface ReceiptStep {
  /** As in the table of docs/receipts.md. */
  name: string;
  /** Which approval, from 1; absent where the step is about the receipt as a whole. */
  approval?: number;
  /** `unknown`: it could not be looked at. */
  verdict: 'holds' | 'fails' | 'unknown';
  code?: ErrorCode;
  check?: CheckName;
  /** For people. */
  sentence: string;
}

/** What the bank recorded of the passkey when it approved. */
export interface ReceiptPasskey {
  /** RFC 3339; never after `approvedAt` where nothing fails. */
  registeredAt: string;
  attestation: { format: string; type: string; trust: string };
  /** Of its model, at the time of the approval. */
  metadataStatus: string;
  /** Of the metadata to it then: an error's name. */
  objection?: string;
  backupEligible: boolean;
  backedUp: boolean;
}

/** Who drew what the customer saw. */
export interface ReceiptDisplay {
  kind: 'page' | 'approval_origin' | 'payment_dialog' | 'second_device' | 'certified_hardware';
  /** 0 to 4. */
  tier: number;
  /** The site in whose frame the page was. */
  frame?: string;
  /** What the browser's payment dialog showed beside the order. */
  payeeOrigin?: string;
  instrumentName?: string;
  instrumentIcon?: string;
}

export interface ReceiptApproval {
  /** Which approval of how many, from 1. */
  step: number;
  of: number;
  transactionId: string;
  tenant: string;
  rpId: string;
  /** User handle and credential id, in base64url. */
  user: string;
  /** Whose transaction it is, as the record says; of the first approval the user. */
  customer: string;
  credentialId: string;
  /** RFC 3339. */
  approvedAt: string;
  passkey: ReceiptPasskey;
  display: ReceiptDisplay;
  /** The labels of the two buttons; `affirm` was pressed. Absent of the browser's payment dialog, which has its own. */
  action?: { affirm: string; deny: string };
  /** What the customer saw. */
  title: string;
  rows: ViewRow[];
}

/** The members of `countersign receipt verify --json`. What `approvals` says counts for as much as the verdict does. */
export interface ReceiptReport {
  verdict: ReceiptVerdict;
  /** Whether nothing fails and every approval that was needed is in it. */
  isComplete: boolean;
  /** For people. */
  sentence: string;
  steps: ReceiptStep[];
  /** As many as could be read, the first first. */
  approvals: ReceiptApproval[];
  /** Absent where the file has no proof that could be read. */
  log?: { origin: string; index: number; size: number };
  witnesses: { name: string; time: string }[];
}

/** What is trusted cannot be used, or the module came to an end. It says nothing about the receipt. */
export class ReceiptError extends Error {
  /** `out_of_memory`: records of many megabytes. The native program verifies them. */
  readonly code: ErrorCode;

  constructor({ code, message }: ReceiptRefusal['error']) {
    super(message);
    this.name = 'ReceiptError';
    this.code = code;
  }
}

export interface ReceiptPage {
  verdict: ReceiptVerdict;
  /** A whole HTML document: no script, nothing loaded; light, dark and for paper. */
  page: string;
}

interface ReceiptRefusal {
  error: { code: ErrorCode; message: string };
}

function isRefusal(answer: object | ReceiptRefusal): answer is ReceiptRefusal {
  return 'error' in answer;
}

/** Which tables the rules of creation go by: those of texts, of currencies (ISO 4217) and of the IBAN registry. */
export interface Editions {
  unicode: string;
  currencies: string;
  ibans: string;
}

export class Receipts {
  readonly #core: CoreModule;

  /** Use `loadReceipts`. */
  constructor(core: CoreModule) {
    this.#core = core;
  }

  /** The version of the core. */
  get version(): string {
    return this.#core.version.version;
  }

  /** The same as in `countersign version`. */
  get editions(): Editions {
    const { unicode = '', currencies = '', ibans = '' } = this.#core.version;
    return { unicode, currencies, ibans };
  }

  /**
   * Verifies the file as it was downloaded: its bytes, or all of its text. Whatever is wrong with it is in the report. Throws a
   * ReceiptError.
   */
  verifyReceipt(file: string | Uint8Array, trust: ReceiptTrust = {}): ReceiptReport {
    return this.#answer(file, trust).report;
  }

  /** The report as `countersign receipt verify --json` writes it, without the newline. Throws a ReceiptError. */
  verifyReceiptLine(file: string | Uint8Array, trust: ReceiptTrust = {}): Uint8Array {
    return this.#answer(file, trust).line;
  }

  /** A page that a person reads or prints: that of `countersign receipt print`, to the byte. Throws a ReceiptError. */
  printReceipt(file: string | Uint8Array, trust: ReceiptTrust = {}): ReceiptPage {
    return this.#answer<ReceiptPage>(file, trust, 'page').report;
  }

  #answer<Report extends object = ReceiptReport>(file: string | Uint8Array, trust: ReceiptTrust, form?: 'page'): { line: Uint8Array; report: Report } {
    const { logKey, witnesses, anchors } = trust;
    const request = utf8(JSON.stringify({ logKey, witnesses, anchors, form }));
    const bytes = typeof file === 'string' ? utf8(file) : file;
    const line = this.#core.verifyReceipt(request, bytes);
    const report = JSON.parse(text(line)) as Report | ReceiptRefusal;
    if (isRefusal(report)) {
      throw new ReceiptError(report.error);
    }
    return { line, report };
  }
}

/** Loads a module; without a source: `countersign-receipt.wasm` beside this file. Rejects with a CountersignError. */
export async function loadReceipts(source?: ModuleSource): Promise<Receipts> {
  const module = await compiled(source ?? new URL('./countersign-receipt.wasm', import.meta.url));
  return new Receipts(new CoreModule(module, RECEIPT_FUNCTIONS));
}
