#include "policy/lockout.h"

#include <algorithm>
#include <map>
#include <set>

#include "policy/silence.h"
#include "policy/space.h"

namespace countersign {
namespace {

constexpr std::string_view kCanonicalOrder = "canonical";

// Whether anybody gets to a verdict: what is pending may be demanded before it.
bool can_begin(const PolicyDocument& document, const PolicyInputs& row, DisplayTiers offered) {
  const Decision decision = evaluate(document, Phase::options, row);
  return decision.outcome != Outcome::deny &&
         never_met_kinds(decision.requirements, row.ceremony(), offered) == 0;
}

// The same where it is being registered: as the verdict of that knows it.
KnownCredential made_anew(KnownCredential known) {
  known.facts.age.reset();
  known.is_recovered.reset();
  known.last_used_age.reset();
  return known;
}

// Whether the credential would get through this row: not denied, and nothing of it is missing.
bool is_accepted(const PolicyDocument& document, PolicyInputs inputs,
                 const EnrolledCredential& credential, DisplayTiers offered) {
  const bool is_signing = is_assertion_ceremony(inputs.ceremony());
  const KnownCredential known = is_signing ? credential.known : made_anew(credential.known);
  set_credential_inputs(inputs, known);
  if (is_signing) {
    static_cast<void>(inputs.set_text(PolicyInput::authentication_counter, credential.counter));
  } else {
    static_cast<void>(inputs.set_text(PolicyInput::authentication_key_order, kCanonicalOrder));
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
  return unmet_by_credential(document, decision.requirements, known.facts) == 0 &&
         never_met_kinds(decision.requirements, inputs.ceremony(), offered) == 0;
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

void recheck_credentials(std::vector<EnrolledCredential>& credentials,
                         std::span<const KnownModel> models) {
  std::map<std::string_view, const KnownModel*> by_name;
  for (const KnownModel& model : models) {
    by_name.emplace(model.aaguid, &model);
  }
  for (EnrolledCredential& credential : credentials) {
    CredentialFacts& facts = credential.known.facts;
    if (!facts.is_model_proved) {
      continue;
    }
    const auto found = by_name.find(facts.aaguid);
    facts.is_model_proved = found != by_name.end() && found->second->is_acceptable;
    facts.certification =
        facts.is_model_proved ? found->second->certification : CertificationLevel::none;
  }
}

std::vector<PolicyInputs> plain_situations(const PolicyDocument& active,
                                           const PolicyDocument& draft) {
  const PolicyDocument* documents[] = {&active, &draft};
  const Space space(documents, Phase::options, {});
  std::vector<PolicyInputs> rows;
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    rows.push_back(space.sample(space.whole(static_cast<PolicyCeremony>(i))));
    rows.push_back(without_backend(rows.back()));
  }
  return rows;
}

void add_plain_situations(const PolicyDocument& active, const PolicyDocument& draft,
                          std::vector<PolicyInputs>& rows) {
  const std::size_t given = rows.size();
  for (PolicyInputs& plain : plain_situations(active, draft)) {
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(given);
    const bool is_spoken_of = std::any_of(rows.begin(), end, [&](const PolicyInputs& row) {
      return row.ceremony() == plain.ceremony();
    });
    if (!is_spoken_of) {
      rows.push_back(std::move(plain));
    }
  }
}

LockoutCounter::LockoutCounter(const PolicyDocument& active, const PolicyDocument& draft,
                               const std::vector<PolicyInputs>& rows, DisplayTiers offered)
    : active_(active), draft_(draft), offered_(offered) {
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    const auto ceremony = static_cast<PolicyCeremony>(i);
    std::vector<Row> distinct;
    for (PolicyInputs& row : distinct_rows(active, draft, rows, ceremony)) {
      const bool begins_before = can_begin(active, row, offered);
      const bool begins_after = can_begin(draft, row, offered);
      const bool is_silent = says_nothing(row);
      distinct.push_back({std::move(row), begins_before, begins_after, is_silent});
    }
    if (!distinct.empty()) {
      forecasts_.emplace_back().ceremony = ceremony;
      rows_.push_back(std::move(distinct));
    }
  }
}

bool LockoutCounter::passes(const PolicyDocument& document, const PolicyInputs& row, bool begins,
                            std::span<const EnrolledCredential> credentials) {
  if (!begins) {
    ++decisions_;  // a customer costs something in any case
    return false;
  }
  return std::any_of(credentials.begin(), credentials.end(), [&](const EnrolledCredential& one) {
    ++decisions_;
    return is_accepted(document, row, one, offered_);
  });
}

void LockoutCounter::add(std::string_view user, std::span<const EnrolledCredential> credentials) {
  for (std::size_t i = 0; i < forecasts_.size(); ++i) {
    LockoutForecast& forecast = forecasts_[i];
    std::size_t before = 0;
    std::size_t lost = 0;
    std::size_t after = 0;
    bool is_lost_unsaid = false;
    for (const Row& row : rows_[i]) {
      const bool did_pass = passes(active_, row.inputs, row.begins_before, credentials);
      const bool does_pass = passes(draft_, row.inputs, row.begins_after, credentials);
      before += did_pass ? 1 : 0;
      after += does_pass ? 1 : 0;
      lost += did_pass && !does_pass ? 1 : 0;
      is_lost_unsaid = is_lost_unsaid || (did_pass && !does_pass && row.is_silent);
    }
    forecast.customers += before > 0 ? 1 : 0;
    forecast.hindered += lost > 0 ? 1 : 0;
    forecast.unsaid += is_lost_unsaid ? 1 : 0;
    if (before > 0 && after == 0) {
      ++forecast.locked_out;
      forecast.example = forecast.example.empty() ? std::string(user) : forecast.example;
    }
  }
}

std::vector<LockoutForecast> forecast_lockout(const PolicyDocument& active,
                                              const PolicyDocument& draft,
                                              const std::vector<PolicyInputs>& rows,
                                              const std::vector<EnrolledCredential>& credentials,
                                              DisplayTiers offered) {
  std::map<std::string_view, std::vector<EnrolledCredential>> customers;
  for (const EnrolledCredential& credential : credentials) {
    customers[credential.user].push_back(credential);
  }
  LockoutCounter counter(active, draft, rows, offered);
  for (const auto& [user, held] : customers) {
    counter.add(user, held);
  }
  return std::move(counter).take();
}

}  // namespace countersign
