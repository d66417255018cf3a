#pragma once
// The tests' keys as the core sees them.

#include <string_view>

#include "crypto/public_key.h"
#include "crypto/signature.h"
#include "tests/support/keys.h"

namespace countersign::testing {

inline KeyKind kind_of(Curve curve) {
  switch (curve) {
    case Curve::none:
      return KeyKind::rsa2048;
    case Curve::p256:
      return KeyKind::p256;
    case Curve::p384:
      return KeyKind::p384;
    case Curve::p521:
      return KeyKind::p521;
    case Curve::secp256k1:
      return KeyKind::secp256k1;
    case Curve::ed25519:
      return KeyKind::ed25519;
    case Curve::ed448:
      return KeyKind::ed448;
  }
  return KeyKind::p256;
}

inline Result<PublicKey> make_public_key(const TestKey& key) {
  switch (key.kind()) {
    case KeyKind::p256:
      return PublicKey::make_ec(Curve::p256, key.x(), key.y());
    case KeyKind::p384:
      return PublicKey::make_ec(Curve::p384, key.x(), key.y());
    case KeyKind::p521:
      return PublicKey::make_ec(Curve::p521, key.x(), key.y());
    case KeyKind::secp256k1:
      return PublicKey::make_ec(Curve::secp256k1, key.x(), key.y());
    case KeyKind::ed25519:
      return PublicKey::make_okp(Curve::ed25519, key.x());
    case KeyKind::ed448:
      return PublicKey::make_okp(Curve::ed448, key.x());
    case KeyKind::rsa1024:
    case KeyKind::rsa2048:
    case KeyKind::rsa3072:
    case KeyKind::rsa4096:
      break;
  }
  return PublicKey::make_rsa(key.modulus(), key.exponent());
}

/// Aborts when the core refuses the key.
inline PublicKey public_key_of(const TestKey& key) { return make_public_key(key).value(); }

inline ByteVector sign(const TestKey& key, SignatureAlgorithm algorithm, Bytes message) {
  return key.sign(static_cast<Scheme>(algorithm.scheme), static_cast<Hash>(algorithm.hash),
                  message);
}

}  // namespace countersign::testing
