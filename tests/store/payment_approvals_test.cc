// Approvals in the browser's payment dialog (display tier D2), from creation to the receipt.

#include <gmock/gmock.h>

#include "receipt/evidence.h"
#include "tests/store/transaction_fixture.h"
#include "tests/support/soft_payment.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kPage =
    R"({"origins":["https://shop.example"],"payeeOrigin":"https://shop.example",)"
    R"("instrument":{"displayName":"Example Bank Gold","icon":"https://example.org/gold.png"}})";

class PaymentApprovals : public TransactionTest {
 protected:
  PaymentApprovals() {
    enrol("eve", [](FinishedRegistration& finished) {
      finished.is_for_payments = true;
      finished.browser_bound_key = BrowserBoundSigner().key.cose_key(-7);
    });
  }

  static nlohmann::json card_intent() {
    return {{"type", "payment.card/1"},
            {"fields",
             {{"amount", amount_json("20.00")}, {"merchant", "Muster Schuhe"}, {"card", "4242"}}}};
  }
  Begun create_payment(const std::string& page = kPage, const std::string& username = "eve") {
    Wanted wanted;
    wanted.intent = card_intent();
    wanted.username = username;
    wanted.payment = page;
    return create(wanted);
  }
  ErrorCode confirm(const Begun& begun, const SoftPayment& payment = SoftPayment(),
                    const Edit& edit = nullptr) {
    return approve(begun, "eve", [&](AssertionOptions& options) {
      options = with_payment(payment, options);
      if (edit) {
        edit(options);
      }
    });
  }
  std::string last_check() const { return std::string(check_name(last_error_.check)); }
  ApprovalEvidence evidence_of(const Begun& begun) {
    const auto receipt = store_->find_receipt(tenant_.id, receipt_id(begun.id, 1)).value();
    return parse_record(*receipt->record).value();
  }
  std::vector<BrowserBoundKey> keys() {
    return store_
        ->list_browser_bound_keys(tenant_.id, handle_of("eve"), CredentialId(keys_["eve"].id))
        .value();
  }
};

TEST_F(PaymentApprovals, AreAskedForAsPaymentRequests) {
  const Begun begun = create_payment();
  ASSERT_EQ(begun.error, kDone);
  EXPECT_FALSE(begun.answer.contains("options"));
  const nlohmann::json& data = begun.answer["payment"]["methodData"][0]["data"];
  EXPECT_EQ(data["credentialIds"], nlohmann::json({to_base64url(keys_["eve"].id)}));
  EXPECT_EQ(data["payeeName"], "Muster Schuhe");
  EXPECT_EQ(data["payeeOrigin"], "https://shop.example");
  EXPECT_EQ(data["instrument"]["displayName"], SoftPayment().instrument_name);
  EXPECT_EQ(data["timeout"], 600000);
  EXPECT_EQ(begun.answer["payment"]["details"]["total"]["amount"],
            nlohmann::json({{"currency", "EUR"}, {"value", "20.00"}}));
  EXPECT_EQ(begun.answer["binding"]["displayTier"], 2);
  EXPECT_EQ(begun.answer["binding"]["session"], nullptr);
  EXPECT_EQ(begun.answer["binding"]["origins"], nlohmann::json({"https://shop.example"}));
}

TEST_F(PaymentApprovals, LeaveWhatTheDialogShowedAsEvidence) {
  const Begun begun = create_payment();
  ASSERT_EQ(confirm(begun), kDone) << error_name(last_error_.code) << last_check();
  EXPECT_EQ(state_of(begun.id), TransactionState::approved);
  const ApprovalEvidence evidence = evidence_of(begun);
  EXPECT_EQ(evidence.tier.kind, DisplayKind::payment_dialog);
  EXPECT_EQ(evidence.tier.details.find("instrumentName")->text, "Example Bank Gold");
  ASSERT_TRUE(evidence.browser_bound.has_value());
  EXPECT_EQ(evidence.browser_bound->public_key, BrowserBoundSigner().key.cose_key(-7));
  // The record is verified again with all of its signatures before anything is handed over.
  EXPECT_EQ(code_of(execute(begun.id)), kDone);
}

