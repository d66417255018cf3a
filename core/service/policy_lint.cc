#include "service/policy_lint.h"

#include <algorithm>
#include <array>
#include <vector>

#include "codec/base64url.h"
#include "service/known_models.h"
#include "service/policy_administrators.h"
#include "service/policy_facts.h"

namespace countersign {
namespace {

constexpr std::int64_t kSecondsInDay = 86400;
constexpr std::int64_t kDaysInWeek = 7;
constexpr std::int64_t kHoursInDay = 24;
// What is good enough only today locks everybody out tomorrow.
constexpr std::array<std::int64_t, 6> kDaysFromNow{1, 2, 7, 14, 21, kSuccessionDays};

// An approval at that time as the document takes it before the passkey is known.
struct Opening {
  PolicyInputs inputs;
  std::uint8_t display_tier = 0;
};

// The hours in which it lets an approval begin.
std::vector<Opening> list_openings(const PolicyDocument& document, DisplayTiers tiers) {
  std::vector<Opening> openings;
  for (std::int64_t at = 0; at < kDaysInWeek * kHoursInDay; ++at) {
    PolicyInputs inputs(PolicyCeremony::policy_publish);
    put_input(inputs, PolicyInput::authentication_age, 0);
    put_input(inputs, PolicyInput::time_weekday, at / kHoursInDay);
    put_input(inputs, PolicyInput::time_hour, at % kHoursInDay);
    const Decision decision = evaluate(document, Phase::options, inputs);
    if (decision.outcome == Outcome::require &&
        never_met_kinds(decision.requirements, PolicyCeremony::policy_publish, tiers) == 0) {
      put_input(inputs, PolicyInput::transaction_tier, decision.requirements.display_tier);
      openings.push_back({std::move(inputs), decision.requirements.display_tier});
    }
  }
  return openings;
}

KnownCredential aged(KnownCredential credential, std::int64_t seconds) {
  if (credential.facts.age) {
    *credential.facts.age += seconds;
  }
  if (credential.last_used_age) {
    *credential.last_used_age += seconds;
  }
  return credential;
}

bool takes(const PolicyDocument& document, const Opening& opening,
           const KnownCredential& credential, CounterOutcome counter) {
  PolicyInputs inputs = opening.inputs;
  set_credential_inputs(inputs, credential);
  put_input(inputs, PolicyInput::authentication_counter, counter_name(counter));
  const Decision decision = evaluate(document, Phase::verdict, inputs);
  return decision.outcome == Outcome::require &&
         unmet_requirements(document, decision.requirements, credential.facts,
                            {/*is_user_verified=*/true, opening.display_tier,
                             /*authentication_age=*/0}) == 0;
}

bool takes_within_days(const PolicyDocument& document, const std::vector<Opening>& openings,
                       const KnownCredential& credential, CounterOutcome counter) {
  return std::any_of(kDaysFromNow.begin(), kDaysFromNow.end(), [&](std::int64_t days) {
    const KnownCredential later = aged(credential, days * kSecondsInDay);
    return std::any_of(openings.begin(), openings.end(), [&](const Opening& opening) {
      return takes(document, opening, later, counter);
    });
  });
}

Result<bool> has_passkey_for(const PolicyContext& context, const Tenant& tenant,
                             const PolicyDocument& document, const std::vector<Opening>& openings,
                             const UserHandle& administrator) {
  const ServiceContext& service = context.service;
  CS_ASSIGN(const std::vector<StoredCredential> credentials,
            service.credentials.list_credentials(tenant.id, administrator));
  const std::shared_ptr<const MetadataModels> models = service.models.models();
  return std::any_of(
      credentials.begin(), credentials.end(), [&](const StoredCredential& credential) {
        return takes_within_days(
            document, openings,
            review_signer(credential, models.get(), service.clock.now(), service.hasher),
            likely_counter(credential));
      });
}

// Each account counts once, under whatever names it is listed.
Result<std::size_t> count_able(const PolicyContext& context, const Tenant& tenant,
                               const PolicyDocument& document, DisplayTiers tiers) {
  const std::vector<Opening> openings = list_openings(document, tiers);
  std::vector<UserHandle> seen;
  std::size_t able = 0;
  for (const std::string& name : tenant.policy_administrators) {
    const Result<Account> account = find_policy_administrator(context, tenant, name);
    if (!account.has_value()) {
      if (account.error().code == ErrorCode::account_not_found) {
        continue;
      }
      return account.error();
    }
    if (std::find(seen.begin(), seen.end(), account->handle) != seen.end()) {
      continue;
    }
    seen.push_back(account->handle);
    CS_ASSIGN(const bool is_able,
              has_passkey_for(context, tenant, document, openings, account->handle));
    able += is_able ? 1 : 0;
  }
  return able;
}

Result<std::optional<std::string>> why_locked_out(const PolicyContext& context,
                                                  const Tenant& tenant,
                                                  const PolicyDocument& document,
                                                  DisplayTiers tiers) {
  const std::size_t listed = tenant.policy_administrators.size();
  const std::size_t needed = approvals_to_replace(tenant, document);
  if (needed > listed) {
    return std::optional("to replace it takes approvals of " + std::to_string(needed) +
                         " administrators, and " + std::to_string(listed) + " are listed in " +
                         "policyAdministrators");
  }
  CS_ASSIGN(const std::size_t able, count_able(context, tenant, document, tiers));
  if (able >= needed) {
    return std::optional<std::string>();
  }
  return std::optional("to replace it takes approvals of " + std::to_string(needed) +
                       " administrators, and " + std::to_string(able) +
                       " have a passkey that it takes, now or within " +
                       std::to_string(kSuccessionDays) + " days");
}

// Another document under the same id and number: audits and people tell revisions apart by those.
struct Namesake {
  Digest256 digest{};
  std::string_view state;
  bool is_in_use = false;    // somebody goes by it: a draft under its number is an error
  bool has_decided = false;  // and so is whatever has not
};

std::optional<Namesake> find_namesake(const PolicyContext& context, const Tenant& tenant,
                                      const PolicyLife& life, const Digest256& digest,
                                      std::string_view name, std::int64_t number) {
  std::optional<Namesake> found;
  const auto take = [&](const Namesake& other) {
    const auto weight = [](const Namesake& one) {
      return (one.has_decided ? 2 : 0) + (one.is_in_use ? 1 : 0);
    };
    if (!equal(other.digest, digest) && (!found || weight(other) > weight(*found))) {
      found = other;
    }
  };
  for (const PolicyRevision& one : life.revisions) {
    if (one.name == name && one.number == number) {
      const bool is_in_use = one.state != RevisionState::draft &&
                             (one.state != RevisionState::retired || one.was_active);
      take({one.digest, revision_state_name(one.state), is_in_use, one.was_active});
    }
  }
  const std::shared_ptr<const PolicyDocument> configured =
      context.configured.policy_for(tenant.id, std::nullopt).document;
  if (configured->id() == name && configured->revision() == number) {
    take({configured->digest(), "configured", true, true});
  }
  return found;
}

// What is active, or was, stays as it is.
bool is_taken_by(const Namesake& other, const PolicyRevision* own) {
  const bool is_draft = own == nullptr || own->state == RevisionState::draft;
  return (other.is_in_use && is_draft) ||
         (other.has_decided && (own == nullptr || !own->was_active));
}

Result<std::optional<LintFinding>> find_repeated(const PolicyContext& context, const Tenant& tenant,
                                                 const PolicyDocument& document) {
  CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
  const std::optional<Namesake> other =
      find_namesake(context, tenant, life, document.digest(), document.id(), document.revision());
  if (!other) {
    return std::optional<LintFinding>();
  }
  LintFinding finding;
  finding.kind = LintKind::revision_repeated;
  finding.severity =
      is_taken_by(*other, life.find(document.digest())) ? Severity::error : Severity::warning;
  finding.message = "another document is " + document.id() + " revision " +
                    std::to_string(document.revision()) + " already (" + std::string(other->state) +
                    ", " + encode_base64url(other->digest) + ")";
  return std::optional(std::move(finding));
}

}  // namespace

unsigned approvals_to_replace(const Tenant& tenant, const PolicyDocument& document) {
  // Nothing of the situation is known: the number for all of them, also where a denial that asks
  // for what is unknown would leave the decision without requirements.
  const Decision decision =
      evaluate(document, Phase::options, PolicyInputs(PolicyCeremony::policy_publish));
  unsigned needed = tenant.policy_approvals;
  for (const RuleMatch& match : decision.matches) {
    const PolicyRule& rule = document.rules()[match.rule];
    if (rule.effect == Outcome::require) {
      needed = std::max<unsigned>(needed, rule.requirements.approvals);
    }
  }
  return needed;
}

Result<PolicyLint> lint_on_server(const PolicyContext& context, const Tenant& tenant,
                                  const PolicyDocument& document, DisplayTiers tiers) {
  PolicyLint out;
  LintSettings settings;
  settings.tiers = tiers;
  settings.algorithms = tenant.is_conformance_profile ? kAnyAlgorithm : kServerAlgorithms;
  settings.money = money_of(tenant.base_currency).value_or(Money());
  settings.caps = exemption_caps(tenant.base_currency, tenant.exemptions);
  settings.time = context.service.clock.now();
  settings.administrators = tenant.policy_administrators.size();
  const std::optional<std::vector<KnownModel>> models =
      known_models(context.service.models.models().get(), *settings.time, context.service.hasher);
  if (models) {
    settings.models = *models;
    out.models = models->size();
  }
  out.report = *context.reports.lint(document, settings);
  CS_ASSIGN(std::optional<LintFinding> repeated, find_repeated(context, tenant, document));
  if (repeated) {
    out.report.findings.push_back(*std::move(repeated));
  }
  const std::vector<LintFinding>& findings = out.report.findings;
  const bool is_said = std::any_of(
      findings.begin(), findings.end(),
      [](const LintFinding& finding) { return finding.kind == LintKind::publish_locked_out; });
  if (is_said || tenant.policy_administrators.empty()) {
    return out;
  }
  CS_ASSIGN(std::optional<std::string> reason, why_locked_out(context, tenant, document, tiers));
  if (reason) {
    LintFinding finding;
    finding.kind = LintKind::publish_locked_out;
    finding.severity = Severity::error;
    finding.message = *std::move(reason);
    out.report.findings.insert(out.report.findings.begin(), std::move(finding));
  }
  return out;
}

bool is_stopped_by(const LintFinding& finding, const std::vector<std::string>& acknowledged) {
  return finding.severity == Severity::error ||
         std::find(acknowledged.begin(), acknowledged.end(), lint_kind_name(finding.kind)) ==
             acknowledged.end();
}

Status check_lint(const PolicyContext& context, const Tenant& tenant,
                  const PolicyRevision& revision, DisplayTiers tiers) {
  CS_ASSIGN(const std::shared_ptr<const PolicyDocument> document,
            load_policy(context, tenant, revision.digest));
  CS_ASSIGN(const PolicyLint lint, lint_on_server(context, tenant, *document, tiers));
  const std::vector<LintFinding>& findings = lint.report.findings;
  const std::vector<std::string> acknowledged =
      revision.acknowledged.value_or(std::vector<std::string>());
  return std::any_of(findings.begin(), findings.end(),
                     [&](const LintFinding& finding) {
                       // A draft that somebody else writes under its number holds nothing up.
                       const bool is_of_another = finding.kind == LintKind::revision_repeated &&
                                                  finding.severity == Severity::warning;
                       return !is_of_another && is_stopped_by(finding, acknowledged);
                     })
             ? Status(ErrorCode::policy_lint_failed)
             : ok();
}

Status check_number(const PolicyContext& context, const Tenant& tenant, const PolicyLife& life,
                    const PolicyRevision& revision) {
  const std::optional<Namesake> other =
      find_namesake(context, tenant, life, revision.digest, revision.name, revision.number);
  return other && is_taken_by(*other, &revision) ? Status(ErrorCode::policy_lint_failed) : ok();
}

}  // namespace countersign
