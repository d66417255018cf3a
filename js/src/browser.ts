/**
 * The two calls of a page: `register()` and `authenticate()`. They take the options as the server
 * sends them (JSON, byte strings as base64url), ask the browser, and return the response as the server
 * wants it (WebAuthn Level 3, §5.1.8). Where the browser lacks the JSON methods of Level 3, the same
 * is done here.
 */

/** Why a ceremony in the browser ended without a response. */
export type CeremonyErrorCode =
  | 'unsupported' // the browser has no WebAuthn
  | 'cancelled' // the person declined, or the time ran out: browsers do not tell which
  | 'aborted' // the page's own AbortSignal
  | 'already_registered' // the authenticator holds one of excludeCredentials
  | 'not_allowed_here' // the rpId does not belong to this origin, or no secure context
  | 'no_algorithm' // the authenticator offers none of pubKeyCredParams
  | 'not_capable' // user verification or a discoverable credential cannot be had
  | 'invalid_options' // the options are not what WebAuthn demands
  | 'unknown';

const MESSAGES: Record<CeremonyErrorCode, string> = {
  unsupported: 'This browser does not offer passkeys.',
  cancelled: 'The request was cancelled or timed out.',
  aborted: 'The page ended the request.',
  already_registered: 'This device already holds a passkey for the account.',
  not_allowed_here: 'Passkeys of this relying party cannot be used on this page.',
  no_algorithm: 'The authenticator supports none of the algorithms that the server offers.',
  not_capable: 'The authenticator cannot do what the server demands.',
  invalid_options: 'The options from the server are not valid.',
  unknown: 'The browser refused for a reason that it does not name.',
};

/** An error with a stable `code`; the browser's own error is `cause`. */
export class CeremonyError extends Error {
  readonly code: CeremonyErrorCode;

  constructor(code: CeremonyErrorCode, cause?: unknown) {
    super(MESSAGES[code]);
    this.name = 'CeremonyError';
    this.code = code;
    if (cause !== undefined) {
      this.cause = cause;
    }
  }
}

export interface CredentialDescriptorJSON {
  type: 'public-key';
  id: string;
  transports?: string[];
}

export interface CreationOptionsJSON {
  rp: { id?: string; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { type: 'public-key'; alg: number }[];
  timeout?: number;
  excludeCredentials?: CredentialDescriptorJSON[];
  authenticatorSelection?: {
    authenticatorAttachment?: string;
    residentKey?: string;
    requireResidentKey?: boolean;
    userVerification?: string;
  };
  hints?: string[];
  attestation?: string;
  attestationFormats?: string[];
  extensions?: Record<string, unknown>;
}

export interface RequestOptionsJSON {
  challenge: string;
  timeout?: number;
  rpId?: string;
  allowCredentials?: CredentialDescriptorJSON[];
  userVerification?: string;
  hints?: string[];
  extensions?: Record<string, unknown>;
}

export interface RegistrationResponseJSON {
  id: string;
  rawId: string;
  type: 'public-key';
  authenticatorAttachment?: string;
  response: {
    clientDataJSON: string;
    attestationObject: string;
    transports?: string[];
    [member: string]: unknown;
  };
  clientExtensionResults: Record<string, unknown>;
}

export interface AuthenticationResponseJSON {
  id: string;
  rawId: string;
  type: 'public-key';
  authenticatorAttachment?: string;
  response: {
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
    userHandle?: string;
    [member: string]: unknown;
  };
  clientExtensionResults: Record<string, unknown>;
}

export interface CallOptions {
  /** Ends the request; the promise rejects with code `aborted`. */
  signal?: AbortSignal;
}

export interface RegisterOptions extends CallOptions {
  /** `conditional`: offer a passkey after a sign-in by other means, without a dialog of its own. */
  mediation?: 'conditional';
}

export interface AuthenticateOptions extends CallOptions {
  /** `conditional`: show passkeys in the autofill of an input with `autocomplete="… webauthn"`. */
  mediation?: 'conditional';
}

/** Unpadded base64url of bytes. */
export function encodeBase64url(bytes: ArrayBuffer | Uint8Array): string {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  let binary = '';
  for (const byte of view) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Bytes of unpadded base64url; anything else is a CeremonyError `invalid_options`. */
export function decodeBase64url(text: unknown): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw new CeremonyError('invalid_options');
  }
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i += 1) {
    bytes[i] = binary.charCodeAt(i);
  }
  return bytes;
}

