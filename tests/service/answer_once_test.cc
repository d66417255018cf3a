// Two calls with one key at the same time: whatever the slower one meets, both get one answer.

#include <gtest/gtest.h>

#include "service/authentication_service.h"
#include "service/ceremony_flow.h"
#include "tests/service/ceremony_fixture.h"

namespace countersign::testing {
namespace {

class AnswerOnce : public CeremonyFixture {
 protected:
  AnswerOnce() {
    store_.answer =
        make_remembered(context_, backend_, "POST /v1/things", key_, "the first", clock_.now());
  }
  Result<std::string> ask(const Caller& caller, const std::optional<IdempotencyKey>& key,
                          Result<std::string> outcome) {
    return answer_once(context_, tenant_, caller, "POST /v1/things", key, [&] {
      ++runs_;
      return outcome;
    });
  }

  IdempotencyKey key_{"key-1", {}};
  int runs_ = 0;
};

TEST_F(AnswerOnce, IsTheRememberedOneWithoutRunning) {
  store_.lookups_before_answer = 0;
  EXPECT_EQ(ask(backend_, key_, std::string("the second")).value(), "the first");
  EXPECT_EQ(runs_, 0);
}

TEST_F(AnswerOnce, IsThatOfTheFasterOneWhateverThisOneMet) {
  for (const ErrorCode met :
       {ErrorCode::idempotency_key_reused, ErrorCode::transaction_state_mismatch,
        ErrorCode::exemption_not_granted, ErrorCode::exemption_counter_changed}) {
    store_.lookups = 0;
    EXPECT_EQ(ask(backend_, key_, met).value(), "the first");
  }
  EXPECT_EQ(runs_, 4);
}

TEST_F(AnswerOnce, IsItsOwnWhereItWasTheFasterOne) {
  EXPECT_EQ(ask(backend_, key_, std::string("the second")).value(), "the second");
}

TEST_F(AnswerOnce, IsTheErrorWhereNobodyAnswered) {
  store_.answer.reset();
  EXPECT_EQ(ask(backend_, key_, ErrorCode::exemption_not_granted).error().code,
            ErrorCode::exemption_not_granted);
}

TEST_F(AnswerOnce, IsNobodyElsesAnswer) {
  EXPECT_EQ(ask(backend_, std::nullopt, ErrorCode::exemption_not_granted).error().code,
            ErrorCode::exemption_not_granted);
  EXPECT_EQ(ask(Caller(), key_, ErrorCode::exemption_not_granted).error().code,
            ErrorCode::exemption_not_granted);
  EXPECT_EQ(store_.lookups, 0)
      << "without a key, or by nobody in particular, nothing is looked for";
  const IdempotencyKey other{"key-1", hasher_.sha256({bytes_of("another request")})};
  EXPECT_EQ(ask(backend_, other, ErrorCode::exemption_not_granted).error().code,
            ErrorCode::idempotency_key_reused);
}

TEST_F(AnswerOnce, IsAuditedWithoutWhatThisOneWouldHaveBegun) {
  store_.failure = ErrorCode::idempotency_key_reused;
  const Result<BeganCeremony> began =
      begin_authentication_ceremony(context_, tenant_, backend_, AuthenticationRequest(), key_);
  EXPECT_EQ(began.value().answer, "the first");
  EXPECT_EQ(audit_.records.back().ceremony, CeremonyId());
}

TEST_F(AnswerOnce, IsNotThatOfLongAgo) {
  clock_.time.value += 1;
  EXPECT_EQ(ask(backend_, key_, ErrorCode::exemption_not_granted).error().code,
            ErrorCode::exemption_not_granted);
}

}  // namespace
}  // namespace countersign::testing
