// A module for tests alone: Crypto++'s arithmetic and the forms above it, one signature at a time,
// so that third-party signature vectors reach what countersign-full.wasm computes with. Never
// shipped.

#include <array>
#include <cstddef>
#include <cstdint>

#include "backends/cryptopp/cryptopp_backend.h"
#include "base/bytes.h"
#include "crypto/public_key.h"
#include "crypto/signature.h"

namespace {

using countersign::ByteReader;
using countersign::Bytes;
using countersign::Curve;
using countersign::HashAlgorithm;
using countersign::PublicKey;
using countersign::Result;
using countersign::SignatureAlgorithm;
using countersign::SignatureScheme;
using countersign::SignatureVerdict;

std::array<std::uint8_t, 65536> buffer;

// Two octets of length, then as many octets.
bool take_field(ByteReader& reader, Bytes& out) {
  std::uint16_t size = 0;
  return reader.take_u16(size) && reader.take(size, out);
}

Result<PublicKey> make_key(SignatureScheme scheme, Curve curve, Bytes first, Bytes second) {
  switch (scheme) {
    case SignatureScheme::ecdsa:
      return PublicKey::make_ec(curve, first, second);
    case SignatureScheme::eddsa:
      return PublicKey::make_okp(curve, first);
    case SignatureScheme::rsa_pkcs1:
    case SignatureScheme::rsa_pss:
      return PublicKey::make_rsa(first, second);
  }
  return countersign::ErrorCode::internal_error;
}

}  // namespace

extern "C" {

uint8_t* cs_test_buffer() { return buffer.data(); }

// The buffer holds scheme, hash, curve (an octet each, the enumerators' values), then four fields:
// x or n, y or e, message, signature as on the wire. 1 valid, 0 invalid, 2 unsupported, -1 not this
// format, -2 key refused, -3 form of the signature refused.
int32_t cs_test_verify(size_t size) {
  if (size > buffer.size()) {
    return -1;
  }
  ByteReader reader(Bytes(buffer).first(size));
  std::uint8_t scheme = 0;
  std::uint8_t hash = 0;
  std::uint8_t curve = 0;
  Bytes first;
  Bytes second;
  Bytes message;
  Bytes signature;
  if (!reader.take_u8(scheme) || !reader.take_u8(hash) || !reader.take_u8(curve) ||
      !take_field(reader, first) || !take_field(reader, second) || !take_field(reader, message) ||
      !take_field(reader, signature) || !reader.is_done() || scheme > 3 || hash > 3 || curve > 6) {
    return -1;
  }
  const SignatureAlgorithm algorithm{static_cast<SignatureScheme>(scheme),
                                     static_cast<HashAlgorithm>(hash)};
  const Result<PublicKey> key =
      make_key(algorithm.scheme, static_cast<Curve>(curve), first, second);
  if (!key.has_value()) {
    return -2;
  }
  const auto fixed = countersign::make_fixed_signature(algorithm, *key, signature);
  if (!fixed.has_value()) {
    return -3;
  }
  const countersign::CryptoppVerifier verifier;
  switch (verifier.verify(algorithm, *key, message, *fixed)) {
    case SignatureVerdict::valid:
      return 1;
    case SignatureVerdict::invalid:
      return 0;
    case SignatureVerdict::unsupported:
      return 2;
  }
  return -1;
}

}  // extern "C"
