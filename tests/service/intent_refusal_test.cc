// Where an intent is refused: the member by its pointer, in a text the character.

#include "service/intent_refusal.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "transaction/shipped.h"

namespace countersign::testing {
namespace {

// As the use case does: first to the frozen form, then against the template.
IntentRefusal refusal_of_intent(const std::string& type, const std::string& fields) {
  const Template source = parse_template(find_shipped_template(type), OpenSslHasher()).value();
  // The intent is one member of a larger text.
  const JsonValue json = parse_json(R"({"username":"ada","intent":{"type":")" + type +
                                    R"(","fields":)" + fields + "}}")
                             .value();
  const JsonValue& intent = *json.find("intent");
  const Result<CanonicalValue> frozen = freeze_intent(source, intent);
  if (!frozen.has_value()) {
    return refusal_at(intent, frozen.error());
  }
  const std::optional<IntentProblem> problem = find_intent_problem(source, *frozen);
  EXPECT_TRUE(problem.has_value());
  return problem ? refusal_of(*problem) : IntentRefusal();
}

std::string pointer_of(const std::string& type, const std::string& fields) {
  return refusal_of_intent(type, fields).pointer;
}

std::string transfer_with(std::string_view from, std::string_view to) {
  std::string fields =
      R"({"amount":{"currency":"EUR","value":"1.00"},"creditor":"Anna Muster",)"
      R"("creditorAccount":{"iban":"DE89370400440532013000"},)"
      R"("debtorAccount":{"iban":"DE75512108001245126199"},"executionDate":"2026-11-27"})";
  EXPECT_NE(fields.find(from), std::string::npos) << from;
  return fields.replace(fields.find(from), from.size(), to);
}

constexpr const char* kTransfer = "payment.credit-transfer/1";

TEST(IntentRefusals, NameTheMemberOfEveryError) {
  EXPECT_EQ(pointer_of(kTransfer, transfer_with("DE893704", "DE883704")),
            "/fields/creditorAccount");
  EXPECT_EQ(pointer_of(kTransfer, transfer_with("DE755121", "DE745121")), "/fields/debtorAccount");
  EXPECT_EQ(pointer_of(kTransfer, transfer_with("\"1.00\"", "\"1,00\"")), "/fields/amount");
  EXPECT_EQ(pointer_of(kTransfer, transfer_with("1.00", "0.00")), "/fields/amount");
  EXPECT_EQ(pointer_of(kTransfer, transfer_with("EUR", "XAU")), "/fields/amount");
  EXPECT_EQ(pointer_of(kTransfer, transfer_with("2026-11-27", "2026-11-31")),
            "/fields/executionDate");
  EXPECT_EQ(pointer_of(kTransfer, transfer_with("\"creditor\"", "\"payee\"")), "/fields/payee");
  EXPECT_EQ(pointer_of(kTransfer, transfer_with("\"Anna Muster\"", "5")), "/fields/creditor");
  EXPECT_EQ(pointer_of(kTransfer, transfer_with(R"("creditor":"Anna Muster",)", "")),
            "/fields/creditor")
      << "one that is missing";
}

TEST(IntentRefusals, EscapeNames) {
  EXPECT_EQ(pointer_of(kTransfer, transfer_with("\"creditor\"", R"("a/b~c")")), "/fields/a~1b~0c");
}

TEST(IntentRefusals, NameTheCharacterOfAText) {
  const IntentRefusal refusal =
      refusal_of_intent(kTransfer, transfer_with("Anna Muster", "Anna \u200bMuster"));
  EXPECT_EQ(refusal.pointer, "/fields/creditor");
  EXPECT_EQ(refusal.code_point, U'\u200b');
  EXPECT_EQ(refusal.offset, 5U);
  EXPECT_EQ(refusal_of_intent(kTransfer, transfer_with("1.00", "0.00")).code_point, std::nullopt);
}

TEST(IntentRefusals, GoIntoLists) {
  const auto batch = [](const std::string& second) {
    return R"({"total":[{"currency":"EUR","value":"3.00"}],"count":2,)"
           R"("debtorAccount":{"iban":"DE75512108001245126199"},"executionDate":"2026-11-23",)"
           R"("payees":[{"creditor":"A B","creditorAccount":{"iban":"DE89370400440532013000"},)"
           R"("amount":{"currency":"EUR","value":"1.00"}},)" +
           second + "]}";
  };
  EXPECT_EQ(pointer_of("payment.batch/1", batch("7")), "/fields/payees/1");
  EXPECT_EQ(
      pointer_of("payment.batch/1", batch(R"({"creditor":"C D","creditorAccount":{"iban":"DE00"},)"
                                          R"("amount":{"currency":"EUR","value":"2.00"}})")),
      "/fields/payees/1/creditorAccount");
  EXPECT_EQ(
      pointer_of("payment.batch/1", batch(R"({"creditor":"C D","creditorAccount":{"iban":)"
                                          R"("DE89370400440532013000"},"amount":{"currency":"EUR",)"
                                          R"("value":"0.00"}})")),
      "/fields/payees/1/amount");
  EXPECT_EQ(
      pointer_of("payment.batch/1", batch(R"({"creditor":"C D","creditorAccount":{"iban":)"
                                          R"("DE89370400440532013000"},"amount":{"currency":"EUR",)"
                                          R"("value":"5.00"}})")),
      "/fields/total");
}

TEST(IntentRefusals, PointToTheWholeWhereItIsNone) { EXPECT_EQ(pointer_of(kTransfer, "5"), ""); }

}  // namespace
}  // namespace countersign::testing
