#pragma once
// What the core itself must know of curves: whether a point may be a public key at all and where
// the order of the group lies. Public values only: nothing here runs in constant time.

#include "base/bytes.h"
#include "crypto/algorithm.h"

namespace countersign {

/// True when (x, y), big-endian, are coordinate_size(curve) octets each, below the field prime, and
/// satisfy the equation of P-256, P-384, P-521 or secp256k1 (SEC 1 §3.2.2.1; the cofactor is 1, so
/// that the point has the full order). False for other curves.
bool is_on_curve(Curve curve, Bytes x, Bytes y);

/// True when `point` is a canonical encoding (RFC 8032 §5.1.3, §5.2.3: y below the field prime, no
/// unused bit) and not one of the points of small order (8 on Ed25519, 4 on Ed448), which is all
/// that a signature's R must be. False for other curves.
bool is_canonical_edwards(Curve curve, Bytes point);

/// is_canonical_edwards, and there is a point with that y: what a public key must be.
bool is_edwards_point(Curve curve, Bytes point);

/// The order of the base point, big-endian, coordinate_size(curve) octets for EC2 curves; for the
/// Edwards curves little-endian in the size of S (32 and 57 octets). Empty for `Curve::none`.
Bytes group_order(Curve curve);

}  // namespace countersign
