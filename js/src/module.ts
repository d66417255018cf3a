/** The C boundary of the modules (wasm/abi.h) for JavaScript: bytes in, bytes out. */

/** Why a module cannot be used. */
export type CountersignErrorCode =
  | 'module_unreadable' // the file could not be fetched, read or compiled
  | 'module_too_small' // this call needs another module, mostly countersign-full.wasm
  | 'module_foreign'; // it is not a Countersign module of this version

/** An error of the loader. Cases never throw: whatever is wrong with one is in its verdict. */
export class CountersignError extends Error {
  readonly code: CountersignErrorCode;

  constructor(code: CountersignErrorCode, message: string, cause?: unknown) {
    super(message);
    this.name = 'CountersignError';
    this.code = code;
    if (cause !== undefined) {
      this.cause = cause;
    }
  }
}

/** A function of one text that leaves one text. */
type TextFunction = (pointer: number, size: number) => number;
type TextFunctionName =
  | 'cs_load_policy'
  | 'cs_decide'
  | 'cs_review_policy'
  | 'cs_pin_template'
  | 'cs_pin_locale'
  | 'cs_bind'
  | 'cs_bind_frozen'
  | 'cs_render';

interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  cs_version(): number;
  cs_errors(): number;
  cs_alloc(size: number): number;
  cs_free(pointer: number): number;
  cs_verify?(pointer: number, size: number, now: bigint): number;
  cs_verify_metadata?(pointer: number, size: number, blob: number, blobSize: number, now: bigint): number;
  cs_verify_receipt?(pointer: number, size: number, file: number, fileSize: number): number;
  cs_begin_case?(pointer: number, size: number, now: bigint): number;
  cs_finish_case?(
    pointer: number,
    size: number,
    resultsPointer: number,
    resultsSize: number,
    now: bigint,
  ): number;
  cs_load_policy?: TextFunction;
  cs_decide?: TextFunction;
  cs_review_policy?: TextFunction;
  cs_pin_template?: TextFunction;
  cs_pin_locale?: TextFunction;
  cs_bind?: TextFunction;
  cs_bind_frozen?: TextFunction;
  cs_render?: TextFunction;
  cs_result_data(): number;
  cs_result_size(): number;
}

const ABI = 1;
const CS_OK = 0;
const CS_OUT_OF_MEMORY = 2;
const REQUIRED = [
  '_initialize',
  'cs_version',
  'cs_errors',
  'cs_alloc',
  'cs_free',
  'cs_result_data',
  'cs_result_size',
] as const;

type FunctionName = keyof Exports & `cs_${string}`;

/** What a module must export for ceremonies, for policies, for reviews of them, for transactions, and for receipts. */
export const CEREMONY_FUNCTIONS: readonly FunctionName[] = ['cs_begin_case', 'cs_finish_case'];
export const POLICY_FUNCTIONS: readonly FunctionName[] = ['cs_load_policy', 'cs_decide'];
export const REVIEW_FUNCTIONS: readonly FunctionName[] = ['cs_review_policy'];
export const TRANSACTION_FUNCTIONS: readonly FunctionName[] = [
  'cs_pin_template',
  'cs_pin_locale',
  'cs_bind',
  'cs_render',
];

export const RECEIPT_FUNCTIONS: readonly FunctionName[] = ['cs_verify_receipt'];

export interface ModuleVersion {
  version: string;
  abi: number;
  maxCaseBytes: number;
  /** Editions of Unicode, ISO 4217 and the IBAN registry; of modules that know texts, amounts and accounts. */
  unicode?: string;
  currencies?: string;
  ibans?: string;
}

/** One instance. Calls are synchronous and leave nothing behind, so that any number of cases may be under way. */
export class CoreModule {
  readonly version: ModuleVersion;
  readonly #module: WebAssembly.Module;
  #exports: Exports;

