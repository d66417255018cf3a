#include "native/policy/lint_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/store/publication_fixture.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::int64_t kHour = 3600;

// The two ends of a pipe; what was written is read back whole.
class LogPipe {
 public:
  LogPipe() { EXPECT_EQ(pipe(ends_), 0); }
  ~LogPipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  int writer() const { return ends_[1]; }
  // What came since the last time.
  std::string read_all() {
    constexpr std::string_view kEnd = "\n-- end\n";
    EXPECT_EQ(write(ends_[1], kEnd.data(), kEnd.size()), static_cast<ssize_t>(kEnd.size()));
    std::string text = "\n";
    while (!text.ends_with(kEnd)) {
      char c = 0;
      if (read(ends_[0], &c, 1) != 1) {
        ADD_FAILURE() << "the log ended";
        break;
      }
      text += c;
    }
    return text.substr(1, text.size() - 1 - kEnd.size());
  }

 private:
  int ends_[2] = {-1, -1};
};

class LintWatch : public PublicationTest {
 protected:
  // Payments up to 200.00 EUR need no signature: at some fraud rates.
  static std::string exempting(int revision) {
    return R"({"schema":"countersign-policy/1","id":"p","revision":)" + std::to_string(revision) +
           R"(,"default":"require","rules":[{"id":"publish","when":{"ceremony":"policy.publish"},)"
           R"("require":{"userVerification":"required"}},)"
           R"({"id":"free","when":{"all":[{"ceremony":"transaction.approve"},)"
           R"({"amount.base":{"lte":20000}}]},"exempt":{"basis":"rts.article-18"}}]})";
  }
  void low_rates() {
    tenant_.exemptions.card_fraud_ppm = 100;
    tenant_.exemptions.transfer_fraud_ppm = 100;
  }
  PolicyLintWatch& watch() {
    if (!watch_) {
      watch_.emplace(policy_context(),
                     std::vector<PolicyLintWatch::Subject>{{&tenant_, offered_tiers(context_)}},
                     log_);
    }
    return *watch_;
  }
  std::string check() {
    watch().check([] { return false; });
    return pipe_.read_all();
  }
  std::string gauge() {
    const std::string text = watch().metrics();
    return text.substr(text.rfind(' ') + 1);
  }

  LogPipe pipe_;
  JsonLog log_{pipe_.writer()};
  std::optional<PolicyLintWatch> watch_;
};

TEST_F(LintWatch, ErrorsOfWhatDecidesAreToldOnceAndShown) {
  low_rates();
  const Digest256 digest = publish(exempting(1));
  EXPECT_THAT(check(), Not(HasSubstr("policy.alarm")));
  EXPECT_THAT(watch().alarms(tenant_.id), IsEmpty());
  EXPECT_EQ(gauge(), "0\n");
  // The rates of the next quarter come with a restart; here it is the next hour.
  tenant_.exemptions.transfer_fraud_ppm = 5000;
  clock_.time.value += kHour;
  const std::string told = check();
  EXPECT_THAT(told, HasSubstr("\"event\":\"policy.alarm\""));
  EXPECT_THAT(told, HasSubstr("\"level\":\"error\""));
  EXPECT_THAT(told, HasSubstr("\"kinds\":[\"exemption-above-cap\"]"));
  EXPECT_THAT(told, HasSubstr("\"digest\":\"" + encode_base64url(digest) + "\""));
  EXPECT_THAT(told, HasSubstr("\"state\":\"active\""));
  EXPECT_THAT(told, HasSubstr("\"count\":1,\"findings\":[{\"kind\":\"exemption-above-cap\","));
  EXPECT_THAT(told, HasSubstr("exempts more than rts.article-18 allows"));
  const std::vector<PolicyAlarm> alarms = watch().alarms(tenant_.id);
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_EQ(alarms[0].state, RevisionState::active);
  EXPECT_EQ(alarms[0].policy, digest);
  EXPECT_EQ(alarms[0].count, 1U);
  ASSERT_EQ(alarms[0].findings.size(), 1U);
  EXPECT_EQ(alarms[0].findings[0].kind, LintKind::exemption_above_cap);
  EXPECT_THAT(alarms[0].findings[0].message, HasSubstr("rts.article-18"));
  EXPECT_EQ(gauge(), "1\n");
  EXPECT_EQ(check(), "");
  clock_.time.value += kHour;
  EXPECT_EQ(check(), "") << "it is known";
  tenant_.exemptions.transfer_fraud_ppm = 100;
  clock_.time.value += kHour;
  EXPECT_THAT(check(), HasSubstr("\"event\":\"policy.alarm_over\""));
  EXPECT_THAT(watch().alarms(tenant_.id), IsEmpty());
  EXPECT_EQ(gauge(), "0\n");
}

