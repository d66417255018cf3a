// Transactions from their creation to what a backend gets, on SQLite.

#include <gmock/gmock.h>

#include "receipt/evidence.h"
#include "receipt/verification.h"
#include "service/bind_case.h"
#include "service/receipt_policy.h"
#include "service/transaction_inputs.h"
#include "service/transaction_summary.h"
#include "tests/store/transaction_fixture.h"
#include "transaction/bound.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Transactions : public TransactionTest {
 protected:
  nlohmann::json read_as(const Caller& caller, const TransactionId& id) {
    const Result<std::string> answer = read_transaction(context_, tenant_, caller, id);
    EXPECT_TRUE(answer.has_value()) << error_name(answer.error().code);
    return answer.has_value() ? nlohmann::json::parse(*answer) : nlohmann::json();
  }
  nlohmann::json list(const TransactionQuery& query) {
    const Result<std::string> answer = list_transactions(context_, tenant_, backend_, query);
    EXPECT_TRUE(answer.has_value()) << error_name(answer.error().code);
    return answer.has_value() ? nlohmann::json::parse(*answer) : nlohmann::json();
  }
  std::vector<std::string> ids_of(const nlohmann::json& page) {
    std::vector<std::string> ids;
    for (const nlohmann::json& one : page["transactions"]) {
      ids.push_back(one["id"]);
    }
    return ids;
  }
  // What a client does with the answer: it binds its own intent.
  std::string challenge_of_client(const Begun& begun, const nlohmann::json& intent) {
    nlohmann::json input = begun.answer["binding"];
    input["intent"] = intent;
    input["template"] = intent["type"];  // pinned in the application
    input["locale"] = "en-GB";
    const nlohmann::json bound = nlohmann::json::parse(bind_case(
        nlohmann::json{{"id", 1}, {"input", input}}.dump(), shipped_documents(hasher_), hasher_));
    EXPECT_TRUE(bound["ok"]) << bound;
    EXPECT_EQ(bound["template"], begun.answer["binding"]["template"]);
    EXPECT_EQ(bound["locale"], begun.answer["binding"]["locale"]);
    return bound["challenge"];
  }
};

TEST_F(Transactions, AreApprovedAndHandedOverAsTheyWereFrozen) {
  const Begun begun = create();
  ASSERT_EQ(begun.error, kDone);
  EXPECT_EQ(begun.answer["state"], "pending");
  EXPECT_EQ(begun.answer["approval"], nlohmann::json({1, 1}));
  EXPECT_EQ(begun.answer["intent"], transfer_intent());
  EXPECT_EQ(begun.answer["options"]["userVerification"], "required");
  EXPECT_EQ(begun.answer["view"]["rows"][0][2], "1,234.56\u00a0EUR");
  EXPECT_FALSE(begun.answer["binding"].contains("intent"));
  EXPECT_EQ(challenge_of_client(begun, transfer_intent()), to_hex(begun.challenge));

  ASSERT_EQ(approve(begun), kDone) << error_name(last_error_.code);
  EXPECT_EQ(last_answer_["state"], "approved");
  EXPECT_EQ(last_answer_["receipt"], begun.id.value + ".1");

  const std::vector<OutboxEntry> entries = events();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].event.kind, "transaction.approved");
  EXPECT_EQ(entries[0].event.subject, begun.id.value);
  const nlohmann::json body = nlohmann::json::parse(entries[0].event.body);
  EXPECT_EQ(body["intent"], transfer_intent());
  EXPECT_EQ(parse_base64url(body["intentCbor"].get<std::string>()).value(),
            stored(begun.id).intent);
  EXPECT_EQ(body["approvals"][0]["receipt"], begun.id.value + ".1");

  const nlohmann::json read = read_as(backend_, begun.id);
  EXPECT_EQ(read["state"], "approved");
  EXPECT_EQ(read["intent"], transfer_intent());
  EXPECT_EQ(read["intentDigest"], body["intentDigest"]);
  EXPECT_EQ(read["approvals"], body["approvals"]);
}

TEST_F(Transactions, LeaveEvidenceThatHoldsByItself) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  const ByteVector record =
      store_->find_receipt(tenant_.id, begun.id.value + ".1").value().value().record.value();
  EXPECT_TRUE(equal(stored(begun.id).previous.value(), record_digest(hasher_, record)));
  const ApprovalEvidence evidence = parse_record(record).value();
  EXPECT_EQ(evidence.intent, stored(begun.id).intent);
  EXPECT_EQ(evidence.subject, handle_of("ada"));
  EXPECT_EQ(evidence.customer, handle_of("ada"));
  EXPECT_EQ(evidence.core_version, "test");
  EXPECT_EQ(evidence.verifier, "openssl");
  EXPECT_EQ(evidence.policy.document, policies_.current.document->text());
  EXPECT_EQ(evidence.credential.sign_count, 1U) << "as it was before";
  for (const Check check :
       {Check::transaction_pending, Check::transaction_current, Check::transaction_issued_to,
        Check::transaction_customer_not_blocked, Check::transaction_step_follows,
        Check::transaction_approver_allowed, Check::transaction_display_tier,
        Check::transaction_recomputed, Check::transaction_policy}) {
    EXPECT_THAT(evidence.checks, ::testing::Contains(std::string(check_name(check))));
  }
  EXPECT_EQ(store_->list_credentials(tenant_.id, handle_of("ada")).value()[0].record.sign_count,
            2U);
  const RecordedDecisions decisions(hasher_);
  EXPECT_TRUE(decisions
                  .decide_again(evidence, stored(begun.id).policy.document,
                                CounterOutcome::advanced,
                                read_template(stored(begun.id).source, hasher_).value(),
                                parse_canonical_cbor(evidence.intent).value())
                  .has_value());
}

