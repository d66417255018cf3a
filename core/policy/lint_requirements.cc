#include <algorithm>

#include "policy/enforcement.h"
#include "policy/linter.h"

namespace countersign {
namespace {

bool is_bound(const Requirements& one) { return one.binding != KeyBinding::any; }
bool is_attested(const Requirements& one) { return one.attestation != AttestationConveyance::none; }
bool is_many(const Requirements& one) { return one.approvals > 1; }
bool is_distinct(const Requirements& one) { return one.has_distinct_approvers; }

}  // namespace

void Linter::check_requirements() {
  const Space unsaid(documents_, Phase::verdict, cuts_, 0, SpaceDetail::absences);
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    const auto ceremony = static_cast<PolicyCeremony>(i);
    if (!check_satisfiable(ceremony)) {
      check_unsaid_demands(unsaid, ceremony);
    }
    check_enforced(ceremony);
    check_displayed(ceremony);
    if (std::optional<LintFinding> bound = find_bare(
            ceremony, {is_bound, is_attested, "whether a bound key is always attested"})) {
      bound->kind = LintKind::advisory_binding;
      bound->message = "the binding is advisory, no attestation proves it: " + bound->message;
      add(std::move(*bound));
    }
    if (std::optional<LintFinding> many = find_bare(
            ceremony, {is_many, is_distinct, "whether approvers are always different people"})) {
      many->kind = LintKind::single_approver;
      many->severity = Severity::error;
      many->message = "one person can give all approvals: " + many->message;
      add(std::move(*many));
    }
  }
}

// Empty where some authenticator can meet them.
std::string_view Linter::why_unsatisfiable(const Requirements& requirements) const {
  if (requirements.algorithms == 0) {
    return "no algorithm is left";
  }
  if ((requirements.transports & kRealTransports) == 0) {
    return "no transport is left";
  }
  if (requirements.cooling_off > requirements.credential_age) {
    return "a credential would have to be older and younger at once";
  }
  if (requirements.allow_lists != 0) {
    bool has_model = false;
    for (std::size_t i = 0; i < document_.lists().size(); ++i) {
      if ((requirements.allow_lists >> i & 1U) == 0) {
        continue;
      }
      for (const std::string& model : document_.lists()[i].models) {
        has_model = has_model || is_model_allowed(document_, requirements, model);
      }
    }
    if (!has_model) {
      return "no model is left of the lists";
    }
  }
  if (!settings_.models || !needs_proved_model(requirements)) {
    return "";
  }
  for (const KnownModel& model : *settings_.models) {
    if (model.is_acceptable && model.certification >= requirements.minimum_certification &&
        (model.algorithms & requirements.algorithms) != 0 &&
        (model.aaguid.empty() || is_model_allowed(document_, requirements, model.aaguid))) {
      return "";
    }
  }
  return "no model of the loaded metadata is certified so high, listed and acceptable";
}

bool Linter::check_satisfiable(PolicyCeremony ceremony) {
  std::optional<LintFinding> finding = find_unsatisfiable(
      verdict_, verdict_.whole(ceremony), "whether an authenticator can meet what is demanded");
  if (!finding) {
    return false;
  }
  finding->severity = Severity::error;
  finding->message = "no authenticator can meet this " + finding->message;
  add(std::move(*finding));
  return true;
}

