#include "tests/support/keys.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include <array>
#include <cstdlib>
#include <map>
#include <mutex>

#include "tests/support/der.h"

namespace countersign::testing {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

struct BnFree {
  void operator()(BIGNUM* p) const { BN_free(p); }
};
using Bn = std::unique_ptr<BIGNUM, BnFree>;
struct ContextFree {
  void operator()(BN_CTX* p) const { BN_CTX_free(p); }
};
using Context = std::unique_ptr<BN_CTX, ContextFree>;
struct GroupFree {
  void operator()(EC_GROUP* p) const { EC_GROUP_free(p); }
};
using Group = std::unique_ptr<EC_GROUP, GroupFree>;
struct PointFree {
  void operator()(EC_POINT* p) const { EC_POINT_free(p); }
};
using Point = std::unique_ptr<EC_POINT, PointFree>;
struct PkeyFree {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyFree>;

Bn new_bn() { return Bn(BN_new()); }
Bn bn_of(Bytes bytes) {
  return Bn(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}
ByteVector octets_of(const BIGNUM* value, std::size_t size) {
  ByteVector out(size);
  require(BN_bn2binpad(value, out.data(), static_cast<int>(size)) >= 0);
  return out;
}
ByteVector octets_of(const BIGNUM* value) {
  return octets_of(value, static_cast<std::size_t>(BN_num_bytes(value)));
}

bool is_ec(KeyKind kind) {
  return kind == KeyKind::p256 || kind == KeyKind::p384 || kind == KeyKind::p521 ||
         kind == KeyKind::secp256k1;
}
bool is_ed(KeyKind kind) { return kind == KeyKind::ed25519 || kind == KeyKind::ed448; }

int group_nid(KeyKind kind) {
  switch (kind) {
    case KeyKind::p256:
      return NID_X9_62_prime256v1;
    case KeyKind::p384:
      return NID_secp384r1;
    case KeyKind::p521:
      return NID_secp521r1;
    case KeyKind::secp256k1:
      return NID_secp256k1;
    case KeyKind::rsa1024:
    case KeyKind::rsa2048:
    case KeyKind::rsa3072:
    case KeyKind::rsa4096:
    case KeyKind::ed25519:
    case KeyKind::ed448:
      break;
  }
  std::abort();
}

std::size_t rsa_bits(KeyKind kind) {
  switch (kind) {
    case KeyKind::rsa1024:
      return 1024;
    case KeyKind::rsa2048:
      return 2048;
    case KeyKind::rsa3072:
      return 3072;
    case KeyKind::rsa4096:
      return 4096;
    case KeyKind::p256:
    case KeyKind::p384:
    case KeyKind::p521:
    case KeyKind::secp256k1:
    case KeyKind::ed25519:
    case KeyKind::ed448:
      break;
  }
  std::abort();
}

std::string_view kind_name(KeyKind kind) {
  constexpr std::array<std::string_view, 10> kNames{"p256",    "p384",    "p521",    "secp256k1",
                                                    "rsa1024", "rsa2048", "rsa3072", "rsa4096",
                                                    "ed25519", "ed448"};
  return kNames[static_cast<std::size_t>(kind)];
}

// Distance from the seeded starting point to the first prime: finding it again costs a second, so
// the primes of the usual labels are written down this way.
struct PrimeOffset {
  std::string_view seed;
  unsigned offset;
};
constexpr PrimeOffset kPrimeOffsets[] = {
#include "tests/support/rsa_primes.inc"
    {"", 0},
};

Bn seeded_prime(const std::string& seed, std::size_t bits) {
  ByteVector start = seeded_bytes(seed, bits / 8);
  start.front() |= 0xc0U;
  start.back() |= 1U;
  Bn candidate = bn_of(start);
  for (const PrimeOffset& known : kPrimeOffsets) {
    if (known.seed == seed) {
      require(BN_add_word(candidate.get(), known.offset) == 1);
      return candidate;
    }
  }
  const Context context(BN_CTX_new());
  while (BN_mod_word(candidate.get(), 65537) == 1 ||
         BN_check_prime(candidate.get(), context.get(), nullptr) != 1) {
    require(BN_add_word(candidate.get(), 2) == 1);
  }
  return candidate;
}

ByteVector mgf1(Hash hash, Bytes seed, std::size_t size) {
  ByteVector out;
  for (std::uint32_t counter = 0; out.size() < size; ++counter) {
    const ByteVector block = digest(hash, concat({seed, big_endian(counter, 4)}));
    out.insert(out.end(), block.begin(), block.end());
  }
  out.resize(size);
  return out;
}

// RFC 8017 §9.2.
ByteVector emsa_pkcs1(Hash hash, Bytes message, std::size_t size) {
  constexpr std::array<std::string_view, 4> kOids{"1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1",
                                                  "2.16.840.1.101.3.4.2.2",
                                                  "2.16.840.1.101.3.4.2.3"};
  const ByteVector info =
      der::sequence({der::sequence({der::oid(kOids[static_cast<std::size_t>(hash)]), der::null()}),
                     der::octet_string(digest(hash, message))});
  return concat(
      {big_endian(1, 2), ByteVector(size - 3 - info.size(), 0xff), big_endian(0, 1), info});
}

// RFC 8017 §9.1.1.
ByteVector emsa_pss(Hash hash, Bytes message, std::size_t size, std::size_t salt_size) {
  const ByteVector message_hash = digest(hash, message);
  const ByteVector salt = seeded_bytes("salt " + to_hex(message_hash), salt_size);
  const ByteVector h = digest(hash, concat({ByteVector(8, 0), message_hash, salt}));
  require(size >= h.size() + salt_size + 2);
  ByteVector db = concat({ByteVector(size - salt_size - h.size() - 2, 0), big_endian(1, 1), salt});
  const ByteVector mask = mgf1(hash, h, db.size());
  for (std::size_t i = 0; i < db.size(); ++i) {
    db[i] ^= mask[i];
  }
  db[0] &= 0x7fU;  // all moduli here have a multiple of eight bits
  return concat({db, h, big_endian(0xbc, 1)});
}

}  // namespace

const CoseMeaning& cose_meaning(std::int64_t id) {
  static constexpr std::array<CoseMeaning, 17> kTable{{
      {-7, Scheme::ecdsa, Hash::sha256, KeyKind::p256},
      {-8, Scheme::eddsa, Hash::sha512, KeyKind::ed25519},
      {-9, Scheme::ecdsa, Hash::sha256, KeyKind::p256},
      {-19, Scheme::eddsa, Hash::sha512, KeyKind::ed25519},
      {-35, Scheme::ecdsa, Hash::sha384, KeyKind::p384},
      {-36, Scheme::ecdsa, Hash::sha512, KeyKind::p521},
      {-37, Scheme::rsa_pss, Hash::sha256, KeyKind::rsa2048},
      {-38, Scheme::rsa_pss, Hash::sha384, KeyKind::rsa2048},
      {-39, Scheme::rsa_pss, Hash::sha512, KeyKind::rsa2048},
      {-47, Scheme::ecdsa, Hash::sha256, KeyKind::secp256k1},
      {-51, Scheme::ecdsa, Hash::sha384, KeyKind::p384},
      {-52, Scheme::ecdsa, Hash::sha512, KeyKind::p521},
      {-53, Scheme::eddsa, Hash::sha512, KeyKind::ed448},
      {-257, Scheme::rsa_pkcs1, Hash::sha256, KeyKind::rsa2048},
      {-258, Scheme::rsa_pkcs1, Hash::sha384, KeyKind::rsa2048},
      {-259, Scheme::rsa_pkcs1, Hash::sha512, KeyKind::rsa2048},
      {-65535, Scheme::rsa_pkcs1, Hash::sha1, KeyKind::rsa2048},
  }};
  for (const CoseMeaning& row : kTable) {
    if (row.id == id) {
      return row;
    }
  }
  std::abort();
}

const std::vector<std::int64_t>& credential_algorithms() {
  static const std::vector<std::int64_t> kIds{-7,  -8,  -9,  -19, -35, -36,  -37,  -38,
                                              -39, -47, -51, -52, -53, -257, -258, -259};
  return kIds;
}

struct TestKey::Parts {
  KeyKind kind;
  ByteVector secret;  // EC: scalar; Ed: seed; RSA: private exponent
  ByteVector x;
  ByteVector y;
  ByteVector modulus;
  ByteVector exponent;
  ByteVector p;
  ByteVector q;
};

TestKey TestKey::make(KeyKind kind, std::string_view label) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Parts>> cache;
  const std::string seed = std::string(kind_name(kind)) + ":" + std::string(label);
  const std::lock_guard<std::mutex> lock(mutex);
  if (const auto found = cache.find(seed); found != cache.end()) {
    return TestKey(found->second);
  }
  const Context context(BN_CTX_new());
  auto parts = std::make_shared<Parts>();
  parts->kind = kind;
  if (is_ec(kind)) {
    const Group group(EC_GROUP_new_by_curve_name(group_nid(kind)));
    const BIGNUM* order = EC_GROUP_get0_order(group.get());
    const std::size_t size = static_cast<std::size_t>(EC_GROUP_get_degree(group.get()) + 7) / 8;
    Bn scalar = bn_of(seeded_bytes(seed, size + 16));
    require(BN_nnmod(scalar.get(), scalar.get(), order, context.get()) == 1);
    const Point point(EC_POINT_new(group.get()));
    const Bn x = new_bn();
    const Bn y = new_bn();
    require(EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, context.get()) ==
            1);
    require(EC_POINT_get_affine_coordinates(group.get(), point.get(), x.get(), y.get(),
                                            context.get()) == 1);
    parts->secret = octets_of(scalar.get(), size);
    parts->x = octets_of(x.get(), size);
    parts->y = octets_of(y.get(), size);
  } else if (is_ed(kind)) {
    const int type = kind == KeyKind::ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_ED448;
    parts->secret = seeded_bytes(seed, kind == KeyKind::ed25519 ? 32 : 57);
    const Pkey pkey(
        EVP_PKEY_new_raw_private_key(type, nullptr, parts->secret.data(), parts->secret.size()));
    std::size_t size = parts->secret.size();
    parts->x.resize(size);
    require(EVP_PKEY_get_raw_public_key(pkey.get(), parts->x.data(), &size) == 1);
  } else {
    const std::size_t bits = rsa_bits(kind);
    const Bn p = seeded_prime(seed + ":p", bits / 2);
    const Bn q = seeded_prime(seed + ":q", bits / 2);
    const Bn n = new_bn();
    const Bn e = new_bn();
    const Bn phi = new_bn();
    const Bn p1 = new_bn();
    const Bn q1 = new_bn();
    require(BN_set_word(e.get(), 65537) == 1 && BN_sub(p1.get(), p.get(), BN_value_one()) == 1 &&
            BN_sub(q1.get(), q.get(), BN_value_one()) == 1 &&
            BN_mul(n.get(), p.get(), q.get(), context.get()) == 1 &&
            BN_mul(phi.get(), p1.get(), q1.get(), context.get()) == 1);
    const Bn d(BN_mod_inverse(nullptr, e.get(), phi.get(), context.get()));
    require(d != nullptr);
    parts->secret = octets_of(d.get());
    parts->modulus = octets_of(n.get());
    parts->exponent = octets_of(e.get());
    parts->p = octets_of(p.get());
    parts->q = octets_of(q.get());
  }
  cache.emplace(seed, parts);
  return TestKey(parts);
}

