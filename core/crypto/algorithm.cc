#include "crypto/algorithm.h"

#include <array>
#include <cstdlib>

namespace countersign {
namespace {

using enum CoseAlgorithm;

// The order is that of preference: WebAuthn L3 recommends -8, -7 and -257; what nobody should be
// offered (aliases, RS1) stands last.
constexpr std::array<AlgorithmEntry, 17> kAlgorithms{{
    {eddsa, "EdDSA", KeyType::okp, Curve::ed25519, SignatureScheme::eddsa, HashAlgorithm::sha512},
    {es256, "ES256", KeyType::ec2, Curve::p256, SignatureScheme::ecdsa, HashAlgorithm::sha256},
    {es384, "ES384", KeyType::ec2, Curve::p384, SignatureScheme::ecdsa, HashAlgorithm::sha384},
    {es512, "ES512", KeyType::ec2, Curve::p521, SignatureScheme::ecdsa, HashAlgorithm::sha512},
    {ed448, "Ed448", KeyType::okp, Curve::ed448, SignatureScheme::eddsa, HashAlgorithm::sha512},
    {ps256, "PS256", KeyType::rsa, Curve::none, SignatureScheme::rsa_pss, HashAlgorithm::sha256},
    {ps384, "PS384", KeyType::rsa, Curve::none, SignatureScheme::rsa_pss, HashAlgorithm::sha384},
    {ps512, "PS512", KeyType::rsa, Curve::none, SignatureScheme::rsa_pss, HashAlgorithm::sha512},
    {rs256, "RS256", KeyType::rsa, Curve::none, SignatureScheme::rsa_pkcs1, HashAlgorithm::sha256},
    {rs384, "RS384", KeyType::rsa, Curve::none, SignatureScheme::rsa_pkcs1, HashAlgorithm::sha384},
    {rs512, "RS512", KeyType::rsa, Curve::none, SignatureScheme::rsa_pkcs1, HashAlgorithm::sha512},
    {es256k, "ES256K", KeyType::ec2, Curve::secp256k1, SignatureScheme::ecdsa,
     HashAlgorithm::sha256},
    {esp256, "ESP256", KeyType::ec2, Curve::p256, SignatureScheme::ecdsa, HashAlgorithm::sha256},
    {esp384, "ESP384", KeyType::ec2, Curve::p384, SignatureScheme::ecdsa, HashAlgorithm::sha384},
    {esp512, "ESP512", KeyType::ec2, Curve::p521, SignatureScheme::ecdsa, HashAlgorithm::sha512},
    {ed25519, "Ed25519", KeyType::okp, Curve::ed25519, SignatureScheme::eddsa,
     HashAlgorithm::sha512},
    {rs1, "RS1", KeyType::rsa, Curve::none, SignatureScheme::rsa_pkcs1, HashAlgorithm::sha1},
}};

}  // namespace

std::size_t digest_size(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::sha1:
      return 20;
    case HashAlgorithm::sha256:
      return 32;
    case HashAlgorithm::sha384:
      return 48;
    case HashAlgorithm::sha512:
      return 64;
  }
  std::abort();
}

std::size_t coordinate_size(Curve curve) {
  switch (curve) {
    case Curve::none:
      return 0;
    case Curve::p256:
    case Curve::secp256k1:
    case Curve::ed25519:
      return 32;
    case Curve::p384:
      return 48;
    case Curve::p521:
      return 66;
    case Curve::ed448:
      return 57;
  }
  std::abort();
}

std::span<const AlgorithmEntry> all_algorithms() { return kAlgorithms; }

const AlgorithmEntry* find_algorithm(std::int64_t cose_id) {
  for (const AlgorithmEntry& entry : kAlgorithms) {
    if (static_cast<std::int64_t>(entry.id) == cose_id) {
      return &entry;
    }
  }
  return nullptr;
}

const AlgorithmEntry& entry_of(CoseAlgorithm id) {
  const AlgorithmEntry* entry = find_algorithm(static_cast<std::int64_t>(id));
  if (entry == nullptr) {
    std::abort();  // a value that is not one of the enumeration: a defect of the caller
  }
  return *entry;
}

}  // namespace countersign
