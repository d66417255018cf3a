#include "native/http/body.h"

#include <algorithm>

namespace countersign {

namespace {

Error invalid_at(std::uint32_t offset) {
  return {ErrorCode::request_member_invalid, Check::none, offset};
}

// The part before `mark`, which goes with it.
std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool is_word_of(std::string_view words, std::string_view name) {
  while (!words.empty()) {
    if (take_until(words, ' ') == name) {
      return true;
    }
  }
  return false;
}

}  // namespace

Status check_members(const JsonValue& json, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : json.members) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return invalid_at(value.name_offset);
    }
  }
  return ok();
}

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  return response;
}

Result<JsonValue> read_body(const std::string& body,
                            std::initializer_list<std::string_view> known) {
  CS_ASSIGN(JsonValue json, parse_json(body));
  if (!json.is_object()) {
    return kMemberInvalid;
  }
  CS_TRY(check_members(json, known));
  return json;
}

Result<std::optional<std::string>> optional_text(const JsonValue& json, std::string_view name) {
  const JsonValue* value = json.find(name);
  if (value == nullptr) {
    return std::optional<std::string>();
  }
  if (!value->is_string()) {
    return invalid_at(value->offset);
  }
  return std::optional<std::string>(value->string);
}

Result<std::string> required_text(const JsonValue& json, std::string_view name) {
  CS_ASSIGN(std::optional<std::string> text, optional_text(json, name));
  if (!text) {
    return kMemberInvalid;
  }
  return std::move(*text);
}

Result<std::optional<bool>> optional_boolean(const JsonValue& json, std::string_view name) {
  const JsonValue* value = json.find(name);
  if (value == nullptr) {
    return std::optional<bool>();
  }
  if (!value->is_boolean()) {
    return invalid_at(value->offset);
  }
  return std::optional<bool>(value->boolean);
}

Status check_query(std::string_view query, std::string_view known) {
  std::vector<std::string_view> seen;
  while (!query.empty()) {
    const std::string_view pair = take_until(query, '&');
    const std::string_view name = pair.substr(0, pair.find('='));
    if (!is_word_of(known, name) || std::find(seen.begin(), seen.end(), name) != seen.end() ||
        !query_value(pair, name)) {
      return kMemberInvalid;
    }
    seen.push_back(name);
  }
  return ok();
}

std::optional<std::int64_t> parse_count(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;
  if (text.empty() || text.size() > kMaxDigits || (text.size() > 1 && text[0] == '0') ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char digit : text) {
    value = value * 10 + (digit - '0');
  }
  return value;
}

Result<Page> read_page(const HttpRequest& request, std::size_t max_limit) {
  const Page defaults;
  const std::optional<std::int64_t> after =
      parse_count(query_value(request.query, "after").value_or(std::to_string(defaults.after)));
  const std::optional<std::int64_t> limit =
      parse_count(query_value(request.query, "limit").value_or(std::to_string(defaults.limit)));
  if (!after || !limit || *limit < 1 || *limit > static_cast<std::int64_t>(max_limit)) {
    return kMemberInvalid;
  }
  return Page{*after, static_cast<std::size_t>(*limit)};
}

Result<std::optional<IdempotencyKey>> read_idempotency_key(const HttpRequest& request,
                                                           const Hasher& hasher) {
  const std::optional<std::string> key = request.header("idempotency-key");
  if (!key) {
    return std::optional<IdempotencyKey>();
  }
  constexpr std::size_t kMaxKeyBytes = 128;
  const bool is_visible =
      std::all_of(key->begin(), key->end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (key->empty() || key->size() > kMaxKeyBytes || !is_visible) {
    return Error{ErrorCode::request_malformed, Check::none, 0};
  }
  return std::optional<IdempotencyKey>(
      IdempotencyKey{*key, hasher.sha256({bytes_of(request.body)})});
}

Result<ActivationCode> read_activation_code(const JsonValue& value) {
  if (!value.is_object()) {
    return kMemberInvalid;
  }
  CS_TRY(check_members(value, {"id", "code"}));
  ActivationCode read;
  CS_ASSIGN(std::string id, required_text(value, "id"));
  read.id = ActivationId(std::move(id));
  CS_ASSIGN(read.code, required_text(value, "code"));
  return read;
}

}  // namespace countersign
