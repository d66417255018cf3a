#pragma once
// A draft held against what happened: recorded decisions or a table of inputs, and the customers it
// would lock out.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluation.h"
#include "policy/satisfaction.h"

namespace countersign {

/// A CSV table (RFC 4180): the first line names inputs ("ceremony", "amount.base", …), each further
/// line is a decision; an empty field is an absent input, members are separated by spaces. Errors:
/// policy_table_malformed, policy_input_value_invalid, policy_ceremony_missing with the offset of
/// the field.
Result<std::vector<PolicyInputs>> parse_policy_table(std::string_view csv);
/// One JSON object a line: a recorded decision (its `inputs` count) or inputs alone. Errors as for
/// parse_policy_inputs, offsets within the whole text.
Result<std::vector<PolicyInputs>> parse_policy_records(std::string_view lines);

struct SimulationReport {
  std::size_t rows = 0;
  std::array<std::size_t, 4> changes{};                     // by Strictness
  std::array<std::array<std::size_t, 3>, 3> transitions{};  // [active outcome][draft outcome]
  std::array<std::optional<PolicyInputs>, 4> examples;      // the first of each change
};
SimulationReport simulate_policy(const PolicyDocument& active, const PolicyDocument& draft,
                                 Phase phase, const std::vector<PolicyInputs>& rows);

struct EnrolledCredential {
  std::string user;
  CredentialFacts facts;
};
/// One JSON object a line: `{"user","aaguid"?,"modelProved"?,"attestation"?,"certification"?,
/// "backupEligible"?,"algorithm","transports"?,"discoverable"?,"age"}`. Errors:
/// policy_credentials_malformed with the offset of the line or value; json_*.
Result<std::vector<EnrolledCredential>> parse_enrolled_credentials(std::string_view lines);
/// One JSON object a line: `{"aaguid","certification","acceptable"?}`. Errors as above.
Result<std::vector<KnownModel>> parse_known_models(std::string_view lines);
/// What current metadata say of a proved model replaces what was recorded; a model that is no
/// longer acceptable, or that they do not know, is not proved.
void recheck_credentials(std::vector<EnrolledCredential>& credentials,
                         std::span<const KnownModel> models);

/// For one ceremony of the rows.
struct LockoutForecast {
  PolicyCeremony ceremony = PolicyCeremony::authenticate;
  std::size_t customers = 0;   // with a credential that the active policy accepts for some row
  std::size_t hindered = 0;    // of these: some row that was accepted is not any more
  std::size_t locked_out = 0;  // of these: no row is accepted any more
  std::string example;         // a customer who is locked out
};
/// Customers whose every credential is refused. Looks at ceremonies in which a customer signs with
/// a credential; what a ceremony can still bring (verification, tier, age of sign-in) is not held
/// against them.
std::vector<LockoutForecast> forecast_lockout(const PolicyDocument& active,
                                              const PolicyDocument& draft,
                                              const std::vector<PolicyInputs>& rows,
                                              const std::vector<EnrolledCredential>& credentials);

}  // namespace countersign