TEST_F(Transactions, AreApprovedByTwoPeople) {
  policies_.set(kTwoPeople);
  Wanted wanted;
  wanted.approvers = {"bob"};
  const Begun first = create(wanted);
  EXPECT_EQ(first.answer["approval"], nlohmann::json({1, 2}));
  ASSERT_EQ(approve(first), kDone);
  EXPECT_EQ(last_answer_["state"], "pending");
  EXPECT_THAT(events(), IsEmpty());
  const Begun second = begin_as(first.id, browser_of("bob"));
  ASSERT_EQ(second.error, kDone);
  EXPECT_FALSE(second.answer.contains("token"));
  EXPECT_EQ(second.answer["approval"], nlohmann::json({2, 2}));
  EXPECT_EQ(second.answer["intent"], transfer_intent()) << "the second one sees it as well";
  EXPECT_EQ(challenge_of_client(second, transfer_intent()), to_hex(second.challenge));
  ASSERT_EQ(approve(second, "bob"), kDone) << error_name(last_error_.code);
  EXPECT_EQ(last_answer_["state"], "approved");
  const nlohmann::json body = nlohmann::json::parse(events()[0].event.body);
  ASSERT_EQ(body["approvals"].size(), 2U);
  EXPECT_EQ(body["approvals"][1]["userHandle"], encode_base64url(handle_of("bob").value));
  EXPECT_EQ(read_as(backend_, first.id)["approval"], nlohmann::json({2, 2}));
  const ApprovalEvidence evidence =
      parse_record(
          store_->find_receipt(tenant_.id, first.id.value + ".2").value().value().record.value())
          .value();
  EXPECT_EQ(evidence.subject, handle_of("bob"));
  EXPECT_EQ(evidence.customer, handle_of("ada")) << "whose account it is";
}

TEST_F(Transactions, TellTheBackendAloneWhomItNamed) {
  policies_.set(kTwoPeople);
  Wanted wanted;
  wanted.approvers = {"bob"};
  const Begun begun = create(wanted);
  const nlohmann::json read = read_as(backend_, begun.id);
  ASSERT_EQ(read["approvers"].size(), 1U);
  EXPECT_EQ(read["approvers"][0]["username"], "bob");
  EXPECT_EQ(read["approvers"][0]["userHandle"], encode_base64url(handle_of("bob").value));
  for (const Caller& other : {browser_of("ada"), browser_of("bob"), begun.caller}) {
    EXPECT_FALSE(read_as(other, begun.id).contains("approvers"));
  }
  EXPECT_EQ(read_as(backend_, create().id)["approvers"], nlohmann::json::array());
}

TEST_F(Transactions, HaveOneWinnerAmongSeveralApprovers) {
  enrol("carol");
  policies_.set(kTwoPeople);
  const Begun first = create();
  ASSERT_EQ(approve(first), kDone);
  const Begun bob = begin_as(first.id, backend_, "bob");
  const Begun carol = begin_as(first.id, backend_, "carol");
  EXPECT_NE(bob.challenge, carol.challenge);
  EXPECT_EQ(approve(carol, "carol"), kDone);
  EXPECT_EQ(approve(bob, "bob"), ErrorCode::transaction_state_mismatch);
}

TEST_F(Transactions, GiveTheSameAnswerToTheSameCall) {
  Wanted wanted;
  wanted.key = IdempotencyKey{"k", hasher_.sha256({bytes_of("body")})};
  const Begun once = create(wanted);
  const Begun again = create(wanted);
  EXPECT_EQ(once.answer, again.answer);
  EXPECT_EQ(list({})["transactions"].size(), 1U);
  clock_.time = after(kTransactionSeconds + 1);
  EXPECT_EQ(create(wanted).answer["id"], once.answer["id"]) << "also of what has ended";
  wanted.key->request = hasher_.sha256({bytes_of("another body")});
  EXPECT_EQ(create(wanted).error, ErrorCode::idempotency_key_reused);
}

