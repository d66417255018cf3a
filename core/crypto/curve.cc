#include "crypto/curve.h"

#include <algorithm>
#include <bit>
#include <string_view>

namespace countersign {
namespace {

// WebAssembly has no 64 x 64 multiplication with a result of 128 bits; where there is one, it is
// three times as fast. CS_NARROW_LIMBS lets a native test run the other width.
#if defined(__SIZEOF_INT128__) && !defined(__wasm__) && !defined(CS_NARROW_LIMBS)
using Limb = std::uint64_t;
__extension__ using Product = unsigned __int128;
#else
using Limb = std::uint32_t;
using Product = std::uint64_t;
#endif
constexpr std::size_t kLimbBytes = sizeof(Limb);
constexpr std::size_t kLimbBits = 8 * kLimbBytes;

// Integers of up to 521 bits as limbs, least significant first. One code serves all fields.
constexpr std::size_t kMaxLimbs = (521 + kLimbBits - 1) / kLimbBits;
using Limbs = std::array<Limb, kMaxLimbs>;

constexpr std::uint8_t digit_of(char c) {
  return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

constexpr Limbs from_hex(std::string_view hex) {
  Limbs out{};
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const std::size_t nibble = hex.size() - 1 - i;
    out[nibble / (2 * kLimbBytes)] |= Limb{digit_of(hex[i])} << (4 * (nibble % (2 * kLimbBytes)));
  }
  return out;
}

template <std::size_t size>
constexpr std::array<std::uint8_t, size> big_endian(std::string_view hex) {
  std::array<std::uint8_t, size> out{};
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const std::size_t nibble = hex.size() - 1 - i;
    std::uint8_t& byte = out[size - 1 - nibble / 2];
    byte = static_cast<std::uint8_t>(byte | digit_of(hex[i]) << (4 * (nibble % 2)));
  }
  return out;
}

template <std::size_t size>
constexpr std::array<std::uint8_t, size> little_endian(std::string_view hex) {
  const std::array<std::uint8_t, size> reversed = big_endian<size>(hex);
  std::array<std::uint8_t, size> out{};
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = reversed[size - 1 - i];
  }
  return out;
}

constexpr bool is_less(const Limbs& a, const Limbs& b) {
  for (std::size_t i = kMaxLimbs; i-- > 0;) {
    if (a[i] != b[i]) {
      return a[i] < b[i];
    }
  }
  return false;
}

// a - b modulo R.
constexpr void subtract_in_place(Limbs& a, const Limbs& b, std::size_t limbs) {
  Product borrow = 0;
  for (std::size_t i = 0; i < limbs; ++i) {
    const Product difference = Product{a[i]} - b[i] - borrow;
    a[i] = static_cast<Limb>(difference);
    borrow = (difference >> kLimbBits) & 1;
  }
}

// A prime field in Montgomery form, R = 2^(kLimbBits * limbs).
struct Field {
  std::size_t limbs = 0;
  Limbs p{};
  Limb minus_p_inverse = 0;  // modulo 2^kLimbBits

  // (a + b) mod p for a, b < p.
  constexpr Limbs add(const Limbs& a, const Limbs& b) const {
    Limbs out{};
    Product carry = 0;
    for (std::size_t i = 0; i < limbs; ++i) {
      carry += Product{a[i]} + b[i];
      out[i] = static_cast<Limb>(carry);
      carry >>= kLimbBits;
    }
    if (carry != 0 || !is_less(out, p)) {
      subtract_in_place(out, p, limbs);
    }
    return out;
  }

  // (a - b) mod p for a, b < p.
  constexpr Limbs subtract(const Limbs& a, const Limbs& b) const {
    Limbs negated = p;
    subtract_in_place(negated, b, limbs);
    if (!is_less(negated, p)) {
      return a;  // b is zero
    }
    return add(a, negated);
  }

  // a * b / R mod p for a, b < p.
  constexpr Limbs multiply(const Limbs& a, const Limbs& b) const {
    // A count that the compiler knows unrolls the loops: P-256 stands on the path of every login.
    constexpr std::size_t kUnrolled = 4;
    if (kLimbBits == 64 && limbs == kUnrolled) {
      return multiply_limbs(a, b, kUnrolled);
    }
    return multiply_limbs(a, b, limbs);
  }