/** Whether the browser offers WebAuthn on this page. */
export function isSupported(): boolean {
  return typeof globalThis.PublicKeyCredential === 'function' && 'credentials' in navigator;
}

/** Whether passkeys can be offered in the autofill of an input. */
export async function isAutofillSupported(): Promise<boolean> {
  if (!isSupported() || typeof PublicKeyCredential.isConditionalMediationAvailable !== 'function') {
    return false;
  }
  return PublicKeyCredential.isConditionalMediationAvailable();
}

/** Creates a credential. Rejects with a CeremonyError. */
export async function register(
  options: CreationOptionsJSON,
  call: RegisterOptions = {},
): Promise<RegistrationResponseJSON> {
  requireSupport();
  const request = { publicKey: creationOptions(options) } as CredentialCreationOptions;
  apply(request, call);
  const credential = await asked(() => navigator.credentials.create(request), call.signal, 'register');
  const response = credential.response as AuthenticatorAttestationResponse;
  const native = nativeJson(credential);
  if (native) {
    return native as unknown as RegistrationResponseJSON;
  }
  const json: RegistrationResponseJSON = {
    ...envelope(credential),
    response: {
      clientDataJSON: encodeBase64url(response.clientDataJSON),
      attestationObject: encodeBase64url(response.attestationObject),
    },
  };
  if (typeof response.getTransports === 'function') {
    json.response.transports = response.getTransports();
  }
  return json;
}

/** Asks for an assertion. Rejects with a CeremonyError. */
export async function authenticate(
  options: RequestOptionsJSON,
  call: AuthenticateOptions = {},
): Promise<AuthenticationResponseJSON> {
  requireSupport();
  const request = { publicKey: requestOptions(options) } as CredentialRequestOptions;
  apply(request, call);
  return assertionJson(
    await asked(() => navigator.credentials.get(request), call.signal, 'authenticate'),
  );
}

/** An assertion as the server wants it. */
export function assertionJson(credential: PublicKeyCredential): AuthenticationResponseJSON {
  const response = credential.response as AuthenticatorAssertionResponse;
  const native = nativeJson(credential);
  if (native) {
    return native as unknown as AuthenticationResponseJSON;
  }
  const json: AuthenticationResponseJSON = {
    ...envelope(credential),
    response: {
      clientDataJSON: encodeBase64url(response.clientDataJSON),
      authenticatorData: encodeBase64url(response.authenticatorData),
      signature: encodeBase64url(response.signature),
    },
  };
  if (response.userHandle) {
    json.response.userHandle = encodeBase64url(response.userHandle);
  }
  return json;
}

function requireSupport(): void {
  if (!isSupported()) {
    throw new CeremonyError('unsupported');
  }
}

function apply(request: object, call: { signal?: AbortSignal; mediation?: string }): void {
  if (call.signal) {
    Object.assign(request, { signal: call.signal });
  }
  if (call.mediation) {
    Object.assign(request, { mediation: call.mediation });
  }
}

interface JsonStatics {
  parseCreationOptionsFromJSON?: (options: unknown) => PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON?: (options: unknown) => PublicKeyCredentialRequestOptions;
}