TEST_F(PaymentApprovals, MayBeEmbeddedWhereTheTransactionSaysSo) {
  const Begun begun = create_payment(
      R"({"origins":["https://shop.example"],"topOrigins":["https://mall.example"],)"
      R"("payeeOrigin":"https://shop.example","instrument":{"displayName":"Example Bank Gold",)"
      R"("icon":"https://example.org/gold.png"}})");
  EXPECT_EQ(begun.answer["binding"]["origins"],
            nlohmann::json({"https://mall.example", "https://shop.example"}));
  SoftPayment elsewhere;
  elsewhere.top_origin = "https://evil.example";
  EXPECT_EQ(confirm(begun, elsewhere), ErrorCode::payment_top_origin_mismatch);
  SoftPayment embedded;
  embedded.top_origin = "https://mall.example";
  EXPECT_EQ(confirm(begun, embedded,
                    [](AssertionOptions& options) {
                      options.client_data.cross_origin = true;
                      options.client_data.top_origin = "https://mall.example";
                    }),
            kDone);
  EXPECT_THAT(evidence_of(begun).top_origins, ElementsAre("https://mall.example"));
}

TEST_F(PaymentApprovals, RefuseWhatTheDialogDidNotShow) {
  const struct {
    std::function<void(SoftPayment&)> change;
    ErrorCode code;
  } table[] = {
      {[](SoftPayment& p) { p.value = "19.99"; }, ErrorCode::payment_total_mismatch},
      {[](SoftPayment& p) { p.payee_name = "Muster Schuhe 2"; }, ErrorCode::payment_payee_mismatch},
      {[](SoftPayment& p) { p.instrument_name = "Example Bank Gold"; },
       ErrorCode::payment_instrument_mismatch},
      {[](SoftPayment& p) { p.rp_id = "example.com"; }, ErrorCode::payment_rp_id_mismatch},
  };
  for (const auto& row : table) {
    clock_.time = after(kApprovalBlockSeconds);
    const Begun begun = create_payment();
    SoftPayment payment;
    row.change(payment);
    EXPECT_EQ(confirm(begun, payment), row.code) << error_name(row.code);
    EXPECT_EQ(state_of(begun.id), TransactionState::pending);
  }
  EXPECT_EQ(standing_of("eve").failures, 0) << "a shop's page has no session of the customer's";
}

TEST_F(PaymentApprovals, RefusePagesThatAreNotTheTransactions) {
  const Begun begun = create_payment();
  SoftPayment payment;
  payment.origin = payment.top_origin = "https://evil.example";
  EXPECT_EQ(confirm(begun, payment), ErrorCode::origin_not_allowed);
  payment.origin = payment.top_origin = "https://example.org";  // not even the bank's own
  EXPECT_EQ(confirm(begun, payment), ErrorCode::origin_not_allowed);
}

TEST_F(PaymentApprovals, RefuseAnAssertionOfThePageAndTheReverse) {
  const Begun payment = create_payment();
  EXPECT_EQ(approve(payment, "eve"), ErrorCode::type_mismatch);
  EXPECT_EQ(last_check(), "type_is_payment");
  Wanted wanted;
  wanted.intent = card_intent();
  wanted.username = "eve";
  const Begun page = create(wanted);
  EXPECT_EQ(confirm(page), ErrorCode::type_mismatch);
  EXPECT_EQ(last_check(), "type_is_get");
}

TEST_F(PaymentApprovals, LetANewBrowserWaitForTheBackend) {
  const Begun begun = create_payment();
  SoftPayment elsewhere;
  elsewhere.browser_bound->key = TestKey::make(KeyKind::p256, "another browser");
  const ByteVector key = elsewhere.browser_bound->key.cose_key(-7);
  EXPECT_EQ(confirm(begun, elsewhere), ErrorCode::browser_bound_key_unknown);
  EXPECT_EQ(standing_of("eve").failures, 0);  // no failure of the customer's
  ASSERT_EQ(keys().size(), 2U);
  EXPECT_EQ(keys()[1].key, key);
  EXPECT_EQ(keys()[1].trusted_at, std::nullopt);
  // Waiting is not being trusted, however often it is tried.
  EXPECT_EQ(confirm(begun, elsewhere), ErrorCode::browser_bound_key_unknown);
  ASSERT_TRUE(
      store_->trust_browser_bound_key(tenant_.id, CredentialId(keys_["eve"].id), key, clock_.time)
          .has_value());
  EXPECT_EQ(confirm(begun, elsewhere), kDone);
}

TEST_F(PaymentApprovals, KeepNoKeyOfASignatureThatDoesNotHold) {
  const Begun begun = create_payment();
  SoftPayment elsewhere;
  elsewhere.browser_bound->key = TestKey::make(KeyKind::p256, "another browser");
  elsewhere.browser_bound->fault = SignatureFault::wrong_key;
  EXPECT_EQ(confirm(begun, elsewhere), ErrorCode::browser_bound_signature_invalid);
  elsewhere.browser_bound->fault = SignatureFault::none;
  EXPECT_EQ(confirm(begun, elsewhere,
                    [](AssertionOptions& o) { o.signature_fault = SignatureFault::wrong_key; }),
            ErrorCode::signature_invalid);
  EXPECT_EQ(keys().size(), 1U);
}

TEST_F(PaymentApprovals, NeedABrowserBoundKeyWhereItIsRequired) {
  SoftPayment without;
  without.browser_bound.reset();
  settings_.browser_bound_keys = BrowserBoundKeyRule::required;
  const Begun begun = create_payment();
  EXPECT_EQ(confirm(begun, without), ErrorCode::browser_bound_key_missing);
  settings_.browser_bound_keys = BrowserBoundKeyRule::where_trusted;
  EXPECT_EQ(confirm(begun, without), ErrorCode::browser_bound_key_missing) << "it has one";
  settings_.browser_bound_keys = BrowserBoundKeyRule::optional;
  EXPECT_EQ(confirm(begun, without), kDone);
  EXPECT_EQ(evidence_of(begun).browser_bound, std::nullopt);
}

// A merchant's page has the token and no customer.
// A merchant's page has the token and no customer.
TEST_F(PaymentApprovals, AreEndedByTheirFailuresAndBlockNobody) {
  const Begun begun = create_payment();
  const auto broken = [](AssertionOptions& options) {
    options.signature_fault = SignatureFault::wrong_key;
  };
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(
        approve(begun, "eve", [](AssertionOptions& o) { o.client_data.type = "payment.get"; }),
        ErrorCode::payment_malformed)
        << "what cannot be read is no attempt";
  }
  for (std::int64_t i = 1; i < kMaxApprovalFailures; ++i) {
    EXPECT_EQ(confirm(begun, SoftPayment(), broken), ErrorCode::signature_invalid);
    EXPECT_EQ(state_of(begun.id), TransactionState::pending);
  }
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(confirm(begun, SoftPayment(), broken), ErrorCode::signature_invalid);
  EXPECT_EQ(state_of(begun.id), TransactionState::cancelled);
  EXPECT_EQ(stored(begun.id).finished_at, clock_.time);
  EXPECT_THAT(event_kinds(), ElementsAre("transaction.cancelled"));
  EXPECT_EQ(nlohmann::json::parse(events()[0].event.body)["reason"], "failures");
  // Its last answer is the one of whoever failed; nothing brings it back, nothing tells it twice.
  EXPECT_EQ(confirm(begun, SoftPayment(), broken), ErrorCode::transaction_state_mismatch);
  EXPECT_EQ(confirm(begun), ErrorCode::transaction_state_mismatch);
  EXPECT_EQ(events().size(), 1U);
  EXPECT_EQ(standing_of("eve").failures, 0);
  EXPECT_EQ(confirm(create_payment()), kDone) << "the customer is not blocked";
}

