#include "policy/wording.h"

#include <vector>

#include "transaction/amount.h"

namespace countersign {
namespace {

constexpr std::string_view kNothing = "nothing in particular";

void append(std::string& text, std::string_view separator, std::string_view more) {
  if (!text.empty()) {
    text += separator;
  }
  text += more;
}

std::string_view ceremony_phrase(PolicyCeremony ceremony) {
  switch (ceremony) {
    case PolicyCeremony::registration:
      return "a registration";
    case PolicyCeremony::authenticate:
      return "a login";
    case PolicyCeremony::credential_add:
      return "adding a credential";
    case PolicyCeremony::credential_remove:
      return "removing a credential";
    case PolicyCeremony::transaction_approve:
      return "a transfer";
    case PolicyCeremony::beneficiary_add:
      return "adding a payee";
    case PolicyCeremony::limit_change:
      return "a change of limits";
    case PolicyCeremony::account_access:
      return "access to an account";
    case PolicyCeremony::pairing_login:
      return "a login by another device";
    case PolicyCeremony::recovery:
      return "a recovery";
    case PolicyCeremony::policy_publish:
      return "publishing a policy";
  }
  return "";
}

std::string value_text(const InputRow& row, std::int64_t value, const Money& money) {
  if (row.id == PolicyInput::amount_base || row.id == PolicyInput::since_sca_sum) {
    return describe_amount(value, money);
  }
  switch (row.type) {
    case InputType::duration:
      return describe_duration(value);
    case InputType::boolean:
      return value != 0 ? "true" : "false";
    case InputType::choice:
      return std::string(row.choices[static_cast<std::size_t>(value)]);
    case InputType::integer:
    case InputType::text:
    case InputType::aaguid:
    case InputType::members:
    case InputType::rate:
      break;
  }
  return std::to_string(value);
}

// A range that is empty was written with the end of what the input can be.
std::string range_text(const InputRow& row, const PolicyLeaf& leaf, const Money& money) {
  const std::int64_t top =
      row.type == InputType::choice ? static_cast<std::int64_t>(row.choices.size()) - 1 : row.high;
  const bool is_empty = leaf.low > leaf.high;
  const std::string name = std::string(row.name) + ' ';
  const std::string other = leaf.is_negated ? "not " : "";
  switch (leaf.written) {
    case PolicyLeaf::Operator::equal:
      return name + (leaf.is_negated ? "!= " : "= ") + value_text(row, leaf.low, money);
    case PolicyLeaf::Operator::more:
      return name + other + "more than " + value_text(row, is_empty ? top : leaf.low - 1, money);
    case PolicyLeaf::Operator::at_least:
      return name + other + "at least " + value_text(row, leaf.low, money);
    case PolicyLeaf::Operator::less:
      return name + other + "less than " +
             value_text(row, is_empty ? row.low : leaf.high + 1, money);
    case PolicyLeaf::Operator::at_most:
      return name + other + "at most " + value_text(row, leaf.high, money);
  }
  return name;
}

std::string codes_text(const PolicyDocument& document, const InputRow& row,
                       const PolicyLeaf& leaf) {
  // [a list of models would fill the page]
  constexpr std::size_t kShown = 6;
  const std::vector<std::string>& names = document.names(leaf.input);
  std::vector<std::string_view> set;
  for (std::size_t code = 0; code < names.size(); ++code) {
    if ((document.words()[leaf.first_word + code / 64] >> (code % 64) & 1U) != 0) {
      set.push_back(names[code]);
    }
  }
  std::string text(row.name);
  if (set.size() == 1) {
    text += leaf.is_negated ? " != " : " = ";
    return text += set.front();
  }
  text += leaf.is_negated ? " not in {" : " in {";
  for (std::size_t i = 0; i < set.size() && i < kShown; ++i) {
    text += i == 0 ? "" : ", ";
    text += set[i];
  }
  if (set.size() > kShown) {
    text += ", " + std::to_string(set.size() - kShown) + " more";
  }
  return text += '}';
}

std::string input_text(const PolicyInputs& inputs, const InputRow& row, const Money& money) {
  std::string text(row.name);
  text += ' ';
  if (row.type == InputType::text || row.type == InputType::aaguid || row.type == InputType::rate) {
    return text += inputs.text(row.id);
  }
  if (row.type == InputType::members) {
    std::string members;
    for (const std::string& member : inputs.members(row.id)) {
      append(members, ", ", member);
    }
    return text += '{' + members + '}';
  }
  return text += value_text(row, inputs.number(row.id), money);
}

std::string_view payee_phrase(const PolicyInputs& inputs, InputMask shown) {
  const auto is = [&](PolicyInput input) {
    return (shown & mask_of(input)) != 0 && inputs.has(input) && inputs.number(input) != 0;
  };
  if (is(PolicyInput::payee_confusable)) {
    return " to a payee whose name looks like another's";
  }
  if (is(PolicyInput::payee_trusted)) {
    return " to a trusted payee";
  }
  if ((shown & mask_of(PolicyInput::payee_known)) == 0 || !inputs.has(PolicyInput::payee_known)) {
    return "";
  }
  return is(PolicyInput::payee_known) ? " to a known payee" : " to a new payee";
}

std::string absence_phrase(const PolicyInputs& inputs, InputMask shown, Phase phase) {
  std::string names;
  std::size_t count = 0;
  for (const InputRow& row : policy_inputs()) {
    const bool is_expected = row.id != PolicyInput::ceremony && row.type != InputType::rate &&
                             row.phase <= phase && exists_in(row, inputs.ceremony());
    if (is_expected && (shown & mask_of(row.id)) != 0 && !inputs.has(row.id)) {
      append(names, ", ", row.name);
      ++count;
    }
  }
  return count == 0 ? "" : " for which " + names + (count == 1 ? " is" : " are") + " not said";
}

}  // namespace

std::string describe_leaf(const PolicyDocument& document, const PolicyLeaf& leaf,
                          const Money& money) {
  const InputRow& row = row_of(leaf.input);
  switch (leaf.kind) {
    case PolicyLeaf::Kind::range:
      return range_text(row, leaf, money);
    case PolicyLeaf::Kind::codes:
      return codes_text(document, row, leaf);
    case PolicyLeaf::Kind::member:
      return std::string(row.name) + (leaf.is_negated ? " lacks " : " contains ") +
             document.names(leaf.input)[static_cast<std::size_t>(leaf.low)];
  }
  return "";
}

std::optional<Money> money_of(std::string_view currency) {
  const std::optional<std::uint8_t> exponent = currency_exponent(currency);
  return exponent ? std::optional(Money{currency, *exponent}) : std::nullopt;
}

std::string describe_amount(std::int64_t minor, const Money& money) {
  std::string digits = std::to_string(minor);
  const auto decimals = static_cast<std::size_t>(money.decimals);
  if (decimals > 0) {
    if (digits.size() <= decimals) {
      digits.insert(0, decimals + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - decimals, 1, '.');
  }
  digits += ' ';
  return digits += money.currency;
}

std::string describe_duration(std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{86400, " day"}, {3600, " hour"}, {60, " minute"}, {1, " second"}};
  std::string text;
  for (const Unit& unit : kUnits) {
    const std::int64_t count = seconds / unit.seconds;
    seconds %= unit.seconds;
    if (count != 0) {
      append(text, " ", std::to_string(count) + std::string(unit.name) + (count == 1 ? "" : "s"));
    }
  }
  return text.empty() ? "0 seconds" : text;
}

std::string describe_situation(const PolicyInputs& inputs, InputMask shown, const Money& money,
                               std::optional<Phase> phase) {
  constexpr InputMask kPayee = mask_of(PolicyInput::payee_known) |
                               mask_of(PolicyInput::payee_trusted) |
                               mask_of(PolicyInput::payee_confusable);
  std::string text(ceremony_phrase(inputs.ceremony()));
  InputMask rest = shown & inputs.present() & ~mask_of(PolicyInput::ceremony);
  const auto take = [&](PolicyInput input) {
    const bool is_there = (rest & mask_of(input)) != 0;
    rest &= ~mask_of(input);
    return is_there;
  };
  if (take(PolicyInput::amount_base)) {
    text += " of " + describe_amount(inputs.number(PolicyInput::amount_base), money);
  }
  text += payee_phrase(inputs, rest);
  rest &= ~kPayee;
  if (take(PolicyInput::risk_score)) {
    text += " at risk " + std::to_string(inputs.number(PolicyInput::risk_score));
  }
  if (take(PolicyInput::since_sca_sum)) {
    text += " after " + describe_amount(inputs.number(PolicyInput::since_sca_sum), money) +
            " without SCA";
  }
  if (take(PolicyInput::since_sca_count)) {
    text += " after " + std::to_string(inputs.number(PolicyInput::since_sca_count)) +
            " payments without SCA";
  }
  std::string others;
  for (const InputRow& row : policy_inputs()) {
    if (take(row.id)) {
      append(others, ", ", input_text(inputs, row, money));
    }
  }
  text += others.empty() ? "" : " (" + others + ")";
  return phase ? text + absence_phrase(inputs, shown, *phase) : text;
}

std::string describe_requirements(const PolicyDocument& document, const Requirements& requirements,
                                  std::uint32_t kinds, std::span<const ListChange> changes) {
  const Requirements none;
  std::string text;
  const auto is_shown = [&](RequirementKind kind) { return (kinds & mask_of(kind)) != 0; };
  const auto add = [&](std::string_view more) { append(text, ", ", more); };
  const auto lists = [&](std::uint64_t mask, std::string_view phrase) {
    for (std::size_t i = 0; i < document.lists().size(); ++i) {
      if ((mask >> i & 1U) != 0) {
        const std::string& name = document.lists()[i].name;
        add(std::string(phrase) + name + list_remark(changes, name));
      }
    }
  };
  const auto words = [&](std::uint32_t mask, PolicyInput input, std::string_view phrase) {
    std::string names;
    for (std::size_t i = 0; i < row_of(input).choices.size(); ++i) {
      if ((mask >> i & 1U) != 0) {
        append(names, " or ", row_of(input).choices[i]);
      }
    }
    add(std::string(phrase) + (names.empty() ? "nothing" : names));
  };
  if (is_shown(RequirementKind::user_verification) &&
      requirements.user_verification != none.user_verification) {
    add("user verification " +
        std::string(policy_verification_name(requirements.user_verification)));
  }
  if (is_shown(RequirementKind::resident_key) && requirements.resident_key != none.resident_key) {
    add("discoverable credential " + std::string(resident_key_name(requirements.resident_key)));
  }
  if (is_shown(RequirementKind::attestation) && requirements.attestation != none.attestation) {
    add(std::string(attestation_name(requirements.attestation)) + " attestation");
  }
  if (is_shown(RequirementKind::binding) && requirements.binding != none.binding) {
    add(std::string(binding_name(requirements.binding)) + " key");
  }
  if (is_shown(RequirementKind::minimum_certification) &&
      requirements.minimum_certification != none.minimum_certification) {
    add("certified " + std::string(policy_level_name(requirements.minimum_certification)) +
        " or better");
  }
  if (is_shown(RequirementKind::authenticators)) {
    lists(requirements.allow_lists, "a model on the list ");
    lists(requirements.deny_lists, "no model on the list ");
  }
  if (is_shown(RequirementKind::algorithms) && requirements.algorithms != none.algorithms) {
    words(requirements.algorithms, PolicyInput::credential_algorithm, "algorithm ");
  }
  if (is_shown(RequirementKind::transports) && requirements.transports != none.transports) {
    words(requirements.transports, PolicyInput::credential_transports, "by ");
  }
  if (is_shown(RequirementKind::display_tier) && requirements.display_tier != none.display_tier) {
    add("display tier D" + std::to_string(requirements.display_tier));
  }
  if (is_shown(RequirementKind::approvals) && requirements.approvals != none.approvals) {
    add(std::to_string(requirements.approvals) +
        (requirements.approvals == 1 ? " approval" : " approvals") +
        (requirements.has_distinct_approvers ? " by different people" : ""));
  }
  if (is_shown(RequirementKind::cooling_off) && requirements.cooling_off != none.cooling_off) {
    add("a credential older than " + describe_duration(requirements.cooling_off));
  }
  if (is_shown(RequirementKind::credential_age) &&
      requirements.credential_age != none.credential_age) {
    add("a credential younger than " + describe_duration(requirements.credential_age));
  }
  if (is_shown(RequirementKind::authentication_age) &&
      requirements.authentication_age != none.authentication_age) {
    add("signed in within " + describe_duration(requirements.authentication_age));
  }
  if (is_shown(RequirementKind::timeout) && requirements.timeout != none.timeout) {
    add("done within " + describe_duration(requirements.timeout));
  }
  return text.empty() ? std::string(kNothing) : text;
}

std::string describe_decision(const PolicyDocument& document, const Decision& decision,
                              std::uint32_t kinds, std::span<const ListChange> changes) {
  const auto label = [&]() -> std::string {
    if (decision.basis == DecisionBasis::counter_not_advanced) {
      return " (the signature counter did not advance)";
    }
    if (decision.basis == DecisionBasis::nothing_matched) {
      return " (no rule matches: the default)";
    }
    // What is unknown denies, and exempts nothing.
    const Truth least = decision.outcome == Outcome::exempt ? Truth::yes : Truth::unknown;
    for (const RuleMatch& match : decision.matches) {
      const PolicyRule& rule = document.rules()[match.rule];
      if (rule.effect == decision.outcome && match.truth >= least) {
        return " (" + rule.label + ")";
      }
    }
    return "";
  };
  switch (decision.outcome) {
    case Outcome::deny:
      return "is denied" + label();
    case Outcome::exempt:
      return "is exempted" + label();
    case Outcome::require:
      break;
  }
  const std::string demands =
      describe_requirements(document, decision.requirements, kinds, changes);
  const bool is_beside =
      demands == kNothing && kinds != kAllKinds && decision.requirements != Requirements();
  std::string text = is_beside ? "(no such demand)" : "needs " + demands;
  if (decision.basis == DecisionBasis::nothing_matched) {
    text += label();
  } else if (decision.basis == DecisionBasis::waits_for_verdict) {
    text += " (decided after the ceremony)";
  }
  return text;
}

}  // namespace countersign