 private:
  [[gnu::always_inline]] constexpr Limbs multiply_limbs(const Limbs& a, const Limbs& b,
                                                        std::size_t n) const {
    std::array<Limb, kMaxLimbs + 2> t{};
#pragma GCC unroll 4
    for (std::size_t i = 0; i < n; ++i) {
      Product carry = 0;
#pragma GCC unroll 4
      for (std::size_t j = 0; j < n; ++j) {
        carry += Product{a[j]} * b[i] + t[j];
        t[j] = static_cast<Limb>(carry);
        carry >>= kLimbBits;
      }
      carry += t[n];
      t[n] = static_cast<Limb>(carry);
      t[n + 1] = static_cast<Limb>(carry >> kLimbBits);
      const Limb m = t[0] * minus_p_inverse;
      carry = (Product{m} * p[0] + t[0]) >> kLimbBits;
#pragma GCC unroll 4
      for (std::size_t j = 1; j < n; ++j) {
        carry += Product{m} * p[j] + t[j];
        t[j - 1] = static_cast<Limb>(carry);
        carry >>= kLimbBits;
      }
      carry += t[n];
      t[n - 1] = static_cast<Limb>(carry);
      t[n] = static_cast<Limb>((carry >> kLimbBits) + t[n + 1]);
    }
    Limbs out{};
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = t[i];
    }
    if (t[n] != 0 || !is_less(out, p)) {
      subtract_in_place(out, p, limbs);
    }
    return out;
  }
};

constexpr Field make_field(std::string_view p_hex) {
  Field field;
  field.p = from_hex(p_hex);
  field.limbs = (4 * p_hex.size() + kLimbBits - 1) / kLimbBits;
  // Newton: each step doubles the number of correct bits of 1/p.
  Limb inverse = field.p[0];
  for (int i = 0; i < 6; ++i) {
    inverse *= 2 - field.p[0] * inverse;
  }
  field.minus_p_inverse = 0 - inverse;
  return field;
}

constexpr Limbs kOne{1};

// y^2 = x^3 + a x + b. The check multiplies raw coordinates, so that each product carries one
// factor 1/R more; the constants are stored with the factors that fit.
struct WeierstrassCurve {
  Field field;
  Limbs a_over_r{};
  Limbs b_over_r2{};
};

constexpr WeierstrassCurve make_curve(std::string_view p_hex, std::string_view minus_a_hex,
                                      std::string_view b_hex) {
  WeierstrassCurve curve;
  curve.field = make_field(p_hex);
  const Field& f = curve.field;
  const Limbs a = f.subtract(Limbs{}, from_hex(minus_a_hex));
  curve.a_over_r = f.multiply(a, kOne);
  curve.b_over_r2 = f.multiply(f.multiply(from_hex(b_hex), kOne), kOne);
  return curve;
}

constexpr std::string_view kP256Prime =
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
constexpr std::string_view kP384Prime =
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
    "ffffffff0000000000000000ffffffff";
constexpr std::string_view kP521Prime =
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
constexpr std::string_view kSecp256k1Prime =
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f";