TEST_F(PaymentApprovals, CountNoFailureOfWhoeverLacksTheTokenOrThePasskey) {
  const Begun begun = create_payment();
  const auto broken = [](AssertionOptions& options) {
    options.signature_fault = SignatureFault::wrong_key;
  };
  for (std::int64_t i = 0; i < 2 * kMaxApprovalFailures; ++i) {
    Begun foreign = begun;
    foreign.caller = holder_of("guessed");
    EXPECT_EQ(confirm(foreign, SoftPayment(), broken), ErrorCode::transaction_foreign);
    EXPECT_EQ(approve(begun, "ada"), ErrorCode::transaction_approver_not_allowed);
  }
  EXPECT_EQ(confirm(begun), kDone);
}

TEST_F(PaymentApprovals, AreForPasskeysThatWereMadeForThem) {
  EXPECT_EQ(create_payment(kPage, "ada").error, ErrorCode::policy_requirement_unmet);
}

TEST_F(PaymentApprovals, AreForTransactionsThatTheDialogCanShow) {
  Wanted transfer;
  transfer.username = "eve";
  transfer.payment = kPage;
  EXPECT_EQ(create(transfer).error, ErrorCode::payment_not_displayable);
}

TEST_F(PaymentApprovals, AreWhatThePolicyDemandsOrNothing) {
  policies_.set(R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":{)"
                R"("userVerification":"required","displayTier":2}})");
  Wanted page;
  page.intent = card_intent();
  page.username = "eve";
  EXPECT_EQ(create(page).error, ErrorCode::transaction_display_tier_unmet);
  const Begun begun = create_payment();
  ASSERT_EQ(begun.error, kDone);
  EXPECT_EQ(confirm(begun), kDone);
  policies_.set(R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":{)"
                R"("userVerification":"required","displayTier":3}})");
  EXPECT_EQ(create_payment().error, ErrorCode::transaction_display_tier_unmet);
}