// The finding has rules and witness, and why and the decision as its message.
std::optional<LintFinding> Linter::find_unsatisfiable(const Space& space, const Box& start,
                                                      std::string_view question_asked) {
  const auto question = [&](const Box& box, const BoxTruths& truths) {
    const Look denied = denial(space, box, truths, kNoRule);
    const Demands demanded = demands(truths, kNoRule);
    if (denied.truth == BoxTruth::yes || why_unsatisfiable(demanded.most).empty()) {
      return prune();
    }
    if (why_unsatisfiable(demanded.least).empty()) {
      return cut_rule(find_mixed(truths, [](std::uint32_t) { return true; }), true);
    }
    return denied.truth == BoxTruth::mixed ? denied.step : found();
  };
  const std::vector<std::uint32_t> relevant =
      space.possible_rules(static_cast<PolicyCeremony>(start[0].low));
  const SearchResult result = search(space, start, relevant, question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided(relevant, question_asked, space, result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return std::nullopt;
  }
  LintFinding finding;
  finding.kind = LintKind::unsatisfiable;
  finding.witness = space.sample(result.box);
  Requirements least;
  for (std::uint32_t i = 0; i < result.truths.size(); ++i) {
    if (result.truths[i] == BoxTruth::yes && rule(i).effect == Outcome::require) {
      join(least, rule(i).requirements);
      finding.rules.push_back(i);
    }
  }
  finding.message = "(" + std::string(why_unsatisfiable(least)) +
                    "): " + decided(*finding.witness, Phase::verdict);
  return finding;
}

// The finding has rules, witness and the decision as its message.
std::optional<LintFinding> Linter::find_bare(PolicyCeremony ceremony, const BareDemand& demand) {
  const auto question = [&](const Box& box, const BoxTruths& truths) {
    const Look denied = denial(verdict_, box, truths, kNoRule);
    const Demands demanded = demands(truths, kNoRule);
    if (denied.truth == BoxTruth::yes || !demand.has(demanded.most) ||
        demand.backs(demanded.least)) {
      return prune();
    }
    if (!demand.has(demanded.least)) {
      return cut_rule(
          find_mixed(truths, [&](std::uint32_t i) { return demand.has(rule(i).requirements); }),
          true);
    }
    const std::uint32_t backing =
        find_mixed(truths, [&](std::uint32_t i) { return demand.backs(rule(i).requirements); });
    if (backing != kNoRule) {
      return cut_rule(backing, false);
    }
    return denied.truth == BoxTruth::mixed ? denied.step : found();
  };
  const std::vector<std::uint32_t> relevant = verdict_.possible_rules(ceremony);
  if (std::none_of(relevant.begin(), relevant.end(),
                   [&](std::uint32_t i) { return demand.has(rule(i).requirements); })) {
    return std::nullopt;
  }
  const SearchResult result =
      search(verdict_, verdict_.whole(ceremony), relevant, question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided(relevant, demand.question, verdict_, result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return std::nullopt;
  }
  LintFinding finding;
  finding.witness = verdict_.sample(result.box);
  finding.message = decided(*finding.witness, Phase::verdict);
  for (std::uint32_t i = 0; i < result.truths.size(); ++i) {
    if (result.truths[i] == BoxTruth::yes && demand.has(rule(i).requirements)) {
      finding.rules.push_back(i);
    }
  }
  return finding;
}

// What the table says that no ceremony of that kind meets, or nobody looks at.
void Linter::check_enforced(PolicyCeremony ceremony) {
  for (std::size_t i = 0; i < kRequirementKinds; ++i) {
    const auto kind = static_cast<RequirementKind>(i);
    const Enforcement enforcement = enforcement_of(ceremony, kind);
    if (enforcement != Enforcement::never_met && enforcement != Enforcement::not_enforced) {
      continue;
    }
    const auto has = [&](const Requirements& one) {
      return (demanded_kinds(one) & mask_of(kind)) != 0;
    };
    const auto backs = [](const Requirements&) { return false; };
    std::optional<LintFinding> finding =
        find_bare(ceremony, {has, backs, "whether the ceremony can meet what is demanded"});
    if (!finding) {
      continue;
    }
    finding->kind = LintKind::unsatisfiable;
    finding->severity = Severity::error;
    finding->message =
        rule_names(finding->rules) + " demands " + std::string(requirement_name(kind)) +
        ", which " + (enforcement == Enforcement::never_met ? "cannot be met" : "is not enforced") +
        " there (" + std::string(enforcement_reason(ceremony, kind)) + "): " + finding->message;
    add(std::move(*finding));
  }
}

// A display that the deployment does not offer there; or that only the payment dialog surpasses,
// in which few transactions fit.
void Linter::check_displayed(PolicyCeremony ceremony) {
  constexpr RequirementKind kTier = RequirementKind::display_tier;
  constexpr std::uint8_t kDialog = 2;
  static_assert(kPaymentDialogTier == tier_bit(kDialog));
  if (enforcement_of(ceremony, kTier) != Enforcement::by_transaction) {
    return;  // check_enforced has said it
  }
  const auto above = [](std::uint8_t tier) {
    return [tier](const Requirements& one) { return one.display_tier > tier; };
  };
  const auto look = [&](std::uint8_t tier, std::function<bool(const Requirements&)> backs,
                        Severity severity, const std::string& why) {
    std::optional<LintFinding> finding = find_bare(
        ceremony,
        {above(tier), std::move(backs), "whether the display that is demanded is offered"});
    if (finding) {
      finding->kind = LintKind::unsatisfiable;
      finding->severity = severity;
      finding->message = rule_names(finding->rules) + " demands " +
                         std::string(requirement_name(kTier)) + ", which " + why + ": " +
                         finding->message;
      add(std::move(*finding));
    }
  };
  const std::uint8_t highest = highest_tier(ceremony, settings_.tiers);
  look(
      highest, [](const Requirements&) { return false; }, Severity::error,
      "cannot be met there (D" + std::to_string(highest) + " is the highest that is offered)");
  const auto others = static_cast<DisplayTiers>(settings_.tiers & ~unsigned{kPaymentDialogTier});
  const std::uint8_t page = highest_tier(ceremony, others);
  if (page + 1 < kDialog && highest == kDialog) {
    look(page, above(kDialog - 1), Severity::warning,
         "only the browser's payment dialog meets there (no approval origin is offered)");
  }
}

}  // namespace countersign