TEST_F(Transactions, OfTwoCallsAtOnceOneIsStoredAndNoOtherAudited) {
  int raced = 0;
  for (int at = 0; at < 6; ++at) {
    Wanted wanted;
    wanted.key = IdempotencyKey{"k" + std::to_string(at), hasher_.sha256({bytes_of("body")})};
    Begun faster;
    clock_.countdown = at;
    clock_.meanwhile = [&] { faster = create(wanted); };
    const Begun slower = create(wanted);
    clock_.meanwhile = nullptr;
    if (faster.answer.empty()) {
      continue;
    }
    ASSERT_EQ(slower.error, kDone) << at;
    EXPECT_EQ(slower.answer, faster.answer) << at;
    EXPECT_EQ(audit_.last.ceremony, CeremonyId()) << at;
    ++raced;
  }
  EXPECT_GT(raced, 1);
}

TEST_F(Transactions, AreDeclinedByWhoeverShouldApprove) {
  const Begun begun = create();
  EXPECT_EQ(code_of(decline_transaction(context_, tenant_, Caller(), begun.id)),
            ErrorCode::transaction_foreign);
  EXPECT_EQ(code_of(decline_transaction(context_, tenant_, browser_of("bob"), begun.id)),
            ErrorCode::transaction_foreign);
  EXPECT_EQ(code_of(decline_transaction(context_, tenant_, begun.caller, begun.id)), kDone);
  EXPECT_EQ(state_of(begun.id), TransactionState::declined);
  EXPECT_EQ(nlohmann::json::parse(events()[0].event.body)["by"],
            encode_base64url(handle_of("ada").value));
  EXPECT_EQ(code_of(decline_transaction(context_, tenant_, begun.caller, begun.id)),
            ErrorCode::transaction_state_mismatch);
  EXPECT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, begun.id)),
            ErrorCode::transaction_state_mismatch);
  EXPECT_THAT(event_kinds(), ElementsAre("transaction.declined"));
}

TEST_F(Transactions, AreCancelledByTheBackendAlone) {
  const Begun begun = create();
  EXPECT_EQ(code_of(cancel_transaction(context_, tenant_, begun.caller, begun.id)),
            ErrorCode::caller_not_allowed);
  EXPECT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, TransactionId("x"))),
            ErrorCode::transaction_not_found);
  EXPECT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, begun.id)), kDone);
  EXPECT_THAT(event_kinds(), ElementsAre("transaction.cancelled"));
}

TEST_F(Transactions, ExpireWithAnEvent) {
  Wanted wanted;
  wanted.seconds = 60;
  const Begun begun = create(wanted);
  clock_.time = after(60);
  EXPECT_EQ(expire_transactions(service(), *store_).value(), 0U);
  EXPECT_EQ(read_as(backend_, begun.id)["state"], "pending");
  clock_.time = after(1);
  EXPECT_EQ(read_as(backend_, begun.id)["state"], "expired") << "before anybody wrote it down";
  EXPECT_EQ(ids_of(list({.state = TransactionState::expired})).size(), 1U);
  EXPECT_THAT(ids_of(list({.state = TransactionState::pending})), IsEmpty());
  EXPECT_EQ(code_of(decline_transaction(context_, tenant_, begun.caller, begun.id)),
            ErrorCode::transaction_expired);
  EXPECT_EQ(begin_as(begun.id, browser_of("ada")).error, ErrorCode::transaction_expired);
  EXPECT_EQ(expire_transactions(service(), *store_).value(), 1U);
  EXPECT_EQ(expire_transactions(service(), *store_).value(), 0U);
  EXPECT_THAT(event_kinds(), ElementsAre("transaction.expired"));
}

TEST_F(Transactions, WaitForDaysAndEachChallengeForOneSitting) {
  Wanted wanted;
  wanted.seconds = kMaxTransactionSeconds;
  const Begun begun = create(wanted);
  const nlohmann::json& binding = begun.answer["binding"];
  EXPECT_EQ(binding["expiresAt"].get<std::int64_t>() - binding["issuedAt"].get<std::int64_t>(),
            kChallengeSeconds);
  EXPECT_EQ(begun.answer["options"]["timeout"], kChallengeSeconds * 1000);
  EXPECT_EQ(begun.answer["expiresAt"], encode_rfc3339(after(kChallengeSeconds)));
  EXPECT_EQ(read_as(backend_, begun.id)["expiresAt"],
            encode_rfc3339(after(kMaxTransactionSeconds)));
  // Nothing that was signed outlives its sitting.
  const std::string late = sign(begun);
  clock_.time.value += kChallengeSeconds + 1;
  EXPECT_EQ(send(begun, late), ErrorCode::transaction_expired);
  EXPECT_EQ(state_of(begun.id), TransactionState::pending);
  // A weekend later the customer comes back, and the time that is left is not exceeded.
  clock_.time.value += kMaxTransactionSeconds - 2 * kChallengeSeconds;
  const Begun again = begin_as(begun.id, backend_);
  ASSERT_EQ(again.error, kDone);
  EXPECT_EQ(again.answer["binding"]["expiresAt"], stored(begun.id).expires_at.value);
  EXPECT_EQ(approve(again), kDone);
}

