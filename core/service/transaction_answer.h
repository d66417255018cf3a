#pragma once
// What the lines of `transaction bind`, `transaction render` and `policy decide` have in common.
// Private to core/service.

#include <string>
#include <string_view>

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "transaction/intent.h"

namespace countersign {

/// `{"id":…,"ok":true,` or `false`: the answer's members follow.
JsonWriter begin_answer(std::string_view id_json, bool is_ok);

/// `{"id":…,"ok":false,"error":{"code","field"?,"codePoint"?,"offset"?,"message"}}`.
std::string error_answer(std::string_view id_json, const IntentProblem& problem);

/// `{"ok":false,"error":{"code","offset"?,"message"}}`: of a document that cannot be read.
std::string load_refusal(const Error& error);

/// Parses a line under the limits of transactions.
Result<JsonValue> parse_case_line(std::string_view line);

}  // namespace countersign
