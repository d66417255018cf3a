#include "service/transaction_json.h"

#include <gtest/gtest.h>

#include "tests/support/sanitized.h"
#include "tests/transaction/documents.h"
#include "tests/transaction/intent_corpus.h"
#include "transaction/bound.h"

namespace countersign::testing {
namespace {

// What a backend is handed is what was frozen: freezing it again gives the same bytes, for every
// type and locale.
TEST(WriteIntent, IsFrozenToTheSameBytesAgain) {
  IntentCorpus corpus;
  for (std::size_t i = 0; i < 3 * corpus.combinations(); i += stride(5)) {
    const nlohmann::json intent = corpus[i]["input"]["intent"];
    const std::string type = intent["type"];
    const Template source = template_of(type.substr(0, type.find('/')));
    const CanonicalValue frozen = intent_from(source, intent).value();
    JsonWriter json;
    write_intent(json, source, frozen);
    const Result<CanonicalValue> again =
        intent_from(source, nlohmann::json::parse(std::move(json).take()));
    ASSERT_TRUE(again.has_value()) << intent;
    EXPECT_EQ(make_bound_cbor(*again).value(), make_bound_cbor(frozen).value()) << intent;
  }
}

TEST(WriteIntent, WritesAmountsAndAccountsAsTheApiReadsThem) {
  const Template source = template_of("payment.credit-transfer");
  JsonWriter json;
  write_intent(json, source, intent_from(source, transfer_intent()).value());
  EXPECT_EQ(nlohmann::json::parse(json.text()), transfer_intent());
}

}  // namespace
}  // namespace countersign::testing
