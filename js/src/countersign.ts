/** The verifier: one core, loaded once, any number of cases. */
import { hostDischarger, type Discharger } from './discharge.js';
import { CEREMONY_FUNCTIONS, CoreModule, CountersignError, text, utf8 } from './module.js';
import { compiled, type ModuleSource } from './source.js';
import type { ErrorCode, ErrorClass } from './errors.js';
import type { MetadataRequest, MetadataVerdict, SignatureObligation, Verdict, VerifyCase } from './types.js';

export interface LoadOptions {
  /** Who does signature arithmetic when the module does not; default: WebCrypto. */
  discharger?: Discharger;
}

export interface VerifyOptions {
  /** For cases without `time`; default: the clock of this machine. */
  now?: Date;
}

export interface ErrorEntry {
  number: number;
  code: ErrorCode;
  class: ErrorClass;
  message: string;
}

export class Countersign {
  readonly #core: CoreModule;
  readonly #discharge: Discharger;

  /** Use `loadCountersign`. */
  constructor(core: CoreModule, discharge: Discharger) {
    this.#core = core;
    this.#discharge = discharge;
  }

  /** The version of the core, for example `0.1.0`. */
  get version(): string {
    return this.#core.version.version;
  }

  /** Whether the module has its own signature arithmetic, so that nothing is left to the host. */
  get isFull(): boolean {
    return this.#core.isFull;
  }

  /** The longest case that is read, in octets. */
  get maxCaseBytes(): number {
    return this.#core.version.maxCaseBytes;
  }

  /** Octets of memory that the module holds. */
  get memoryBytes(): number {
    return this.#core.memoryBytes;
  }

  /** Every error code and check name of this core. */
  errors(): { errors: ErrorEntry[]; checks: string[] } {
    return JSON.parse(text(this.#core.errors())) as { errors: ErrorEntry[]; checks: string[] };
  }

  /** Verifies a case. Never rejects because of the case: its verdict says what is wrong. */
  async verify(verifyCase: VerifyCase, options: VerifyOptions = {}): Promise<Verdict> {
    return JSON.parse(text(await this.verifyLine(JSON.stringify(verifyCase), options))) as Verdict;
  }

  /** The same for a case that is text already; the verdict is the line of the native `countersign verify`. */
  async verifyLine(line: string | Uint8Array, options: VerifyOptions = {}): Promise<Uint8Array> {
    const bytes = typeof line === 'string' ? utf8(line) : line;
    const now = seconds(options);
    if (this.#core.isFull) {
      return this.#core.verify(bytes, now);
    }
    const begun = this.#core.begin(bytes, now);
    const answer = JSON.parse(text(begun)) as { obligations?: SignatureObligation[] };
    if (answer.obligations === undefined) {
      return begun; // the verdict
    }
    const results = await Promise.all(
      answer.obligations.map(async (obligation) => ({
        digest: obligation.digest,
        valid: await this.#discharge(obligation).catch(() => false),
      })),
    );
    return this.#core.finish(bytes, utf8(JSON.stringify(results)), now);
  }

  /**
   * Holds a registration, or the name of a model, against a BLOB of FIDO's Metadata Service: for runtimes without a
   * server of ours. The full module only; rejects with a CountersignError otherwise, never because of the BLOB.
   */
  async verifyMetadata(
    request: MetadataRequest,
    blob: string | Uint8Array,
    options: VerifyOptions = {},
  ): Promise<MetadataVerdict> {
    if (!this.#core.isFull) {
      throw new CountersignError('module_too_small', 'Metadata need countersign-full.wasm.');
    }
    const bytes = typeof blob === 'string' ? utf8(blob) : blob;
    return JSON.parse(
      text(this.#core.verifyMetadata(utf8(JSON.stringify(request)), bytes, seconds(options))),
    ) as MetadataVerdict;
  }
}

function seconds(options: VerifyOptions): bigint {
  return BigInt(Math.floor((options.now?.getTime() ?? Date.now()) / 1000));
}

/**
 * Loads a module. Without a source: `countersign.wasm` beside this file. Rejects with a CountersignError when the
 * module cannot be read or is not one of this package.
 */
export async function loadCountersign(source?: ModuleSource, options: LoadOptions = {}): Promise<Countersign> {
  const module = await compiled(source ?? new URL('./countersign.wasm', import.meta.url));
  return new Countersign(new CoreModule(module, CEREMONY_FUNCTIONS), options.discharger ?? (await hostDischarger()));
}
