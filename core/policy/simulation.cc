#include "policy/simulation.h"

#include <algorithm>
#include <map>
#include <set>

#include "policy/policy_json.h"

namespace countersign {
namespace {

// Whether the credential would get through this row: not denied, and nothing of it is missing.
bool is_accepted(const PolicyDocument& document, PolicyInputs inputs,
                 const CredentialFacts& facts) {
  constexpr std::int64_t kAdvanced = 0;
  if (is_aaguid_text(facts.aaguid)) {
    (void)inputs.set_text(PolicyInput::credential_aaguid, facts.aaguid);
  }
  const auto set = [&](PolicyInput input, std::int64_t value) {
    (void)inputs.set_number(input, value);
  };
  set(PolicyInput::credential_attested, facts.is_model_proved ? 1 : 0);
  set(PolicyInput::credential_certification,
      facts.is_model_proved ? static_cast<std::int64_t>(facts.certification) : 0);
  set(PolicyInput::credential_backup_eligible, facts.is_backup_eligible ? 1 : 0);
  set(PolicyInput::credential_age, facts.age.value_or(0));
  set(PolicyInput::authentication_counter, kAdvanced);
  std::vector<std::string> transports;
  const auto names = row_of(PolicyInput::credential_transports).choices;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if ((facts.transports >> i & 1U) != 0) {
      transports.emplace_back(names[i]);
    }
  }
  (void)inputs.set_members(PolicyInput::credential_transports, std::move(transports));
  for (std::size_t i = 0; i < row_of(PolicyInput::credential_algorithm).choices.size(); ++i) {
    if ((facts.algorithm >> i & 1U) != 0) {
      set(PolicyInput::credential_algorithm, static_cast<std::int64_t>(i));
    }
  }
  const Decision decision = evaluate(document, Phase::verdict, inputs);
  switch (decision.outcome) {
    case Outcome::deny:
      return false;
    case Outcome::exempt:
      return true;
    case Outcome::require:
      break;
  }
  return unmet_by_credential(document, decision.requirements, facts) == 0;
}

// Rows that neither policy tells apart before the credential is known.
std::vector<PolicyInputs> distinct_rows(const PolicyDocument& active, const PolicyDocument& draft,
                                        const std::vector<PolicyInputs>& rows,
                                        PolicyCeremony ceremony) {
  std::set<std::vector<Truth>> seen;
  std::vector<PolicyInputs> distinct;
  for (const PolicyInputs& row : rows) {
    if (row.ceremony() != ceremony) {
      continue;
    }
    std::vector<Truth> key;
    for (const PolicyDocument* document : {&active, &draft}) {
      const ResolvedInputs resolved = resolve_inputs(*document, Phase::options, row);
      for (const PolicyLeaf& leaf : document->leaves()) {
        key.push_back(truth_of_leaf(*document, leaf, resolved));
      }
    }
    if (seen.insert(std::move(key)).second) {
      distinct.push_back(row);
    }
  }
  return distinct;
}

}  // namespace

SimulationReport simulate_policy(const PolicyDocument& active, const PolicyDocument& draft,
                                 Phase phase, const std::vector<PolicyInputs>& rows) {
  SimulationReport report;
  for (const PolicyInputs& row : rows) {
    const Decision before = evaluate(active, phase, row);
    const Decision after = evaluate(draft, phase, row);
    const auto change = static_cast<std::size_t>(compare_decisions(active, before, draft, after));
    ++report.rows;
    ++report.changes[change];
    ++report.transitions[static_cast<std::size_t>(before.outcome)]
                        [static_cast<std::size_t>(after.outcome)];
    if (!report.examples[change]) {
      report.examples[change] = row;
    }
  }
  return report;
}

void recheck_credentials(std::vector<EnrolledCredential>& credentials,
                         std::span<const KnownModel> models) {
  std::map<std::string_view, const KnownModel*> by_name;
  for (const KnownModel& model : models) {
    by_name.emplace(model.aaguid, &model);
  }
  for (EnrolledCredential& credential : credentials) {
    if (!credential.facts.is_model_proved) {
      continue;
    }
    const auto found = by_name.find(credential.facts.aaguid);
    credential.facts.is_model_proved = found != by_name.end() && found->second->is_acceptable;
    credential.facts.certification =
        credential.facts.is_model_proved ? found->second->certification : CertificationLevel::none;
  }
}

std::vector<LockoutForecast> forecast_lockout(const PolicyDocument& active,
                                              const PolicyDocument& draft,
                                              const std::vector<PolicyInputs>& rows,
                                              const std::vector<EnrolledCredential>& credentials) {
  std::map<std::string_view, std::vector<const CredentialFacts*>> customers;
  for (const EnrolledCredential& credential : credentials) {
    customers[credential.user].push_back(&credential.facts);
  }
  std::vector<LockoutForecast> forecasts;
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    LockoutForecast forecast;
    forecast.ceremony = static_cast<PolicyCeremony>(i);
    const std::vector<PolicyInputs> distinct =
        distinct_rows(active, draft, rows, forecast.ceremony);
    if (distinct.empty() || !is_assertion_ceremony(forecast.ceremony)) {
      continue;
    }
    for (const auto& [user, facts] : customers) {
      const auto passes = [&, &held = facts](const PolicyDocument& document,
                                             const PolicyInputs& row) {
        return std::any_of(held.begin(), held.end(), [&](const CredentialFacts* one) {
          return is_accepted(document, row, *one);
        });
      };
      std::size_t before = 0;
      std::size_t lost = 0;
      std::size_t after = 0;
      for (const PolicyInputs& row : distinct) {
        const bool did_pass = passes(active, row);
        const bool does_pass = passes(draft, row);
        before += did_pass ? 1 : 0;
        after += does_pass ? 1 : 0;
        lost += did_pass && !does_pass ? 1 : 0;
      }
      forecast.customers += before > 0 ? 1 : 0;
      forecast.hindered += lost > 0 ? 1 : 0;
      if (before > 0 && after == 0) {
        ++forecast.locked_out;
        forecast.example = forecast.example.empty() ? std::string(user) : forecast.example;
      }
    }
    forecasts.push_back(std::move(forecast));
  }
  return forecasts;
}

}  // namespace countersign
