#pragma once
// Errors as answers: application/problem+json (RFC 9457) with the class, and the precise code only
// where the tenant's error detail says so.

#include <optional>
#include <string>
#include <string_view>

#include "native/http/message.h"
#include "service/context.h"

namespace countersign {

/// The HTTP status of an error: that of its class, or the transport's own.
int status_of(ErrorCode code);

struct ProblemContext {
  ErrorDetail detail = ErrorDetail::class_only;
  CeremonyKind kind = CeremonyKind::registration;  // whose steps a check belongs to
  std::string_view correlation_id;
  std::string_view verification_case;        // JSON, where a result was refused
  std::string_view position;                 // JSON, of the error in what was sent
  std::string_view findings;                 // JSON, where lint refused a policy
  std::string_view missing;                  // JSON, what a policy was not told and denied for
  std::optional<int> status = std::nullopt;  // instead of the error's own
  std::string_view hint;                     // what would help
};

HttpResponse make_problem(const Error& error, const ProblemContext& context);

/// `{"status":"failed","errorMessage",…}` of the conformance calls.
HttpResponse make_conformance_failure(const Error& error, CeremonyKind kind);

}  // namespace countersign
