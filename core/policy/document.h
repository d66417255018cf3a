#pragma once
// A policy document ("countersign-policy/1"), parsed once into what evaluation walks: conditions in
// negation normal form as flat arrays, names as numbers, strengths resolved.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/hasher.h"
#include "policy/inputs.h"
#include "policy/requirements.h"

namespace countersign {

enum class Outcome : std::uint8_t { exempt, require, deny };
std::string_view outcome_name(Outcome outcome);

/// Models by AAGUID.
struct PolicyList {
  std::string name;
  std::vector<std::string> models;  // sorted
  /// Until when somebody vouches for it: lint reports a list beyond. Decisions do not change by a
  /// date that passes.
  std::optional<UnixSeconds> expires;
};
bool is_on_list(const PolicyList& list, std::string_view model);

/// One comparison of one input.
struct PolicyLeaf {
  enum class Kind : std::uint8_t {
    range,   // low <= value <= high
    codes,   // the bit of the value's code is set
    member,  // the set has the member whose code is `low`
  };
  /// How a range was written: what people read is what they wrote.
  enum class Operator : std::uint8_t { equal, more, at_least, less, at_most };
  PolicyInput input = PolicyInput::ceremony;
  Kind kind = Kind::range;
  Operator written = Operator::equal;
  bool is_negated = false;
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::uint32_t first_word = 0;  // codes: in PolicyDocument::words()
  std::uint32_t words = 0;
};

/// Conditions in preorder: a group stands before its parts.
struct PolicyNode {
  enum class Kind : std::uint8_t { leaf, all, any };
  Kind kind = Kind::leaf;
  std::uint32_t leaf = 0;  // index, for a leaf
  std::uint32_t end = 0;   // one past the last node below
};

struct PolicyRule {
  std::string id;
  Outcome effect = Outcome::require;
  Requirements requirements;  // require
  std::string label;          // deny: the reason; exempt: the basis
  std::uint32_t first_node = 0;
  InputMask inputs = 0;
  /// One bit a ceremony in which the condition can hold.
  std::uint16_t ceremonies = 0;
  std::uint64_t condition_lists = 0;  // one bit a list of which the condition speaks
  std::uint32_t offset = 0;           // in the document's text
};

class PolicyDocument {
 public:
  const std::string& id() const { return id_; }
  std::int64_t revision() const { return revision_; }
  /// Where no rule matches: deny, or require with nothing demanded.
  Outcome default_outcome() const { return default_outcome_; }
  const std::vector<PolicyList>& lists() const { return lists_; }
  const std::vector<PolicyRule>& rules() const { return rules_; }
  const std::vector<PolicyNode>& nodes() const { return nodes_; }
  const std::vector<PolicyLeaf>& leaves() const { return leaves_; }
  const std::vector<std::uint64_t>& words() const { return words_; }
  /// The names that conditions give a text, an aaguid or a set, sorted; a name's code is its index,
  /// that of all others the size. A choice's codes are those of its row.
  const std::vector<std::string>& names(PolicyInput input) const {
    return names_[static_cast<std::size_t>(input)];
  }
  /// TH("countersign/1/policy", C(document)): independent of white space and of members' order.
  const Digest256& digest() const { return digest_; }
  /// What was parsed.
  const std::string& text() const { return text_; }
  /// Every input that some condition names.
  InputMask inputs() const { return inputs_; }

 private:
  friend class PolicyReader;
  PolicyDocument() = default;

  std::string id_;
  std::int64_t revision_ = 0;
  Outcome default_outcome_ = Outcome::deny;
  std::vector<PolicyList> lists_;
  std::vector<PolicyRule> rules_;
  std::vector<PolicyNode> nodes_;
  std::vector<PolicyLeaf> leaves_;
  std::vector<std::uint64_t> words_;
  std::array<std::vector<std::string>, kPolicyInputs> names_;
  Digest256 digest_{};
  std::string text_;
  InputMask inputs_ = 0;
};

/// Errors have the offset of the refused name or value: policy_*; json_* (the text is strict JSON
/// within kMaxPolicyBytes).
Result<PolicyDocument> parse_policy(std::string_view json, const Hasher& hasher);

/// Line and column (in characters' bytes), from 1.
struct TextPosition {
  std::size_t line = 1;
  std::size_t column = 1;
};
TextPosition position_of(std::string_view text, std::size_t offset);

}  // namespace countersign
