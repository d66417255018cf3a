#pragma once
// What the parts of the API share about requests: bodies and their members.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json_reader.h"
#include "native/http/message.h"
#include "service/context.h"
#include "service/customer_records.h"

namespace countersign {

inline constexpr Error kMemberInvalid{ErrorCode::request_member_invalid, Check::none, 0};

/// 204: it is done, and there is nothing to say.
HttpResponse no_content();

/// An object with no other members than these. Errors: json_*; request_member_invalid, with an
/// offset where a name or value is refused, without (0) where one is missing.
Result<JsonValue> read_body(const std::string& body, std::initializer_list<std::string_view> known);
/// Error: request_member_invalid where another member is there. Only for objects.
Status check_members(const JsonValue& json, std::initializer_list<std::string_view> known);

/// Error: request_member_invalid where the member is there and no text.
Result<std::optional<std::string>> optional_text(const JsonValue& json, std::string_view name);
Result<std::string> required_text(const JsonValue& json, std::string_view name);
Result<std::optional<bool>> optional_boolean(const JsonValue& json, std::string_view name);

/// `known`: names with a blank between them. Error: request_member_invalid where the query has
/// another parameter, one of them twice, or one that cannot be decoded: a filter that is not
/// understood would be none.
Status check_query(std::string_view query, std::string_view known);

/// Decimal digits without a leading zero, below 10^18; nothing where it is anything else.
std::optional<std::int64_t> parse_count(std::string_view text);

/// `?after=&limit=` of a list: which part of it is asked for.
struct Page {
  std::int64_t after = 0;
  std::size_t limit = 100;
};
/// Error: request_member_invalid, also for a limit of 0 or above `max_limit`.
Result<Page> read_page(const HttpRequest& request, std::size_t max_limit);

/// Nothing where the header is absent. Error: request_malformed.
Result<std::optional<IdempotencyKey>> read_idempotency_key(const HttpRequest& request,
                                                           const Hasher& hasher);

/// `{"id","code"}`.
struct ActivationCode {
  ActivationId id;
  std::string code;
};
Result<ActivationCode> read_activation_code(const JsonValue& value);

}  // namespace countersign
