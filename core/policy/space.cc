#include "policy/space.h"

#include <algorithm>

namespace countersign {
namespace {

Truth matches_from(Outcome effect) {
  switch (effect) {
    case Outcome::deny:
      return Truth::unknown;
    case Outcome::require:
      return Truth::pending;
    case Outcome::exempt:
      break;
  }
  return Truth::yes;
}

}  // namespace

bool may_be_absent(const InputRow& row) {
  return row.owner == InputOwner::backend ||
         (row.owner == InputOwner::store && row.phase == Phase::options);
}

Space::Space(std::span<const PolicyDocument* const> documents, Phase phase,
             std::span<const ExtraCut> cuts, InputMask absent, SpaceDetail detail)
    : phase_(phase), absent_(absent), documents_(documents.begin(), documents.end()) {
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    for (const PolicyRule& rule : documents_[i]->rules()) {
      const auto index = static_cast<std::uint32_t>(rules_.size());
      rules_.push_back({documents_[i], &rule, i, matches_from(rule.effect), index});
    }
    leaves_.emplace_back(documents_[i]->leaves().size());
  }
  switch (detail) {
    case SpaceDetail::matches:
    case SpaceDetail::absences:
      break;
    case SpaceDetail::certainties:
      for (std::size_t i = 0, count = rules_.size(); i < count; ++i) {
        rules_.push_back(rules_[i]);
        rules_.back().from = Truth::yes;
      }
      break;
    case SpaceDetail::decisions:
      add_questions();
      break;
  }
  add_axes(cuts, detail);
}

// A denial that is pending holds an exemption, an exemption that is pending waits for the verdict,
// and what is unknown accepts no counter.
void Space::add_questions() {
  InputMask late = 0;
  InputMask uncertain = 0;
  for (const InputRow& row : policy_inputs()) {
    late |= row.phase > phase_ ? mask_of(row.id) : 0;
    uncertain |= may_be_absent(row) ? mask_of(row.id) : 0;
  }
  const std::size_t count = rules_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const SpaceRule one = rules_[i];
    const auto ask = [&](Truth from) {
      rules_.push_back(one);
      rules_.back().from = from;
    };
    const bool may_wait = (one.rule->inputs & late) != 0;
    const bool may_lack = (one.rule->inputs & uncertain) != 0;
    switch (one.rule->effect) {
      case Outcome::deny:
      case Outcome::exempt:
        if (may_wait) {
          ask(Truth::pending);
        }
        if (may_wait && may_lack && one.rule->effect == Outcome::exempt) {
          ask(Truth::unknown);
        }
        break;
      case Outcome::require:
        if (phase_ == Phase::verdict && may_lack &&
            (one.rule->inputs & mask_of(PolicyInput::authentication_counter)) != 0) {
          ask(Truth::yes);
        }
        break;
    }
  }
}

std::pair<std::uint32_t, std::uint32_t> Space::rules_of(std::size_t source) const {
  std::uint32_t first = 0;
  for (std::size_t i = 0; i < source; ++i) {
    first += static_cast<std::uint32_t>(documents_[i]->rules().size());
  }
  return {first, first + static_cast<std::uint32_t>(documents_[source]->rules().size())};
}

std::optional<std::size_t> Space::axis_of(PolicyInput input) const {
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    if (axes_[i].input == input && !axes_[i].is_presence) {
      return i;
    }
  }
  return std::nullopt;
}

Box Space::whole(PolicyCeremony ceremony) const {
  Box box(axes_.size());
  for (std::size_t i = 1; i < axes_.size(); ++i) {
    box[i].high = static_cast<std::uint32_t>(axes_[i].cells - 1);
  }
  box[0].low = static_cast<std::uint32_t>(ceremony);
  box[0].high = box[0].low;
  return box;
}

bool Space::is_in(const Leaf& leaf, std::uint32_t cell) {
  if (!leaf.cells.empty()) {
    return (leaf.cells[cell / 64] >> (cell % 64) & 1U) != 0;
  }
  return cell >= leaf.low && cell <= leaf.high;
}

BoxTruth Space::leaf_truth(const SpaceRule& rule, std::uint32_t leaf, const Box& box) const {
  const PolicyLeaf& one = rule.document->leaves()[leaf];
  const InputRow& row = row_of(one.input);
  if (!exists_in(row, static_cast<PolicyCeremony>(box[0].low))) {
    return BoxTruth::no;
  }
  if (row.phase > phase_) {
    return rule.from <= Truth::pending ? BoxTruth::yes : BoxTruth::no;
  }
  const BoxTruth unknown = rule.from <= Truth::unknown ? BoxTruth::yes : BoxTruth::no;
  const Leaf& mapped = leaves_[rule.source][leaf];
  const CellRange presence = mapped.presence == 0 ? CellRange{} : box[mapped.presence];
  if ((absent_ & mask_of(one.input)) != 0 || presence.low == kNotSaid) {
    return unknown;
  }
  const BoxTruth known = known_truth(rule, leaf, box);
  return presence.high == kNotSaid && known != unknown ? BoxTruth::mixed : known;
}

