/** Policies before they decide: lint, comparison and simulation by the core (docs/policy.md), for whoever writes and reviews them. */
import { CoreModule, REVIEW_FUNCTIONS, text, utf8 } from './module.js';
import { compiled, type ModuleSource } from './source.js';
import { PolicyError, type PolicyCeremony, type PolicyDecision, type PolicyInputs, type PolicyOutcome, type PolicyPhase } from './policy.js';
import type { ErrorCode } from './errors.js';

export interface PolicyTitle {
  id: string;
  revision: number;
  digest: string;
}

/** What is wrong, and an example that shows it. */
export interface LintFinding {
  kind: string;
  severity: 'error' | 'warning';
  /** Ids of rules of the document. */
  rules: string[];
  moreRules?: number;
  phase: PolicyPhase;
  /** In English. */
  message: string;
  witness?: PolicyInputs;
  /** Where less is demanded of more. */
  largerWitness?: PolicyInputs;
}

export interface LintReport {
  policy: PolicyTitle;
  findings: LintFinding[];
  /** Of kinds with many: how many more there are. */
  omitted?: { kind: string; severity: 'error' | 'warning'; count: number }[];
}

export interface LintOptions {
  /** What the page calls the document. */
  file?: string;
  /** When lists expire; now, if it is missing. `null`: expiry is not looked at. */
  time?: Date | null;
  /** The tenant's base currency (ISO 4217); EUR, if it is missing. */
  currency?: string;
  /** What metadata say of models: one JSON a line, as `--models` reads it. */
  models?: string;
  /** Display tiers that the server offers beside D0; 1 and 2, if it is missing. */
  tiers?: number[];
  /** How many people may approve a policy. */
  administrators?: number;
  /** Fraud rates in parts per million, for Article 18 of the RTS. */
  cardFraudPpm?: number;
  transferFraudPpm?: number;
  /** What Articles 11, 16 and 18 come to in a currency other than EUR. */
  exemptionCaps?: {
    lowValue: number;
    lowValueSum: number;
    riskAnalysis: [number, number, number];
    contactless?: number;
    contactlessSum?: number;
  };
}

export type PolicyChange = 'weaker' | 'incomparable' | 'stricter';

export interface DiffReport {
  before: PolicyTitle;
  after: PolicyTitle;
  /** Something was not compared. */
  undecided: boolean;
  mayBeWeaker: boolean;
  notCompared: { phase: PolicyPhase; ceremony: PolicyCeremony; rules: string[]; default: boolean }[];
  lists: { name: string; added: string[]; removed: string[]; unlisted: number; expiresBefore: string | null; expiresAfter: string | null }[];
  /** Rules that are written otherwise and change no decision. */
  rewritten: string[];
  changes: Record<PolicyChange, number>;
  regions: {
    change: PolicyChange;
    phase: PolicyPhase;
    rulesBefore: string[];
    rulesAfter: string[];
    more: number;
    example: PolicyInputs;
    before: PolicyDecision;
    after: PolicyDecision;
  }[];
}

export interface SimulationOptions {
  /** Of the rows of a table; a recorded decision has its own. */
  phase?: PolicyPhase;
  /** Enrolled credentials, one JSON a line: whom the draft locks out. */
  credentials?: string;
  /** As for lint: what metadata say of the credentials' models. */
  models?: string;
  tiers?: number[];
  currency?: string;
}

export interface SimulationReport {
  active: PolicyTitle;
  draft: PolicyTitle;
  rows: number;
  phases: Record<PolicyPhase, number>;
  /** Lines without a decision. */
  skipped: number;
  /** Rows without an input that a policy asks for. */
  incomplete: number;
  changes: Record<PolicyChange | 'same', number>;
  /** From the outcome of the active policy to that of the draft. */
  transitions: Record<PolicyOutcome, Record<PolicyOutcome, number>>;
  lockout?: { ceremony: PolicyCeremony; customers: number; hindered: number; unsaid: number; lockedOut: number }[];
}

/** A report, and the page that the command of that name prints. */
export interface Reviewed<Report> {
  report: Report;
  page: string;
}

/** A PolicyError that says which of the texts is refused: `document`, `before`, `inputs`, … */
export class ReviewError extends PolicyError {
  readonly member?: string;

  constructor(error: ReviewRefusal) {
    super(error);
    this.name = 'ReviewError';
    if (error.member !== undefined) {
      this.member = error.member;
    }
  }
}

interface ReviewRefusal {
  code: ErrorCode;
  member?: string;
  offset: number;
  line: number;
  column: number;
  message: string;
}

const rfc3339 = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

type ReviewAnswer = { ok: true; report: unknown; page?: string } | { ok: false; error: ReviewRefusal };

/** Synchronous, and bounded: a bank's document takes milliseconds, the worst one a minute. Use a worker where a person waits. */
export class PolicyReviews {
  readonly #core: CoreModule;

  /** Use `loadPolicyReviews`. */
  constructor(core: CoreModule) {
    this.#core = core;
  }

  /** What is wrong with a document (JSON). Throws a ReviewError where it cannot be read. */
  lint(document: string, options: LintOptions = {}): Reviewed<LintReport> {
    const { time = new Date(), ...others } = options;
    return this.#review('lint', { document }, time === null ? others : { ...others, time: rfc3339(time) });
  }

  /** Which inputs are decided differently, and whether that is weaker. Throws a ReviewError. */
  diff(before: string, after: string, options: { currency?: string } = {}): Reviewed<DiffReport> {
    return this.#review('diff', { before, after }, options);
  }

  /**
   * What a draft would change. `inputs`: recorded decisions, one JSON a line, or a table (CSV) whose first line names inputs.
   * Throws a ReviewError.
   */
  simulate(active: string, draft: string, inputs: string, options: SimulationOptions = {}): Reviewed<SimulationReport> {
    return this.#review('simulate', { active, draft, inputs }, options);
  }

  /** One line of the native `countersign policy review`. */
  reviewLine(line: string | Uint8Array): Uint8Array {
    return this.#core.answer('cs_review_policy', typeof line === 'string' ? utf8(line) : line);
  }

  #review<Report>(review: string, texts: Record<string, string>, options: object): Reviewed<Report> {
    const answer = JSON.parse(text(this.reviewLine(JSON.stringify({ ...options, ...texts, review, page: true })))) as ReviewAnswer;
    if (!answer.ok) {
      throw new ReviewError(answer.error);
    }
    return { report: answer.report as Report, page: answer.page ?? '' };
  }
}

/** Loads a module; without a source: `countersign-policy.wasm` beside this file. Rejects with a CountersignError. */
export async function loadPolicyReviews(source?: ModuleSource): Promise<PolicyReviews> {
  const module = await compiled(source ?? new URL('./countersign-policy.wasm', import.meta.url));
  return new PolicyReviews(new CoreModule(module, REVIEW_FUNCTIONS));
}
