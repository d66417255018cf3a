#include <algorithm>
#include <map>

#include "policy/space.h"

namespace countersign {
namespace {

std::int64_t top_of(const InputRow& row) {
  switch (row.type) {
    case InputType::boolean:
      return 1;
    case InputType::choice:
      return static_cast<std::int64_t>(row.choices.size()) - 1;
    case InputType::integer:
    case InputType::duration:
    case InputType::text:
    case InputType::aaguid:
    case InputType::members:
    case InputType::rate:
      break;
  }
  return row.high;
}

// What an input is when nothing unusual happens.
std::int64_t usual_number(PolicyInput input) {
  constexpr std::int64_t kNoon = 12;
  constexpr std::int64_t kCurrent = 1;
  switch (static_cast<int>(input)) {
    case static_cast<int>(PolicyInput::time_hour):
      return kNoon;
    case static_cast<int>(PolicyInput::credential_metadata_status):
      return kCurrent;
    case static_cast<int>(PolicyInput::payee_known):
    case static_cast<int>(PolicyInput::session_user_verified):
    case static_cast<int>(PolicyInput::credential_attested):
      return 1;
    default:
      return 0;
  }
}

// A name that is not among those.
std::string other_name(const InputRow& row, const std::vector<std::string>& taken) {
  for (int i = 0;; ++i) {
    std::string number = std::to_string(i);
    std::string name =
        row.type == InputType::aaguid
            ? "00000000-0000-0000-0000-" + std::string(12 - number.size(), '0') + number
        : i == 0 ? std::string("other")
                 : "other-" + number;
    if (std::find(taken.begin(), taken.end(), name) == taken.end()) {
      return name;
    }
  }
}

}  // namespace

void Space::add_axes(std::span<const ExtraCut> cuts, SpaceDetail detail) {
  for (const InputRow& row : policy_inputs()) {
    const InputMask mask = mask_of(row.id);
    const bool is_named =
        row.id == PolicyInput::ceremony ||
        std::any_of(documents_.begin(), documents_.end(),
                    [&](const PolicyDocument* one) { return (one->inputs() & mask) != 0; }) ||
        std::any_of(cuts.begin(), cuts.end(),
                    [&](const ExtraCut& cut) { return cut.input == row.id; });
    if (!is_named) {
      continue;
    }
    if (row.type == InputType::members) {
      add_member_axes(row);
    } else if (has_names(row) && !row.is_ordered) {
      add_name_axis(row);
    } else {
      add_number_axis(row, cuts);
    }
    const bool has_absences = detail == SpaceDetail::absences || detail == SpaceDetail::decisions;
    if (has_absences && may_be_absent(row)) {
      add_presence_axis(row);
    }
  }
}

void Space::add_presence_axis(const InputRow& row) {
  Axis axis;
  axis.input = row.id;
  axis.is_presence = true;
  axis.cells = 2;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    for (std::size_t leaf = 0; leaf < leaves_[i].size(); ++leaf) {
      if (documents_[i]->leaves()[leaf].input == row.id) {
        leaves_[i][leaf].presence = static_cast<std::uint32_t>(axes_.size());
      }
    }
  }
  axes_.push_back(std::move(axis));
}

