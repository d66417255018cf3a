/** Receipts: verified with nothing but the file and the keys of the log and its witnesses (docs/receipts.md). */
import { CoreModule, RECEIPT_FUNCTIONS, text, utf8 } from './module.js';
import { compiled, type ModuleSource } from './source.js';
import type { CheckName, ErrorCode } from './errors.js';
import type { ViewRow } from './transaction.js';

/** What whoever verifies a receipt trusts: public, and from somewhere else than the receipt. */
export interface ReceiptTrust {
  /** `NAME+HASH+KEY` (C2SP signed-note). Without it a receipt is `unanchored` at best. */
  logKey?: string;
  /** Each must have signed, and nobody else. */
  witnesses?: string[];
  /** Certificates as base64 DER: the makers of the passkeys must lead to one of them. */
  anchors?: string[];
}

export interface ReceiptStep {
  name: string;
  /** Which approval, from 1; absent: of the receipt as a whole. */
  approval?: number;
  /** `unknown`: it could not be looked at, since something was not given. */
  verdict: 'holds' | 'fails' | 'unknown';
  code?: ErrorCode;
  check?: CheckName;
  /** For people. */
  sentence: string;
}

/** What `approvals` say counts for as much as the verdict does. */
export interface ReceiptReport {
  verdict: 'verified' | 'unanchored' | 'refused';
  sentence: string;
  steps: ReceiptStep[];
  approvals: {
    step: number;
    of: number;
    transactionId: string;
    tenant: string;
    rpId: string;
    user: string;
    credentialId: string;
    approvedAt: string;
    title: string;
    rows: ViewRow[];
  }[];
  log?: { origin: string; index: number; size: number };
  witnesses: { name: string; time: string }[];
}

/** The trust cannot be used; also where memory ran out. */
export interface ReceiptRefusal {
  error: { code: ErrorCode; message: string };
}

export class Receipts {
  readonly #core: CoreModule;

  /** Use `loadReceipts`. */
  constructor(core: CoreModule) {
    this.#core = core;
  }

  /** `file` to the byte as it was kept. Never throws: whatever is wrong with a file is in the report. */
  verifyReceipt(file: string | Uint8Array, trust: ReceiptTrust = {}): ReceiptReport | ReceiptRefusal {
    const bytes = typeof file === 'string' ? utf8(file) : file;
    return JSON.parse(text(this.#core.verifyReceipt(utf8(JSON.stringify(trust)), bytes))) as
      | ReceiptReport
      | ReceiptRefusal;
  }
}

/** Loads a module; without a source: `countersign-receipt.wasm` beside this file. Rejects with a CountersignError. */
export async function loadReceipts(source?: ModuleSource): Promise<Receipts> {
  const module = await compiled(source ?? new URL('./countersign-receipt.wasm', import.meta.url));
  return new Receipts(new CoreModule(module, RECEIPT_FUNCTIONS));
}
