#include "service/transaction_answer.h"

#include "base/limits.h"

namespace countersign {
namespace {

void write_problem(JsonWriter& writer, const IntentProblem& problem) {
  writer.member("error").begin_object();
  writer.member("code").string(error_name(problem.error.code));
  if (!problem.field.empty()) {
    writer.member("field").string(problem.field);
  }
  if (problem.code_point != 0) {
    writer.member("codePoint").integer(problem.code_point);
  }
  if (problem.error.offset != 0 || problem.code_point != 0) {
    writer.member("offset").integer(problem.error.offset);
  }
  writer.member("message").string(error_message(problem.error.code));
  writer.end_object();
}

}  // namespace

JsonWriter begin_answer(std::string_view id_json, bool is_ok) {
  JsonWriter writer;
  writer.begin_object();
  writer.member("id").raw(id_json);
  writer.member("ok").boolean(is_ok);
  return writer;
}

std::string error_answer(std::string_view id_json, const IntentProblem& problem) {
  JsonWriter writer = begin_answer(id_json, false);
  write_problem(writer, problem);
  writer.end_object();
  return std::move(writer).take();
}

std::string load_refusal(const Error& error) {
  JsonWriter writer;
  writer.begin_object();
  writer.member("ok").boolean(false);
  write_problem(writer, {error, {}, 0});
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