void Space::add_number_axis(const InputRow& row, std::span<const ExtraCut> cuts) {
  Axis axis;
  axis.input = row.id;
  axis.firsts = {row.low};
  const auto add = [&](std::int64_t first) {
    if (first > row.low && first <= top_of(row)) {
      axis.firsts.push_back(first);
    }
  };
  const auto each_leaf = [&](const auto& visit) {
    for (std::size_t i = 0; i < documents_.size(); ++i) {
      for (std::size_t leaf = 0; leaf < leaves_[i].size(); ++leaf) {
        if (documents_[i]->leaves()[leaf].input == row.id) {
          visit(*documents_[i], documents_[i]->leaves()[leaf], leaves_[i][leaf]);
        }
      }
    }
  };
  each_leaf([&](const PolicyDocument&, const PolicyLeaf& leaf, Leaf&) {
    if (leaf.kind == PolicyLeaf::Kind::codes) {  // an ordered choice, compared by name
      for (std::size_t code = 0; code < row.choices.size(); ++code) {
        add(static_cast<std::int64_t>(code));
      }
      return;
    }
    if (leaf.low <= leaf.high) {
      add(leaf.low);
      if (leaf.high < top_of(row)) {
        add(leaf.high + 1);
      }
    }
  });
  for (const ExtraCut& cut : cuts) {
    if (cut.input == row.id) {
      add(cut.value);
    }
  }
  std::sort(axis.firsts.begin(), axis.firsts.end());
  axis.firsts.erase(std::unique(axis.firsts.begin(), axis.firsts.end()), axis.firsts.end());
  axis.cells = axis.firsts.size();
  const auto cell_of = [&](std::int64_t value) {
    const auto above = std::upper_bound(axis.firsts.begin(), axis.firsts.end(), value);
    return static_cast<std::uint32_t>(above - axis.firsts.begin() - 1);
  };
  const auto number = static_cast<std::uint32_t>(axes_.size());
  each_leaf([&](const PolicyDocument& document, const PolicyLeaf& leaf, Leaf& target) {
    target.axis = number;
    if (leaf.kind == PolicyLeaf::Kind::codes) {
      target.cells.assign(axis.cells / 64 + 1, 0);
      for (std::size_t code = 0; code < row.choices.size(); ++code) {
        if ((document.words()[leaf.first_word + code / 64] >> (code % 64) & 1U) != 0) {
          const std::uint32_t cell = cell_of(static_cast<std::int64_t>(code));
          target.cells[cell / 64] |= std::uint64_t{1} << (cell % 64);
        }
      }
    } else if (leaf.low <= leaf.high) {
      target.low = cell_of(leaf.low);
      target.high = cell_of(leaf.high);
    }
  });
  axes_.push_back(std::move(axis));
}

// Names that no comparison tells apart share a cell; those that built-in rules tell apart (which
// ceremony it is, which counter is denied, which payments have a card's caps) have one of their
// own.
void Space::add_name_axis(const InputRow& row) {
  std::vector<std::string> names(row.choices.begin(), row.choices.end());
  std::vector<std::pair<std::size_t, std::size_t>> found;  // document, leaf
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    for (std::size_t leaf = 0; leaf < leaves_[i].size(); ++leaf) {
      if (documents_[i]->leaves()[leaf].input == row.id) {
        found.emplace_back(i, leaf);
      }
    }
    if (row.choices.empty()) {
      const std::vector<std::string>& more = documents_[i]->names(row.id);
      names.insert(names.end(), more.begin(), more.end());
    }
  }
  if (row.choices.empty()) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    names.emplace_back();  // all others
  }
  // The code of each name in each document.
  std::vector<std::vector<std::size_t>> codes(documents_.size());
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    const std::vector<std::string>& known = documents_[i]->names(row.id);
    for (const std::string& name : names) {
      const auto at = row.choices.empty() ? std::lower_bound(known.begin(), known.end(), name)
                                          : std::find(known.begin(), known.end(), name);
      const bool is_known = at != known.end() && *at == name;
      codes[i].push_back(static_cast<std::size_t>((is_known ? at : known.end()) - known.begin()));
    }
  }
  const auto has = [&](std::size_t document, std::size_t leaf, std::size_t name) {
    const std::size_t code = codes[document][name];
    const std::uint32_t first = documents_[document]->leaves()[leaf].first_word;
    return (documents_[document]->words()[first + code / 64] >> (code % 64) & 1U) != 0;
  };
  Axis axis;
  axis.input = row.id;
  const bool is_each_apart = row.id == PolicyInput::ceremony ||  // at its number
                             row.id == PolicyInput::authentication_counter;
  std::map<std::vector<bool>, std::uint32_t> classes;
  std::vector<std::uint32_t> cell_of;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::vector<bool> signature;
    for (const auto& [document, leaf] : found) {
      signature.push_back(has(document, leaf, i));
    }
    signature.push_back(row.id == PolicyInput::transaction_type && names[i] == kCardPayment);
    const auto [at, is_new] =
        classes.try_emplace(signature, static_cast<std::uint32_t>(axis.names.size()));
    if (is_new || is_each_apart) {
      cell_of.push_back(static_cast<std::uint32_t>(axis.names.size()));
      axis.names.push_back(names[i]);
    } else {
      cell_of.push_back(at->second);
    }
  }
  axis.cells = axis.names.size();
  for (const auto& [document, leaf] : found) {
    Leaf& target = leaves_[document][leaf];
    target.axis = static_cast<std::uint32_t>(axes_.size());
    target.cells.assign(axis.cells / 64 + 1, 0);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (has(document, leaf, i)) {
        target.cells[cell_of[i] / 64] |= std::uint64_t{1} << (cell_of[i] % 64);
      }
    }
  }
  for (std::string& name : axis.names) {
    if (name.empty()) {
      name = other_name(row, names);
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) {
      axis.others = cell_of[i];
    } else {
      axis.known_names.emplace_back(std::move(names[i]), cell_of[i]);
    }
  }
  std::sort(axis.known_names.begin(), axis.known_names.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  axes_.push_back(std::move(axis));
}

