#pragma once
// What comes onto lists and goes off them: demands speak of a list by its name alone.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document.h"

namespace countersign {

/// A list of one name in two documents; where one of them has none, it is empty there.
struct ListChange {
  std::string name;
  std::vector<std::string> added;  // models, sorted
  std::vector<std::string> removed;
  bool is_new = false;
  bool is_gone = false;
  bool has_other_date = false;  // `expires`
  std::optional<UnixSeconds> expires_before;
  std::optional<UnixSeconds> expires_after;
};

/// Lists whose models or dates differ, in the order of their names.
std::vector<ListChange> list_changes(const PolicyDocument& before, const PolicyDocument& after);

/// "adds deadbeef-…, … and 3 more; removes …; expires 2027-01-01T00:00:00Z instead of never". Of
/// models that come and of those that go at most `shown` each are named.
std::string describe_list_change(const ListChange& change, std::size_t shown);

/// Models that a sentence names. [the rest is in the comparison's own lines about the list]
inline constexpr std::size_t kModelsInSentence = 3;
/// " (adds …)" for a list that changed; empty for others.
std::string list_remark(std::span<const ListChange> changes, std::string_view list);

}  // namespace countersign
