// Errors as this server answers them: how much is told depends on who asks.

#include "native/http/call.h"
#include "native/http/policy_answers.h"
#include "native/http/problem.h"

namespace countersign {

HttpResponse Api::problem(const Call& call, const Error& error, CeremonyKind kind,
                          std::string_view verification_case) const {
  ProblemContext context;
  context.detail = call.tenant().error_detail;
  context.kind = kind;
  context.correlation_id = call.caller.correlation_id;
  context.verification_case = verification_case;
  return make_problem(error, context);
}

ProblemContext Api::backend_context(const Call& call) const {
  ProblemContext context;
  context.detail = call.caller.api_key ? ErrorDetail::precise : call.tenant().error_detail;
  context.kind = CeremonyKind::authentication;
  context.correlation_id = call.caller.correlation_id;
  return context;
}

HttpResponse Api::backend_problem(const Call& call, const Error& error, std::string_view position,
                                  std::string_view findings, std::string_view hint) const {
  ProblemContext context = backend_context(call);
  context.position = position;
  context.findings = findings;
  context.hint = hint;
  return make_problem(error, context);
}

HttpResponse Api::located_problem(const Call& call, const Error& error, std::string_view input,
                                  std::string_view findings, std::string_view hint) const {
  const bool is_of_request =
      error.code == ErrorCode::request_member_invalid || error.code == ErrorCode::request_malformed;
  const bool has_position = !input.empty() && error_class(error.code) == ErrorClass::malformed &&
                            (!is_of_request || error.offset != 0);
  return backend_problem(call, error, has_position ? encode_position(input, error) : std::string(),
                         findings, hint);
}

}  // namespace countersign
