#include "attestation/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "metadata/entry.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;

auto fields(const ModelAssessment& a) {
  return std::tie(a.is_known, a.is_proved, a.description, a.certification, a.statuses);
}

TEST(WeakerOfBoth, TakesTheLowerOfEachAndTheStatusesOfBoth) {
  const ModelAssessment proved{true, true, "A", "L2", {"UPDATE_AVAILABLE", "FIDO_CERTIFIED_L2"}};
  const ModelAssessment claimed{true, false, "B", "none", {"UPDATE_AVAILABLE", "RETIRED"}};
  const ModelAssessment out = weaker_of_both(proved, claimed);
  EXPECT_TRUE(out.is_known);
  EXPECT_FALSE(out.is_proved);
  EXPECT_EQ(out.description, "B");
  EXPECT_EQ(out.certification, "none");
  EXPECT_THAT(out.statuses, ElementsAre("FIDO_CERTIFIED_L2", "RETIRED", "UPDATE_AVAILABLE"));
}

TEST(WeakerOfBoth, RanksLevelsAsFidoDoes) {
  for (int a = 0; a <= static_cast<int>(CertificationLevel::l3plus); ++a) {
    for (int b = 0; b <= static_cast<int>(CertificationLevel::l3plus); ++b) {
      const auto level = [](int value) {
        return std::string(certification_level_name(static_cast<CertificationLevel>(value)));
      };
      const ModelAssessment of_a{true, true, "", level(a), {}};
      const ModelAssessment of_b{true, true, "", level(b), {}};
      EXPECT_EQ(weaker_of_both(of_a, of_b).certification, level(std::min(a, b)));
    }
  }
}

// Every three assessments of a pool of all kinds, in every order.
TEST(WeakerOfBoth, TheOrderDecidesNothing) {
  std::vector<ModelAssessment> pool;
  for (const char* certification : {"none", "L1", "L1+", "L3"}) {
    for (const char* description : {"", "A", "B"}) {
      pool.push_back({false, false, description, certification, {}});
      pool.push_back({true, false, description, certification, {"RETIRED"}});
      pool.push_back({true, true, description, certification, {"UPDATE_AVAILABLE", "RETIRED"}});
    }
  }
  for (const ModelAssessment& a : pool) {
    for (const ModelAssessment& b : pool) {
      ASSERT_EQ(fields(weaker_of_both(a, b)), fields(weaker_of_both(b, a)));
      for (const ModelAssessment& c : pool) {
        const ModelAssessment left = weaker_of_both(weaker_of_both(a, b), c);
        const ModelAssessment right = weaker_of_both(a, weaker_of_both(b, c));
        ASSERT_EQ(fields(left), fields(right));
      }
    }
  }
}

}  // namespace
}  // namespace countersign::testing
