#pragma once
// JSON Web Signatures in compact serialisation whose header carries its certificate chain (RFC 7515
// §3.1, §4.1.6).

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json_reader.h"
#include "crypto/signature.h"
#include "x509/certificate.h"

namespace countersign {

/// Header and signature, with the payload as it came: nobody need read megabytes that may not be
/// signed.
struct UnreadJws {
  JsonValue header;                  // object
  std::string_view encoded_payload;  // base64url or not; borrows the input
  Bytes signing_input;               // header ‖ '.' ‖ payload as received; borrows the input
  ByteVector signature;              // as JWA encodes it: ECDSA is r ‖ s
};

struct Jws : UnreadJws {
  JsonValue payload;  // object
};

/// The whole input is one JWS whose header and payload are JSON objects; strict base64url, strict
/// JSON. A header with `crit` is refused: it names extensions that must be understood, and we
/// understand none. Errors: base64url_invalid, json_*, jws_malformed.
Result<Jws> parse_jws(Bytes input);
/// The same, but for the payload: it may be anything without a dot.
Result<UnreadJws> parse_unread_jws(Bytes input);

/// The parts of a compact serialisation as they stand; nothing when there are less than three. The
/// last may hold a dot, which no base64url does.
struct JwsParts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};
std::optional<JwsParts> split_jws(std::string_view input);

/// The header's `alg`, from an allow-list: RS*, PS* and ES* with SHA-2. Errors: jws_malformed when
/// it is no string, algorithm_not_allowed_here for any other, "none" and the MACs among them.
Result<CoseAlgorithm> jws_algorithm(const JsonValue& header);

/// The header's `x5c`, leaf first: a non-empty array of standard base64 (RFC 7515 §4.1.6).
/// Errors: jws_malformed, base64_invalid, certificate_*, der_*.
Result<std::vector<Certificate>> jws_certificates(const JsonValue& header);

/// The obligation that the signature verifies with `key`. ES256, ES384 and ES512 take a key on
/// their own curve alone (RFC 7518 §3.4). Errors: cose_key_type_mismatch, signature_malformed.
Result<SignatureObligation> make_jws_obligation(const UnreadJws& jws, CoseAlgorithm algorithm,
                                                const PublicKey& key, Check check);

}  // namespace countersign