TEST_F(Transactions, HaveChallengesAsShortAsThePolicySays) {
  policies_.set(R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":)"
                R"({"userVerification":"required","timeout":"PT60S"}})");
  const Begun begun = create();
  ASSERT_EQ(begun.error, kDone);
  EXPECT_EQ(begun.answer["expiresAt"], encode_rfc3339(after(60)));
}

TEST_F(Transactions, SayInTheAuditWhoAsked) {
  const Begun begun = create();
  EXPECT_EQ(audit_.last.actor, "key:backend");
  EXPECT_EQ(approve(begun, "bob"), ErrorCode::transaction_approver_not_allowed);
  EXPECT_EQ(audit_.last.actor, "token") << "of a refusal, too";
  read_as(browser_of("ada"), begun.id);
  EXPECT_EQ(audit_.last.actor, "session");
  EXPECT_EQ(code_of(read_transaction(context_, tenant_, Caller(), begun.id)),
            ErrorCode::transaction_foreign);
  EXPECT_EQ(audit_.last.actor, "browser");
  Caller both = browser_of("ada");
  both.token_digest = hasher_.sha256({bytes_of("a token that anybody can make up")});
  read_as(both, begun.id);
  EXPECT_EQ(audit_.last.actor, "session") << "what is known, not what came along";
}

TEST_F(Transactions, AreSeenByWhomTheyConcern) {
  Wanted wanted;
  wanted.approvers = {"bob"};
  const Begun begun = create(wanted);
  enrol("carol");
  for (const Caller& caller : {backend_, begun.caller, browser_of("ada"), browser_of("bob")}) {
    EXPECT_EQ(read_as(caller, begun.id)["id"], begun.id.value);
  }
  for (const Caller& caller : {Caller(), browser_of("carol"), holder_of("guessed")}) {
    EXPECT_EQ(code_of(read_transaction(context_, tenant_, caller, begun.id)),
              ErrorCode::transaction_foreign);
    EXPECT_EQ(code_of(render_transaction(context_, tenant_, caller, begun.id, ViewForm::text)),
              ErrorCode::transaction_foreign);
  }
  EXPECT_THAT(render_transaction(context_, tenant_, begun.caller, begun.id, ViewForm::text).value(),
              ::testing::HasSubstr("1,234.56"));
  EXPECT_THAT(render_transaction(context_, tenant_, begun.caller, begun.id, ViewForm::svg).value(),
              ::testing::HasSubstr("<svg"));
}

TEST_F(Transactions, AreListedNewestFirstInPages) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.insert(ids.begin(), create({.username = i == 2 ? "bob" : "ada"}).id.value);
    clock_.time = after(1);
  }
  const nlohmann::json first = list({.limit = 3});
  EXPECT_THAT(ids_of(first), ElementsAre(ids[0], ids[1], ids[2]));
  const nlohmann::json rest =
      list({.before = std::stoll(first["next"].get<std::string>()), .limit = 3});
  EXPECT_THAT(ids_of(rest), ElementsAre(ids[3], ids[4]));
  EXPECT_TRUE(rest["next"].is_null());
  EXPECT_THAT(ids_of(list({.username = "bob"})), ElementsAre(ids[2]));
  EXPECT_THAT(ids_of(list({.type = "payment.card/1"})), IsEmpty());
  const UnixSeconds start{clock_.time.value - 5};
  EXPECT_THAT(ids_of(list({.created_from = start, .created_before = UnixSeconds{start.value + 2}})),
              ElementsAre(ids[3], ids[4]));
  ASSERT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, TransactionId(ids[1]))), kDone);
  EXPECT_THAT(ids_of(list({.state = TransactionState::cancelled})), ElementsAre(ids[1]));
  EXPECT_EQ(code_of(list_transactions(context_, tenant_, browser_of("ada"), {})),
            ErrorCode::caller_not_allowed);
  EXPECT_EQ(code_of(list_transactions(context_, tenant_, backend_, {.limit = 201})),
            ErrorCode::request_member_invalid);
}

TEST_F(Transactions, AreRefusedWhereTheNamedApproversAreTooFew) {
  const auto refused = [&](const std::vector<std::string>& approvers) {
    const Begun begun = create({.approvers = approvers});
    EXPECT_EQ(begun.refusal ? begun.refusal->pointer : "",
              begun.error == kDone ? "" : "/approvers");
    return begun.error;
  };
  EXPECT_EQ(refused({"ada"}), kDone) << "one approval is the customer's own";
  policies_.set(kTwoPeople);
  EXPECT_EQ(refused({"ada"}), ErrorCode::request_member_invalid);
  EXPECT_EQ(refused({"ada", "ada"}), ErrorCode::request_member_invalid);
  EXPECT_EQ(refused({"bob"}), kDone);
  EXPECT_EQ(refused({"ada", "bob"}), kDone);
  std::string three = kTwoPeople;
  three.replace(three.find("\"count\":2"), 9, "\"count\":3");
  enrol("carol");
  policies_.set(three);
  EXPECT_EQ(refused({"bob"}), ErrorCode::request_member_invalid);
  EXPECT_EQ(refused({"bob", "bob", "ada"}), ErrorCode::request_member_invalid);
  EXPECT_EQ(refused({"bob", "carol"}), kDone);
  EXPECT_EQ(refused({}), kDone) << "whoever the backend asks";
}

