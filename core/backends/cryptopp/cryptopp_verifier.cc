#include <cryptopp/ec2n.h>
#include <cryptopp/eccrypto.h>
#include <cryptopp/ecp.h>
#include <cryptopp/integer.h>
#include <cryptopp/oids.h>
#include <cryptopp/pssr.h>
#include <cryptopp/rsa.h>
#include <cryptopp/sha.h>
#include <cryptopp/xed25519.h>

#include <algorithm>
#include <optional>

#include "backends/cryptopp/cryptopp_backend.h"
#include "crypto/curve.h"

namespace countersign {
namespace {

using CryptoPP::Integer;

Integer integer_of(Bytes big_endian) { return Integer(big_endian.data(), big_endian.size()); }

std::optional<CryptoPP::OID> oid_of(Curve curve) {
  switch (curve) {
    case Curve::p256:
      return CryptoPP::ASN1::secp256r1();
    case Curve::p384:
      return CryptoPP::ASN1::secp384r1();
    case Curve::p521:
      return CryptoPP::ASN1::secp521r1();
    case Curve::secp256k1:
      return CryptoPP::ASN1::secp256k1();
    case Curve::none:
    case Curve::ed25519:
    case Curve::ed448:
      return std::nullopt;
  }
  return std::nullopt;
}

// FIPS 186-4 §6.4: e is the leftmost min(N, outlen) bits of the hash. One instantiation for all
// hashes: the templates ECDSA<ECP, H> would bring one each.
bool verify_ecdsa(HashAlgorithm hash, const PublicKey& key, Bytes message, Bytes signature) {
  const std::optional<CryptoPP::OID> oid = oid_of(key.curve());
  const std::size_t size = key.x().size();
  if (!oid || key.type() != KeyType::ec2 || signature.size() != 2 * size) {
    return false;
  }
  CryptoPP::DL_PublicKey_EC<CryptoPP::ECP> public_key;
  const CryptoPP::ECP::Point point(integer_of(key.x()), integer_of(key.y()));
  public_key.Initialize(CryptoPP::DL_GroupParameters_EC<CryptoPP::ECP>(*oid), point);
  const auto& parameters = public_key.GetGroupParameters();
  // Initialize takes any point.
  if (point.identity || !parameters.GetCurve().VerifyPoint(point)) {
    return false;
  }
  const ByteVector digest = CryptoppHasher().digest(hash, message);
  Integer e = integer_of(digest);
  const std::size_t order_bits = parameters.GetSubgroupOrder().BitCount();
  if (8 * digest.size() > order_bits) {
    e >>= 8 * digest.size() - order_bits;
  }
  const CryptoPP::DL_Algorithm_ECDSA<CryptoPP::ECP> ecdsa;
  return ecdsa.Verify(parameters, public_key, e, integer_of(signature.first(size)),
                      integer_of(signature.last(size)));
}

template <class Scheme>
bool verify_rsa_with(const PublicKey& key, Bytes message, Bytes signature) {
  typename Scheme::Verifier verifier;
  verifier.AccessKey().Initialize(integer_of(key.modulus()), integer_of(key.exponent()));
  // Crypto++ reduces a representative that is not below the modulus instead of refusing it.
  return verifier.SignatureLength() == signature.size() &&
         integer_of(signature) < integer_of(key.modulus()) &&
         verifier.VerifyMessage(message.data(), message.size(), signature.data(), signature.size());
}

template <class Padding>
bool verify_rsa(HashAlgorithm hash, const PublicKey& key, Bytes message, Bytes signature) {
  if (key.type() != KeyType::rsa) {
    return false;
  }
  using CryptoPP::RSASS;
  switch (hash) {
    case HashAlgorithm::sha1:
      return verify_rsa_with<RSASS<Padding, CryptoPP::SHA1>>(key, message, signature);
    case HashAlgorithm::sha256:
      return verify_rsa_with<RSASS<Padding, CryptoPP::SHA256>>(key, message, signature);
    case HashAlgorithm::sha384:
      return verify_rsa_with<RSASS<Padding, CryptoPP::SHA384>>(key, message, signature);
    case HashAlgorithm::sha512:
      return verify_rsa_with<RSASS<Padding, CryptoPP::SHA512>>(key, message, signature);
  }
  return false;
}

bool verify_ed25519(const PublicKey& key, Bytes message, Bytes signature) {
  if (key.type() != KeyType::okp || signature.size() != 64) {
    return false;
  }
  // Crypto++ takes S + L for S.
  const Bytes s = signature.last(32);
  const Bytes order = group_order(Curve::ed25519);
  if (!std::lexicographical_compare(s.rbegin(), s.rend(), order.rbegin(), order.rend())) {
    return false;
  }
  const CryptoPP::ed25519Verifier verifier(key.x().data());
  return verifier.VerifyMessage(message.data(), message.size(), signature.data(), signature.size());
}

SignatureVerdict verdict_of(bool is_valid) {
  return is_valid ? SignatureVerdict::valid : SignatureVerdict::invalid;
}

}  // namespace

SignatureVerdict CryptoppVerifier::verify(SignatureAlgorithm algorithm, const PublicKey& key,
                                          Bytes message, Bytes signature) const {
  try {
    switch (algorithm.scheme) {
      case SignatureScheme::ecdsa:
        return verdict_of(verify_ecdsa(algorithm.hash, key, message, signature));
      case SignatureScheme::eddsa:
        if (key.curve() == Curve::ed448) {
          return SignatureVerdict::unsupported;
        }
        return verdict_of(verify_ed25519(key, message, signature));
      case SignatureScheme::rsa_pkcs1:
        return verdict_of(verify_rsa<CryptoPP::PKCS1v15>(algorithm.hash, key, message, signature));
      case SignatureScheme::rsa_pss:
        return verdict_of(verify_rsa<CryptoPP::PSS>(algorithm.hash, key, message, signature));
    }
  } catch (...) {  // what Crypto++ throws on, it did not verify
  }
  return SignatureVerdict::invalid;
}

}  // namespace countersign
