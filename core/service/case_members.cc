#include "service/case_members.h"

#include "base/limits.h"
#include "codec/base64url.h"

namespace countersign {

Result<const JsonValue*> optional_member(const JsonValue& object, std::string_view name,
                                         JsonValue::Type type) {
  const JsonValue* value = object.find(name);
  if (value != nullptr && !value->is(type)) {
    return ErrorCode::case_malformed;
  }
  return value;
}

Result<const JsonValue*> required_member(const JsonValue& object, std::string_view name,
                                         JsonValue::Type type) {
  CS_ASSIGN(const JsonValue* value, optional_member(object, name, type));
  if (value == nullptr) {
    return ErrorCode::case_malformed;
  }
  return value;
}

Status read_flag(const JsonValue& object, std::string_view name, bool& out) {
  CS_ASSIGN(const JsonValue* value, optional_member(object, name, JsonValue::Type::boolean));
  if (value != nullptr) {
    out = value->boolean;
  }
  return ok();
}

Result<UnixSeconds> read_time(const JsonValue& object, UnixSeconds now) {
  CS_ASSIGN(const JsonValue* time, optional_member(object, "time", JsonValue::Type::string));
  if (time == nullptr) {
    return now;
  }
  const std::optional<UnixSeconds> seconds = parse_rfc3339(time->string);
  if (!seconds) {
    return ErrorCode::case_malformed;
  }
  return *seconds;
}

Status read_certificates(const JsonValue& object, std::string_view name,
                         std::vector<Certificate>& out) {
  CS_ASSIGN(const JsonValue* list, optional_member(object, name, JsonValue::Type::array));
  if (list == nullptr) {
    return ok();
  }
  if (list->items.size() > limits::kMaxTrustAnchors) {
    return ErrorCode::expectations_too_large;
  }
  for (const JsonValue& item : list->items) {
    if (!item.is_string()) {
      return ErrorCode::case_malformed;
    }
    CS_ASSIGN(const ByteVector der, parse_base64(item.string));
    CS_ASSIGN(Certificate certificate, parse_certificate(der));
    out.push_back(std::move(certificate));
  }
  return ok();
}

}  // namespace countersign