TestKey TestKey::for_algorithm(std::int64_t cose_algorithm, std::string_view label) {
  return make(cose_meaning(cose_algorithm).kind, label);
}

KeyKind TestKey::kind() const { return parts_->kind; }
const ByteVector& TestKey::x() const { return parts_->x; }
const ByteVector& TestKey::y() const { return parts_->y; }
const ByteVector& TestKey::modulus() const { return parts_->modulus; }
const ByteVector& TestKey::exponent() const { return parts_->exponent; }

ByteVector TestKey::public_octets() const {
  if (is_ec(kind())) {
    return concat({big_endian(4, 1), x(), y()});
  }
  if (is_ed(kind())) {
    return x();
  }
  return der::sequence({der::unsigned_integer(modulus()), der::unsigned_integer(exponent())});
}

ByteVector TestKey::spki() const {
  ByteVector algorithm;
  if (is_ec(kind())) {
    std::string_view curve;
    switch (kind()) {
      case KeyKind::p256:
        curve = "1.2.840.10045.3.1.7";
        break;
      case KeyKind::p384:
        curve = "1.3.132.0.34";
        break;
      case KeyKind::p521:
        curve = "1.3.132.0.35";
        break;
      case KeyKind::secp256k1:
      case KeyKind::rsa1024:
      case KeyKind::rsa2048:
      case KeyKind::rsa3072:
      case KeyKind::rsa4096:
      case KeyKind::ed25519:
      case KeyKind::ed448:
        curve = "1.3.132.0.10";
        break;
    }
    algorithm = der::sequence({der::oid("1.2.840.10045.2.1"), der::oid(curve)});
  } else if (is_ed(kind())) {
    algorithm =
        der::sequence({der::oid(kind() == KeyKind::ed25519 ? "1.3.101.112" : "1.3.101.113")});
  } else {
    algorithm = der::sequence({der::oid("1.2.840.113549.1.1.1"), der::null()});
  }
  return der::sequence({algorithm, der::bit_string(public_octets())});
}

