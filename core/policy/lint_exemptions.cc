#include "policy/linter.h"

namespace countersign {
namespace {

bool knows_caps(const PolicyRule& exemption, const ExemptionCaps& caps) {
  if (exemption.label == "rts.article-16") {
    return caps.low_value && caps.low_value_sum;
  }
  return exemption.label != "rts.article-18" || (caps.card && caps.credit_transfer);
}

}  // namespace

void Linter::check_exemptions() {
  for (std::uint32_t i = 0; i < document_.rules().size(); ++i) {
    if (rule(i).effect != Outcome::exempt) {
      continue;
    }
    LintFinding denied;
    denied.rules = {i};
    for (std::size_t k = 0; k < kPolicyCeremonies; ++k) {
      if ((rule(i).ceremonies >> k & 1U) != 0) {
        check_cap(i, static_cast<PolicyCeremony>(k));
        find_overlaps(static_cast<PolicyCeremony>(k), denied);
      }
    }
    if (denied.witness) {
      add(std::move(denied));
    }
  }
}

// Narrows the box to cells beyond the cap of the exemption's basis; false when it has none.
// Article 16: the amount, or the sum as well as the count (one of the two must be within).
bool Linter::find_beyond_cap(const PolicyRule& exemption, Box& box) const {
  const auto narrow_above = [&](PolicyInput input, std::optional<std::int64_t> cap) {
    if (!cap) {
      return false;
    }
    const std::size_t axis = *options_.axis_of(input);
    const std::vector<std::int64_t>& firsts = options_.axes()[axis].firsts;
    const auto above = std::upper_bound(firsts.begin(), firsts.end(), *cap);
    const auto cell = static_cast<std::uint32_t>(above - firsts.begin());
    if (cell > box[axis].high) {
      return false;
    }
    box[axis].low = std::max(box[axis].low, cell);
    return true;
  };
  const ExemptionCaps& caps = settings_.caps;
  if (exemption.label == "rts.article-16") {
    if (narrow_above(PolicyInput::amount_base, caps.low_value)) {
      return true;
    }
    Box both = box;
    if (!narrow_above(PolicyInput::since_sca_sum, caps.low_value_sum) ||
        !narrow_above(PolicyInput::since_sca_count, caps.low_value_count)) {
      box = std::move(both);
      return false;
    }
    return true;
  }
  if (exemption.label != "rts.article-18") {
    return false;
  }
  // What is no card payment may be a credit transfer, whose cap is lower.
  constexpr std::string_view kCard = "payment.card/1";
  const std::optional<std::size_t> type = options_.axis_of(PolicyInput::transaction_type);
  for (std::uint32_t cell = type ? box[*type].low : 0; cell <= (type ? box[*type].high : 0);
       ++cell) {
    Box one = box;
    const bool is_card = type && options_.axes()[*type].names[cell] == kCard;
    if (type) {
      one[*type] = {cell, cell};
    }
    std::swap(box, one);
    if (narrow_above(PolicyInput::amount_base, is_card ? caps.card : caps.credit_transfer)) {
      return true;
    }
    std::swap(box, one);
  }
  return false;
}

// In the options phase: whoever is exempted there never gets to a verdict.
void Linter::check_cap(std::uint32_t index, PolicyCeremony ceremony) {
  const PolicyRule& exemption = rule(index);
  if (ceremony != PolicyCeremony::transaction_approve) {
    return;  // the capped articles are about payments
  }
  const auto question = [&](const Box& box, const BoxTruths& truths) {
    Box beyond = box;
    if (truths[index] == BoxTruth::no || !find_beyond_cap(exemption, beyond)) {
      return prune();
    }
    if (truths[index] == BoxTruth::mixed) {
      return cut_rule(index, true);
    }
    for (const Outcome effect : {Outcome::deny, Outcome::require}) {
      const Look stronger = any_of_effect(truths, effect, kNoRule);
      if (stronger.truth != BoxTruth::no) {
        return stronger.truth == BoxTruth::yes ? prune() : stronger.step;
      }
    }
    return found();
  };
  const SearchResult result = search(options_, options_.whole(ceremony),
                                     options_.possible_rules(ceremony), question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided({index}, "whether the exemption stays within its cap", options_, result.box);
  } else if (result.kind != SearchResult::Kind::found && !knows_caps(exemption, settings_.caps)) {
    LintFinding finding;
    finding.kind = LintKind::undecided;
    finding.rules = {index};
    finding.phase = Phase::options;
    finding.message = "not decided: the caps of " + exemption.label +
                      " are amounts in EUR, and what they are in " +
                      std::string(settings_.money.currency) + " is not said (rules " +
                      rule_names(finding.rules) + ")";
    add(std::move(finding));
  }
  if (result.kind != SearchResult::Kind::found) {
    return;
  }
  Box beyond = result.box;
  find_beyond_cap(exemption, beyond);
  LintFinding finding;
  finding.kind = LintKind::exemption_above_cap;
  finding.severity = Severity::error;
  finding.rules = {index};
  finding.phase = Phase::options;
  finding.witness = options_.sample(beyond);
  constexpr InputMask kCapped = mask_of(PolicyInput::amount_base) |
                                mask_of(PolicyInput::since_sca_sum) |
                                mask_of(PolicyInput::since_sca_count);
  finding.message = "\"" + exemption.id + "\" exempts more than " + exemption.label +
                    " allows: " + situation(*finding.witness, exemption.inputs | kCapped) +
                    " is exempted";
  add(std::move(finding));
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