// Each with its state; what is none any more has no alarm.
TEST_F(LintWatch, ACanaryAndAShadowAreLookedAtToo) {
  low_rates();
  publish(exempting(1));
  const Digest256 tried = validated(exempting(2));
  const Digest256 shown = validated(exempting(3));
  EXPECT_EQ(give(tried, "ada", 50), kDone);
  EXPECT_EQ(give(tried, "bob", 50), kDone);
  ASSERT_EQ(policy_state_of(tried), RevisionState::canary);
  change(RevisionAction::shadow, shown);
  EXPECT_THAT(check(), Not(HasSubstr("policy.alarm")));
  EXPECT_THAT(watch().metrics(), HasSubstr(",state=\"shadow\"} 0\n"));
  tenant_.exemptions.transfer_fraud_ppm = 5000;
  clock_.time.value += kHour;
  const std::string told = check();
  for (const char* part : {"\"revision\":2,\"digest\"", "\"revision\":3,\"digest\"",
                           "\"state\":\"canary\"", "\"state\":\"shadow\""}) {
    EXPECT_THAT(told, HasSubstr(part));
  }
  const std::vector<PolicyAlarm> alarms = watch().alarms(tenant_.id);
  ASSERT_EQ(alarms.size(), 3U);
  EXPECT_EQ(alarms[1].state, RevisionState::canary);
  EXPECT_EQ(alarms[1].policy, tried);
  EXPECT_EQ(alarms[2].state, RevisionState::shadow);
  EXPECT_EQ(alarms[2].policy, shown);
  EXPECT_THAT(watch().metrics(), HasSubstr(",state=\"shadow\"} 1\n"));
  EXPECT_EQ(check(), "") << "it is known";
  change(RevisionAction::retire, shown);
  const std::string over = check();
  EXPECT_THAT(over, HasSubstr("\"event\":\"policy.alarm_over\""));
  EXPECT_THAT(over, HasSubstr("\"state\":\"shadow\""));
  EXPECT_THAT(over, Not(HasSubstr("\"state\":\"canary\"")));
  EXPECT_EQ(watch().alarms(tenant_.id).size(), 2U);
  EXPECT_THAT(watch().metrics(), Not(HasSubstr("shadow")));
}

// However many there are.
TEST_F(LintWatch, AnAlarmTellsTheFirstFindingsAndCountsAll) {
  low_rates();
  std::string text = exempting(1);
  const std::string first = text.substr(text.find(R"({"id":"free")"));
  for (int i = 0; i < 8; ++i) {
    std::string more = first.substr(0, first.size() - 2);
    more.replace(more.find("free"), 4, "free" + std::to_string(i));
    more.replace(more.find("20000"), 5, std::to_string(20001 + i));
    text.insert(text.size() - 2, "," + more);
  }
  publish(text);
  check();
  tenant_.exemptions.transfer_fraud_ppm = 5000;
  clock_.time.value += kHour;
  const std::string told = check();
  EXPECT_THAT(told, HasSubstr("\"count\":9,"));
  const std::vector<PolicyAlarm> alarms = watch().alarms(tenant_.id);
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_EQ(alarms[0].count, 9U);
  EXPECT_EQ(alarms[0].findings.size(), kMaxToldFindings);
  EXPECT_EQ(gauge(), "9\n");
}

TEST_F(LintWatch, NothingIsLookedAtAgainWithinTheHour) {
  low_rates();
  publish(exempting(1));
  clock_.time.value -= clock_.time.value % kHour;
  check();
  tenant_.exemptions.transfer_fraud_ppm = 5000;
  clock_.time.value += kHour - 1;
  EXPECT_EQ(check(), "");
  clock_.time.value += 1;
  EXPECT_THAT(check(), HasSubstr("policy.alarm"));
}

TEST_F(LintWatch, AnotherRevisionIsLookedAtAtOnce) {
  low_rates();
  publish(exempting(1));
  check();
  publish(exempting(2));
  tenant_.exemptions.transfer_fraud_ppm = 5000;
  EXPECT_THAT(check(), HasSubstr("\"revision\":2"));
}

TEST_F(LintWatch, AListThatExpiresIsAWarningAtOnce) {
  clock_.time.value -= clock_.time.value % kHour;
  const UnixSeconds expiry{clock_.time.value + 60};
  const std::string list = R"({"models":["ee882879-721c-4913-9775-3dfcce97072a"],"expires":")" +
                           encode_rfc3339(expiry) + "\"}";
  std::string text = policy_of(1, kPlain);
  text.insert(text.find("\"rules\""), "\"lists\":{\"old\":" + list + "},");
  publish(text);
  EXPECT_THAT(check(), Not(HasSubstr("expired-list")));
  clock_.time = expiry;
  const std::string told = check();
  EXPECT_THAT(told, HasSubstr("\"event\":\"policy.warning\""));
  EXPECT_THAT(told, HasSubstr("\"expired-list\""));
  EXPECT_EQ(gauge(), "0\n") << "no error";
}

// The configured document demands D1 of graver payments.
TEST_F(LintWatch, ADisplayThatIsNotOfferedIsSaidAtTheStart) {
  const PolicyLintWatch::Subject offering[] = {{&tenant_, kServerTiers},
                                               {&tenant_, kPaymentDialogTier}};
  for (const PolicyLintWatch::Subject& subject : offering) {
    PolicyLintWatch watch(policy_context(), {subject}, log_);
    watch.check([] { return false; });
    const std::string told = pipe_.read_all();
    if (subject.tiers == kServerTiers) {
      EXPECT_THAT(told, Not(HasSubstr("unsatisfiable")));
    } else {
      EXPECT_THAT(told, HasSubstr("\"event\":\"policy.warning\""));
      EXPECT_THAT(told, HasSubstr("no approval origin is offered"));
    }
  }
}

TEST_F(LintWatch, WhoeverStopsTheServerWaitsForNoOtherTenant) {
  watch().check([] { return true; });
  EXPECT_EQ(pipe_.read_all(), "");
  EXPECT_EQ(watch().metrics().find("tenant="), std::string::npos);
}

}  // namespace
}  // namespace countersign::testing
