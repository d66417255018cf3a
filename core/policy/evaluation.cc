#include "policy/evaluation.h"

#include <algorithm>

namespace countersign {
namespace {

// The value of a leaf in the inputs, both of which are known.
bool holds(const PolicyDocument& document, const PolicyLeaf& leaf, std::int64_t value) {
  switch (leaf.kind) {
    case PolicyLeaf::Kind::range:
      return value >= leaf.low && value <= leaf.high;
    case PolicyLeaf::Kind::codes: {
      const auto code = static_cast<std::uint64_t>(value);
      return (document.words()[leaf.first_word + code / 64] >> (code % 64) & 1U) != 0;
    }
    case PolicyLeaf::Kind::member:
      return (static_cast<std::uint64_t>(value) >> leaf.low & 1U) != 0;
  }
  return false;
}

std::int64_t code_of(const std::vector<std::string>& names, const std::string& name) {
  const auto at = std::lower_bound(names.begin(), names.end(), name);
  const bool is_named = at != names.end() && *at == name;
  return is_named ? at - names.begin() : static_cast<std::int64_t>(names.size());
}

Truth truth_of_node(const PolicyDocument& document, std::uint32_t at,
                    const ResolvedInputs& inputs) {
  const PolicyNode& node = document.nodes()[at];
  if (node.kind == PolicyNode::Kind::leaf) {
    return truth_of_leaf(document, document.leaves()[node.leaf], inputs);
  }
  const bool is_all = node.kind == PolicyNode::Kind::all;
  const Truth decided = is_all ? Truth::no : Truth::yes;
  Truth truth = is_all ? Truth::yes : Truth::no;
  for (std::uint32_t part = at + 1; part < node.end; part = document.nodes()[part].end) {
    const Truth one = truth_of_node(document, part, inputs);
    truth = is_all ? std::min(truth, one) : std::max(truth, one);
    if (truth == decided) {
      break;
    }
  }
  return truth;
}

// A counter that did not advance, or one that should be known and is not.
bool is_counter_bad(const ResolvedInputs& inputs) {
  constexpr InputMask kCounter = mask_of(PolicyInput::authentication_counter);
  constexpr std::int64_t kNotAdvanced = 2;
  if ((inputs.existing & kCounter) == 0 || (inputs.pending & kCounter) != 0) {
    return false;
  }
  return (inputs.absent & kCounter) != 0 ||
         inputs.values[static_cast<std::size_t>(PolicyInput::authentication_counter)] ==
             kNotAdvanced;
}

// What the rules of one effect come to.
struct Tally {
  bool has_denial = false;
  bool has_requirement = false;
  bool has_exemption = false;
  bool is_exemption_pending = false;
  bool accepts_counter = false;
};

void settle(const PolicyDocument& document, const ResolvedInputs& inputs, const Tally& tally,
            Decision& decision) {
  decision.basis = DecisionBasis::rules;
  if (tally.has_denial) {
    decision.outcome = Outcome::deny;
  } else if (is_counter_bad(inputs) && !tally.accepts_counter) {
    decision.outcome = Outcome::deny;
    decision.basis = DecisionBasis::counter_not_advanced;
  } else if (tally.has_requirement) {
    decision.outcome = Outcome::require;
  } else if (tally.has_exemption) {
    decision.outcome = Outcome::exempt;
  } else if (tally.is_exemption_pending) {
    decision.outcome = Outcome::require;
    decision.basis = DecisionBasis::waits_for_verdict;
  } else {
    decision.outcome = document.default_outcome();
    decision.basis = DecisionBasis::nothing_matched;
  }
  if (decision.outcome != Outcome::require) {
    decision.requirements = Requirements();
  }
}

}  // namespace

std::string_view truth_name(Truth truth) {
  switch (truth) {
    case Truth::no:
      return "false";
    case Truth::pending:
      return "pending";
    case Truth::unknown:
      return "unknown";
    case Truth::yes:
      return "true";
  }
  return "false";
}

std::string_view decision_basis_name(DecisionBasis basis) {
  switch (basis) {
    case DecisionBasis::rules:
      return "rules";
    case DecisionBasis::nothing_matched:
      return "default";
    case DecisionBasis::waits_for_verdict:
      return "waits-for-verdict";
    case DecisionBasis::counter_not_advanced:
      return "counter-not-advanced";
  }
  return "default";
}

ResolvedInputs resolve_inputs(const PolicyDocument& document, Phase phase,
                              const PolicyInputs& inputs) {
  ResolvedInputs resolved;
  resolved.ceremony = inputs.ceremony();
  resolved.values[0] = static_cast<std::int64_t>(inputs.ceremony());
  for (const InputRow& row : policy_inputs()) {
    const InputMask mask = mask_of(row.id);
    if ((document.inputs() & mask) == 0 && row.id != PolicyInput::authentication_counter) {
      continue;
    }
    if (!exists_in(row, inputs.ceremony())) {
      continue;
    }
    resolved.existing |= mask;
    if (row.phase > phase) {
      resolved.pending |= mask;
      continue;
    }
    if (row.id == PolicyInput::ceremony) {
      continue;
    }
    if (!inputs.has(row.id)) {
      resolved.absent |= mask;
      continue;
    }
    std::int64_t& value = resolved.values[static_cast<std::size_t>(row.id)];
    switch (row.type) {
      case InputType::integer:
      case InputType::duration:
      case InputType::boolean:
      case InputType::choice:
        value = inputs.number(row.id);
        break;
      case InputType::text:
      case InputType::aaguid:
        value = code_of(document.names(row.id), inputs.text(row.id));
        break;
      case InputType::members: {
        std::uint64_t members = 0;
        const std::vector<std::string>& names = document.names(row.id);
        for (const std::string& member : inputs.members(row.id)) {
          const std::int64_t code = code_of(names, member);
          if (static_cast<std::size_t>(code) < names.size()) {
            members |= std::uint64_t{1} << code;
          }
        }
        value = static_cast<std::int64_t>(members);
        break;
      }
      case InputType::rate:
        break;  // no condition speaks of it
    }
  }
  return resolved;
}

Truth truth_of_leaf(const PolicyDocument& document, const PolicyLeaf& leaf,
                    const ResolvedInputs& inputs) {
  const InputMask mask = mask_of(leaf.input);
  if ((inputs.existing & mask) == 0) {
    return Truth::no;  // and so is its negation
  }
  if ((inputs.pending & mask) != 0) {
    return Truth::pending;
  }
  if ((inputs.absent & mask) != 0) {
    return Truth::unknown;
  }
  const std::int64_t value = inputs.values[static_cast<std::size_t>(leaf.input)];
  return holds(document, leaf, value) != leaf.is_negated ? Truth::yes : Truth::no;
}

bool accepts_counter(const PolicyDocument& document, const PolicyRule& rule,
                     const ResolvedInputs& inputs) {
  if ((rule.inputs & mask_of(PolicyInput::authentication_counter)) == 0) {
    return false;
  }
  const std::uint32_t end = document.nodes()[rule.first_node].end;
  for (std::uint32_t at = rule.first_node; at < end; ++at) {
    const PolicyNode& node = document.nodes()[at];
    if (node.kind == PolicyNode::Kind::leaf &&
        document.leaves()[node.leaf].input == PolicyInput::authentication_counter &&
        truth_of_leaf(document, document.leaves()[node.leaf], inputs) == Truth::yes) {
      return true;
    }
  }
  return false;
}

Decision evaluate(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs) {
  const ResolvedInputs resolved = resolve_inputs(document, phase, inputs);
  Decision decision;
  decision.phase = phase;
  decision.policy = document.digest();
  Tally tally;
  for (std::uint32_t i = 0; i < document.rules().size(); ++i) {
    const PolicyRule& rule = document.rules()[i];
    if ((rule.ceremonies >> static_cast<unsigned>(resolved.ceremony) & 1U) == 0) {
      continue;
    }
    decision.inputs_used |= rule.inputs & resolved.existing;
    const Truth truth = truth_of_node(document, rule.first_node, resolved);
    if (truth == Truth::no) {
      continue;
    }
    decision.matches.push_back({i, truth});
    switch (rule.effect) {
      case Outcome::deny:
        tally.has_denial = tally.has_denial || truth >= Truth::unknown;
        break;
      case Outcome::require:
        tally.has_requirement = true;
        join(decision.requirements, rule.requirements);
        break;
      case Outcome::exempt:
        tally.has_exemption = tally.has_exemption || truth == Truth::yes;
        tally.is_exemption_pending = tally.is_exemption_pending || truth == Truth::pending;
        break;
    }
    tally.accepts_counter =
        tally.accepts_counter || (rule.effect != Outcome::deny && truth == Truth::yes &&
                                  accepts_counter(document, rule, resolved));
  }
  // What was converted stays with its rate, also where it is part of a sum.
  constexpr InputMask kAmounts =
      mask_of(PolicyInput::amount_base) | mask_of(PolicyInput::since_sca_sum);
  if ((decision.inputs_used & kAmounts) != 0 &&
      exists_in(row_of(PolicyInput::amount_rate), resolved.ceremony)) {
    decision.inputs_used |= mask_of(PolicyInput::amount_rate);
  }
  settle(document, resolved, tally, decision);
  return decision;
}

Decision hold_exemption(const PolicyDocument& document, Decision decision) {
  const auto is_denial_pending = [&](const RuleMatch& match) {
    return match.truth == Truth::pending && document.rules()[match.rule].effect == Outcome::deny;
  };
  if (decision.outcome == Outcome::exempt &&
      std::any_of(decision.matches.begin(), decision.matches.end(), is_denial_pending)) {
    decision.outcome = Outcome::require;
    decision.basis = DecisionBasis::waits_for_verdict;
  }
  return decision;
}

Decision decide(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs) {
  return hold_exemption(document, evaluate(document, phase, inputs));
}

std::string_view strictness_name(Strictness strictness) {
  switch (strictness) {
    case Strictness::same:
      return "same";
    case Strictness::stricter:
      return "stricter";
    case Strictness::weaker:
      return "weaker";
    case Strictness::incomparable:
      return "incomparable";
  }
  return "incomparable";
}

Strictness compare_decisions(const PolicyDocument& before_document, const Decision& before,
                             const PolicyDocument& after_document, const Decision& after) {
  if (before.outcome != after.outcome) {
    return after.outcome > before.outcome ? Strictness::stricter : Strictness::weaker;
  }
  if (before.outcome != Outcome::require) {
    return Strictness::same;
  }
  const bool is_weaker =
      less_demanding(after_document, after.requirements, before_document, before.requirements) != 0;
  const bool is_stricter =
      less_demanding(before_document, before.requirements, after_document, after.requirements) != 0;
  if (is_weaker) {
    return is_stricter ? Strictness::incomparable : Strictness::weaker;
  }
  return is_stricter ? Strictness::stricter : Strictness::same;
}

}  // namespace countersign