std::uint32_t Axis::cell_of(std::string_view name) const {
  const auto known =
      std::lower_bound(known_names.begin(), known_names.end(), name,
                       [](const auto& one, std::string_view wanted) { return one.first < wanted; });
  return known == known_names.end() || known->first != name ? others : known->second;
}

Space::Values Space::values_of(PolicyInput input, const Box& box) const {
  const InputRow& row = row_of(input);
  const std::optional<std::size_t> at = axis_of(input);
  Values values{row.low, top_of(row)};
  if (at) {
    const std::vector<std::int64_t>& firsts = axes_[*at].firsts;
    values.low = firsts[box[*at].low];
    const std::size_t next = box[*at].high + std::size_t{1};
    values.high = next == firsts.size() ? values.high : firsts[next] - 1;
  }
  return values;
}

void Space::add_member_axes(const InputRow& row) {
  std::vector<std::string> members;
  for (const PolicyDocument* document : documents_) {
    members.insert(members.end(), document->names(row.id).begin(), document->names(row.id).end());
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  for (const std::string& member : members) {
    Axis axis;
    axis.input = row.id;
    axis.member = member;
    axis.firsts = {0, 1};
    axis.cells = 2;
    for (std::size_t i = 0; i < documents_.size(); ++i) {
      for (std::size_t leaf = 0; leaf < leaves_[i].size(); ++leaf) {
        const PolicyLeaf& one = documents_[i]->leaves()[leaf];
        if (one.input == row.id &&
            documents_[i]->names(row.id)[static_cast<std::size_t>(one.low)] == member) {
          leaves_[i][leaf].axis = static_cast<std::uint32_t>(axes_.size());
          leaves_[i][leaf].low = 1;
          leaves_[i][leaf].high = 1;
        }
      }
    }
    axes_.push_back(std::move(axis));
  }
}

PolicyInputs Space::sample(const Box& box) const {
  PolicyInputs inputs(static_cast<PolicyCeremony>(box[0].low));
  std::array<std::vector<std::string>, kPolicyInputs> members;
  std::array<bool, kPolicyInputs> has_axis{};
  InputMask missing = absent_;
  for (std::size_t i = 1; i < axes_.size(); ++i) {
    const Axis& axis = axes_[i];
    const auto input = static_cast<std::size_t>(axis.input);
    has_axis[input] = true;
    if (axis.is_presence) {
      missing |= box[i].low == kNotSaid ? mask_of(axis.input) : 0;
    } else if (!axis.member.empty()) {
      if (box[i].low == 1) {
        members[input].push_back(axis.member);
      }
    } else if (!axis.names.empty()) {
      (void)inputs.set_text(axis.input, axis.names[box[i].low]);
    } else {
      const std::int64_t usual = usual_number(axis.input);
      const bool is_last = box[i].high + std::size_t{1} == axis.cells;
      const bool is_usual_inside = usual >= axis.firsts[box[i].low] &&
                                   (is_last || usual < axis.firsts[box[i].high + std::size_t{1}]);
      (void)inputs.set_number(axis.input, is_usual_inside ? usual : axis.firsts[box[i].low]);
    }
  }
  for (const InputRow& row : policy_inputs()) {
    const auto input = static_cast<std::size_t>(row.id);
    if (!exists_in(row, inputs.ceremony()) || row.phase > phase_ ||
        row.id == PolicyInput::ceremony || row.type == InputType::rate ||
        (missing & mask_of(row.id)) != 0) {
      inputs.clear(row.id);
    } else if (row.type == InputType::members) {
      (void)inputs.set_members(row.id, members[input]);
    } else if (!has_axis[input] && has_names(row) && row.choices.empty()) {
      (void)inputs.set_text(row.id, other_name(row, {}));
    } else if (!has_axis[input]) {
      (void)inputs.set_number(row.id, usual_number(row.id));
    }
  }
  return inputs;
}

}  // namespace countersign
