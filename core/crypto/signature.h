#pragma once
// Signatures in the one form that backends see, and the obligations that are left when everything
// but arithmetic has been checked.

#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/result.h"
#include "crypto/algorithm.h"
#include "crypto/hasher.h"
#include "crypto/public_key.h"

namespace countersign {

/// Turns a wire signature into what backends take, or refuses it (signature_malformed):
/// ECDSA: strict DER Ecdsa-Sig-Value -> r ‖ s, each coordinate_size(curve) octets, 0 < r, s < n.
/// Ed25519, Ed448: length; R canonical and not of small order; S < L. RSA: exactly the modulus'
/// octets and the value below the modulus. Error key_type mismatch: cose_key_type_mismatch.
Result<ByteVector> make_fixed_signature(SignatureAlgorithm algorithm, const PublicKey& key,
                                        Bytes wire_signature);

/// One signature verification that the verdict depends on.
struct SignatureObligation {
  Check check = Check::none;  // the rule that it discharges
  SignatureAlgorithm algorithm;
  PublicKey key;
  ByteVector message;
  ByteVector signature;  // in make_fixed_signature's form
};

/// SHA-256 over an unambiguous encoding of check, algorithm, key, message and signature: what a
/// host names when it supplies a result.
Digest256 obligation_digest(const SignatureObligation& obligation, const Hasher& hasher);

enum class SignatureVerdict : std::uint8_t { invalid, valid, unsupported };

/// The arithmetic. Implementations never throw and never look at more than they are given.
class SignatureVerifier {
 public:
  virtual ~SignatureVerifier() = default;
  /// "openssl", "cryptopp": who discharged, for the audit record.
  virtual std::string_view name() const = 0;
  virtual SignatureVerdict verify(SignatureAlgorithm algorithm, const PublicKey& key, Bytes message,
                                  Bytes signature) const = 0;
};

/// One verdict for each obligation, in order.
std::vector<SignatureVerdict> discharge(std::span<const SignatureObligation> obligations,
                                        const SignatureVerifier& verifier);

}  // namespace countersign
