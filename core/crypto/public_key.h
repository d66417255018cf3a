#pragma once
// A validated public key: only the functions below make one, so that every backend sees points on
// their curve, canonical Ed points and RSA numbers within bounds.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/algorithm.h"

namespace countersign {

class PublicKey {
 public:
  /// Uncompressed EC point; each coordinate has exactly coordinate_size(curve) octets and the point
  /// is on the curve. Error: ec_point_invalid.
  static Result<PublicKey> make_ec(Curve curve, Bytes x, Bytes y);
  /// Ed25519 (32 octets) or Ed448 (57 octets), canonical (y < p) and not of small order.
  /// Error: ec_point_invalid.
  static Result<PublicKey> make_okp(Curve curve, Bytes x);
  /// Big-endian without leading zeros; 2048 to 8192 bits, odd exponent 3..2^32-1, odd modulus.
  /// Error: rsa_key_out_of_bounds.
  static Result<PublicKey> make_rsa(Bytes modulus, Bytes exponent);

  KeyType type() const { return type_; }
  Curve curve() const { return curve_; }
  Bytes x() const { return first_; }          // EC2, OKP
  Bytes y() const { return second_; }         // EC2
  Bytes modulus() const { return first_; }    // RSA
  Bytes exponent() const { return second_; }  // RSA

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  PublicKey(KeyType type, Curve curve, ByteVector first, ByteVector second)
      : type_(type), curve_(curve), first_(std::move(first)), second_(std::move(second)) {}

  KeyType type_;
  Curve curve_;
  ByteVector first_;
  ByteVector second_;
};

}  // namespace countersign
