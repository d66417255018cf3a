#include "policy/list_changes.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/time.h"

namespace countersign {
namespace {

std::string name_models(const std::vector<std::string>& models, std::size_t shown) {
  std::string text;
  for (std::size_t i = 0; i < models.size() && i < shown; ++i) {
    text += (i == 0 ? " " : ", ") + models[i];
  }
  if (models.size() > shown) {
    text += " and " + std::to_string(models.size() - shown) + " more";
  }
  return text;
}

std::string date_text(const std::optional<UnixSeconds>& date) {
  return date ? encode_rfc3339(*date) : "never";
}

}  // namespace

std::vector<ListChange> list_changes(const PolicyDocument& before, const PolicyDocument& after) {
  struct Sides {
    const PolicyList* before = nullptr;
    const PolicyList* after = nullptr;
  };
  std::map<std::string, Sides> lists;
  for (const PolicyList& list : before.lists()) {
    lists[list.name].before = &list;
  }
  for (const PolicyList& list : after.lists()) {
    lists[list.name].after = &list;
  }
  const PolicyList none;
  std::vector<ListChange> changes;
  for (const auto& [name, sides] : lists) {
    const PolicyList& from = sides.before != nullptr ? *sides.before : none;
    const PolicyList& to = sides.after != nullptr ? *sides.after : none;
    ListChange change;
    change.name = name;
    std::set_difference(to.models.begin(), to.models.end(), from.models.begin(), from.models.end(),
                        std::back_inserter(change.added));
    std::set_difference(from.models.begin(), from.models.end(), to.models.begin(), to.models.end(),
                        std::back_inserter(change.removed));
    change.is_new = sides.before == nullptr;
    change.is_gone = sides.after == nullptr;
    change.has_other_date = !change.is_new && !change.is_gone && from.expires != to.expires;
    change.expires_before = from.expires;
    change.expires_after = to.expires;
    if (!change.added.empty() || !change.removed.empty() || change.has_other_date ||
        change.is_new || change.is_gone) {
      changes.push_back(std::move(change));
    }
  }
  return changes;
}

std::string describe_list_change(const ListChange& change, std::size_t shown) {
  std::string text;
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
  if (change.is_new || change.is_gone) {
    add(change.is_new ? "a new list" : "no list any more");
  }
  if (!change.added.empty()) {
    add("adds" + name_models(change.added, shown));
  }
  if (!change.removed.empty()) {
    add("removes" + name_models(change.removed, shown));
  }
  if (change.has_other_date) {
    add("expires " + date_text(change.expires_after) + " instead of " +
        date_text(change.expires_before));
  } else if (change.is_new && change.expires_after) {
    add("expires " + date_text(change.expires_after));
  }
  return text;
}

std::string list_remark(std::span<const ListChange> changes, std::string_view list) {
  const auto at = std::find_if(changes.begin(), changes.end(),
                               [&](const ListChange& one) { return one.name == list; });
  return at == changes.end() ? "" : " (" + describe_list_change(*at, kModelsInSentence) + ")";
}

}  // namespace countersign
