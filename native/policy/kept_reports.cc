#include "native/policy/kept_reports.h"

#include <algorithm>

namespace countersign {
namespace {

std::size_t cases_of(const DiffReport& report) { return report.regions.size(); }
std::size_t cases_of(const LintReport& report) { return report.findings.size(); }

template <class Kept, class Key>
auto find_kept(const Kept& kept, const Key& key) {
  const auto found =
      std::find_if(kept.begin(), kept.end(), [&](const auto& one) { return one.first == key; });
  return found == kept.end() ? nullptr : found->second;
}

template <class Kept, class Key, class Report>
void keep(Kept& kept, Key key, const Report& report) {
  if (find_kept(kept, key) != nullptr) {
    return;  // somebody else asked at the same time
  }
  kept.emplace_front(std::move(key), report);
  std::size_t cases = 0;
  const auto first_too_many = std::find_if(kept.begin(), kept.end(), [&](const auto& one) {
    cases += cases_of(*one.second);
    return cases > KeptReports::kKeptCases;
  });
  const auto most = std::min<std::size_t>(KeptReports::kKept,
                                          static_cast<std::size_t>(first_too_many - kept.begin()));
  while (kept.size() > std::max<std::size_t>(most, 1)) {
    kept.pop_back();
  }
}

}  // namespace

KeptReports::LintKey::LintKey(const PolicyDocument& linted, const LintSettings& held_against)
    : document(linted.digest()), settings(held_against), currency(held_against.money.currency) {
  if (settings.models) {
    models.emplace(settings.models->begin(), settings.models->end());
  }
  settings.models.reset();
  settings.money.currency = {};
  for (const PolicyList& list : linted.lists()) {
    if (settings.time) {
      expired.push_back(list.expires && *list.expires <= *settings.time);
    }
  }
}

// Names every member of the settings: who adds one is told to compare it here.
bool KeptReports::LintKey::operator==(const LintKey& other) const {
  const auto& [caps, money, tiers, algorithms, administrators, no_models, time, boxes,
               question_boxes] = settings;
  const LintSettings& others = other.settings;
  static_cast<void>(no_models);
  return equal(document, other.document) && caps == others.caps &&
         money.decimals == others.money.decimals && currency == other.currency &&
         tiers == others.tiers && algorithms == others.algorithms &&
         administrators == others.administrators && models == other.models &&
         time.has_value() == others.time.has_value() && expired == other.expired &&
         boxes == others.boxes && question_boxes == others.question_boxes;
}

std::shared_ptr<const DiffReport> KeptReports::compare(const PolicyDocument& before,
                                                       const PolicyDocument& after) {
  const Pair key(before.digest(), after.digest());
  {
    const std::lock_guard lock(keeping_);
    if (std::shared_ptr<const DiffReport> known = find_kept(comparisons_, key)) {
      return known;
    }
  }
  std::shared_ptr<const DiffReport> made = source_.compare(before, after);
  const std::lock_guard lock(keeping_);
  keep(comparisons_, key, made);
  return made;
}

std::shared_ptr<const LintReport> KeptReports::lint(const PolicyDocument& document,
                                                    const LintSettings& settings) {
  LintKey key(document, settings);
  {
    const std::lock_guard lock(keeping_);
    if (std::shared_ptr<const LintReport> known = find_kept(lints_, key)) {
      return known;
    }
  }
  std::shared_ptr<const LintReport> made = source_.lint(document, settings);
  const std::lock_guard lock(keeping_);
  keep(lints_, std::move(key), made);
  return made;
}

}  // namespace countersign
