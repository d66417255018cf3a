#pragma once
// NDJSON cases as `countersign verify` reads them, around messages of the soft authenticator.

#include <optional>
#include <string>
#include <vector>

#include "tests/support/soft_authenticator.h"

namespace countersign::testing {

/// "2026-01-01T00:00:00Z".
std::string rfc3339(std::int64_t unix_seconds);

/// The relying party's side. What is nothing or empty is taken from the message's own options or
/// left out of the case.
struct CaseOptions {
  std::string id = "1";
  std::string rp_id = "example.org";
  std::vector<std::string> origins = {"https://example.org"};
  std::vector<std::string> top_origins;
  std::optional<ByteVector> challenge;  // nothing: the one that the message was made for
  std::string user_verification = "required";
  std::vector<std::int64_t> algorithms;
  std::optional<std::int64_t> time = kCeremonyTime;
  std::optional<std::string> mediation;
  std::optional<std::string> appid;
  std::optional<std::string> attestation_settings;  // raw JSON of the member
  std::optional<std::string> purpose;
  std::optional<std::vector<ByteVector>> trust_anchors;  // nothing: the registration's own root
  bool is_trusted_attestation_required = false;
  std::vector<JsonEdit> edits;             // on the case, made last
  std::vector<JsonEdit> credential_edits;  // on `credential` (authentication)
};

std::string registration_case(const Registration& registration, const CaseOptions& options = {});
std::string authentication_case(const Assertion& assertion, const SoftCredential& credential,
                                const CaseOptions& options = {});

}  // namespace countersign::testing
