#include "crypto/public_key.h"

#include <bit>

#include "base/limits.h"
#include "crypto/curve.h"

namespace countersign {
namespace {

std::size_t bit_length(Bytes big_endian) {
  return big_endian.empty() ? 0
                            : 8 * (big_endian.size() - 1) +
                                  static_cast<std::size_t>(std::bit_width(big_endian[0]));
}

bool is_odd(Bytes big_endian) { return !big_endian.empty() && (big_endian.back() & 1) != 0; }

}  // namespace

Result<PublicKey> PublicKey::make_ec(Curve curve, Bytes x, Bytes y) {
  if (!is_on_curve(curve, x, y)) {
    return ErrorCode::ec_point_invalid;
  }
  return PublicKey(KeyType::ec2, curve, to_vector(x), to_vector(y));
}

Result<PublicKey> PublicKey::make_okp(Curve curve, Bytes x) {
  if (!is_edwards_point(curve, x)) {
    return ErrorCode::ec_point_invalid;
  }
  return PublicKey(KeyType::okp, curve, to_vector(x), {});
}

Result<PublicKey> PublicKey::make_rsa(Bytes modulus, Bytes exponent) {
  if (modulus.empty() || exponent.empty() || modulus[0] == 0 || exponent[0] == 0 ||
      !is_odd(modulus) || !is_odd(exponent)) {
    return ErrorCode::rsa_key_out_of_bounds;
  }
  const std::size_t bits = bit_length(modulus);
  if (bits < limits::kMinRsaBits || bits > limits::kMaxRsaBits) {
    return ErrorCode::rsa_key_out_of_bounds;
  }
  static_assert(limits::kMaxRsaExponent == 0xffffffff);
  if (exponent.size() > 4 || (exponent.size() == 1 && exponent[0] == 1)) {
    return ErrorCode::rsa_key_out_of_bounds;
  }
  return PublicKey(KeyType::rsa, Curve::none, to_vector(modulus), to_vector(exponent));
}

}  // namespace countersign
