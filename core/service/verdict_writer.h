#pragma once
// Writes the verdict lines of `verify` (docs/verify-format.md). Private to core/service.

#include <string>
#include <string_view>

#include "ceremony/authentication.h"
#include "ceremony/registration.h"

namespace countersign {

/// `id_json`: the id as it is echoed, JSON already.
std::string registration_verdict(std::string_view id_json, const VerifiedRegistration& registration,
                                 const RegistrationResponse& response, const Hasher& hasher);
std::string authentication_verdict(std::string_view id_json, const VerifiedAssertion& assertion,
                                   const AuthenticationResponse& response);
std::string error_verdict(std::string_view id_json, CeremonyKind kind, const Error& error);

/// What a host needs to discharge obligations itself. Equal obligations (statements of a compound
/// with one chain) are shown once: match_host_results takes one result for each digest.
std::string obligations_json(std::span<const SignatureObligation> obligations,
                             const Hasher& hasher);

}  // namespace countersign
