#include "transaction/browser_bound_key.h"

#include <algorithm>

#include "ceremony/check_table.h"
#include "codec/base64url.h"
#include "cose/cose_key.h"
#include "transaction/payment_client_data.h"

namespace countersign {
namespace {

constexpr Check kCheck = Check::browser_bound_signature_verifies;
constexpr ErrorCode kKeyMalformed = ErrorCode::browser_bound_key_malformed;

}  // namespace

Result<std::optional<ByteVector>> browser_bound_signature(
    const JsonValue& client_extension_results) {
  std::optional<ByteVector> out;
  const JsonValue* payment =
      client_extension_results.is_object() ? client_extension_results.find("payment") : nullptr;
  if (payment == nullptr) {
    return out;
  }
  if (!payment->is_object()) {
    return kKeyMalformed;
  }
  const JsonValue* holder = payment->find("browserBoundSignature");
  if (holder == nullptr) {
    return out;
  }
  const JsonValue* signature = holder->is_object() ? holder->find("signature") : nullptr;
  if (signature == nullptr || !signature->is_string()) {
    return kKeyMalformed;
  }
  const Result<ByteVector> bytes = parse_base64url(signature->string);
  if (!bytes) {
    return kKeyMalformed;
  }
  out = *bytes;
  return out;
}

Result<std::optional<SignatureObligation>> browser_bound_obligation(
    const std::optional<ByteVector>& key, const JsonValue& client_extension_results,
    Bytes client_data_json) {
  CS_ASSIGN(const std::optional<ByteVector> signature,
            browser_bound_signature(client_extension_results));
  if (!key && !signature) {
    return std::optional<SignatureObligation>();
  }
  if (!key || !signature) {
    return kKeyMalformed;
  }
  Result<CoseKey> parsed = parse_cose_key(*key);
  if (!parsed || std::find(std::begin(kBrowserBoundAlgorithms), std::end(kBrowserBoundAlgorithms),
                           parsed->algorithm) == std::end(kBrowserBoundAlgorithms)) {
    return kKeyMalformed;
  }
  const AlgorithmEntry& entry = entry_of(parsed->algorithm);
  const SignatureAlgorithm algorithm{entry.scheme, entry.hash};
  Result<ByteVector> fixed = make_fixed_signature(algorithm, parsed->key, *signature);
  if (!fixed) {
    return kKeyMalformed;
  }
  return std::optional<SignatureObligation>({kCheck, algorithm, std::move(parsed->key),
                                             to_vector(client_data_json),
                                             std::move(fixed).value()});
}

Status check_browser_bound_verdict(SignatureVerdict verdict) {
  switch (verdict) {
    case SignatureVerdict::valid:
      return ok();
    case SignatureVerdict::unsupported:
      return Error{ErrorCode::algorithm_unsupported_by_backend, kCheck, 0};
    case SignatureVerdict::invalid:
      break;
  }
  return Error{ErrorCode::browser_bound_signature_invalid, kCheck, 0};
}

Result<std::optional<ByteVector>> verify_registered_browser_bound_key(
    const VerifiedRegistration& registration, const SignatureVerifier& verifier) {
  const ByteVector& client_data_json = registration.client_data().encoded;
  Result<std::optional<ByteVector>> key = parse_registered_browser_bound_key(client_data_json);
  if (!key) {
    return stamp(key.error(), Check::payment_parses);
  }
  const Result<std::optional<SignatureObligation>> obligation =
      browser_bound_obligation(*key, registration.client_extension_results(), client_data_json);
  if (!obligation) {
    return stamp(obligation.error(), kCheck);
  }
  if (obligation->has_value()) {
    const SignatureObligation& left = **obligation;
    CS_TRY(check_browser_bound_verdict(
        verifier.verify(left.algorithm, left.key, left.message, left.signature)));
  }
  return key;
}

}  // namespace countersign
