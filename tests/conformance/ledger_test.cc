// The ledger as a whole: it is of the official list, complete, and what the documentation shows.

#include "tests/conformance/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace countersign::testing {
namespace {

// The numbers that the ledger has in a group, without those that the tool does not count.
std::set<std::string> numbers_of(const OfficialGroup& group) {
  std::set<std::string> numbers;
  for (const auto& [name, outcome] : pinned_ledger()) {
    const bool is_extra =
        std::find(group.extra.begin(), group.extra.end(), name.number) != group.extra.end();
    if (name.group == group.name && !is_extra) {
      numbers.insert(name.number);
    }
  }
  return numbers;
}

TEST(Ledger, EveryRowIsOfAGroupOfTheList) {
  for (const auto& [name, outcome] : pinned_ledger()) {
    const bool is_known = std::any_of(
        official_groups().begin(), official_groups().end(),
        [&wanted = name.group](const OfficialGroup& group) { return group.name == wanted; });
    EXPECT_TRUE(is_known) << name.group;
    EXPECT_EQ(outcome.status, name.number.starts_with("P-") ? "ok" : "failed")
        << name.group << " " << name.number;
  }
}

TEST(Ledger, NumbersOfAGroupHaveNoGaps) {
  for (const OfficialGroup& group : official_groups()) {
    std::set<std::string> numbers = numbers_of(group);
    numbers.insert(group.extra.begin(), group.extra.end());
    for (const char* kind : {"P-", "F-"}) {
      const auto count = std::count_if(numbers.begin(), numbers.end(),
                                       [&](const std::string& n) { return n.starts_with(kind); });
      for (std::ptrdiff_t i = 1; i <= count; ++i) {
        EXPECT_EQ(numbers.count(kind + std::to_string(i)), 1U)
            << group.name << " " << kind << i << " of " << count;
      }
    }
  }
}

TEST(Ledger, CountsAreThoseOfTheList) {
  std::size_t official = 0;
  std::size_t of_old_versions = 0;
  for (const OfficialGroup& group : official_groups()) {
    const std::size_t cases = numbers_of(group).size();
    EXPECT_EQ(cases, group.cases) << group.name;
    (group.name.ends_with("Resp-B") ? of_old_versions : official) += cases;
  }
  EXPECT_EQ(official, 168U);
  EXPECT_EQ(of_old_versions, 8U);
}

TEST(Ledger, TheDocumentationShowsTheResults) {
  std::ifstream file(COUNTERSIGN_SOURCE_DIR "/docs/conformance.md");
  std::ostringstream text;
  text << file.rdbuf();
  std::string table;
  for (const std::string& line : result_table(pinned_ledger())) {
    table += line + "\n";
  }
  EXPECT_NE(text.str().find(table), std::string::npos) << "expected in docs/conformance.md:\n"
                                                       << table;
}

}  // namespace
}  // namespace countersign::testing