// One that was created before they were counted; and one that a new policy asks more people of.
TEST_F(Transactions, OfTooFewApproversBeginNoApproval) {
  policies_.set(kTwoPeople);
  const Begun begun = create({.approvers = {"bob"}});
  ASSERT_EQ(begun.error, kDone);
  std::string three = kTwoPeople;
  three.replace(three.find("\"count\":2"), 9, "\"count\":3");
  policies_.set(three);
  EXPECT_EQ(begin_as(begun.id, backend_).error, ErrorCode::policy_changed);
  policies_.set(kTwoPeople);
  EXPECT_EQ(begin_as(begun.id, backend_).error, kDone);
  alter_sealed("UPDATE transactions SET approvals_needed = 3 WHERE id = '" + begun.id.value + "'");
  EXPECT_EQ(begin_as(begun.id, backend_).error, ErrorCode::policy_requirement_unmet);
}

TEST_F(Transactions, AreRefusedBeforeAnythingIsStored) {
  nlohmann::json unknown = transfer_intent();
  unknown["type"] = "payment.barter/1";
  nlohmann::json reserved = transfer_intent();
  reserved["type"] = "policy.publish/1";
  nlohmann::json wrong = transfer_intent();
  wrong["fields"]["executionDate"] = "2026-02-30";
  EXPECT_EQ(create({.intent = unknown}).error, ErrorCode::transaction_type_unknown);
  EXPECT_EQ(create({.intent = reserved}).error, ErrorCode::transaction_type_reserved);
  const Begun refused = create({.intent = wrong});
  EXPECT_EQ(refused.error, ErrorCode::date_malformed);
  nlohmann::json amount = transfer_intent();
  amount["fields"]["creditor"] = "250 Euro";
  const Begun named = create({.intent = amount});
  EXPECT_EQ(named.error, ErrorCode::text_character_forbidden);
  ASSERT_TRUE(named.refusal);
  EXPECT_EQ(named.refusal->pointer, "/fields/creditor");
  EXPECT_EQ(create({.locale = "tlh"}).error, ErrorCode::transaction_locale_unknown);
  EXPECT_EQ(create({.username = "nobody"}).error, ErrorCode::account_not_found);
  EXPECT_EQ(create({.approvers = {"nobody"}}).error, ErrorCode::account_not_found);
  EXPECT_EQ(create({.seconds = 1}).error, ErrorCode::request_member_invalid);
  EXPECT_EQ(create({.policy_inputs = R"({"session.age":1})"}).error,
            ErrorCode::request_member_invalid);
  policies_.set(R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":)"
                R"({"displayTier":2}})");
  EXPECT_EQ(create().error, ErrorCode::transaction_display_tier_unmet);
  policies_.set(R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":)"
                R"({"binding":"device-bound-attested"}})");
  EXPECT_EQ(create().error, ErrorCode::policy_requirement_unmet) << "no passkey would do";
  policies_.set(R"({"id":"no","when":{"ceremony":"transaction.approve"},"deny":{"reason":"r"}})");
  EXPECT_EQ(create().error, ErrorCode::policy_denied);
  EXPECT_THAT(list({})["transactions"], IsEmpty());
}

TEST_F(Transactions, ArePolicedByTheAmountOfTheIntent) {
  policies_.set(
      R"({"id":"small","when":{"ceremony":"transaction.approve"},"require":{}},)"
      R"({"id":"large","when":{"all":[{"ceremony":"transaction.approve"},{"amount.base":{"gt":100000}}]},)"
      R"("require":{"approvals":{"count":2,"distinctUsers":true}}},)"
      R"({"id":"dollars","when":{"all":[{"ceremony":"transaction.approve"},{"amount.currency":"USD"}]},)"
      R"("require":{"timeout":"PT1M"}})");
  Wanted wanted;
  EXPECT_EQ(create(wanted).answer["approval"], nlohmann::json({1, 2})) << "1234.56 EUR";
  wanted.intent["fields"]["amount"] = amount_json("1000.00");
  EXPECT_EQ(create(wanted).answer["approval"], nlohmann::json({1, 1}));
  wanted.intent["fields"]["amount"] = amount_json("1000.00", "USD");
  EXPECT_EQ(create(wanted).answer["approval"], nlohmann::json({1, 2})) << "the rate is not known";
  wanted.policy_inputs = R"({"amount.base":93000,"amount.rate":"ECB:USD@2026-11-26T15:00:00Z"})";
  const Begun dollars = create(wanted);
  EXPECT_EQ(dollars.answer["approval"], nlohmann::json({1, 1}));
  EXPECT_EQ(stored(dollars.id).expires_at, after(60));
}

