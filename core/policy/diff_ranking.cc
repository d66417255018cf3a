#include "policy/diff_ranking.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>
#include <tuple>

namespace countersign {
namespace {

// From what protects most to what protects least.
constexpr RequirementKind kByWeight[] = {
    RequirementKind::approvals,
    RequirementKind::user_verification,
    RequirementKind::display_tier,
    RequirementKind::minimum_certification,
    RequirementKind::binding,
    RequirementKind::authenticators,
    RequirementKind::attestation,
    RequirementKind::algorithms,
    RequirementKind::transports,
    RequirementKind::cooling_off,
    RequirementKind::authentication_age,
    RequirementKind::credential_age,
    RequirementKind::resident_key,
    RequirementKind::timeout,
};
static_assert(std::size(kByWeight) == kRequirementKinds);

// Smaller is more.
constexpr std::size_t kLosesDenial = 0;
constexpr std::size_t kLosesSignature = 1;
constexpr std::size_t kOtherBasis = 2;
constexpr std::size_t kLosesDemand = 3;
constexpr std::size_t kLosesNothing = kLosesDemand + kRequirementKinds;

std::size_t loss_of(const DiffRegion& region) {
  if (region.change == Strictness::weaker && region.before.outcome == Outcome::deny) {
    return kLosesDenial;
  }
  if (region.change == Strictness::weaker && region.after.outcome == Outcome::exempt) {
    return kLosesSignature;
  }
  if (region.change == Strictness::incomparable && region.after.outcome == Outcome::exempt) {
    return kOtherBasis;
  }
  for (std::size_t i = 0; i < kRequirementKinds; ++i) {
    if ((region.lost & mask_of(kByWeight[i])) != 0) {
      return kLosesDemand + i;
    }
  }
  // Another reason is told before what only becomes stricter.
  return kLosesNothing + (region.change == Strictness::incomparable ? 0 : 1);
}

// How much is demanded of each kind that is told, in the order of kByWeight; of sets, how little is
// let pass.
using Levels = std::array<std::int64_t, kRequirementKinds>;
std::int64_t level_of(const Requirements& demanded, RequirementKind kind) {
  switch (kind) {
    case RequirementKind::approvals:
      return 2 * demanded.approvals + (demanded.has_distinct_approvers ? 1 : 0);
    case RequirementKind::user_verification:
      return -static_cast<std::int64_t>(demanded.user_verification);
    case RequirementKind::display_tier:
      return demanded.display_tier;
    case RequirementKind::minimum_certification:
      return static_cast<std::int64_t>(demanded.minimum_certification);
    case RequirementKind::binding:
      return static_cast<std::int64_t>(demanded.binding);
    case RequirementKind::authenticators:
      return 64 * std::popcount(demanded.allow_lists) + std::popcount(demanded.deny_lists);
    case RequirementKind::attestation:
      return static_cast<std::int64_t>(demanded.attestation);
    case RequirementKind::algorithms:
      return -std::popcount(demanded.algorithms);
    case RequirementKind::transports:
      return -std::popcount(demanded.transports);
    case RequirementKind::cooling_off:
      return demanded.cooling_off;
    case RequirementKind::authentication_age:
      return -demanded.authentication_age;
    case RequirementKind::credential_age:
      return -demanded.credential_age;
    case RequirementKind::resident_key:
      return static_cast<std::int64_t>(demanded.resident_key);
    case RequirementKind::timeout:
      return -demanded.timeout;
  }
  return 0;
}

Levels levels_of(const DiffRegion& region, const Decision& decision) {
  Levels levels{};
  for (std::size_t i = 0; i < kRequirementKinds; ++i) {
    const bool is_told = (region.kinds() & mask_of(kByWeight[i])) != 0;
    levels[i] = is_told ? level_of(decision.requirements, kByWeight[i]) : 0;
  }
  return levels;
}

}  // namespace

bool loses_more(const DiffRegion& a, const DiffRegion& b) {
  const std::size_t losses[] = {loss_of(a), loss_of(b)};
  if (losses[0] != losses[1]) {
    return losses[0] < losses[1];
  }
  if (a.change != b.change) {
    return a.change == Strictness::weaker;
  }
  const Levels left[] = {levels_of(a, a.after), levels_of(b, b.after)};
  return left[0] != left[1] ? left[0] < left[1] : levels_of(a, a.before) > levels_of(b, b.before);
}

namespace {

// How much is told as one row: nothing; what the same changed rules change in the same way in a
// ceremony; whatever changes in the same way there.
enum class Folding : std::uint8_t { none, same_rules, same_change };

std::vector<DiffCase> fold(const PolicyDocument& before, const PolicyDocument& after,
                           const DiffReport& report, Folding folding) {
  using Rules = std::vector<std::string>;
  using Key = std::tuple<PolicyCeremony, Strictness, std::string, std::string, Rules, Rules>;
  std::vector<DiffCase> cases;
  std::map<Key, std::size_t> found;
  for (const DiffRegion& region : report.regions) {
    if (folding == Folding::none) {
      cases.push_back({&region, 0});
      continue;
    }
    const bool has_rules = folding == Folding::same_rules;
    const auto [at, is_new] = found.try_emplace(
        {region.example.ceremony(), region.change,
         describe_decision(before, region.before, region.kinds()),
         describe_decision(after, region.after, region.kinds()),
         has_rules ? region.rules_before : Rules(), has_rules ? region.rules_after : Rules()},
        cases.size());
    if (is_new) {
      cases.push_back({&region, 0});
    } else {
      ++cases[at->second].alike;
    }
  }
  return cases;
}

}  // namespace

std::vector<DiffCase> list_cases(const PolicyDocument& before, const PolicyDocument& after,
                                 const DiffReport& report, std::size_t most) {
  std::vector<DiffCase> cases;
  for (const Folding folding : {Folding::none, Folding::same_rules, Folding::same_change}) {
    cases = fold(before, after, report, folding);
    if (cases.size() <= most) {
      return cases;
    }
  }
  // The worst of each ceremony is the first of it; no row is about two of them.
  std::set<PolicyCeremony> seen;
  std::vector<bool> is_worst;
  for (const DiffCase& one : cases) {
    is_worst.push_back(seen.insert(one.region->example.ceremony()).second);
  }
  std::size_t others = most - std::min(most, seen.size());
  std::vector<DiffCase> listed;
  for (std::size_t i = 0; i < cases.size() && listed.size() < most; ++i) {
    if (is_worst[i] || others != 0) {
      others -= is_worst[i] ? 0 : 1;
      listed.push_back(cases[i]);
    }
  }
  return listed;
}

std::size_t count_unlisted(const DiffReport& report, const std::vector<DiffCase>& listed) {
  std::size_t cases = report.count();
  for (const DiffCase& one : listed) {
    cases -= 1 + one.alike;
  }
  return cases;
}

std::string describe_example(const DiffRegion& region, const Money& money) {
  return describe_situation(region.example, region.before.inputs_used | region.after.inputs_used,
                            money, region.phase);
}

std::string describe_case(const DiffCase& one, const Money& money) {
  std::string text = describe_example(*one.region, money);
  if (one.alike != 0) {
    text += "; the same in " + std::to_string(one.alike) +
            (one.alike == 1 ? " more case" : " more cases");
  }
  return text;
}

}  // namespace countersign
