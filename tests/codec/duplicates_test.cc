#include "codec/duplicates.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign {
namespace {

TEST(FindDuplicate, FindsNothingInDistinctKeys) {
  std::vector<KeyAt> none;
  EXPECT_EQ(find_duplicate(none), std::nullopt);
  std::vector<KeyAt> keys{{"b", 0}, {"a", 1}, {"", 2}, {"ab", 3}};
  EXPECT_EQ(find_duplicate(keys), std::nullopt);
}

TEST(FindDuplicate, TellsTheFirstKeyThatRepeatsAnother) {
  std::vector<KeyAt> keys{{"z", 1}, {"a", 5}, {"z", 9}, {"a", 7}, {"a", 6}};
  EXPECT_EQ(find_duplicate(keys), 6U);
}

TEST(FindDuplicate, ComparesWholeKeys) {
  using namespace std::string_view_literals;
  std::vector<KeyAt> keys{{"a\0b"sv, 0}, {"a\0c"sv, 1}, {"a"sv, 2}};
  EXPECT_EQ(find_duplicate(keys), std::nullopt);
}

TEST(FindDuplicate, FindsEveryPairInManyKeys) {
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) {
    names.push_back("name" + std::to_string(i * 7919 % 300));
  }
  for (std::size_t repeated = 0; repeated < names.size(); repeated += 13) {
    std::vector<KeyAt> keys;
    for (std::size_t i = 0; i < names.size(); ++i) {
      keys.push_back({names[i], i});
    }
    EXPECT_EQ(find_duplicate(keys), std::nullopt);
    keys.push_back({names[repeated], names.size()});
    EXPECT_EQ(find_duplicate(keys), names.size());
  }
}

}  // namespace
}  // namespace countersign
