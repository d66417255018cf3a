#include "cose/cose_key.h"

#include <algorithm>

#include "codec/cbor_reader.h"
#include "codec/cbor_writer.h"

namespace countersign {
namespace {

// Labels of RFC 9052 §7.1 and RFC 9053 §7. Negative labels mean other things in other key types.
constexpr std::int64_t kKty = 1;
constexpr std::int64_t kAlg = 3;
constexpr std::int64_t kCrv = -1;      // EC2, OKP
constexpr std::int64_t kX = -2;        // EC2, OKP
constexpr std::int64_t kY = -3;        // EC2
constexpr std::int64_t kModulus = -1;  // RSA
constexpr std::int64_t kExponent = -2;

// RFC 9053 table 18, RFC 8230 §4.
std::int64_t kty_of(KeyType type) {
  switch (type) {
    case KeyType::okp:
      return 1;
    case KeyType::ec2:
      return 2;
    case KeyType::rsa:
      return 3;
  }
  return 0;
}

// RFC 9053 table 19, RFC 8812 §3.1.
std::int64_t crv_of(Curve curve) {
  switch (curve) {
    case Curve::none:
      return 0;
    case Curve::p256:
      return 1;
    case Curve::p384:
      return 2;
    case Curve::p521:
      return 3;
    case Curve::ed25519:
      return 6;
    case Curve::ed448:
      return 7;
    case Curve::secp256k1:
      return 8;
  }
  return 0;
}

Error error_at(ErrorCode code, const CborValue& value) {
  return {code, Check::none, static_cast<std::uint32_t>(value.offset)};
}

// The member with that label and type, or the error that it is missing or of another type.
Result<const CborValue*> require(const CborValue& map, std::int64_t label, CborValue::Type type) {
  const CborValue* value = map.find(label);
  if (value == nullptr) {
    return error_at(ErrorCode::cose_key_malformed, map);
  }
  if (!value->is(type)) {
    return error_at(ErrorCode::cose_key_malformed, *value);
  }
  return value;
}

Result<PublicKey> make_key(const AlgorithmEntry& entry, const CborValue& map) {
  using Type = CborValue::Type;
  if (entry.key_type == KeyType::rsa) {
    CS_ASSIGN(const CborValue* modulus, require(map, kModulus, Type::bytes));
    CS_ASSIGN(const CborValue* exponent, require(map, kExponent, Type::bytes));
    return PublicKey::make_rsa(modulus->bytes, exponent->bytes);
  }
  CS_ASSIGN(const CborValue* curve, require(map, kCrv, Type::integer));
  // WebAuthn L3 §5.8.5: "Keys with algorithm ES256 (-7) MUST specify P-256 (1) as the crv
  // parameter", and so on for each algorithm.
  if (curve->integer != crv_of(entry.curve)) {
    return error_at(ErrorCode::cose_key_type_mismatch, *curve);
  }
  CS_ASSIGN(const CborValue* x, require(map, kX, Type::bytes));
  if (entry.key_type == KeyType::okp) {
    return PublicKey::make_okp(entry.curve, x->bytes);
  }
  // "MUST NOT use the compressed point form": a boolean y is the sign of one.
  CS_ASSIGN(const CborValue* y, require(map, kY, Type::bytes));
  return PublicKey::make_ec(entry.curve, x->bytes, y->bytes);
}

bool is_expected_label(KeyType type, const CborValue& label) {
  if (!label.is(CborValue::Type::integer)) {
    return false;
  }
  const std::int64_t lowest = type == KeyType::ec2 ? kY : kX;
  return label.integer == kKty || label.integer == kAlg ||
         (label.integer < 0 && label.integer >= lowest);
}

Result<CoseKey> make_cose_key(const CborValue& map) {
  using Type = CborValue::Type;
  if (!map.is(Type::map)) {
    return error_at(ErrorCode::cose_key_malformed, map);
  }
  CS_ASSIGN(const CborValue* kty, require(map, kKty, Type::integer));
  // WebAuthn L3 §6.5.1: "The COSE_Key-encoded credential public key MUST contain the "alg"
  // parameter and MUST NOT contain any other OPTIONAL parameters."
  CS_ASSIGN(const CborValue* alg, require(map, kAlg, Type::integer));
  const AlgorithmEntry* entry = find_algorithm(alg->integer);
  if (entry == nullptr) {
    return error_at(ErrorCode::algorithm_unknown, *alg);
  }
  if (kty->integer != kty_of(entry->key_type)) {
    return error_at(ErrorCode::cose_key_type_mismatch, *kty);
  }
  for (const CborMember& member : map.members) {
    if (!is_expected_label(entry->key_type, member.first)) {
      return error_at(ErrorCode::cose_key_unexpected_member, member.first);
    }
  }
  CS_ASSIGN(PublicKey key, make_key(*entry, map));
  return CoseKey{entry->id, std::move(key), to_vector(map.encoded)};
}

}  // namespace

Result<CoseKey> parse_cose_key(Bytes input) {
  CS_ASSIGN(const CborValue map, parse_cbor(input));
  return make_cose_key(map);
}

Result<CoseKey> consume_cose_key(ByteReader& reader) {
  ByteReader ahead = reader;
  CS_ASSIGN(const CborValue map, consume_cbor(ahead));
  CS_ASSIGN(CoseKey key, make_cose_key(map));
  reader = ahead;
  return key;
}

ByteVector encode_cose_key(CoseAlgorithm algorithm, const PublicKey& key) {
  CborWriter writer;
  writer.begin_map(key.type() == KeyType::ec2 ? 5 : 4);
  writer.write_integer(kKty);
  writer.write_integer(kty_of(key.type()));
  writer.write_integer(kAlg);
  writer.write_integer(static_cast<std::int64_t>(algorithm));
  if (key.type() == KeyType::rsa) {
    writer.write_integer(kModulus);
    writer.write_bytes(key.modulus());
    writer.write_integer(kExponent);
    writer.write_bytes(key.exponent());
  } else {
    writer.write_integer(kCrv);
    writer.write_integer(crv_of(key.curve()));
    writer.write_integer(kX);
    writer.write_bytes(key.x());
    if (key.type() == KeyType::ec2) {
      writer.write_integer(kY);
      writer.write_bytes(key.y());
    }
  }
  return std::move(writer).take();
}

Result<SignatureAlgorithm> signature_algorithm_for(CoseAlgorithm algorithm, const PublicKey& key) {
  const AlgorithmEntry* entry = find_algorithm(static_cast<std::int64_t>(algorithm));
  if (entry == nullptr) {
    return ErrorCode::algorithm_unknown;
  }
  if (key.type() != entry->key_type) {
    return ErrorCode::cose_key_type_mismatch;
  }
  const bool is_curve_free = algorithm == CoseAlgorithm::es256 ||
                             algorithm == CoseAlgorithm::es384 || algorithm == CoseAlgorithm::es512;
  const bool is_nist =
      key.curve() == Curve::p256 || key.curve() == Curve::p384 || key.curve() == Curve::p521;
  if (is_curve_free ? !is_nist : key.curve() != entry->curve) {
    return ErrorCode::cose_key_type_mismatch;
  }
  return SignatureAlgorithm{entry->scheme, entry->hash};
}

}  // namespace countersign
