// The corpus of the parity suite, through both backends: the same verdict line, byte for byte.

#include "tests/vectors/corpus.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

const std::vector<std::string>& corpus() {
  static const std::vector<std::string> lines = CorpusMaker(COUNTERSIGN_VECTORS_DIR).make();
  return lines;
}

TEST(Corpus, IsLargeAndDeterministicAndOneLineEach) {
  EXPECT_GE(corpus().size(), 2500U);
  EXPECT_EQ(corpus(), CorpusMaker(COUNTERSIGN_VECTORS_DIR).make());
  for (const std::string& line : corpus()) {
    EXPECT_FALSE(line.empty());
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

TEST(Corpus, NeedsNoVectorsOfOthers) {
  EXPECT_GE(CorpusMaker("/nonexistent").make().size(), 2000U);
}

TEST(Corpus, GivesTheSameVerdictsWithBothBackends) {
  std::set<std::string> refusals;
  std::size_t accepted = 0;
  std::size_t unsupported = 0;
  for (const std::string& line : corpus()) {
    const std::string first = verdict_of(line, openssl_backend());
    const std::string second = verdict_of(line, cryptopp_backend());
    ASSERT_TRUE(parse_json(first).has_value()) << first;
    // Crypto++ has no Ed448.
    if (second.find("algorithm_unsupported_by_backend") != std::string::npos) {
      ++unsupported;
      continue;
    }
    ASSERT_EQ(first, second) << line.substr(0, 100);
    if (is_accepted(first)) {
      ++accepted;
    } else {
      refusals.insert(refusal_of(first));
    }
  }
  EXPECT_GE(accepted, 300U);
  EXPECT_GE(refusals.size(), 100U);
  EXPECT_LE(unsupported, 100U);
  std::cout << corpus().size() << " cases, " << accepted << " accepted, " << refusals.size()
            << " kinds of refusal, " << unsupported << " without Ed448\n";
}

}  // namespace
}  // namespace countersign::testing
