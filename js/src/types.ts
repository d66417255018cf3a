/**
 * The case that `verify` reads and the verdict that it gives: the same JSON as the native
 * `countersign verify`. Byte strings are unpadded base64url, times are RFC 3339.
 */
import type { CheckName, ErrorCode } from './errors.js';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from './browser.js';

interface CaseBase {
  /** Comes back in the verdict. */
  id?: string | number | boolean | null;
  rpId: string;
  /** Exact origins; those of apps are opaque strings. */
  origins: string[];
  /** Origins that may embed the page; absent: cross-origin use is refused. */
  topOrigins?: string[];
  /** The challenge as issued. */
  challenge: string;
  /** Default: `preferred`. */
  userVerification?: 'required' | 'preferred' | 'discouraged';
  /** When the ceremony is judged; absent: now. */
  time?: string;
  appid?: string;
}

export interface RegistrationCase extends CaseBase {
  ceremony: 'registration';
  /** COSE identifiers that were offered; absent: every algorithm of the verifier. */
  algorithms?: number[];
  mediation?: 'conditional';
  /** Certificates as base64 DER. */
  trustAnchors?: string[];
  /** Then none and self attestation do not do. */
  requireTrustedAttestation?: boolean;
  attestationSettings?: {
    safetynet?: boolean;
    testTpmVendors?: boolean;
    anyTpmVendor?: boolean;
    u2fAaguidZero?: boolean;
    androidSoftwareEnforced?: boolean;
  };
  response: RegistrationResponseJSON;
}

export interface AuthenticationCase extends CaseBase {
  ceremony: 'authentication';
  purpose?: 'login' | 'payment';
  /** The credential as it was stored at registration. */
  credential: {
    id: string;
    /** The COSE key. */
    publicKey: string;
    signCount?: number;
    backupEligible?: boolean;
    userHandle?: string;
  };
  response: AuthenticationResponseJSON;
}

export type VerifyCase = RegistrationCase | AuthenticationCase;

interface Flags {
  userVerified: boolean;
  userPresent: boolean;
  backupEligible: boolean;
  backedUp: boolean;
}

export interface ExtensionOutputs {
  client: {
    credProps?: { rk: boolean };
    prf?: { enabled?: boolean; results?: true };
    largeBlob?: { supported?: boolean; written?: boolean; blob?: string };
    appid?: boolean;
    appidExclude?: boolean;
    payment?: true;
  };
  authenticator: {
    credProtect?: number;
    minPinLength?: number;
    'hmac-secret'?: boolean;
    credBlob?: string | boolean;
    thirdPartyPayment?: boolean;
  };
}

export interface AttestationVerdict {
  format: string;
  type: string;
  /** The statements of a compound attestation. */
  statements?: { format: string; type: string }[];
  trust: string;
  /** Why no anchor was reached. */
  reason?: ErrorCode;
  keyOrder: 'canonical' | 'other';
  /** SHA-256 of the attestation object. */
  objectHash: string;
}

export interface ModelVerdict {
  /** Metadata describe the model. */
  known: boolean;
  /** An attestation proves that the credential is of this model; otherwise it is a claim. */
  proved: boolean;
  description?: string;
  certification: CertificationLevel;
  /** FIDO's names of what is in effect. */
  statuses: string[];
}

export interface RegistrationResult extends Flags {
  credentialId: string;
  publicKey: string;
  algorithm: number;
  signCount: number;
  aaguid: string;
  transports: string[];
  authenticatorAttachment?: string;
  origin: string;
  crossOrigin?: boolean;
  topOrigin?: string;
  clientDataHash: string;
  attestation: AttestationVerdict;
  /** What metadata say, where they were asked. */
  model?: ModelVerdict;
  extensions: ExtensionOutputs;
  /** The checks that ran, in order. */
  checks: CheckName[];
}

export interface AuthenticationResult extends Flags {
  credentialId: string;
  signCount: number;
  /** Whether the signature counter advanced; policy decides on it. */
  counter: 'zero' | 'advanced' | 'not_advanced';
  userHandle?: string;
  authenticatorAttachment?: string;
  origin: string;
  crossOrigin?: boolean;
  topOrigin?: string;
  appidUsed?: true;
  extensions: ExtensionOutputs;
  /** The checks that ran, in order. */
  checks: CheckName[];
}

/** Why a case is refused. */
export interface VerdictError {
  code: ErrorCode;
  /** The check that failed; empty where the case could not be read. */
  check: CheckName | '';
  /** Its step in WebAuthn Level 3, for example `7.1.8`; empty where it belongs to none. */
  step: string;
  message: string;
}

export type CaseId = string | number | boolean | null;

export type RegistrationVerdict = { id: CaseId; ok: true; registration: RegistrationResult };
export type AuthenticationVerdict = { id: CaseId; ok: true; authentication: AuthenticationResult };
export type RefusedVerdict = { id: CaseId; ok: false; error: VerdictError };
export type Verdict = RegistrationVerdict | AuthenticationVerdict | RefusedVerdict;

/** A signature that a verdict depends on, as the core hands it out. Bytes are base64url. */
export interface SignatureObligation {
  digest: string;
  check: CheckName;
  algorithm: {
    scheme: 'ecdsa' | 'eddsa' | 'rsa_pkcs1' | 'rsa_pss';
    hash: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  };
  key:
    | { type: 'ec2'; curve: 'p256' | 'p384' | 'p521' | 'secp256k1'; x: string; y: string }
    | { type: 'okp'; curve: 'ed25519' | 'ed448'; x: string }
    | { type: 'rsa'; n: string; e: string };
  message: string;
  signature: string;
}

/** What a BLOB of FIDO's Metadata Service is verified with, and what is asked of it. */
export interface MetadataRequest {
  id?: CaseId;
  /** Roots, intermediates or the signer itself, as base64 DER: from your configuration, never from the BLOB. */
  trustAnchors: string[];
  /** Revocation lists as base64 DER. */
  crls?: string[];
  /** Default: `require`. */
  crl?: 'require' | 'prefer' | 'off';
  /** Whom the signing certificate must have been issued to: `mds.fidoalliance.org`; `''` asks for nobody. */
  host: string;
  /** When the BLOB is judged; absent: now. */
  time?: string;
  /** `number` of the BLOB that was in use: this one must be newer. */
  lastNumber?: number;
  /** Models that the BLOB does not know. Default: `accept`, as unattested. */
  unknownAuthenticators?: 'accept' | 'reject';
  acceptRetired?: boolean;
  minimumCertification?: CertificationLevel;
  /** A model to look up, as base64url of the 16 octets. */
  aaguid?: string;
  /** A U2F model, as base64url of the 20 octets. */
  keyIdentifier?: string;
  /** A registration to hold against the metadata. */
  registration?: RegistrationCase;
}

export type CertificationLevel = 'none' | 'L1' | 'L1+' | 'L2' | 'L2+' | 'L3' | 'L3+';

export interface MetadataModel {
  known: boolean;
  description?: string;
  certification?: CertificationLevel;
  /** FIDO's names of what is in effect. */
  statuses?: string[];
  /** Why a registration of this model is refused. */
  objection?: ErrorCode;
}

export type MetadataVerdict =
  | {
      id: CaseId;
      ok: true;
      metadata: {
        number: number;
        nextUpdate: string;
        revocation: 'current' | 'unknown' | 'off';
        entries: number;
        /** Entries that could not be read; they are left out. */
        skipped: { index: number; name: string; code: ErrorCode }[];
      };
      model?: MetadataModel;
      verdict?: Verdict;
    }
  | RefusedVerdict;