TEST_F(Transactions, RecordTheRateOfAnAmountInAnotherCurrency) {
  const std::string rate = R"("amount.rate":"ECB:USD@2026-11-26T15:00:00Z")";
  const std::vector<std::string_view> missing{"amount.rate"};
  Wanted wanted;
  wanted.intent["fields"]["amount"] = amount_json("1000.00", "USD");
  wanted.policy_inputs = R"({"amount.base":93000})";
  EXPECT_EQ(create(wanted).error, ErrorCode::request_member_invalid);
  EXPECT_EQ(create(wanted).missing, missing);
  wanted.policy_inputs = "{" + rate + "}";
  EXPECT_EQ(create(wanted).error, ErrorCode::request_member_invalid) << "of no amount";
  EXPECT_TRUE(create(wanted).missing.empty());
  wanted.policy_inputs = R"({"amount.base":93000,)" + rate + "}";
  const Begun dollars = create(wanted);
  ASSERT_EQ(dollars.error, kDone);
  EXPECT_THAT(stored(dollars.id).policy.inputs, ::testing::HasSubstr(rate));
  EXPECT_EQ(approve(dollars), kDone);

  wanted.intent["fields"]["amount"] = amount_json("930.00");
  EXPECT_EQ(create(wanted).error, ErrorCode::request_member_invalid) << "nothing was converted";
  // Nobody knows where there is no base currency.
  settings_.base_currency = "";
  EXPECT_EQ(create(wanted).error, kDone);
  wanted.policy_inputs = R"({"amount.base":93000})";
  EXPECT_EQ(create(wanted).error, kDone);
}

TEST_F(Transactions, ResetWhatWasPaidWithoutASignature) {
  policies_.set(
      R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":{}},)"
      R"({"id":"sum","when":{"all":[{"ceremony":"transaction.approve"},{"sinceSca.sum":{"gt":130000}}]},)"
      R"("deny":{"reason":"r"}})");
  ASSERT_EQ(create().error, kDone);
  alter("INSERT INTO sca_counters (tenant, account, version, sum, count) VALUES ('bank', " +
        blob(handle_of("ada").value) + ", 1, 9000, 3)");
  EXPECT_EQ(create().error, ErrorCode::policy_denied);
  policies_.set(kPay);
  ASSERT_EQ(approve(create()), kDone);
  EXPECT_EQ(store_->read_sca_counter(tenant_.id, handle_of("ada")).value().sum, 0);
}

TEST_F(Transactions, ResetWhatTheirCustomerPaidAndNotTheLastApprover) {
  policies_.set(kTwoPeople);
  const Begun first = create();
  for (const char* name : {"ada", "bob"}) {
    alter("INSERT INTO sca_counters (tenant, account, version, sum, count) VALUES ('bank', " +
          blob(handle_of(name).value) + ", 1, 9000, 3)");
  }
  ASSERT_EQ(approve(first), kDone);
  EXPECT_EQ(store_->read_sca_counter(tenant_.id, handle_of("ada")).value().sum, 9000);
  ASSERT_EQ(approve(begin_as(first.id, backend_, "bob"), "bob"), kDone);
  EXPECT_EQ(store_->read_sca_counter(tenant_.id, handle_of("ada")).value().sum, 0);
  EXPECT_EQ(store_->read_sca_counter(tenant_.id, handle_of("bob")).value().sum, 9000);
}

TEST_F(Transactions, GoOnWithASignatureWhereTheyAreExempt) {
  policies_.set(R"({"id":"free","when":{"ceremony":"transaction.approve"},)"
                R"("exempt":{"basis":"rts.article-16"}})");
  const Begun begun = create();
  ASSERT_EQ(begun.error, kDone);
  EXPECT_EQ(begun.answer["policy"]["outcome"], "exempt");
  EXPECT_EQ(begun.answer["options"]["userVerification"], "required");
  EXPECT_EQ(approve(begun), kDone) << error_name(last_error_.code);
}

TEST_F(Transactions, EndAtTheirCap) {
  const std::string copy =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
      std::to_string(kMaxOpenTransactions - 1) +
      ") INSERT INTO transactions SELECT t.tenant, t.id || i, t.sequence + i, type, intent, view, "
      "template, pack, locale, subject, approvers, policy, policy_ceremony, policy_inputs, "
      "display_tier, approvals_needed, distinct_approvers, base_amount, created_by, created_at, "
      "expires_at, state, approvals, previous, finished_at, finished_by, executed_at, payment, "
      "failures, title, erased_at, summary, amount, currency, payee, payee_account, finished_key, "
      "seal, content_seal, state_seal FROM transactions t, n";
  const Begun begun = create();
  alter(copy);
  EXPECT_EQ(create().error, ErrorCode::transaction_limit_reached);
  EXPECT_EQ(create({.username = "bob"}).error, kDone);
}

