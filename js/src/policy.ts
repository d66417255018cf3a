/** Policies: reviewed documents that decide what a ceremony demands, evaluated by the core (docs/policy.md). */
import { CoreModule, POLICY_FUNCTIONS, text, utf8 } from './module.js';
import { compiled, type ModuleSource } from './source.js';
import type { ErrorCode } from './errors.js';
import type { CertificationLevel } from './types.js';

/** Before the ceremony, or after it with what is known of the credential. */
export type PolicyPhase = 'options' | 'verdict';

export type PolicyCeremony =
  | 'register'
  | 'authenticate'
  | 'credential.add'
  | 'credential.remove'
  | 'transaction.approve'
  | 'beneficiary.add'
  | 'limit.change'
  | 'account.access'
  | 'pairing.login'
  | 'recovery'
  | 'policy.publish';

/** What a decision is about: `{ceremony: 'transaction.approve', 'amount.base': 3001, 'session.age': 'PT5M'}`. */
export interface PolicyInputs {
  ceremony: PolicyCeremony;
  [input: string]: string | number | boolean | readonly string[];
}

/** What must be met; only what is demanded is there. Durations are ISO 8601. */
export interface PolicyRequirements {
  userVerification?: 'preferred' | 'required';
  residentKey?: 'preferred' | 'required';
  attestation?: 'indirect' | 'direct' | 'enterprise';
  binding?: 'device-bound-claimed' | 'device-bound-attested';
  minimumCertification?: CertificationLevel;
  /** Names of lists of the document. */
  authenticators?: { allow?: string[]; deny?: string[] };
  algorithms?: string[];
  transports?: string[];
  displayTier?: number;
  approvals?: { count: number; distinctUsers: boolean };
  coolingOff?: string;
  authenticationAge?: string;
  credentialAge?: string;
  timeout?: string;
  hints?: string[];
}

export type PolicyOutcome = 'exempt' | 'require' | 'deny';
export type PolicyTruth = 'true' | 'unknown' | 'pending' | 'false';

export interface PolicyRuleMatch {
  id: string;
  effect: PolicyOutcome;
  truth: PolicyTruth;
}

export interface PolicyDecision {
  /** Digest of the document. */
  policy: string;
  id: string;
  revision: number;
  phase: PolicyPhase;
  outcome: PolicyOutcome;
  basis: 'rules' | 'default' | 'waits-for-verdict' | 'counter-not-advanced';
  /** The rules that matched. */
  rules: PolicyRuleMatch[];
  /** With the outcome `require`. */
  requirements?: PolicyRequirements;
  /** What was asked for; names that the document cannot tell apart are `*`. */
  inputs: PolicyInputs;
}

export interface PolicyExplanation {
  decision: PolicyDecision;
  /** Every rule that can hold in this ceremony, with its conditions. */
  rules: (PolicyRuleMatch & { conditions: { depth: number; text: string; truth: PolicyTruth }[] })[];
  /** The decision in English. */
  sentence: string;
  /** Inputs that the policy asks for and nobody gave. */
  missing: string[];
}

/** A document or inputs that are refused: where, and why. */
export class PolicyError extends Error {
  readonly code: ErrorCode;
  /** Octets from the beginning: of the document, or of the case as it was sent. */
  readonly offset: number;
  /** Of a document: line and column, from 1. */
  readonly line?: number;
  readonly column?: number;

  constructor(error: PolicyRefusal) {
    super(error.message);
    this.name = 'PolicyError';
    this.code = error.code;
    this.offset = error.offset ?? 0;
    if (error.line !== undefined && error.column !== undefined) {
      this.line = error.line;
      this.column = error.column;
    }
  }
}

interface PolicyRefusal {
  code: ErrorCode;
  offset?: number;
  line?: number;
  column?: number;
  message: string;
}

type LoadAnswer =
  | { ok: true; policy: string; id: string; revision: number }
  | { ok: false; error: PolicyRefusal };
type DecideAnswer =
  | { ok: true; decision?: PolicyDecision; explanation?: PolicyExplanation }
  | { ok: false; error: PolicyRefusal };

/** A document that was read. Any number may be; the core keeps the ones that were read last. */
export class Policy {
  readonly digest: string;
  readonly id: string;
  readonly revision: number;
  readonly #core: CoreModule;
  readonly #document: Uint8Array;

  /** Use `Policies.load`. */
  constructor(core: CoreModule, document: Uint8Array, loaded: { policy: string; id: string; revision: number }) {
    this.#core = core;
    this.#document = document;
    this.digest = loaded.policy;
    this.id = loaded.id;
    this.revision = loaded.revision;
  }

  /** The decision. Throws a PolicyError when the inputs are not well-formed; absent ones are not an error. */
  decide(phase: PolicyPhase, inputs: PolicyInputs): PolicyDecision {
    return this.#answer({ policy: this.digest, phase, inputs }).decision!;
  }

  /**
   * The decision and every rule that led to it. Throws as `decide`. `currency`: that of the amounts, the tenant's base
   * currency (ISO 4217).
   */
  explain(phase: PolicyPhase, inputs: PolicyInputs, currency = 'EUR'): PolicyExplanation {
    return this.#answer({ policy: this.digest, phase, inputs, explain: true, currency }).explanation!;
  }

  #answer(request: object): Extract<DecideAnswer, { ok: true }> {
    const bytes = utf8(JSON.stringify(request));
    const ask = (): DecideAnswer => JSON.parse(text(this.#core.answer('cs_decide', bytes))) as DecideAnswer;
    let answer = ask();
    if (!answer.ok && answer.error.code === 'policy_revision_not_found') {
      this.#core.answer('cs_load_policy', this.#document); // others came after it
      answer = ask();
    }
    if (!answer.ok) {
      throw new PolicyError(answer.error);
    }
    return answer;
  }
}

export class Policies {
  readonly #core: CoreModule;

  /** Use `loadPolicies`. */
  constructor(core: CoreModule) {
    this.#core = core;
  }

  /** Reads a document (JSON). Throws a PolicyError with its line and column when it is refused. */
  load(document: string | Uint8Array): Policy {
    const bytes = typeof document === 'string' ? utf8(document) : document.slice();
    const answer = JSON.parse(text(this.#core.answer('cs_load_policy', bytes))) as LoadAnswer;
    if (!answer.ok) {
      throw new PolicyError(answer.error);
    }
    return new Policy(this.#core, bytes, answer);
  }

  /** One line of the native `countersign policy decide`, with the policy's digest or the document itself. */
  decideLine(line: string | Uint8Array): Uint8Array {
    return this.#core.answer('cs_decide', typeof line === 'string' ? utf8(line) : line);
  }
}

/** Loads the full module; without a source: `countersign-full.wasm` beside this file. Rejects with a CountersignError. */
export async function loadPolicies(source?: ModuleSource): Promise<Policies> {
  const module = await compiled(source ?? new URL('./countersign-full.wasm', import.meta.url));
  return new Policies(new CoreModule(module, POLICY_FUNCTIONS));
}
