#pragma once
// Compact JSON Web Signatures and statements of format android-safetynet (WebAuthn L3 §8.5).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/attested.h"

namespace countersign::testing {

/// An object's members: name and raw JSON.
using JwsMembers = std::vector<std::pair<std::string, std::string>>;
/// Replaces or appends the member; removes it when there is no value.
void edit_jws(JwsMembers& members, const std::string& name, const std::optional<std::string>& raw);
std::string jws_object(const JwsMembers& members);

/// header ‖ '.' ‖ payload ‖ '.' ‖ signature, signed as JWA says (ECDSA as r ‖ s).
std::string make_jws(const std::string& header, const std::string& payload, const TestKey& key,
                     std::int64_t cose_algorithm);
/// The signature of JWA over a signing input.
ByteVector sign_jws(const TestKey& key, std::int64_t cose_algorithm, Bytes signing_input);
/// "RS256" for -257.
std::string jws_algorithm_name(std::int64_t cose_algorithm);

struct SafetyNetStatementOptions {
  std::string version = "262713000";
  std::int64_t algorithm = -257;
  std::int64_t timestamp_ms = kCeremonyTime * 1000;
  std::vector<std::pair<std::string, std::optional<std::string>>> header_edits;   // raw JSON
  std::vector<std::pair<std::string, std::optional<std::string>>> payload_edits;  // raw JSON
  std::optional<std::string> raw_response;
  std::size_t intermediates = 1;
  std::function<void(CertificateOptions&)> edit_leaf;  // last, before the leaf is made
};
BuiltStatement make_safetynet_statement(const Attested& attested,
                                        const SafetyNetStatementOptions& options = {});

}  // namespace countersign::testing
