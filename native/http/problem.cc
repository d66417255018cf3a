#include "native/http/problem.h"

#include "codec/json_writer.h"

namespace countersign {

// Only the codes whose status is not that of their class.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::session_required:
    case ErrorCode::fresh_session_required:
    case ErrorCode::step_up_required:
    case ErrorCode::api_key_invalid:
      return 401;
    case ErrorCode::method_not_allowed:
      return 405;
    case ErrorCode::request_too_slow:
      return 408;
    case ErrorCode::length_required:
      return 411;
    case ErrorCode::body_too_large:
    case ErrorCode::json_too_large:
      return 413;
    case ErrorCode::target_too_long:
      return 414;
    case ErrorCode::media_type_unsupported:
      return 415;
    case ErrorCode::idempotency_key_reused:
      return 422;
    case ErrorCode::headers_too_large:
      return 431;
    default:
      break;
  }
  switch (error_class(code)) {
    case ErrorClass::malformed:
      return 400;
    case ErrorClass::rejected:
      return 403;
    case ErrorClass::conflict:
      return 409;
    case ErrorClass::not_found:
      return 404;
    case ErrorClass::unavailable:
      return 503;
    case ErrorClass::internal:
      return 500;
  }
  return 500;
}
#pragma GCC diagnostic pop

namespace {

// What the client must know in every profile to go on: sign in anew, or begin again. It says
// nothing about an element of a failed authentication.
bool is_told_always(ErrorCode code) {
  return code == ErrorCode::step_up_required || code == ErrorCode::policy_changed;
}

}  // namespace

HttpResponse make_problem(const Error& error, const ProblemContext& context) {
  const int status = context.status.value_or(status_of(error.code));
  const std::string_view class_name = error_class_name(error_class(error.code));
  JsonWriter json;
  json.begin_object();
  json.member("type").string("urn:countersign:problem:" + std::string(class_name));
  json.member("title").string(reason_phrase(status));
  json.member("status").integer(status);
  json.member("class").string(class_name);
  json.member("correlationId").string(context.correlation_id);
  if (context.detail == ErrorDetail::precise || is_told_always(error.code)) {
    json.member("code").string(error_name(error.code));
  }
  if (context.detail == ErrorDetail::precise) {
    if (error.check != Check::none) {
      json.member("check").string(check_name(error.check));
      json.member("step").string(service_step_of(context.kind, error.check));
    }
    json.member("detail").string(error_message(error.code));
    if (!context.hint.empty()) {
      json.member("hint").string(context.hint);
    }
    if (!context.verification_case.empty()) {
      json.member("case").raw(context.verification_case);
    }
    if (!context.position.empty()) {
      json.member("position").raw(context.position);
    }
    if (!context.findings.empty()) {
      json.member("findings").raw(context.findings);
    }
    if (!context.missing.empty()) {
      json.member("missing").raw(context.missing);
    }
  }
  json.end_object();
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = std::move(json).take();
  if (error.code == ErrorCode::api_key_invalid) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  return response;
}

HttpResponse make_conformance_failure(const Error& error, CeremonyKind kind) {
  JsonWriter json;
  json.begin_object();
  json.member("status").string("failed");
  json.member("errorMessage").string(error_message(error.code));
  json.member("code").string(error_name(error.code));
  if (error.check != Check::none) {
    json.member("check").string(check_name(error.check));
    json.member("step").string(service_step_of(kind, error.check));
  }
  json.end_object();
  HttpResponse response;
  response.status = status_of(error.code);
  response.content_type = "application/json";
  response.body = std::move(json).take();
  return response;
}

}  // namespace countersign
