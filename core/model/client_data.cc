#include "model/client_data.h"

#include <string_view>

#include "base/limits.h"
#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "codec/utf8.h"

namespace countersign {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// WebAuthn L2 §5.8.1, gone from L3: "This OPTIONAL member contains information about the state of
// the Token Binding protocol". Old clients still send it.
Status check_token_binding(const JsonValue& client_data) {
  const JsonValue* binding = client_data.find("tokenBinding");
  if (binding == nullptr) {
    return ok();
  }
  const JsonValue* status = binding->find("status");
  if (!binding->is_object() || status == nullptr || !status->is_string() ||
      (status->string != "present" && status->string != "supported" &&
       status->string != "not-supported")) {
    return ErrorCode::token_binding_malformed;
  }
  const JsonValue* id = binding->find("id");
  if (id != nullptr && !id->is_string()) {
    return ErrorCode::token_binding_malformed;
  }
  return ok();
}

Result<JsonValue> parse_document(Bytes input) {
  // WebAuthn L3 §7.1 step 5: "Let JSONtext be the result of running UTF-8 decode on the value of
  // cData." UTF-8 decode strips one byte order mark; where it would put replacement characters for
  // ill-formed sequences, we refuse.
  CS_TRY(check_utf8(input));
  std::string_view text = text_of(input);
  std::uint32_t skipped = 0;
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    skipped = static_cast<std::uint32_t>(kByteOrderMark.size());
    text.remove_prefix(kByteOrderMark.size());
  }
  Result<JsonValue> json = parse_json(text);
  if (!json) {
    Error error = json.error();
    error.offset += skipped;
    return error;
  }
  return json;
}

bool is_string_if_present(const JsonValue* member) {
  return member == nullptr || member->is_string();
}

}  // namespace

Result<ClientData> parse_client_data(Bytes input) {
  if (input.size() > limits::kMaxClientDataBytes) {
    return ErrorCode::input_too_large;
  }
  CS_ASSIGN(JsonValue json, parse_document(input));
  if (!json.is_object()) {
    return ErrorCode::client_data_malformed;
  }
  const JsonValue* type = json.find("type");
  const JsonValue* challenge = json.find("challenge");
  const JsonValue* origin = json.find("origin");
  const JsonValue* cross_origin = json.find("crossOrigin");
  const JsonValue* top_origin = json.find("topOrigin");
  if (type == nullptr || !type->is_string() || challenge == nullptr || !challenge->is_string() ||
      challenge->string.empty() || origin == nullptr || !origin->is_string() ||
      (cross_origin != nullptr && !cross_origin->is_boolean()) ||
      !is_string_if_present(top_origin)) {
    return ErrorCode::client_data_malformed;
  }
  CS_TRY(check_token_binding(json));
  ClientData client_data;
  CS_ASSIGN(client_data.challenge, parse_base64url(challenge->string));
  client_data.type = type->string;
  client_data.origin = origin->string;
  if (cross_origin != nullptr) {
    client_data.cross_origin = cross_origin->boolean;
  }
  if (top_origin != nullptr) {
    client_data.top_origin = top_origin->string;
  }
  client_data.encoded = to_vector(input);
  return client_data;
}

}  // namespace countersign
