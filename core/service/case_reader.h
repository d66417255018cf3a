#pragma once
// Reads a case of `verify` (docs/verify-format.md) into the arguments of a ceremony. Private to
// core/service.

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "ceremony/authentication.h"
#include "ceremony/registration.h"
#include "codec/json_reader.h"

namespace countersign {

struct VerificationCase {
  CeremonyKind kind = CeremonyKind::registration;
  // registration
  RegistrationExpectations registration;
  RegistrationResponse registration_response;
  // authentication
  AuthenticationExpectations authentication;
  CredentialRecord record;
  AuthenticationResponse authentication_response;
};

/// Errors: case_malformed (a missing member, a wrong type or value), base64url_invalid,
/// base64_invalid, certificate_* and der_* (trust anchors), expected_algorithms_unknown,
/// expectations_too_large, and those of the response, which carry the check response_parses.
/// `kind` is written as soon as it is known.
Result<VerificationCase> read_case(const JsonValue& json, UnixSeconds now, CeremonyKind& kind);

}  // namespace countersign
