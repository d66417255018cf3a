#include <algorithm>

#include "policy/linter.h"

namespace countersign {

void Linter::check_exemptions() {
  for (std::uint32_t i = 0; i < document_.rules().size(); ++i) {
    if (rule(i).effect != Outcome::exempt) {
      continue;
    }
    LintFinding denied;
    denied.rules = {i};
    for (std::size_t k = 0; k < kPolicyCeremonies; ++k) {
      if ((rule(i).ceremonies >> k & 1U) != 0) {
        check_article(i, static_cast<PolicyCeremony>(k));
        find_overlaps(static_cast<PolicyCeremony>(k), denied);
      }
    }
    if (denied.witness) {
      add(std::move(denied));
    }
  }
}

// Narrows the breach's box to cells in which the part is; false where there are none.
bool Linter::narrow(const BreachPart& part, Breach& breach) const {
  const std::size_t at = *options_.axis_of(part.input);
  const Axis& axis = options_.axes()[at];
  CellRange& range = breach.box[at];
  const auto narrow_to = [&](std::uint32_t low, std::uint32_t high) {
    range = {std::max(range.low, low), std::min(range.high, high)};
    return range.low <= range.high;
  };
  // The cell that begins with a value.
  const auto cell_from = [&](std::int64_t first) {
    return static_cast<std::uint32_t>(
        std::lower_bound(axis.firsts.begin(), axis.firsts.end(), first) - axis.firsts.begin());
  };
  const auto name_in = [&](std::uint32_t cell, std::string_view name) {
    breach.names.emplace_back(part.input, name);
    return narrow_to(cell, cell);
  };
  switch (part.kind) {
    case BreachPart::Kind::below:
      return narrow_to(0, cell_from(part.value) - 1);
    case BreachPart::Kind::above:
      return narrow_to(cell_from(part.value + 1), static_cast<std::uint32_t>(axis.cells - 1));
    case BreachPart::Kind::named:
      return range.has(axis.cell_of(part.name)) && name_in(axis.cell_of(part.name), part.name);
    case BreachPart::Kind::unnamed:
      return narrow_to(axis.others, axis.others);
    case BreachPart::Kind::other_than:
      break;
  }
  if (range.has(axis.others)) {
    return narrow_to(axis.others, axis.others);
  }
  const auto other = std::find_if(
      axis.known_names.begin(), axis.known_names.end(),
      [&](const auto& one) { return one.first != part.name && range.has(one.second); });
  return other != axis.known_names.end() && name_in(other->second, other->first);
}

std::optional<Linter::Breach> Linter::find_breach(std::span<const ExemptionBreach> breaches,
                                                  const Box& box) const {
  for (const ExemptionBreach& one : breaches) {
    Breach breach{&one, box, {}};
    if (std::all_of(one.parts.begin(), one.parts.end(),
                    [&](const BreachPart& part) { return narrow(part, breach); })) {
      return breach;
    }
  }
  return std::nullopt;
}

// In both phases: what the options ask to sign may be exempted when the passkey is known, and is
// recorded by that name.
std::optional<Linter::Exempted> Linter::find_exempted(std::uint32_t index, PolicyCeremony ceremony,
                                                      std::span<const ExemptionBreach> breaches) {
  InputMask late = 0;
  for (const InputRow& row : policy_inputs()) {
    late |= row.phase == Phase::verdict && exists_in(row, ceremony) ? mask_of(row.id) : 0;
  }
  std::optional<Exempted> exempted = find_exempted_in(options_, index, ceremony, breaches);
  if (!exempted && (document_.inputs() & late) != 0) {  // else there is nothing new to know
    exempted = find_exempted_in(verdict_, index, ceremony, breaches);
  }
  return exempted;
}

std::optional<Linter::Exempted> Linter::find_exempted_in(
    const Space& space, std::uint32_t index, PolicyCeremony ceremony,
    std::span<const ExemptionBreach> breaches) {
  const PolicyRule& exemption = rule(index);
  const auto question = [&](const Box& box, const BoxTruths& truths) {
    if (truths[index] == BoxTruth::no || !find_breach(breaches, box)) {
      return prune();
    }
    if (truths[index] == BoxTruth::mixed) {
      return cut_rule(index, true);
    }
    for (const Look& stronger :
         {denial(space, box, truths, kNoRule), any_of_effect(truths, Outcome::require, kNoRule)}) {
      if (stronger.truth != BoxTruth::no) {
        return stronger.truth == BoxTruth::yes ? prune() : stronger.step;
      }
    }
    return found();
  };
  const SearchResult result =
      search(space, space.whole(ceremony), space.possible_rules(ceremony), question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided({index}, "whether the exemption stays within its article", space, result.box);
  }
  if (result.kind != SearchResult::Kind::found) {
    return std::nullopt;
  }
  const Breach breach = *find_breach(breaches, result.box);
  Exempted exempted;
  exempted.why = breach.what->why;
  LintFinding& finding = exempted.finding;
  finding.rules = {index};
  finding.phase = space.phase();
  finding.witness = space.sample(breach.box);
  for (const auto& [input, name] : breach.names) {
    (void)finding.witness->set_text(input, name);
  }
  constexpr InputMask kCapped = mask_of(PolicyInput::amount_base) |
                                mask_of(PolicyInput::since_sca_sum) |
                                mask_of(PolicyInput::since_sca_count);
  InputMask shown =
      exemption.inputs | (find_exemption_article(exemption.label)->is_capped ? kCapped : 0);
  for (const BreachPart& part : breach.what->parts) {
    shown |= mask_of(part.input);
  }
  finding.message = situation(*finding.witness, shown) + " is exempted" +
                    (space.phase() == Phase::verdict ? ", once it is signed" : "");
  return exempted;
}

// Whether what the rule exempts in that ceremony is what its article is about.
void Linter::check_article(std::uint32_t index, PolicyCeremony ceremony) {
  const ExemptionArticle& article = *find_exemption_article(rule(index).label);
  const std::string name = "\"" + rule(index).id + "\"";
  const auto tell = [&](Exempted exempted, LintKind kind, Severity severity,
                        const std::string& what) {
    exempted.finding.kind = kind;
    exempted.finding.severity = severity;
    exempted.finding.message = name + what + ": " + exempted.finding.message;
    add(std::move(exempted.finding));
  };
  const std::string basis(article.basis);
  const ExemptionBreach anything[] = {{}};
  if (ceremony != article.ceremony) {
    if (std::optional<Exempted> elsewhere = find_exempted(index, ceremony, anything)) {
      tell(*std::move(elsewhere), LintKind::exemption_basis, Severity::error,
           " exempts what " + basis + " does not (it is about " +
               std::string(policy_ceremony_name(article.ceremony)) + " alone)");
    }
    return;
  }
  const ExemptionBreaches breaches = article.breaches(settings_.caps);
  if (std::optional<Exempted> beyond = find_exempted(index, ceremony, breaches.list)) {
    if (article.is_capped) {
      tell(*std::move(beyond), LintKind::exemption_above_cap, Severity::error,
           " exempts more than " + basis + " allows");
    } else {
      const std::string why(beyond->why);
      tell(*std::move(beyond), LintKind::exemption_basis, Severity::error,
           " exempts what " + basis + " does not (" + why + ")");
    }
    return;
  }
  if (breaches.has_unknown_cap) {
    LintFinding finding;
    finding.rules = {index};
    finding.phase = Phase::options;
    finding.message = "not decided: the caps of " + basis +
                      " are amounts in EUR, and what they are in " +
                      std::string(settings_.money.currency) + " is not said (rules " +
                      rule_names(finding.rules) + ")";
    add(std::move(finding));
  }
  if (article.unseen.empty()) {
    return;
  }
  if (std::optional<Exempted> unseen = find_exempted(index, ceremony, anything)) {
    tell(*std::move(unseen), LintKind::exemption_basis, Severity::warning,
         " exempts by " + basis + ", and no input shows that " + std::string(article.unseen));
  }
}

// One finding for all denials that overlap the exemption: its first rule. The witness shows one.
void Linter::find_overlaps(PolicyCeremony ceremony, LintFinding& finding) {
  const std::uint32_t index = finding.rules.front();
  for (std::uint32_t other = 0; other < document_.rules().size(); ++other) {
    if (rule(other).effect != Outcome::deny) {
      continue;
    }
    const std::uint32_t both[] = {index, other};
    const auto question = [&](const Box&, const BoxTruths& truths) {
      for (const std::uint32_t one : both) {
        if (truths[one] == BoxTruth::no) {
          return prune();
        }
      }
      for (const std::uint32_t one : both) {
        if (truths[one] == BoxTruth::mixed) {
          return cut_rule(one, true);
        }
      }
      return found();
    };
    const SearchResult result = search(options_, options_.whole(ceremony), both, question, budget_);
    if (result.kind == SearchResult::Kind::undecided) {
      add_undecided({index, other}, "whether the exemption overlaps the denial", options_,
                    result.box);
    }
    const bool is_new =
        std::find(finding.rules.begin(), finding.rules.end(), other) == finding.rules.end();
    if (result.kind != SearchResult::Kind::found || !is_new) {
      continue;
    }
    finding.rules.push_back(other);
    if (!finding.witness) {
      finding.witness = options_.sample(result.box);
    }
  }
  if (!finding.witness) {
    return;
  }
  finding.kind = LintKind::exemption_denied;
  finding.phase = Phase::options;
  const std::size_t denials = finding.rules.size() - 1;
  const std::string& first = rule(finding.rules[1]).id;
  finding.message =
      "\"" + rule(index).id + "\" exempts what " +
      (denials == 1 ? "\"" + first + "\" denies: "
                    : std::to_string(denials) + " rules deny, for example \"" + first + "\": ") +
      decided(*finding.witness, Phase::options);
}

}  // namespace countersign
