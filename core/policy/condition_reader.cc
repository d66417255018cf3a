#include <algorithm>

#include "policy/reader.h"

namespace countersign {
namespace {

bool is_numeric(const InputRow& row) {
  return row.type == InputType::integer || row.type == InputType::duration;
}

Error mismatch(const JsonValue& value) {
  return policy_error(ErrorCode::policy_comparison_mismatch, value);
}

}  // namespace

Status PolicyReader::read_condition(const JsonValue& value, bool is_negated, std::size_t depth) {
  if (!value.is_object()) {
    return policy_error(ErrorCode::policy_type_mismatch, value);
  }
  if (value.members.empty()) {
    return policy_error(ErrorCode::policy_member_missing, value);
  }
  if (value.members.size() > 1) {
    // Two conditions beside each other do not say whether one or both must hold.
    return policy_name_error(ErrorCode::policy_member_unknown, value.members[1].second);
  }
  if (depth >= limits::kMaxPolicyConditionDepth) {
    return policy_error(ErrorCode::policy_too_deep, value);
  }
  if (++conditions_ > limits::kMaxPolicyConditions) {
    return policy_error(ErrorCode::policy_too_large, value);
  }
  const auto& [name, operand] = value.members.front();
  if (name == "all" || name == "any") {
    return read_group(operand, name == "all", is_negated, depth);
  }
  if (name == "not") {
    return read_condition(operand, !is_negated, depth + 1);
  }
  const InputRow* row = find_policy_input(name);
  if (row == nullptr) {
    return policy_name_error(ErrorCode::policy_input_unknown, operand);
  }
  return read_comparison(*row, operand, is_negated);
}

Status PolicyReader::read_group(const JsonValue& parts, bool is_all, bool is_negated,
                                std::size_t depth) {
  if (!parts.is_array()) {
    return policy_error(ErrorCode::policy_type_mismatch, parts);
  }
  if (parts.items.empty()) {
    return policy_error(ErrorCode::policy_value_invalid, parts);
  }
  const std::size_t group = open_group(is_all != is_negated);
  for (const JsonValue& part : parts.items) {
    CS_TRY(read_condition(part, is_negated, depth + 1));
  }
  close_group(group);
  return ok();
}

Status PolicyReader::read_comparison(const InputRow& row, const JsonValue& value, bool is_negated) {
  if (!value.is_object()) {
    return add_equality(row, value, is_negated);
  }
  if (value.members.empty()) {
    return policy_error(ErrorCode::policy_member_missing, value);
  }
  if (value.members.size() == 1) {
    const auto& [name, operand] = value.members.front();
    return read_operator(row, name, operand, is_negated);
  }
  // Several operators hold together: {"gte": 1, "lt": 5}. Members of an object have no order: one
  // digest is one document, bit by bit.
  std::vector<const std::pair<std::string, JsonValue>*> operators;
  for (const auto& one : value.members) {
    operators.push_back(&one);
  }
  std::sort(operators.begin(), operators.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  const std::size_t group = open_group(!is_negated);
  for (const auto* one : operators) {
    CS_TRY(read_operator(row, one->first, one->second, is_negated));
  }
  close_group(group);
  return ok();
}

Status PolicyReader::read_operator(const InputRow& row, const std::string& name,
                                   const JsonValue& value, bool is_negated) {
  if (name == "gt" || name == "gte" || name == "lt" || name == "lte") {
    return read_order(row, name, value, is_negated);
  }
  const bool is_set = row.type == InputType::members;
  if (!is_set && (name == "eq" || name == "ne")) {
    return add_equality(row, value, is_negated != (name == "ne"));
  }
  if (!is_set && row.type != InputType::boolean && (name == "in" || name == "notIn")) {
    return read_values(row, value, true, is_negated != (name == "notIn"));
  }
  if (row.type == InputType::aaguid && (name == "inList" || name == "notInList")) {
    return read_list_condition(row, value, is_negated != (name == "notInList"));
  }
  if (is_set && name == "contains") {
    return add_equality(row, value, is_negated);
  }
  if (is_set && (name == "containsAny" || name == "containsAll")) {
    return read_values(row, value, name == "containsAny", is_negated);
  }
  return policy_name_error(ErrorCode::policy_comparison_mismatch, value);
}

Status PolicyReader::read_order(const InputRow& row, const std::string& name,
                                const JsonValue& value, bool is_negated) {
  if (!is_numeric(row) && !row.is_ordered) {
    return policy_name_error(ErrorCode::policy_comparison_mismatch, value);
  }
  CS_ASSIGN(const std::int64_t bound, read_number(row, value));
  const std::int64_t high =
      is_numeric(row) ? row.high : static_cast<std::int64_t>(row.choices.size()) - 1;
  if (name == "gte") {
    add_range(row, bound, high, is_negated, PolicyLeaf::Operator::at_least);
  } else if (name == "lte") {
    add_range(row, row.low, bound, is_negated, PolicyLeaf::Operator::at_most);
  } else if (name == "gt") {
    const bool is_empty = bound == high;
    add_range(row, is_empty ? 1 : bound + 1, is_empty ? 0 : high, is_negated,
              PolicyLeaf::Operator::more);
  } else {
    const bool is_empty = bound == row.low;
    add_range(row, is_empty ? 1 : row.low, is_empty ? 0 : bound - 1, is_negated,
              PolicyLeaf::Operator::less);
  }
  return ok();
}

Status PolicyReader::read_values(const InputRow& row, const JsonValue& values, bool is_any,
                                 bool is_negated) {
  if (!values.is_array()) {
    return mismatch(values);
  }
  if (values.items.empty()) {
    return policy_error(ErrorCode::policy_value_invalid, values);
  }
  if (values.items.size() > limits::kMaxPolicyValues) {
    return policy_error(ErrorCode::policy_too_large, values);
  }
  if (has_names(row)) {
    std::vector<std::string> names;
    for (const JsonValue& item : values.items) {
      CS_ASSIGN(std::string name, read_name(row, item));
      if (std::find(names.begin(), names.end(), name) != names.end()) {
        return policy_error(ErrorCode::policy_name_duplicate, item);
      }
      names.push_back(std::move(name));
    }
    add_codes(row, std::move(names), is_negated);
    return ok();
  }
  const std::size_t group = open_group(is_any == is_negated);
  for (const JsonValue& item : values.items) {
    CS_TRY(add_equality(row, item, is_negated));
  }
  close_group(group);
  return ok();
}

Status PolicyReader::read_list_condition(const InputRow& row, const JsonValue& value,
                                         bool is_negated) {
  CS_ASSIGN(const std::size_t list, find_list(value));
  condition_lists_ |= std::uint64_t{1} << list;
  add_codes(row, document_.lists_[list].models, is_negated);
  return ok();
}

Status PolicyReader::add_equality(const InputRow& row, const JsonValue& value, bool is_negated) {
  switch (row.type) {
    case InputType::boolean:
      if (!value.is_boolean()) {
        return mismatch(value);
      }
      add_range(row, value.boolean ? 1 : 0, value.boolean ? 1 : 0, is_negated);
      return ok();
    case InputType::integer:
    case InputType::duration: {
      CS_ASSIGN(const std::int64_t number, read_number(row, value));
      add_range(row, number, number, is_negated);
      return ok();
    }
    case InputType::choice:
    case InputType::text:
    case InputType::aaguid: {
      CS_ASSIGN(std::string name, read_name(row, value));
      add_codes(row, {std::move(name)}, is_negated);
      return ok();
    }
    case InputType::members: {
      CS_ASSIGN(std::string name, read_name(row, value));
      std::vector<std::string>& names = document_.names_[static_cast<std::size_t>(row.id)];
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        if (names.size() >= limits::kMaxPolicySetMembers) {
          return policy_error(ErrorCode::policy_too_large, value);
        }
        names.push_back(name);
      }
      add_member(row, std::move(name), is_negated);
      return ok();
    }
    case InputType::rate:
      return mismatch(value);
  }
  return ErrorCode::internal_error;
}

Result<std::int64_t> PolicyReader::read_number(const InputRow& row, const JsonValue& value) const {
  if (row.type == InputType::duration) {
    if (!value.is_string()) {
      return mismatch(value);
    }
    const std::optional<std::int64_t> duration = parse_duration(value.string);
    if (!duration) {
      return policy_error(ErrorCode::policy_value_invalid, value);
    }
    return *duration;
  }
  if (row.type == InputType::choice) {
    CS_ASSIGN(const std::string name, read_name(row, value));
    return static_cast<std::int64_t>(*find_choice(row, name));
  }
  if (!value.is_integer()) {
    return mismatch(value);
  }
  if (value.is_unsigned_64 || value.integer < row.low || value.integer > row.high) {
    return policy_error(ErrorCode::policy_value_invalid, value);
  }
  return value.integer;
}

Result<std::string> PolicyReader::read_name(const InputRow& row, const JsonValue& value) const {
  if (!value.is_string()) {
    return mismatch(value);
  }
  bool is_valid = false;
  if (!row.choices.empty()) {
    is_valid = find_choice(row, value.string).has_value();
  } else {
    is_valid =
        row.type == InputType::aaguid ? is_aaguid_text(value.string) : is_policy_text(value.string);
  }
  if (!is_valid) {
    return policy_error(ErrorCode::policy_value_invalid, value);
  }
  return value.string;
}

void PolicyReader::add_range(const InputRow& row, std::int64_t low, std::int64_t high,
                             bool is_negated, PolicyLeaf::Operator written) {
  PolicyLeaf leaf;
  leaf.input = row.id;
  leaf.written = written;
  leaf.is_negated = is_negated;
  leaf.low = low;
  leaf.high = high;
  const auto index = static_cast<std::uint32_t>(document_.leaves_.size());
  const auto end = static_cast<std::uint32_t>(document_.nodes_.size() + 1);
  document_.leaves_.push_back(leaf);
  leaf_names_.emplace_back();
  document_.nodes_.push_back({PolicyNode::Kind::leaf, index, end});
}

void PolicyReader::add_codes(const InputRow& row, std::vector<std::string> values,
                             bool is_negated) {
  add_range(row, 0, 0, is_negated);
  document_.leaves_.back().kind = PolicyLeaf::Kind::codes;
  leaf_names_.back() = std::move(values);
}

void PolicyReader::add_member(const InputRow& row, std::string value, bool is_negated) {
  add_range(row, 0, 0, is_negated);
  document_.leaves_.back().kind = PolicyLeaf::Kind::member;
  leaf_names_.back() = {std::move(value)};
}

std::size_t PolicyReader::open_group(bool is_all) {
  document_.nodes_.push_back({is_all ? PolicyNode::Kind::all : PolicyNode::Kind::any, 0, 0});
  return document_.nodes_.size() - 1;
}

void PolicyReader::close_group(std::size_t node) {
  document_.nodes_[node].end = static_cast<std::uint32_t>(document_.nodes_.size());
}

// Names become numbers once all of them are known.
Status PolicyReader::finish_names() {
  for (std::size_t i = 0; i < leaf_names_.size(); ++i) {
    std::vector<std::string>& names =
        document_.names_[static_cast<std::size_t>(document_.leaves_[i].input)];
    names.insert(names.end(), leaf_names_[i].begin(), leaf_names_[i].end());
  }
  for (const InputRow& row : policy_inputs()) {
    std::vector<std::string>& names = document_.names_[static_cast<std::size_t>(row.id)];
    if (row.type == InputType::choice) {
      names.assign(row.choices.begin(), row.choices.end());
      continue;
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  for (std::size_t i = 0; i < leaf_names_.size(); ++i) {
    PolicyLeaf& leaf = document_.leaves_[i];
    const std::vector<std::string>& names = document_.names_[static_cast<std::size_t>(leaf.input)];
    // Choices keep the order of their row.
    const bool is_sorted = row_of(leaf.input).type != InputType::choice;
    const auto code_of = [&](const std::string& name) {
      const auto at = is_sorted ? std::lower_bound(names.begin(), names.end(), name)
                                : std::find(names.begin(), names.end(), name);
      return static_cast<std::size_t>(at - names.begin());
    };
    if (leaf.kind == PolicyLeaf::Kind::member) {
      leaf.low = static_cast<std::int64_t>(code_of(leaf_names_[i].front()));
    } else if (leaf.kind == PolicyLeaf::Kind::codes) {
      leaf.first_word = static_cast<std::uint32_t>(document_.words_.size());
      leaf.words = static_cast<std::uint32_t>(names.size() / 64 + 1);  // room for all others
      if (document_.words_.size() + leaf.words > kMaxPolicyWords) {
        return ErrorCode::policy_too_large;
      }
      document_.words_.resize(document_.words_.size() + leaf.words);
      for (const std::string& name : leaf_names_[i]) {
        const std::size_t code = code_of(name);
        document_.words_[leaf.first_word + code / 64] |= std::uint64_t{1} << (code % 64);
      }
    }
  }
  return ok();
}

void PolicyReader::finish_rule(PolicyRule& rule) {
  const auto& nodes = document_.nodes_;
  // Can the condition hold there, whatever the other inputs are?
  const auto holds = [&](const auto& self, std::uint32_t at, PolicyCeremony ceremony) -> bool {
    const PolicyNode& node = nodes[at];
    if (node.kind == PolicyNode::Kind::leaf) {
      const PolicyLeaf& leaf = document_.leaves_[node.leaf];
      if (leaf.input != PolicyInput::ceremony) {
        return exists_in(row_of(leaf.input), ceremony);
      }
      const bool is_set =
          (document_.words_[leaf.first_word] >> static_cast<unsigned>(ceremony) & 1U) != 0;
      return is_set != leaf.is_negated;
    }
    const bool is_all = node.kind == PolicyNode::Kind::all;
    for (std::uint32_t part = at + 1; part < node.end; part = nodes[part].end) {
      if (self(self, part, ceremony) != is_all) {
        return !is_all;
      }
    }
    return is_all;
  };
  for (std::size_t i = 0; i < kPolicyCeremonies; ++i) {
    const auto ceremony = static_cast<PolicyCeremony>(i);
    const bool is_possible = rule.effect != Outcome::exempt || is_exemptible(ceremony);
    if (is_possible && holds(holds, rule.first_node, ceremony)) {
      rule.ceremonies = static_cast<std::uint16_t>(rule.ceremonies | 1U << i);
    }
  }
  for (std::uint32_t at = rule.first_node; at < nodes[rule.first_node].end; ++at) {
    if (nodes[at].kind == PolicyNode::Kind::leaf) {
      rule.inputs |= mask_of(document_.leaves_[nodes[at].leaf].input);
    }
  }
}

}  // namespace countersign
