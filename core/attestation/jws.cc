#include "attestation/jws.h"

#include <algorithm>
#include <span>

#include "base/limits.h"
#include "codec/base64url.h"
#include "cose/cose_key.h"
#include "crypto/curve.h"
#include "x509/path.h"

namespace countersign {
namespace {

struct JwsAlgorithm {
  std::string_view name;  // RFC 7518 §3.1
  CoseAlgorithm algorithm;
};

constexpr JwsAlgorithm kAlgorithms[] = {
    {"RS256", CoseAlgorithm::rs256}, {"RS384", CoseAlgorithm::rs384},
    {"RS512", CoseAlgorithm::rs512}, {"PS256", CoseAlgorithm::ps256},
    {"PS384", CoseAlgorithm::ps384}, {"PS512", CoseAlgorithm::ps512},
    {"ES256", CoseAlgorithm::es256}, {"ES384", CoseAlgorithm::es384},
    {"ES512", CoseAlgorithm::es512},
};

Result<JsonValue> parse_json_object(std::string_view encoded) {
  // Before it is decoded: what follows from four characters are three octets.
  if (encoded.size() / 4 > limits::kMaxJsonBytes / 3) {
    return ErrorCode::json_too_large;
  }
  CS_ASSIGN(const ByteVector decoded, parse_base64url(encoded));
  CS_ASSIGN(JsonValue value, parse_json(text_of(decoded)));
  if (!value.is_object()) {
    return ErrorCode::jws_malformed;
  }
  return value;
}

/// 0 < scalar < order
bool is_scalar(Bytes scalar, Bytes order) {
  const bool is_zero =
      std::all_of(scalar.begin(), scalar.end(), [](std::uint8_t byte) { return byte == 0; });
  return !is_zero &&
         std::lexicographical_compare(scalar.begin(), scalar.end(), order.begin(), order.end());
}

/// RFC 7518 §3.4: R and S as octet strings of the coordinates' size, R first. That is the form of
/// backends already, so that only the ranges are left.
Status check_fixed_ecdsa(Bytes signature, Curve curve) {
  const std::size_t size = coordinate_size(curve);
  const Bytes order = group_order(curve);
  if (signature.size() != 2 * size || !is_scalar(signature.first(size), order) ||
      !is_scalar(signature.last(size), order)) {
    return ErrorCode::signature_malformed;
  }
  return ok();
}

}  // namespace

std::optional<JwsParts> split_jws(std::string_view input) {
  const std::size_t first = input.find('.');
  const std::size_t second = first == input.npos ? input.npos : input.find('.', first + 1);
  if (second == input.npos) {
    return std::nullopt;
  }
  return JwsParts{input.substr(0, first), input.substr(first + 1, second - first - 1),
                  input.substr(second + 1)};
}

Result<UnreadJws> parse_unread_jws(Bytes input) {
  const std::optional<JwsParts> parts = split_jws(text_of(input));
  if (!parts) {
    return ErrorCode::jws_malformed;
  }
  UnreadJws jws;
  CS_ASSIGN(jws.signature, parse_base64url(parts->signature));
  CS_ASSIGN(jws.header, parse_json_object(parts->header));
  if (jws.signature.empty() || jws.header.find("crit") != nullptr) {
    return ErrorCode::jws_malformed;
  }
  jws.encoded_payload = parts->payload;
  jws.signing_input = input.first(input.size() - parts->signature.size() - 1);
  return jws;
}

Result<Jws> parse_jws(Bytes input) {
  CS_ASSIGN(UnreadJws unread, parse_unread_jws(input));
  CS_ASSIGN(JsonValue payload, parse_json_object(unread.encoded_payload));
  return Jws{std::move(unread), std::move(payload)};
}

Result<CoseAlgorithm> jws_algorithm(const JsonValue& header) {
  const JsonValue* name = header.find("alg");
  if (name == nullptr || !name->is_string()) {
    return ErrorCode::jws_malformed;
  }
  for (const JwsAlgorithm& row : kAlgorithms) {
    if (row.name == name->string) {
      return row.algorithm;
    }
  }
  return ErrorCode::algorithm_not_allowed_here;
}

Result<std::vector<Certificate>> jws_certificates(const JsonValue& header) {
  const JsonValue* chain = header.find("x5c");
  if (chain == nullptr || !chain->is_array() || chain->items.empty()) {
    return ErrorCode::jws_malformed;
  }
  if (chain->items.size() > limits::kMaxCertificatesInChain) {
    return ErrorCode::certificate_chain_too_long;
  }
  std::vector<ByteVector> decoded;
  decoded.reserve(chain->items.size());
  for (const JsonValue& item : chain->items) {
    if (!item.is_string()) {
      return ErrorCode::jws_malformed;
    }
    CS_ASSIGN(ByteVector certificate, parse_base64(item.string));
    decoded.push_back(std::move(certificate));
  }
  const std::vector<Bytes> ders(decoded.begin(), decoded.end());
  return parse_chain(ders);
}

Result<SignatureObligation> make_jws_obligation(const UnreadJws& jws, CoseAlgorithm algorithm,
                                                const PublicKey& key, Check check) {
  CS_ASSIGN(const SignatureAlgorithm signature_algorithm, signature_algorithm_for(algorithm, key));
  ByteVector signature = jws.signature;
  if (signature_algorithm.scheme == SignatureScheme::ecdsa) {
    if (key.curve() != entry_of(algorithm).curve) {
      return ErrorCode::cose_key_type_mismatch;
    }
    CS_TRY(check_fixed_ecdsa(signature, key.curve()));
  } else {
    CS_ASSIGN(signature, make_fixed_signature(signature_algorithm, key, jws.signature));
  }
  return SignatureObligation{check, signature_algorithm, key, to_vector(jws.signing_input),
                             std::move(signature)};
}

}  // namespace countersign