  /** Throws a CountersignError: `module_foreign`, or `module_too_small` where it lacks one of `functions`. */
  constructor(module: WebAssembly.Module, functions: readonly FunctionName[]) {
    this.#module = module;
    this.#exports = instantiate(module);
    const missing = functions.find((name) => this.#exports[name] === undefined);
    if (missing !== undefined) {
      throw new CountersignError('module_too_small', `The module has no ${missing}: load another one.`);
    }
    try {
      this.version = JSON.parse(text(this.#result(() => this.#exports.cs_version()))) as ModuleVersion;
    } catch (cause) {
      throw new CountersignError('module_foreign', 'The module does not tell its version.', cause);
    }
    if (this.version.abi < ABI) {
      throw new CountersignError('module_foreign', 'The module is older than this package.');
    }
  }

  /** Whether the module brings its own signature arithmetic. */
  get isFull(): boolean {
    return this.#exports.cs_verify !== undefined;
  }

  has(name: FunctionName): boolean {
    return this.#exports[name] !== undefined;
  }

  /** Octets of linear memory. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  errors(): Uint8Array {
    return this.#call([], () => this.#exports.cs_errors());
  }

  /** Of a module that has the function. What a trap takes with it must be loaded again. */
  answer(name: TextFunctionName, input: Uint8Array): Uint8Array {
    return this.#call([input], (pointer, size) => this.#exports[name]!(pointer!, size!));
  }

  verify(line: Uint8Array, now: bigint): Uint8Array {
    return this.#call([this.#bounded(line)], (pointer, size) => this.#exports.cs_verify!(pointer!, size!, now));
  }

  verifyMetadata(request: Uint8Array, blob: Uint8Array, now: bigint): Uint8Array {
    return this.#call([request, blob], (pointer, size, blobPointer, blobSize) =>
      this.#exports.cs_verify_metadata!(pointer!, size!, blobPointer!, blobSize!, now),
    );
  }

  verifyReceipt(request: Uint8Array, file: Uint8Array): Uint8Array {
    return this.#call([request, file], (pointer, size, filePointer, fileSize) =>
      this.#exports.cs_verify_receipt!(pointer!, size!, filePointer!, fileSize!),
    );
  }

  begin(line: Uint8Array, now: bigint): Uint8Array {
    return this.#call([this.#bounded(line)], (pointer, size) => this.#exports.cs_begin_case!(pointer!, size!, now));
  }

  finish(line: Uint8Array, results: Uint8Array, now: bigint): Uint8Array {
    return this.#call([this.#bounded(line), results], (pointer, size, resultsPointer, resultsSize) =>
      this.#exports.cs_finish_case!(pointer!, size!, resultsPointer!, resultsSize!, now),
    );
  }

  /** A case above the limit is refused whatever follows: no need to copy it. */
  #bounded(line: Uint8Array): Uint8Array {
    const limit = this.version.maxCaseBytes + 1;
    return line.byteLength > limit ? line.subarray(0, limit) : line;
  }

  #call(inputs: Uint8Array[], run: (...ranges: number[]) => number): Uint8Array {
    const blocks: number[] = [];
    try {
      const ranges: number[] = [];
      for (const input of inputs) {
        if (input.byteLength === 0) {
          ranges.push(0, 0);
          continue;
        }
        const block = this.#exports.cs_alloc(input.byteLength) >>> 0;
        if (block === 0) {
          return REFUSED_OUT_OF_MEMORY;
        }
        blocks.push(block);
        new Uint8Array(this.#exports.memory.buffer, block, input.byteLength).set(input);
        ranges.push(block, input.byteLength);
      }
      const result = this.#result(() => run(...ranges));
      for (const block of blocks) {
        this.#exports.cs_free(block);
      }
      return result;
    } catch {
      // A trap: a defect of the module, or no room for its stack. Its memory cannot be trusted any more.
      this.#exports = instantiate(this.#module);
      return REFUSED_INTERNAL;
    }
  }

  #result(run: () => number): Uint8Array {
    const status = run();
    if (status !== CS_OK) {
      return status === CS_OUT_OF_MEMORY ? REFUSED_OUT_OF_MEMORY : REFUSED_INTERNAL;
    }
    const { memory, cs_result_data, cs_result_size } = this.#exports;
    return new Uint8Array(memory.buffer, cs_result_data() >>> 0, cs_result_size() >>> 0).slice();
  }
}

function instantiate(module: WebAssembly.Module): Exports {
  let exports: Exports;
  try {
    exports = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
  } catch (cause) {
    throw new CountersignError('module_foreign', 'The module wants imports that Countersign has none of.', cause);
  }
  if (REQUIRED.some((name) => typeof exports[name] !== 'function') || !(exports.memory instanceof WebAssembly.Memory)) {
    throw new CountersignError('module_foreign', 'This is not a Countersign module.');
  }
  exports._initialize();
  return exports;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function utf8(value: string): Uint8Array {
  return encoder.encode(value);
}

export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

// What the native program answers when it runs out of memory or breaks.
const REFUSED_OUT_OF_MEMORY = utf8(
  '{"id":null,"ok":false,"error":{"code":"out_of_memory","check":"","step":"","message":"Not enough memory to handle this input."}}',
);
const REFUSED_INTERNAL = utf8(
  '{"id":null,"ok":false,"error":{"code":"internal_error","check":"","step":"","message":"Internal error."}}',
);
