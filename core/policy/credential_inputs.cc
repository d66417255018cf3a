#include "policy/credential_inputs.h"

#include <utility>
#include <vector>

namespace countersign {

void set_credential_inputs(PolicyInputs& inputs, const KnownCredential& credential) {
  const CredentialFacts& facts = credential.facts;
  const auto set = [&](PolicyInput input, std::int64_t value) {
    static_cast<void>(inputs.set_number(input, value));
  };
  const auto set_name = [&](PolicyInput input, std::string_view name) {
    static_cast<void>(inputs.set_text(input, name));
  };
  set_name(PolicyInput::credential_aaguid, facts.aaguid);
  set_name(PolicyInput::credential_format, credential.format);
  set_name(PolicyInput::credential_metadata_status, credential.metadata_status);
  set(PolicyInput::credential_attested, facts.is_model_proved ? 1 : 0);
  set(PolicyInput::credential_certification,
      facts.is_model_proved ? static_cast<std::int64_t>(facts.certification) : 0);
  set(PolicyInput::credential_backup_eligible, facts.is_backup_eligible ? 1 : 0);
  if (credential.is_backed_up) {
    set(PolicyInput::credential_backed_up, *credential.is_backed_up ? 1 : 0);
  }
  if (facts.age) {
    set(PolicyInput::credential_age, *facts.age);
  }
  if (credential.is_recovered) {
    set(PolicyInput::credential_recovered, *credential.is_recovered ? 1 : 0);
  }
  if (credential.last_used_age) {
    set(PolicyInput::credential_last_used_age, *credential.last_used_age);
  }
  const std::span<const std::string_view> algorithms =
      row_of(PolicyInput::credential_algorithm).choices;
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    if (facts.algorithm == AlgorithmMask{1} << i) {
      set_name(PolicyInput::credential_algorithm, algorithms[i]);
    }
  }
  std::vector<std::string> transports;
  const std::span<const std::string_view> known =
      row_of(PolicyInput::credential_transports).choices;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if ((facts.transports >> i & 1U) != 0) {
      transports.emplace_back(known[i]);
    }
  }
  static_cast<void>(inputs.set_members(PolicyInput::credential_transports, std::move(transports)));
}

std::string_view counter_name(CounterOutcome counter) {
  switch (counter) {
    case CounterOutcome::advanced:
      return "advanced";
    case CounterOutcome::zero:
      return "zero";
    case CounterOutcome::not_advanced:
      return "not-advanced";
  }
  return "not-advanced";
}

}  // namespace countersign