function creationOptions(options: CreationOptionsJSON): PublicKeyCredentialCreationOptions {
  const statics = PublicKeyCredential as unknown as JsonStatics;
  if (typeof statics.parseCreationOptionsFromJSON === 'function') {
    return parsed(() => statics.parseCreationOptionsFromJSON!(options));
  }
  return {
    ...options,
    challenge: decodeBase64url(options.challenge),
    user: { ...options.user, id: decodeBase64url(options.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
    extensions: extensionInputs(options.extensions),
  } as unknown as PublicKeyCredentialCreationOptions;
}

function requestOptions(options: RequestOptionsJSON): PublicKeyCredentialRequestOptions {
  const statics = PublicKeyCredential as unknown as JsonStatics;
  if (typeof statics.parseRequestOptionsFromJSON === 'function') {
    return parsed(() => statics.parseRequestOptionsFromJSON!(options));
  }
  return {
    ...options,
    challenge: decodeBase64url(options.challenge),
    allowCredentials: descriptors(options.allowCredentials),
    extensions: extensionInputs(options.extensions),
  } as unknown as PublicKeyCredentialRequestOptions;
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new CeremonyError('invalid_options', cause);
  }
}

function descriptors(list: CredentialDescriptorJSON[] | undefined): object[] {
  return (list ?? []).map((entry) => ({ ...entry, id: decodeBase64url(entry.id) }));
}

// The extension inputs of Level 3 that hold bytes: prf and largeBlob.
function extensionInputs(extensions: Record<string, unknown> | undefined): object | undefined {
  if (!extensions) {
    return undefined;
  }
  const inputs: Record<string, unknown> = { ...extensions };
  const largeBlob = extensions['largeBlob'] as { write?: unknown } | undefined;
  if (largeBlob?.write !== undefined) {
    inputs['largeBlob'] = { ...largeBlob, write: decodeBase64url(largeBlob.write) };
  }
  type PrfValues = { first: unknown; second?: unknown };
  const values = ({ first, second }: PrfValues): object =>
    second === undefined
      ? { first: decodeBase64url(first) }
      : { first: decodeBase64url(first), second: decodeBase64url(second) };
  const prf = extensions['prf'] as
    | { eval?: PrfValues; evalByCredential?: Record<string, PrfValues> }
    | undefined;
  if (prf) {
    inputs['prf'] = {
      ...(prf.eval ? { eval: values(prf.eval) } : {}),
      ...(prf.evalByCredential
        ? {
            evalByCredential: Object.fromEntries(
              Object.entries(prf.evalByCredential).map(([id, entry]) => [id, values(entry)]),
            ),
          }
        : {}),
    };
  }
  return inputs;
}

async function asked(
  ask: () => Promise<Credential | null>,
  signal: AbortSignal | undefined,
  what: 'register' | 'authenticate',
): Promise<PublicKeyCredential> {
  let credential: Credential | null;
  try {
    credential = await ask();
  } catch (cause) {
    throw new CeremonyError(codeOf(cause, signal, what), cause);
  }
  if (!credential) {
    throw new CeremonyError('cancelled');
  }
  return credential as PublicKeyCredential;
}

function codeOf(
  cause: unknown,
  signal: AbortSignal | undefined,
  what: 'register' | 'authenticate',
): CeremonyErrorCode {
  if (signal?.aborted) {
    return 'aborted';
  }
  if (cause instanceof CeremonyError) {
    return cause.code;
  }
  switch ((cause as { name?: string } | null)?.name) {
    case 'AbortError':
      return 'aborted';
    case 'NotAllowedError':
      return 'cancelled';
    case 'InvalidStateError':
      return what === 'register' ? 'already_registered' : 'unknown';
    case 'SecurityError':
      return 'not_allowed_here';
    case 'NotSupportedError':
      return what === 'register' ? 'no_algorithm' : 'invalid_options';
    case 'ConstraintError':
      return 'not_capable';
    case 'TypeError':
    case 'EncodingError':
      return 'invalid_options';
    default:
      return 'unknown';
  }
}

function nativeJson(credential: PublicKeyCredential): object | undefined {
  const withJson = credential as unknown as { toJSON?: () => object };
  return typeof withJson.toJSON === 'function' ? withJson.toJSON() : undefined;
}

function envelope(credential: PublicKeyCredential): {
  id: string;
  rawId: string;
  type: 'public-key';
  authenticatorAttachment?: string;
  clientExtensionResults: Record<string, unknown>;
} {
  const id = encodeBase64url(credential.rawId);
  return {
    id,
    rawId: id,
    type: 'public-key',
    ...(credential.authenticatorAttachment
      ? { authenticatorAttachment: credential.authenticatorAttachment }
      : {}),
    clientExtensionResults: bytesToText(credential.getClientExtensionResults()) as Record<string, unknown>,
  };
}

// Extension outputs may hold bytes (prf, largeBlob): base64url, as toJSON() would write them.
function bytesToText(value: unknown): unknown {
  if (value instanceof ArrayBuffer) {
    return encodeBase64url(value);
  }
  if (ArrayBuffer.isView(value)) {
    return encodeBase64url(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  if (Array.isArray(value)) {
    return value.map(bytesToText);
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, bytesToText(entry)]));
  }
  return value;
}