cbor::Members TestKey::cose_members(std::int64_t algorithm) const {
  cbor::Members members;
  const auto add = [&](std::int64_t key, ByteVector value) {
    members.emplace_back(cbor::integer(key), std::move(value));
  };
  if (is_ec(kind())) {
    const std::int64_t curve = kind() == KeyKind::p256   ? 1
                               : kind() == KeyKind::p384 ? 2
                               : kind() == KeyKind::p521 ? 3
                                                         : 8;
    add(1, cbor::integer(2));
    add(3, cbor::integer(algorithm));
    add(-1, cbor::integer(curve));
    add(-2, cbor::byte_string(x()));
    add(-3, cbor::byte_string(y()));
  } else if (is_ed(kind())) {
    add(1, cbor::integer(1));
    add(3, cbor::integer(algorithm));
    add(-1, cbor::integer(kind() == KeyKind::ed25519 ? 6 : 7));
    add(-2, cbor::byte_string(x()));
  } else {
    add(1, cbor::integer(3));
    add(3, cbor::integer(algorithm));
    add(-1, cbor::byte_string(modulus()));
    add(-2, cbor::byte_string(exponent()));
  }
  return members;
}

ByteVector TestKey::cose_key(std::int64_t algorithm) const {
  return cbor::map(cose_members(algorithm));
}