TEST_F(Transactions, KeepTheNewestChallengesOfEachPerson) {
  enrol("carol");
  policies_.set(kTwoPeople);
  const Begun first = create();
  ASSERT_EQ(approve(first), kDone);
  const Begun carol = begin_as(first.id, backend_, "carol");
  const Begun oldest = begin_as(first.id, backend_, "bob");
  for (std::int64_t i = 0; i < kMaxApprovalChallenges; ++i) {
    clock_.time = after(1);
    ASSERT_EQ(begin_as(first.id, backend_, "bob").error, kDone);
  }
  EXPECT_EQ(store_->list_transaction_approvals(tenant_.id, first.id).value().size(),
            static_cast<std::size_t>(kMaxApprovalChallenges) + 2)
      << "bob's, carol's, and the one that was answered";
  EXPECT_EQ(approve(oldest, "bob"), ErrorCode::transaction_not_found);
  EXPECT_EQ(approve(carol, "carol"), kDone) << "nobody else's made room";
}

TEST_F(Transactions, HaveChallengesOfSoManyPeopleAndNobodyTakesAnothersPlace) {
  policies_.set(kTwoPeople);
  const Begun first = create();
  ASSERT_EQ(approve(first), kDone);
  ASSERT_EQ(begin_as(first.id, backend_, "bob").error, kDone);
  // Others, with the newest of bob's as a pattern.
  const std::string others = std::to_string(kMaxChallengedPeople - 2);
  alter(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + others +
      ") INSERT INTO transaction_challenges SELECT tenant, randomblob(32), transaction_id, step, "
      "CAST('person ' || i AS BLOB), holder, holder_digest, origins, allow_credentials, previous, "
      "nonce, binding, issued_at, expires_at, seal FROM transaction_challenges, n WHERE step = 2");
  enrol("carol");
  EXPECT_EQ(begin_as(first.id, backend_, "carol").error, ErrorCode::transaction_limit_reached);
  const Begun bob = begin_as(first.id, backend_, "bob");
  EXPECT_EQ(bob.error, kDone) << "who has one may begin again";
  EXPECT_EQ(approve(bob, "bob"), kDone);
}

TEST_F(Transactions, AreListedWithoutReadingWhatAListDoesNotShow) {
  const Begun begun = create();
  const std::string title = begun.answer["view"]["title"];
  ASSERT_EQ(list({})["transactions"][0]["title"], title);
  alter("UPDATE transactions SET view = x'00', intent = x'00'");
  EXPECT_EQ(list({})["transactions"][0]["title"], title);
}

// "The 9,000 EUR to Anna yesterday."
TEST_F(Transactions, AreFoundByAmountPayeeAndAccount) {
  Wanted wanted;
  wanted.intent["fields"]["creditor"] = "Anna Muster";
  wanted.intent["fields"]["amount"] = amount_json("9000.00");
  const std::string anna = create(wanted).id.value;
  wanted.intent["fields"]["amount"] = amount_json("9000", "JPY");
  const std::string yen = create(wanted).id.value;
  wanted.intent = transfer_intent();
  wanted.intent["fields"]["creditorAccount"] = {{"scheme", "bban"}, {"id", "12345678"}};
  const std::string bban = create(wanted).id.value;
  ASSERT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, TransactionId(yen))), kDone);

  EXPECT_THAT(ids_of(list({.amount = "9000.00", .currency = "EUR"})), ElementsAre(anna));
  EXPECT_THAT(ids_of(list({.amount = "9000", .currency = "EUR"})), ElementsAre(anna));
  EXPECT_THAT(ids_of(list({.amount = "9000", .currency = "JPY"})), ElementsAre(yen));
  EXPECT_THAT(ids_of(list({.payee = "Anna Muster"})), ElementsAre(yen, anna));
  EXPECT_THAT(ids_of(list({.payee = "ANNA MUSTER"})), ElementsAre(yen, anna)) << "capitals";
  for (const char* typed :
       {" Anna Muster ", "Anna  Muster", "Anna\u00a0Muster", "Anna\tMuster", "Anna\u200b Muster"}) {
    EXPECT_THAT(ids_of(list({.payee = typed})), ElementsAre(yen, anna)) << typed;
  }
  EXPECT_THAT(ids_of(list({.payee = "AnnaMuster"})), IsEmpty());
  EXPECT_THAT(ids_of(list({.payee = "Anna"})), IsEmpty());
  EXPECT_THAT(ids_of(list({.payee_account = "de89 3704 0044 0532 0130 00"})),
              ElementsAre(yen, anna));
  EXPECT_THAT(ids_of(list({.payee_account = "bban:12345678"})), ElementsAre(bban));
  // Together, and with the others.
  EXPECT_THAT(ids_of(list({.state = TransactionState::pending, .payee = "Anna Muster"})),
              ElementsAre(anna));
  EXPECT_THAT(ids_of(list({.username = "bob", .payee = "Anna Muster"})), IsEmpty());
  EXPECT_THAT(ids_of(list({.amount = "9000", .currency = "EUR", .payee = "Muster Handels GmbH"})),
              IsEmpty());
  const nlohmann::json first = list({.payee = "Anna Muster", .limit = 1});
  EXPECT_THAT(ids_of(first), ElementsAre(yen));
  EXPECT_THAT(ids_of(list({.payee = "Anna Muster",
                           .before = std::stoll(first["next"].get<std::string>()),
                           .limit = 1})),
              ElementsAre(anna));
  for (const TransactionQuery& query :
       std::initializer_list<TransactionQuery>{{.amount = "9000.00"},
                                               {.currency = "EUR"},
                                               {.amount = "9000.0", .currency = "EUR"},
                                               {.amount = "9,000.00", .currency = "EUR"},
                                               {.amount = "9000.00", .currency = "eur"},
                                               {.payee = std::string(kMaxKnownPayeeBytes + 1, 'a')},
                                               {.payee_account = "DE88370400440532013000"},
                                               {.payee_account = "iban:DE88370400440532013000"},
                                               {.payee_account = ":1"},
                                               {.payee_account = ""}}) {
    EXPECT_EQ(code_of(list_transactions(context_, tenant_, backend_, query)),
              ErrorCode::request_member_invalid);
  }
}