// FIPS 186-4 D.1.2.3, D.1.2.4, D.1.2.5; SEC 2 §2.4.1.
constexpr WeierstrassCurve kP256 =
    make_curve(kP256Prime, "3", "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
constexpr WeierstrassCurve kP384 =
    make_curve(kP384Prime, "3",
               "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a"
               "c656398d8a2ed19d2a85c8edd3ec2aef");
constexpr WeierstrassCurve kP521 =
    make_curve(kP521Prime, "3",
               "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109"
               "e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00");
constexpr WeierstrassCurve kSecp256k1 = make_curve(kSecp256k1Prime, "0", "7");

constexpr auto kP256Order =
    big_endian<32>("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
constexpr auto kP384Order = big_endian<48>(
    "ffffffffffffffffffffffffffffffffffffffffffffffff"
    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973");
constexpr auto kP521Order = big_endian<66>(
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409");
constexpr auto kSecp256k1Order =
    big_endian<32>("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
constexpr auto kEd25519Order =
    little_endian<32>("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
constexpr auto kEd448Order = little_endian<57>(
    "3fffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3");

// x^2 (d y^2 + c) = y^2 - 1, c = 1 on Ed25519 and -1 on Ed448 (whose x^2 has the other sign).
struct EdwardsCurve {
  Field field;
  Limbs one_over_r{};
  Limbs c_over_r{};
  Limbs d_times_r{};
};

constexpr EdwardsCurve make_edwards(std::string_view p_hex, std::string_view d_hex,
                                    bool is_d_negative, bool is_c_negative) {
  EdwardsCurve curve;
  curve.field = make_field(p_hex);
  const Field& f = curve.field;
  curve.one_over_r = f.multiply(kOne, kOne);
  curve.c_over_r = is_c_negative ? f.subtract(Limbs{}, curve.one_over_r) : curve.one_over_r;
  curve.d_times_r = is_d_negative ? f.subtract(Limbs{}, from_hex(d_hex)) : from_hex(d_hex);
  for (std::size_t i = 0; i < kLimbBits * f.limbs; ++i) {
    curve.d_times_r = f.add(curve.d_times_r, curve.d_times_r);
  }
  return curve;
}

constexpr std::string_view kEd25519Prime =
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
constexpr std::string_view kEd448Prime =
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

// RFC 8032 §5.1, §5.2.
constexpr EdwardsCurve kEd25519 =
    make_edwards(kEd25519Prime, "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3",
                 false, false);
constexpr EdwardsCurve kEd448 = make_edwards(kEd448Prime, "98a9", true, true);

// y of the points of order 8 on Ed25519; those of order 1, 2 and 4 are 1, -1 and 0 on both curves.
constexpr std::array<Limbs, 2> kEd25519Order8{
    from_hex("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
    from_hex("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7")};

Limbs from_big_endian(Bytes bytes) {
  Limbs out{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[i / kLimbBytes] |= Limb{bytes[bytes.size() - 1 - i]} << (8 * (i % kLimbBytes));
  }
  return out;
}

Limbs from_little_endian(Bytes bytes) {
  Limbs out{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[i / kLimbBytes] |= Limb{bytes[i]} << (8 * (i % kLimbBytes));
  }
  return out;
}

const WeierstrassCurve* find_weierstrass(Curve curve) {
  switch (curve) {
    case Curve::p256:
      return &kP256;
    case Curve::p384:
      return &kP384;
    case Curve::p521:
      return &kP521;
    case Curve::secp256k1:
      return &kSecp256k1;
    case Curve::none:
    case Curve::ed25519:
    case Curve::ed448:
      return nullptr;
  }
  return nullptr;
}

const EdwardsCurve* find_edwards(Curve curve) {
  switch (curve) {
    case Curve::ed25519:
      return &kEd25519;
    case Curve::ed448:
      return &kEd448;
    case Curve::none:
    case Curve::p256:
    case Curve::p384:
    case Curve::p521:
    case Curve::secp256k1:
      return nullptr;
  }
  return nullptr;
}

// The y of an encoded point; false when the encoding is not canonical.
bool read_edwards_y(Curve curve, const EdwardsCurve& edwards, Bytes point, Limbs& y) {
  if (point.size() != coordinate_size(curve)) {
    return false;
  }
  const std::size_t last = point.size() - 1;
  if (curve == Curve::ed448 && (point[last] & 0x7f) != 0) {
    return false;
  }
  y = from_little_endian(curve == Curve::ed448 ? point.first(last) : point);
  if (curve == Curve::ed25519) {
    y[edwards.field.limbs - 1] &= ~(Limb{1} << (kLimbBits - 1));  // the sign of x
  }
  return is_less(y, edwards.field.p);
}

bool has_small_order(Curve curve, const EdwardsCurve& edwards, const Limbs& y) {
  Limbs minus_one = edwards.field.p;
  minus_one[0] -= 1;
  // The sign of x does not matter: with a y of this list either sign is of small order or, for
  // x = 0, one of them is no canonical encoding.
  if (y == Limbs{} || y == kOne || y == minus_one) {
    return true;
  }
  return curve == Curve::ed25519 && (y == kEd25519Order8[0] || y == kEd25519Order8[1]);
}

bool is_zero(const Limbs& a, std::size_t limbs) {
  Limb any = 0;
  for (std::size_t i = 0; i < limbs; ++i) {
    any |= a[i];
  }
  return any == 0;
}

void shift_right(Limbs& a, int count, std::size_t limbs) {
  for (std::size_t i = 0; i < limbs; ++i) {
    const Product high = i + 1 < limbs ? a[i + 1] : 0;
    a[i] = static_cast<Limb>(((high << kLimbBits) | a[i]) >> count);
  }
}

// Whether a is a square other than zero modulo the prime: the Jacobi symbol by the binary
// algorithm, ten times faster than an exponentiation.
bool is_nonzero_square(Limbs a, const Field& field) {
  const std::size_t limbs = field.limbs;
  Limbs n = field.p;
  bool is_negative = false;
  while (!is_zero(a, limbs)) {
    while ((a[0] & 1) == 0) {
      constexpr int kMost = static_cast<int>(kLimbBits) - 1;
      const int zeros = std::min(kMost, std::countr_zero(a[0]));
      shift_right(a, zeros, limbs);
      const Limb n8 = n[0] & 7;
      if (zeros % 2 != 0 && (n8 == 3 || n8 == 5)) {
        is_negative = !is_negative;
      }
    }
    if (is_less(a, n)) {
      std::swap(a, n);
      if ((a[0] & 3) == 3 && (n[0] & 3) == 3) {
        is_negative = !is_negative;
      }
    }
    subtract_in_place(a, n, limbs);
  }
  return n == kOne && !is_negative;
}

}  // namespace

bool is_on_curve(Curve curve, Bytes x, Bytes y) {
  const WeierstrassCurve* found = find_weierstrass(curve);
  const std::size_t size = coordinate_size(curve);
  if (found == nullptr || x.size() != size || y.size() != size) {
    return false;
  }
  const Field& f = found->field;
  const Limbs x_value = from_big_endian(x);
  const Limbs y_value = from_big_endian(y);
  if (!is_less(x_value, f.p) || !is_less(y_value, f.p)) {
    return false;
  }
  // ((x^2 / R + a / R) x) / R + b / R^2 against (y^2 / R) / R.
  const Limbs x2_plus_a = f.add(f.multiply(x_value, x_value), found->a_over_r);
  const Limbs right = f.add(f.multiply(x2_plus_a, x_value), found->b_over_r2);
  return f.multiply(f.multiply(y_value, y_value), kOne) == right;
}

bool is_canonical_edwards(Curve curve, Bytes point) {
  const EdwardsCurve* edwards = find_edwards(curve);
  Limbs y{};
  return edwards != nullptr && read_edwards_y(curve, *edwards, point, y) &&
         !has_small_order(curve, *edwards, y);
}

bool is_edwards_point(Curve curve, Bytes point) {
  const EdwardsCurve* edwards = find_edwards(curve);
  Limbs y{};
  if (edwards == nullptr || !read_edwards_y(curve, *edwards, point, y) ||
      has_small_order(curve, *edwards, y)) {
    return false;
  }
  // x^2 = u / v is a square exactly when u v is; factors of R do not change that, as R is a square.
  const Field& f = edwards->field;
  const Limbs y2 = f.multiply(y, y);
  const Limbs u = f.subtract(y2, edwards->one_over_r);
  const Limbs v = f.add(f.multiply(y2, edwards->d_times_r), edwards->c_over_r);
  return is_nonzero_square(f.multiply(u, v), f);
}

Bytes group_order(Curve curve) {
  switch (curve) {
    case Curve::none:
      return {};
    case Curve::p256:
      return kP256Order;
    case Curve::p384:
      return kP384Order;
    case Curve::p521:
      return kP521Order;
    case Curve::secp256k1:
      return kSecp256k1Order;
    case Curve::ed25519:
      return kEd25519Order;
    case Curve::ed448:
      return kEd448Order;
  }
  return {};
}

}  // namespace countersign
