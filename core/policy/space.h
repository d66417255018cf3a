#pragma once
// The inputs that documents can tell apart, cut into cells, and boxes of cells in which conditions
// are true, false or mixed.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document.h"
#include "policy/evaluation.h"

namespace countersign {

/// A condition over all cells of a box.
enum class BoxTruth : std::uint8_t { no, mixed, yes };

/// One axis: the values of an input, one member of a set (absent, present), or whether an input is
/// known at all (kSaid, kNotSaid).
struct Axis {
  PolicyInput input = PolicyInput::ceremony;
  bool is_presence = false;
  std::string member;                // of a set
  std::vector<std::int64_t> firsts;  // numbers: the first value of each cell
  std::vector<std::string> names;    // names: one of each cell; "" for a name that nobody has
  std::vector<std::pair<std::string, std::uint32_t>> known_names;  // sorted, with their cells
  std::uint32_t others = 0;                                        // the cell of all other names
  std::size_t cells = 1;

  /// Of an axis of names.
  std::uint32_t cell_of(std::string_view name) const;
};

/// Cells of each axis, both ends included. Axis 0 is the ceremony and always one cell.
struct CellRange {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  bool has(std::uint32_t cell) const { return cell >= low && cell <= high; }
};
using Box = std::vector<CellRange>;
inline constexpr std::uint32_t kSaid = 0;
inline constexpr std::uint32_t kNotSaid = 1;

/// A rule of one of the documents: whether its condition is at least `from`, which is what matches
/// for its effect (`deny`: unknown, `require`: pending, `exempt`: true).
struct SpaceRule {
  const PolicyDocument* document = nullptr;
  const PolicyRule* rule = nullptr;
  std::size_t source = 0;  // which document
  Truth from = Truth::yes;
  std::uint32_t main = 0;  // the rule itself; another index: one more question about it
};

/// A type whose payments have caps of their own (Article 18), and therefore a cell of its own.
inline constexpr std::string_view kCardPayment = "payment.card/1";

/// What a server may have to decide without: what the backend or a session would say.
bool may_be_absent(const InputRow& row);

/// What boxes tell apart.
enum class SpaceDetail : std::uint8_t {
  matches,      // which rules match, every input that exists being known
  absences,     // …or not said where it may be absent
  certainties,  // matches, and of each rule a second question after all of them: whether it is true
  decisions,    // absences, and all that a decision depends on
};

/// Values at which cells begin although no condition says so.
struct ExtraCut {
  PolicyInput input;
  std::int64_t value;
};

class Space {
 public:
  /// Before the verdict, comparisons of inputs that exist only then count as evaluation counts what
  /// is pending: true for `require`, false for `deny` and `exempt`. Those of inputs that are
  /// `absent` count as what is unknown: true for `deny` and `require`, false for `exempt`.
  Space(std::span<const PolicyDocument* const> documents, Phase phase,
        std::span<const ExtraCut> cuts, InputMask absent = 0,
        SpaceDetail detail = SpaceDetail::matches);

  const std::vector<Axis>& axes() const { return axes_; }
  /// Those of the documents, one after the other; with SpaceDetail::certainties and ::decisions
  /// then more questions about them.
  const std::vector<SpaceRule>& rules() const { return rules_; }
  Phase phase() const { return phase_; }
  /// The rules of one document: [first, last).
  std::pair<std::uint32_t, std::uint32_t> rules_of(std::size_t source) const;
  /// Null when no condition and no extra cut speaks of the input.
  std::optional<std::size_t> axis_of(PolicyInput input) const;
  /// The values of a number in the box, all of them where no axis is about it.
  struct Values {
    std::int64_t low = 0;
    std::int64_t high = 0;
    bool has(std::int64_t value) const { return value >= low && value <= high; }
  };
  Values values_of(PolicyInput input, const Box& box) const;
  /// Every cell of a ceremony.
  Box whole(PolicyCeremony ceremony) const;
  BoxTruth truth(std::uint32_t rule, const Box& box) const;
  /// The rules that may match in a ceremony.
  std::vector<std::uint32_t> possible_rules(PolicyCeremony ceremony) const;

  struct Cut {
    std::size_t axis = 0;
    std::uint32_t at = 0;  // the first cell of the upper part
    bool is_upper_true = false;
  };
  /// Where to cut so that a rule that is mixed becomes less so.
  Cut find_cut(std::uint32_t rule, const Box& box) const;
  /// Cells at which the rule's comparisons of that axis change.
  std::vector<std::uint32_t> edges(std::uint32_t rule, std::size_t axis) const;

  /// Inputs in the box: what nobody speaks of has an ordinary value.
  PolicyInputs sample(const Box& box) const;

 private:
  struct Leaf {
    std::uint32_t axis = 0;
    std::uint32_t presence = 0;        // axis; 0: it is known
    std::uint32_t low = 1, high = 0;   // cells, for numbers and members
    std::vector<std::uint64_t> cells;  // for names
  };
  void add_questions();
  void add_axes(std::span<const ExtraCut> cuts, SpaceDetail detail);
  void add_presence_axis(const InputRow& row);
  void add_number_axis(const InputRow& row, std::span<const ExtraCut> cuts);
  void add_name_axis(const InputRow& row);
  void add_member_axes(const InputRow& row);
  BoxTruth leaf_truth(const SpaceRule& rule, std::uint32_t leaf, const Box& box) const;
  BoxTruth known_truth(const SpaceRule& rule, std::uint32_t leaf, const Box& box) const;
  BoxTruth node_truth(const SpaceRule& rule, std::uint32_t node, const Box& box) const;
  bool find_cut_below(const SpaceRule& rule, std::uint32_t node, const Box& box, Cut& cut) const;
  static bool is_in(const Leaf& leaf, std::uint32_t cell);

  Phase phase_;
  InputMask absent_;
  std::vector<const PolicyDocument*> documents_;
  std::vector<SpaceRule> rules_;
  std::vector<Axis> axes_;
  std::vector<std::vector<Leaf>> leaves_;  // for each document
};

}  // namespace countersign
