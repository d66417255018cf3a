#pragma once
// Browser-bound keys: a key of this browser on this device, beside a passkey that may be synced to
// others. The browser names the key in the client data, so that the passkey signs it, and signs the
// bytes of clientDataJSON with it.
//
// Source: W3C Secure Payment Confirmation, "Browser bound key store" and "Signing client data";
// the requirements of the Web Payments Working Group for browser-bound keys.

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "ceremony/registration.h"
#include "codec/json_reader.h"
#include "crypto/signature.h"

namespace countersign {

/// What we ask for and what we take. [SPC's default for an empty list; browsers make no other]
inline constexpr CoseAlgorithm kBrowserBoundAlgorithms[] = {CoseAlgorithm::es256,
                                                            CoseAlgorithm::rs256};

/// `clientExtensionResults.payment.browserBoundSignature.signature`; nothing where the client gave
/// none. Error: browser_bound_key_malformed.
Result<std::optional<ByteVector>> browser_bound_signature(
    const JsonValue& client_extension_results);

/// What is left to verify: `clientExtensionResults.payment.browserBoundSignature.signature` over
/// the bytes of clientDataJSON with the key that these name. Nothing where there is neither key nor
/// signature; one without the other is browser_bound_key_malformed, and so is a key or signature
/// that is not well-formed or of another algorithm.
Result<std::optional<SignatureObligation>> browser_bound_obligation(
    const std::optional<ByteVector>& key, const JsonValue& client_extension_results,
    Bytes client_data_json);

/// The verdict on such an obligation. Errors, with the obligation's check:
/// browser_bound_signature_invalid, algorithm_unsupported_by_backend.
Status check_browser_bound_verdict(SignatureVerdict verdict);

/// The key that the browser bound to a new credential, proved by its signature. Nothing where the
/// browser has no such keys. Errors: those of parse_registered_browser_bound_key and of the two
/// functions above.
Result<std::optional<ByteVector>> verify_registered_browser_bound_key(
    const VerifiedRegistration& registration, const SignatureVerifier& verifier);

}  // namespace countersign