TEST_F(PaymentApprovals, AreBegunByTheBackendAlone) {
  const Begun begun = create_payment();
  EXPECT_EQ(begin_as(begun.id, browser_of("eve")).error, ErrorCode::caller_not_allowed);
  const Begun again = begin_as(begun.id, backend_);
  ASSERT_EQ(again.error, kDone);
  EXPECT_EQ(send_as(again, browser_of("eve"), sign(again, "eve")), ErrorCode::transaction_foreign);
}

// Who may embed the merchant's page was signed, too: `origins` of B names every page.
TEST_F(PaymentApprovals, FailIfTheEmbeddingPagesAreAlteredInTheStore) {
  const Begun begun = create_payment();
  alter_sealed(
      "UPDATE transactions SET payment = replace(payment, '\"origins\":', "
      "'\"topOrigins\":[\"https://evil.example\"],\"origins\":')");
  SoftPayment embedded;
  embedded.top_origin = "https://evil.example";
  EXPECT_EQ(confirm(begun, embedded,
                    [](AssertionOptions& options) {
                      options.client_data.cross_origin = true;
                      options.client_data.top_origin = "https://evil.example";
                    }),
            ErrorCode::transaction_store_mismatch);
}

// With a shop that shows what the store says now: what is beside the intent is not in what is
// signed.
TEST_F(PaymentApprovals, FailIfThePageIsAlteredInTheStoreAndShown) {
  const Begun begun = create_payment();
  alter("UPDATE transactions SET payment = replace(payment, 'Gold', 'Blue')");
  SoftPayment payment;
  payment.instrument_name.replace(payment.instrument_name.find("Gold"), 4, "Blue");
  EXPECT_EQ(confirm(begun, payment), ErrorCode::transaction_store_mismatch);
  EXPECT_EQ(begin_as(begun.id, backend_).error, ErrorCode::transaction_store_mismatch);
}

TEST_F(PaymentApprovals, FailIfThePageIsAlteredBehindItsSeal) {
  const Begun begun = create_payment();
  alter_sealed("UPDATE transactions SET payment = replace(payment, 'Gold', 'Blue')");
  SoftPayment payment;
  EXPECT_EQ(confirm(begun, payment), ErrorCode::payment_instrument_mismatch);
  alter_sealed("UPDATE transactions SET payment = '{}'");
  EXPECT_EQ(confirm(begun), ErrorCode::transaction_store_mismatch);
  // Without a page it is a transaction of the bank's page, which demands another tier than B has.
  alter_sealed("UPDATE transactions SET payment = ''");
  EXPECT_NE(confirm(begun), kDone);
  EXPECT_NE(approve(begun, "eve"), kDone);
}

TEST_F(PaymentApprovals, RefusePagesThatAreMalformed) {
  const std::string instrument =
      R"("instrument":{"displayName":"Gold","icon":"https://example.org/g.png"})";
  const struct {
    std::string page;
    ErrorCode code;
  } table[] = {
      {"[]", ErrorCode::request_member_invalid},
      {"{" + instrument + "}", ErrorCode::request_member_invalid},
      {R"({"origins":[],)" + instrument + "}", ErrorCode::request_member_invalid},
      {R"({"origins":["https://a.example","https://a.example"],)" + instrument + "}",
       ErrorCode::request_member_invalid},
      {R"({"origins":["http://a.example"],)" + instrument + "}", ErrorCode::payment_malformed},
      {R"({"origins":["https://a.example/"],)" + instrument + "}", ErrorCode::payment_malformed},
      {R"({"origins":["https://a.example"]})", ErrorCode::request_member_invalid},
      {R"({"origins":["https://a.example"],"more":1,)" + instrument + "}",
       ErrorCode::request_member_invalid},
      {R"({"origins":["https://a.example"],"instrument":{"displayName":"Gold","icon":"data:,"}})",
       ErrorCode::payment_malformed},
      {R"({"origins":["https://a.example"],"instrument":{"displayName":"","icon":)"
       R"("https://example.org/g.png"}})",
       ErrorCode::text_length_wrong},
      {R"({"origins":["https://a.example"],"logos":[{"url":"https://example.org/a.png"}],)" +
           instrument + "}",
       ErrorCode::request_member_invalid},
  };
  for (const auto& row : table) {
    EXPECT_EQ(create_payment(row.page).error, row.code) << row.page;
  }
}

}  // namespace
}  // namespace countersign::testing