ByteVector TestKey::sign_ecdsa_fixed(Hash hash, Bytes message) const {
  require(is_ec(kind()));
  const Context context(BN_CTX_new());
  const Group group(EC_GROUP_new_by_curve_name(group_nid(kind())));
  const BIGNUM* order = EC_GROUP_get0_order(group.get());
  const ByteVector message_hash = digest(hash, message);
  // FIPS 186-5 §6.4.1: the leftmost bits of the digest, as many as the order has.
  Bn e = bn_of(message_hash);
  const int excess = static_cast<int>(message_hash.size() * 8) - BN_num_bits(order);
  if (excess > 0) {
    require(BN_rshift(e.get(), e.get(), excess) == 1);
  }
  Bn k = bn_of(
      seeded_bytes("nonce " + to_hex(parts_->secret) + to_hex(message_hash), x().size() + 16));
  require(BN_nnmod(k.get(), k.get(), order, context.get()) == 1);
  const Point point(EC_POINT_new(group.get()));
  const Bn r = new_bn();
  const Bn s = new_bn();
  const Bn secret = bn_of(parts_->secret);
  require(EC_POINT_mul(group.get(), point.get(), k.get(), nullptr, nullptr, context.get()) == 1 &&
          EC_POINT_get_affine_coordinates(group.get(), point.get(), r.get(), nullptr,
                                          context.get()) == 1 &&
          BN_nnmod(r.get(), r.get(), order, context.get()) == 1);
  const Bn inverse(BN_mod_inverse(nullptr, k.get(), order, context.get()));
  require(BN_mod_mul(s.get(), r.get(), secret.get(), order, context.get()) == 1 &&
          BN_mod_add(s.get(), s.get(), e.get(), order, context.get()) == 1 &&
          BN_mod_mul(s.get(), s.get(), inverse.get(), order, context.get()) == 1);
  return concat({octets_of(r.get(), x().size()), octets_of(s.get(), x().size())});
}

ByteVector TestKey::sign_pss(Hash hash, Bytes message, std::size_t salt_size) const {
  const Context context(BN_CTX_new());
  const Bn n = bn_of(modulus());
  const Bn d = bn_of(parts_->secret);
  const Bn m = bn_of(emsa_pss(hash, message, modulus().size(), salt_size));
  require(BN_mod_exp(m.get(), m.get(), d.get(), n.get(), context.get()) == 1);
  return octets_of(m.get(), modulus().size());
}

