// Ecdsa-Sig-Value to r ‖ s: what is accepted has one encoding, and r and s are within 1..n-1.
// The first octet chooses the curve.

#include "crypto/signature.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/der.h"
#include "tests/support/keys.h"

using namespace countersign;
using fuzz::require;
using testing::KeyKind;
using testing::TestKey;

namespace {

PublicKey make_key(KeyKind kind, Curve curve) {
  const TestKey key = TestKey::make(kind);
  return PublicKey::make_ec(curve, key.x(), key.y()).value();
}

const PublicKey& key_of(std::uint8_t choice) {
  static const PublicKey keys[] = {
      make_key(KeyKind::p256, Curve::p256), make_key(KeyKind::p384, Curve::p384),
      make_key(KeyKind::p521, Curve::p521), make_key(KeyKind::secp256k1, Curve::secp256k1)};
  return keys[choice % 4];
}

bool is_zero(Bytes bytes) {
  for (const std::uint8_t byte : bytes) {
    if (byte != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const PublicKey& key = key_of(data[0]);
  const Bytes wire(data + 1, size - 1);
  const Result<ByteVector> fixed =
      make_fixed_signature({SignatureScheme::ecdsa, HashAlgorithm::sha256}, key, wire);
  if (!fixed) {
    require(fixed.error().code == ErrorCode::signature_malformed);
    return 0;
  }
  const std::size_t half = coordinate_size(key.curve());
  require(fixed->size() == 2 * half);
  const Bytes r = Bytes(*fixed).first(half);
  const Bytes s = Bytes(*fixed).subspan(half);
  require(!is_zero(r) && !is_zero(s));
  namespace writer = testing::der;
  require(
      equal(writer::sequence({writer::unsigned_integer(r), writer::unsigned_integer(s)}), wire));
  return 0;
}
