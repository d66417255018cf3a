#pragma once
// COSE algorithms as one validated value: identifier, key type, curve, hash and signature encoding
// belong together (WebAuthn L3 §5.8.5; IANA COSE Algorithms).

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace countersign {

enum class HashAlgorithm : std::uint8_t { sha1, sha256, sha384, sha512 };

/// Octets of a digest: 20, 32, 48, 64.
std::size_t digest_size(HashAlgorithm hash);

enum class KeyType : std::uint8_t { ec2, okp, rsa };
enum class Curve : std::uint8_t { none, p256, p384, p521, secp256k1, ed25519, ed448 };

/// Octets of a coordinate (EC2) or of the encoded point (OKP): 32, 48, 66, 32, 32, 57; 0 for none.
std::size_t coordinate_size(Curve curve);

enum class SignatureScheme : std::uint8_t { ecdsa, eddsa, rsa_pkcs1, rsa_pss };

/// COSE identifiers.
enum class CoseAlgorithm : std::int32_t {
  es256 = -7,
  eddsa = -8,     // Ed25519 only (WebAuthn L3 §5.8.5)
  esp256 = -9,    // alias of ES256 with P-256
  ed25519 = -19,  // alias of EdDSA with Ed25519
  es384 = -35,
  es512 = -36,
  ps256 = -37,
  ps384 = -38,
  ps512 = -39,
  es256k = -47,
  esp384 = -51,
  esp512 = -52,
  ed448 = -53,
  rs256 = -257,
  rs384 = -258,
  rs512 = -259,
  rs1 = -65535,  // attestation statements, and FIDO's tests
};

struct AlgorithmEntry {
  CoseAlgorithm id;
  std::string_view name;
  KeyType key_type;
  Curve curve;  // the only curve a *credential key* with this algorithm may have; none for RSA
  SignatureScheme scheme;
  HashAlgorithm hash;  // eddsa: not used by the caller
};

/// Every algorithm this verifier knows, in order of preference.
std::span<const AlgorithmEntry> all_algorithms();
/// The row of an identifier, or null.
const AlgorithmEntry* find_algorithm(std::int64_t cose_id);
const AlgorithmEntry& entry_of(CoseAlgorithm id);

/// What a signature is verified with: scheme and hash. The hash and the curve are independent in
/// certificates (ECDSA P-384 with SHA-256 is legal there), bound together in credential keys.
struct SignatureAlgorithm {
  SignatureScheme scheme = SignatureScheme::ecdsa;
  HashAlgorithm hash = HashAlgorithm::sha256;
  friend bool operator==(const SignatureAlgorithm&, const SignatureAlgorithm&) = default;
};

}  // namespace countersign