// Of an input that is known.
BoxTruth Space::known_truth(const SpaceRule& rule, std::uint32_t leaf, const Box& box) const {
  const Leaf& mapped = leaves_[rule.source][leaf];
  const CellRange range = box[mapped.axis];
  bool has_inside = false;
  bool has_outside = false;
  if (mapped.cells.empty()) {
    const bool is_possible = mapped.low <= mapped.high;
    has_inside = is_possible && range.low <= mapped.high && range.high >= mapped.low;
    has_outside = !is_possible || range.low < mapped.low || range.high > mapped.high;
  } else {
    for (std::uint32_t word = range.low / 64; word <= range.high / 64; ++word) {
      std::uint64_t asked = ~std::uint64_t{0};
      asked <<= word == range.low / 64 ? range.low % 64 : 0;
      asked &= word == range.high / 64 ? ~std::uint64_t{0} >> (63 - range.high % 64) : asked;
      has_inside = has_inside || (mapped.cells[word] & asked) != 0;
      has_outside = has_outside || (~mapped.cells[word] & asked) != 0;
    }
  }
  if (has_inside && has_outside) {
    return BoxTruth::mixed;
  }
  const bool is_negated = rule.document->leaves()[leaf].is_negated;
  return has_inside != is_negated ? BoxTruth::yes : BoxTruth::no;
}

BoxTruth Space::node_truth(const SpaceRule& rule, std::uint32_t at, const Box& box) const {
  const PolicyNode& node = rule.document->nodes()[at];
  if (node.kind == PolicyNode::Kind::leaf) {
    return leaf_truth(rule, node.leaf, box);
  }
  const bool is_all = node.kind == PolicyNode::Kind::all;
  const BoxTruth decided = is_all ? BoxTruth::no : BoxTruth::yes;
  BoxTruth truth = is_all ? BoxTruth::yes : BoxTruth::no;
  for (std::uint32_t part = at + 1; part < node.end && truth != decided;
       part = rule.document->nodes()[part].end) {
    const BoxTruth one = node_truth(rule, part, box);
    truth = is_all ? std::min(truth, one) : std::max(truth, one);
  }
  return truth;
}

BoxTruth Space::truth(std::uint32_t rule, const Box& box) const {
  const SpaceRule& one = rules_[rule];
  if ((one.rule->ceremonies >> box[0].low & 1U) == 0) {
    return BoxTruth::no;
  }
  return node_truth(one, one.rule->first_node, box);
}

std::vector<std::uint32_t> Space::possible_rules(PolicyCeremony ceremony) const {
  const Box box = whole(ceremony);
  std::vector<std::uint32_t> possible;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    if (truth(i, box) != BoxTruth::no) {
      possible.push_back(i);
    }
  }
  return possible;
}

bool Space::find_cut_below(const SpaceRule& rule, std::uint32_t at, const Box& box,
                           Cut& cut) const {
  const PolicyNode& node = rule.document->nodes()[at];
  if (node_truth(rule, at, box) != BoxTruth::mixed) {
    return false;
  }
  if (node.kind != PolicyNode::Kind::leaf) {
    for (std::uint32_t part = at + 1; part < node.end; part = rule.document->nodes()[part].end) {
      if (find_cut_below(rule, part, box, cut)) {
        return true;
      }
    }
    return false;
  }
  const Leaf& mapped = leaves_[rule.source][node.leaf];
  if (mapped.presence != 0 && box[mapped.presence].low != box[mapped.presence].high) {
    cut = {mapped.presence, kNotSaid, rule.from <= Truth::unknown};
    return true;
  }
  const CellRange range = box[mapped.axis];
  const bool is_first_in = is_in(mapped, range.low);
  std::uint32_t cell = range.low;
  while (is_in(mapped, cell) == is_first_in) {
    ++cell;
  }
  cut.axis = mapped.axis;
  cut.at = cell;
  cut.is_upper_true = is_first_in == rule.document->leaves()[node.leaf].is_negated;
  return true;
}

Space::Cut Space::find_cut(std::uint32_t rule, const Box& box) const {
  Cut cut;
  find_cut_below(rules_[rule], rules_[rule].rule->first_node, box, cut);
  return cut;
}

std::vector<std::uint32_t> Space::edges(std::uint32_t rule, std::size_t axis) const {
  const SpaceRule& one = rules_[rule];
  const auto& nodes = one.document->nodes();
  std::vector<std::uint32_t> cells;
  for (std::uint32_t at = one.rule->first_node; at < nodes[one.rule->first_node].end; ++at) {
    if (nodes[at].kind != PolicyNode::Kind::leaf) {
      continue;
    }
    const Leaf& mapped = leaves_[one.source][nodes[at].leaf];
    const bool is_of_axis =
        mapped.axis == axis && one.document->leaves()[nodes[at].leaf].input == axes_[axis].input;
    for (std::uint32_t cell = 1; is_of_axis && cell < axes_[axis].cells; ++cell) {
      if (is_in(mapped, cell) != is_in(mapped, static_cast<std::uint32_t>(cell - 1))) {
        cells.push_back(cell);
      }
    }
  }
  return cells;
}

}  // namespace countersign
