/**
 * Secure Payment Confirmation: `confirmPayment()` shows a payment in the browser's own dialog and returns
 * the assertion that says what it showed. It takes the options as the server sends them. Of the browsers
 * Chromium has such a dialog, on Android, macOS and Windows.
 */
import {
  assertionJson,
  type AuthenticationResponseJSON,
  type CallOptions,
  CeremonyError,
  type CeremonyErrorCode,
  decodeBase64url,
} from './browser.js';

const METHOD = 'secure-payment-confirmation';

export interface PaymentOptionsJSON {
  methodData: {
    supportedMethods: string;
    data: {
      challenge: string;
      credentialIds: string[];
      [member: string]: unknown;
    };
  }[];
  details: {
    total: { label: string; amount: { currency: string; value: string } };
    [member: string]: unknown;
  };
}

/** The arguments of `new PaymentRequest()`. */
export interface PaymentRequestArguments {
  methodData: { supportedMethods: string; data: Record<string, unknown> }[];
  details: PaymentOptionsJSON['details'];
}

interface PaymentResponseLike {
  details: unknown;
  complete(result: 'success' | 'fail'): Promise<void>;
}

interface PaymentRequestLike {
  show(): Promise<PaymentResponseLike>;
  abort(): Promise<void>;
}

interface PaymentRequestConstructor {
  new (methodData: object[], details: object): PaymentRequestLike;
  securePaymentConfirmationAvailability?: () => Promise<string>;
}

/**
 * Whether this browser can confirm payments. Where it does not say so itself, that it has the Payment
 * Request API is all that can be told before a payment is shown.
 */
export async function isPaymentConfirmationSupported(): Promise<boolean> {
  const api = paymentApi();
  if (!api) {
    return false;
  }
  return typeof api.securePaymentConfirmationAvailability === 'function'
    ? (await api.securePaymentConfirmationAvailability()) === 'available'
    : true;
}

/** The server's options with their byte strings as bytes. Throws a CeremonyError `invalid_options`. */
export function paymentRequestArguments(options: PaymentOptionsJSON): PaymentRequestArguments {
  const methods: unknown = options?.methodData;
  const method = Array.isArray(methods) && methods.length === 1 ? options.methodData[0] : undefined;
  const ids = method?.data?.credentialIds;
  if (method?.supportedMethods !== METHOD || !Array.isArray(ids)) {
    throw new CeremonyError('invalid_options');
  }
  return {
    methodData: [
      {
        supportedMethods: METHOD,
        data: {
          ...method.data,
          challenge: decodeBase64url(method.data.challenge),
          credentialIds: ids.map(decodeBase64url),
        },
      },
    ],
    details: options.details,
  };
}

/**
 * Shows the payment and asks for the passkey. To be called from a click. Rejects with a CeremonyError:
 * `unsupported` also where none of the passkeys is on this device.
 */
export async function confirmPayment(
  options: PaymentOptionsJSON,
  call: CallOptions = {},
): Promise<AuthenticationResponseJSON> {
  const api = paymentApi();
  if (!api) {
    throw new CeremonyError('unsupported');
  }
  const { methodData, details } = paymentRequestArguments(options);
  if (call.signal?.aborted) {
    throw new CeremonyError('aborted');
  }
  let request: PaymentRequestLike | undefined;
  const abort = (): void => {
    // Rejects where nothing is shown any more: then there is nothing to end.
    request?.abort().catch(() => undefined);
  };
  call.signal?.addEventListener('abort', abort);
  try {
    request = new api(methodData, details);
    const response = await request.show();
    const json = assertionJson(response.details as PublicKeyCredential);
    await response.complete('success');
    return json;
  } catch (cause) {
    throw new CeremonyError(codeOf(cause, call.signal), cause);
  } finally {
    call.signal?.removeEventListener('abort', abort);
  }
}

function paymentApi(): PaymentRequestConstructor | undefined {
  const api = (globalThis as { PaymentRequest?: unknown }).PaymentRequest;
  return typeof api === 'function' ? (api as PaymentRequestConstructor) : undefined;
}

function codeOf(cause: unknown, signal: AbortSignal | undefined): CeremonyErrorCode {
  if (signal?.aborted) {
    return 'aborted';
  }
  switch ((cause as { name?: string } | null)?.name) {
    case 'AbortError': // the person closed the dialog
    case 'NotAllowedError':
      return 'cancelled';
    case 'NotSupportedError':
      return 'unsupported';
    case 'SecurityError':
      return 'not_allowed_here';
    case 'TypeError':
    case 'RangeError':
      return 'invalid_options';
    default:
      return 'unknown';
  }
}