ByteVector TestKey::sign(Scheme scheme, Hash hash, Bytes message) const {
  switch (scheme) {
    case Scheme::ecdsa: {
      const ByteVector fixed = sign_ecdsa_fixed(hash, message);
      const std::size_t half = fixed.size() / 2;
      return der::sequence({der::unsigned_integer(Bytes(fixed).first(half)),
                            der::unsigned_integer(Bytes(fixed).subspan(half))});
    }
    case Scheme::eddsa: {
      require(is_ed(kind()));
      const int type = kind() == KeyKind::ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_ED448;
      const Pkey pkey(EVP_PKEY_new_raw_private_key(type, nullptr, parts_->secret.data(),
                                                   parts_->secret.size()));
      EVP_MD_CTX* context = EVP_MD_CTX_new();
      std::size_t size = 2 * x().size();
      ByteVector out(size);
      require(EVP_DigestSignInit(context, nullptr, nullptr, nullptr, pkey.get()) == 1 &&
              EVP_DigestSign(context, out.data(), &size, message.data(), message.size()) == 1);
      EVP_MD_CTX_free(context);
      out.resize(size);
      return out;
    }
    case Scheme::rsa_pkcs1: {
      const Context context(BN_CTX_new());
      const Bn n = bn_of(modulus());
      const Bn d = bn_of(parts_->secret);
      const Bn m = bn_of(emsa_pkcs1(hash, message, modulus().size()));
      require(BN_mod_exp(m.get(), m.get(), d.get(), n.get(), context.get()) == 1);
      return octets_of(m.get(), modulus().size());
    }
    case Scheme::rsa_pss:
      return sign_pss(hash, message, digest(hash, {}).size());
  }
  std::abort();
}

ByteVector TestKey::sign_cose(std::int64_t algorithm, Bytes message) const {
  const CoseMeaning& meaning = cose_meaning(algorithm);
  return sign(meaning.scheme, meaning.hash, message);
}

std::string TestKey::private_key_pem() const {
  ByteVector algorithm;
  ByteVector inner;
  const ByteVector public_info = spki();
  if (is_ec(kind())) {
    // RFC 5915; the AlgorithmIdentifier is the one of the public key.
    inner = der::sequence({der::integer(1), der::octet_string(parts_->secret)});
  } else if (is_ed(kind())) {
    inner = der::octet_string(parts_->secret);
  } else {
    const Context context(BN_CTX_new());
    const Bn d = bn_of(parts_->secret);
    const Bn p = bn_of(parts_->p);
    const Bn q = bn_of(parts_->q);
    const auto reduced = [&](const BIGNUM* prime) {
      const Bn one_less = new_bn();
      const Bn out = new_bn();
      require(BN_sub(one_less.get(), prime, BN_value_one()) == 1 &&
              BN_mod(out.get(), d.get(), one_less.get(), context.get()) == 1);
      return der::unsigned_integer(octets_of(out.get()));
    };
    const Bn coefficient(BN_mod_inverse(nullptr, q.get(), p.get(), context.get()));
    inner = der::sequence({der::integer(0), der::unsigned_integer(modulus()),
                           der::unsigned_integer(exponent()), der::unsigned_integer(parts_->secret),
                           der::unsigned_integer(parts_->p), der::unsigned_integer(parts_->q),
                           reduced(p.get()), reduced(q.get()),
                           der::unsigned_integer(octets_of(coefficient.get()))});
  }
  // The first element of subjectPublicKeyInfo is the AlgorithmIdentifier; its outer header is as
  // long as its length octets say.
  const std::size_t header = public_info[1] < 0x80 ? 2 : 2 + (public_info[1] & 0x7fU);
  const std::size_t size = 2 + public_info[header + 1];
  algorithm = to_vector(Bytes(public_info).subspan(header, size));
  return to_pem("PRIVATE KEY",
                der::sequence({der::integer(0), algorithm, der::octet_string(inner)}));
}

std::string to_pem(std::string_view label, Bytes der) {
  const std::string text = to_base64(der);
  std::string out = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t i = 0; i < text.size(); i += 64) {
    out += text.substr(i, 64) + "\n";
  }
  return out + "-----END " + std::string(label) + "-----\n";
}

}  // namespace countersign::testing
