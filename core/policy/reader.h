#pragma once
// Parsing of policy documents. Only parse_policy uses it.

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json_reader.h"
#include "policy/document.h"

namespace countersign {

// Of comparisons with names, one bit a name that the input has anywhere. [8 MB; 1,000 rules that
// each compare three inputs of 1,000 names need 48,000]
inline constexpr std::size_t kMaxPolicyWords = 1048576;

class PolicyReader {
 public:
  Result<PolicyDocument> read(std::string_view json, const Hasher& hasher);

 private:
  // document_reader.cc
  Status read_lists(const JsonValue& lists);
  Status read_list(const std::string& name, const JsonValue& value);
  Status read_models(PolicyList& list, const JsonValue& models);
  Status read_rules(const JsonValue& rules);
  Status read_rule(const JsonValue& value);
  Status read_effect(PolicyRule& rule, const JsonValue& value);

  // requirements_reader.cc
  Status read_strengths(const JsonValue& strengths);
  Status resolve_strength(std::size_t index, std::size_t depth);
  Result<Requirements> read_requirements(const JsonValue& value, std::string_view base_member);
  Status read_requirement(Requirements& requirements, const std::string& name,
                          const JsonValue& value);
  Status read_authenticators(Requirements& requirements, const JsonValue& value);
  Result<std::size_t> find_list(const JsonValue& name) const;
  Result<std::size_t> find_strength(const JsonValue& name) const;

  // condition_reader.cc
  Status read_condition(const JsonValue& value, bool is_negated, std::size_t depth);
  Status read_group(const JsonValue& parts, bool is_all, bool is_negated, std::size_t depth);
  Status read_comparison(const InputRow& row, const JsonValue& value, bool is_negated);
  Status read_operator(const InputRow& row, const std::string& name, const JsonValue& value,
                       bool is_negated);
  Status read_order(const InputRow& row, const std::string& name, const JsonValue& value,
                    bool is_negated);
  Status read_values(const InputRow& row, const JsonValue& values, bool is_any, bool is_negated);
  Status read_list_condition(const InputRow& row, const JsonValue& value, bool is_negated);
  Status add_equality(const InputRow& row, const JsonValue& value, bool is_negated);
  Result<std::int64_t> read_number(const InputRow& row, const JsonValue& value) const;
  Result<std::string> read_name(const InputRow& row, const JsonValue& value) const;
  void add_range(const InputRow& row, std::int64_t low, std::int64_t high, bool is_negated,
                 PolicyLeaf::Operator written = PolicyLeaf::Operator::equal);
  void add_codes(const InputRow& row, std::vector<std::string> values, bool is_negated);
  void add_member(const InputRow& row, std::string value, bool is_negated);
  std::size_t open_group(bool is_all);
  void close_group(std::size_t node);
  Status finish_names();
  void finish_rule(PolicyRule& rule);

  struct Strength {
    enum class State : std::uint8_t { unread, open, done };
    const std::string* name;
    const JsonValue* value;
    State state = State::unread;
    Requirements requirements;
  };

  PolicyDocument document_;
  std::vector<Strength> strengths_;
  // Of the rule that is being read.
  std::size_t conditions_ = 0;
  std::uint64_t condition_lists_ = 0;
  // Of each leaf, until every name is known.
  std::vector<std::vector<std::string>> leaf_names_;
};

/// The error at a value, and at the name of a member.
Error policy_error(ErrorCode code, const JsonValue& value);
Error policy_name_error(ErrorCode code, const JsonValue& member);
/// `value` is an object whose members are all among `known`. Errors: policy_type_mismatch,
/// policy_member_unknown.
Status check_policy_members(const JsonValue& value, std::initializer_list<std::string_view> known);
/// Error: policy_member_missing at the object.
Result<const JsonValue*> policy_member(const JsonValue& object, std::string_view name);

/// Lower-case letters, digits, '.', '-', '_'; at most 64.
bool is_policy_id(std::string_view text);

}  // namespace countersign
