// Every case of the corpus is bound, and no two alike.

#include "tests/transaction/intent_corpus.h"

#include <gtest/gtest.h>

#include <set>

#include "backends/openssl/openssl_backend.h"
#include "service/bind_case.h"

namespace countersign::testing {
namespace {

TEST(IntentCorpus, IsBoundInEveryTypeAndLocale) {
  const OpenSslHasher hasher;
  const TransactionDocuments documents = shipped_documents(hasher);
  IntentCorpus corpus;
  ASSERT_EQ(corpus.combinations(), 117U);
  std::set<std::string> challenges;
  for (std::size_t i = 0; i < 3 * corpus.combinations(); ++i) {
    const std::string line = corpus[i].dump();
    const nlohmann::json answer = nlohmann::json::parse(bind_case(line, documents, hasher));
    ASSERT_TRUE(answer["ok"]) << line << answer;
    EXPECT_TRUE(challenges.insert(answer["challenge"]).second) << i;
  }
  EXPECT_EQ(corpus[7], IntentCorpus()[7]);
}

}  // namespace
}  // namespace countersign::testing