TEST_F(Transactions, AreListedWithTheirFirstRows) {
  const Begun begun = create();
  const nlohmann::json summary = list({})["transactions"][0]["summary"];
  const nlohmann::json& view = begun.answer["view"]["rows"];
  ASSERT_EQ(summary["rows"].size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(summary["rows"][i], view[i]);
    EXPECT_EQ(view[i][0], 1);
  }
  EXPECT_EQ(view[3][0], 2);
  EXPECT_EQ(summary["omitted"], 0);
}

// Of thousands of payees the first, and no payee to be found by.
TEST_F(Transactions, OfABatchAreListedBounded) {
  nlohmann::json intent = batch_intent();
  const std::size_t level_one =
      static_cast<std::size_t>(create({.intent = intent}).answer["view"]["rows"].size());
  const nlohmann::json summary = list({})["transactions"][0]["summary"];
  EXPECT_EQ(summary["rows"].size(), kMaxSummaryRows);
  EXPECT_GT(summary["omitted"], 0);
  EXPECT_LE(summary["rows"].size() + summary["omitted"].get<std::size_t>(), level_one);
  EXPECT_THAT(ids_of(list({.payee = "Alice"})), IsEmpty());
  EXPECT_THAT(ids_of(list({.amount = "3.00", .currency = "EUR"})), IsEmpty())
      << "of two currencies";
  EXPECT_EQ(ids_of(list({})).size(), 1U);
}

TEST_F(Transactions, SayWhoEndedThem) {
  policies_.set(kTwoPeople);
  const Begun declined = create();
  ASSERT_EQ(approve(declined), kDone);
  const Begun bob = begin_as(declined.id, backend_, "bob");
  ASSERT_EQ(code_of(decline_transaction(context_, tenant_, bob.caller, bob.id)), kDone);
  const nlohmann::json by_bob = {{"userHandle", encode_base64url(handle_of("bob").value)}};
  EXPECT_EQ(read_as(backend_, declined.id)["finishedBy"], by_bob);
  EXPECT_EQ(read_as(browser_of("ada"), declined.id)["finishedBy"], by_bob);
  EXPECT_EQ(list({})["transactions"][0]["finishedBy"], by_bob);

  const Begun cancelled = create();
  EXPECT_TRUE(read_as(backend_, cancelled.id)["finishedBy"].is_null());
  ASSERT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, cancelled.id)), kDone);
  const nlohmann::json by_key = {{"apiKey", "backend"}};
  EXPECT_EQ(read_as(backend_, cancelled.id)["finishedBy"], by_key);
  EXPECT_EQ(list({})["transactions"][0]["finishedBy"], by_key);
  EXPECT_TRUE(read_as(browser_of("ada"), cancelled.id)["finishedBy"].is_null())
      << "the bank's keys are its own affair";
}

// Somebody publishes between the two halves of a request.
TEST_F(Transactions, AreBegunByOneRevisionForRequirementsAndPasskeys) {
  const auto soft = policies_.current.document;
  const auto hard = policies_.make(
      R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":{"coolingOff":"P3650D"}})");
  const auto alternate = [&] {
    policies_.current.document = soft;
    policies_.next = hard;
    policies_.calls = 0;
  };
  alternate();
  const Begun begun = create();
  ASSERT_EQ(begun.error, kDone);
  EXPECT_EQ(policies_.calls, 1U);
  EXPECT_EQ(stored(begun.id).policy.document, soft->digest());
  alternate();
  EXPECT_EQ(begin_as(begun.id, backend_).error, kDone);
  EXPECT_EQ(policies_.calls, 1U);
}

TEST_F(Transactions, LoseTheirChallengesInTheSweepAndNothingElse) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  ASSERT_TRUE(store_->sweep_transaction_approvals(after(kTransactionSeconds + 1)).has_value());
  EXPECT_THAT(store_->list_transaction_approvals(tenant_.id, begun.id).value(), IsEmpty());
  EXPECT_EQ(read_as(backend_, begun.id)["state"], "approved");
}

}  // namespace
}  // namespace countersign::testing
