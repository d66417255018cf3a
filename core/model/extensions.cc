#include "model/extensions.h"

#include "codec/base64url.h"
#include "codec/cbor_reader.h"

namespace countersign {
namespace {

constexpr std::size_t kPrfResultBytes = 32;  // WebAuthn L3 §10.1.4
constexpr std::int64_t kMaxPinLength = 63;   // CTAP 2.2 §6.5.1: a PIN has at most 63 bytes

constexpr ErrorCode kMalformed = ErrorCode::client_extension_malformed;

/// The member as an optional Boolean.
Status read_boolean(const JsonValue& object, std::string_view name, std::optional<bool>& out) {
  const JsonValue* value = object.find(name);
  if (value == nullptr) {
    return ok();
  }
  if (!value->is_boolean()) {
    return kMalformed;
  }
  out = value->boolean;
  return ok();
}

Status check_prf_result(const JsonValue& value) {
  if (!value.is_string()) {
    return kMalformed;
  }
  const auto bytes = parse_base64url(value.string);
  if (!bytes || bytes->size() != kPrfResultBytes) {
    return kMalformed;
  }
  return ok();
}

Status read_prf(const JsonValue& prf, ClientExtensions& out) {
  if (!prf.is_object()) {
    return kMalformed;
  }
  CS_TRY(read_boolean(prf, "enabled", out.prf_enabled));
  const JsonValue* results = prf.find("results");
  if (results == nullptr) {
    return ok();
  }
  const JsonValue* first = results->is_object() ? results->find("first") : nullptr;
  if (first == nullptr) {
    return kMalformed;
  }
  CS_TRY(check_prf_result(*first));
  if (const JsonValue* second = results->find("second"); second != nullptr) {
    CS_TRY(check_prf_result(*second));
  }
  out.has_prf_results = true;
  return ok();
}

Status read_large_blob(const JsonValue& value, ClientExtensions& out) {
  if (!value.is_object()) {
    return kMalformed;
  }
  CS_TRY(read_boolean(value, "supported", out.large_blob_supported));
  CS_TRY(read_boolean(value, "written", out.large_blob_written));
  const JsonValue* blob = value.find("blob");
  if (blob == nullptr) {
    return ok();
  }
  if (!blob->is_string()) {
    return kMalformed;
  }
  auto bytes = parse_base64url(blob->string);
  if (!bytes) {
    return kMalformed;
  }
  out.large_blob = std::move(bytes).value();
  return ok();
}

Error malformed_at(const CborValue& value) {
  return {ErrorCode::authenticator_extension_malformed, Check::none,
          static_cast<std::uint32_t>(value.offset)};
}

Status read_authenticator_extension(std::string_view name, const CborValue& value,
                                    AuthenticatorExtensions& out) {
  using Type = CborValue::Type;
  if (name == "credProtect") {
    if (!value.is(Type::integer) || value.integer < 1 || value.integer > 3) {
      return malformed_at(value);
    }
    out.credential_protection = static_cast<CredentialProtection>(value.integer);
  } else if (name == "minPinLength") {
    if (!value.is(Type::integer) || value.integer < 0 || value.integer > kMaxPinLength) {
      return malformed_at(value);
    }
    out.minimum_pin_length = static_cast<std::uint32_t>(value.integer);
  } else if (name == "hmac-secret") {
    if (!value.is(Type::boolean) && !value.is(Type::bytes)) {
      return malformed_at(value);
    }
    out.hmac_secret = value.is(Type::bytes) || value.boolean;
  } else if (name == "credBlob") {
    if (value.is(Type::boolean)) {
      out.credential_blob_stored = value.boolean;
    } else if (value.is(Type::bytes)) {
      out.credential_blob = to_vector(value.bytes);
    } else {
      return malformed_at(value);
    }
  } else if (name == "thirdPartyPayment") {
    if (!value.is(Type::boolean)) {
      return malformed_at(value);
    }
    out.third_party_payment = value.boolean;
  }
  return ok();
}

}  // namespace

Result<ClientExtensions> parse_client_extensions(const JsonValue& results) {
  if (!results.is_object()) {
    return kMalformed;
  }
  ClientExtensions out;
  if (results.members.empty()) {
    return out;
  }
  if (const JsonValue* properties = results.find("credProps"); properties != nullptr) {
    if (!properties->is_object()) {
      return kMalformed;
    }
    CS_TRY(read_boolean(*properties, "rk", out.resident_key));
  }
  if (const JsonValue* prf = results.find("prf"); prf != nullptr) {
    CS_TRY(read_prf(*prf, out));
  }
  if (const JsonValue* blob = results.find("largeBlob"); blob != nullptr) {
    CS_TRY(read_large_blob(*blob, out));
  }
  CS_TRY(read_boolean(results, "appid", out.appid));
  CS_TRY(read_boolean(results, "appidExclude", out.appid_exclude));
  if (const JsonValue* payment = results.find("payment"); payment != nullptr) {
    if (!payment->is_object()) {
      return kMalformed;
    }
    out.has_payment = true;
  }
  return out;
}

Result<AuthenticatorExtensions> parse_authenticator_extensions(Bytes encoded) {
  AuthenticatorExtensions out;
  if (encoded.empty()) {
    return out;
  }
  CS_ASSIGN(const CborValue map, parse_cbor(encoded));
  if (!map.is(CborValue::Type::map)) {
    return ErrorCode::authenticator_extension_malformed;
  }
  for (const auto& [key, value] : map.members) {
    // Extension identifiers are texts (WebAuthn L3 §9.1).
    if (!key.is(CborValue::Type::text)) {
      return malformed_at(key);
    }
    CS_TRY(read_authenticator_extension(key.text(), value, out));
  }
  return out;
}

}  // namespace countersign
