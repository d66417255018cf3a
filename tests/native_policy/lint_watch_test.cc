#include "native/policy/lint_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/store/publication_fixture.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
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
  EXPECT_THAT(told, HasSubstr("exempts more than rts.article-18 allows"));
  EXPECT_THAT(watch().alarms(tenant_.id), ElementsAre(LintKind::exemption_above_cap));
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
