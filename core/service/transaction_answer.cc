#include "service/transaction_answer.h"

#include "base/limits.h"

namespace countersign {

JsonWriter begin_answer(std::string_view id_json, bool is_ok) {
  JsonWriter writer;
  writer.begin_object();
  writer.member("id").raw(id_json);
  writer.member("ok").boolean(is_ok);
  return writer;
}

std::string error_answer(std::string_view id_json, const Error& error) {
  JsonWriter writer = begin_answer(id_json, false);
  writer.member("error").begin_object();
  writer.member("code").string(error_name(error.code));
  if (error.offset != 0) {
    writer.member("offset").integer(error.offset);
  }
  writer.member("message").string(error_message(error.code));
  writer.end_object();
  writer.end_object();
  return std::move(writer).take();
}

Result<JsonValue> parse_case_line(std::string_view line) {
  JsonOptions options;
  options.max_bytes = limits::kMaxTransactionCaseBytes;
  options.max_nodes = limits::kMaxTransactionNodes;
  return parse_json(line, options);
}

}  // namespace countersign
