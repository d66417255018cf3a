#pragma once
// Key pairs of every type for the tests. A key depends on its kind and label alone, and so does
// each of its signatures on key and message: two runs make the same bytes. None of this is constant
// time or secret.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "tests/support/cbor.h"
#include "tests/support/encoding.h"

namespace countersign::testing {

enum class KeyKind : std::uint8_t {
  p256,
  p384,
  p521,
  secp256k1,
  rsa1024,  // below every limit: for refusals
  rsa2048,
  rsa3072,
  rsa4096,
  ed25519,
  ed448,
};

enum class Scheme : std::uint8_t { ecdsa, eddsa, rsa_pkcs1, rsa_pss };

/// What a COSE algorithm identifier means. Aborts for one that is not in the tests' own table.
struct CoseMeaning {
  std::int64_t id;
  Scheme scheme;
  Hash hash;
  KeyKind kind;  // of a credential key
};
const CoseMeaning& cose_meaning(std::int64_t id);
/// Every identifier of the table that a credential key may have (RS1 excepted).
const std::vector<std::int64_t>& credential_algorithms();

class TestKey {
 public:
  /// The key pair of that kind and label. RSA keys are quick for the labels in rsa_primes.inc ("",
  /// "credential", "attestation", "intermediate", "root", "other", "1", "2", "3" with 2048 bits);
  /// any other takes a second the first time in a process.
  static TestKey make(KeyKind kind, std::string_view label = "");
  /// The usual key for an algorithm: ES256 gives P-256.
  static TestKey for_algorithm(std::int64_t cose_algorithm, std::string_view label = "");

  KeyKind kind() const;
  const ByteVector& x() const;         // EC, Ed
  const ByteVector& y() const;         // EC
  const ByteVector& modulus() const;   // RSA
  const ByteVector& exponent() const;  // RSA

  /// subjectPublicKeyInfo, encoded.
  ByteVector spki() const;
  /// Content of its BIT STRING: what a key identifier is the SHA-1 of.
  ByteVector public_octets() const;
  /// Members of a COSE_Key: 1, 3, and the parameters of the key.
  cbor::Members cose_members(std::int64_t algorithm) const;
  /// Encoded canonically.
  ByteVector cose_key(std::int64_t algorithm) const;

  /// In the encoding of WebAuthn and X.509: ECDSA as DER, the rest raw.
  ByteVector sign(Scheme scheme, Hash hash, Bytes message) const;
  ByteVector sign_cose(std::int64_t algorithm, Bytes message) const;
  /// ECDSA as r ‖ s, as JWS wants it.
  ByteVector sign_ecdsa_fixed(Hash hash, Bytes message) const;
  /// PSS with a salt of another length than the digest.
  ByteVector sign_pss(Hash hash, Bytes message, std::size_t salt_size) const;

  /// PKCS #8, for programs that read a key from a file.
  std::string private_key_pem() const;

 private:
  struct Parts;
  explicit TestKey(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

/// "-----BEGIN label-----" armour.
std::string to_pem(std::string_view label, Bytes der);

}  // namespace countersign::testing
