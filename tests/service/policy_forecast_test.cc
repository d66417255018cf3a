// The lock-out forecast from what is enrolled: what the verdict would say of each credential now.

#include "service/policy_forecast.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "tests/service/memory_policy_store.h"
#include "tests/service/memory_store.h"
#include "tests/service/set_policies.h"
#include "tests/support/made_models.h"

namespace countersign::testing {
namespace {

constexpr std::int64_t kForecastDay = 86400;

class PolicyForecastTest : public ::testing::Test, public PolicyWatcher {
 protected:
  PolicyForecastTest() {
    tenant_.id = TenantId("bank");
    active_ = policies_.make(rule("authenticate", "{}") + "," + rule("account.access", "{}"));
  }
  bool note_policy_change(const TenantId&) override { return true; }

  static std::string rule(const std::string& ceremony, const std::string& requirement) {
    return R"({"id":"r.)" + ceremony + R"(","when":{"ceremony":")" + ceremony + R"("},"require":)" +
           requirement + "}";
  }
  StoredCredential& enrol(std::uint8_t user, std::uint8_t key = 0) {
    StoredCredential credential;
    credential.record.id = CredentialId(ByteVector{user, key});
    credential.record.user_handle = UserHandle(ByteVector{user});
    credential.record.transports = {"internal"};
    credential.algorithm = -7;
    credential.attestation_format = "none";
    credential.created_at = UnixSeconds{clock_.time.value - 30 * kForecastDay};
    return store_.enrolled.emplace_back(std::move(credential));
  }
  void prove(StoredCredential& credential, const Aaguid& model) const {
    credential.attestation_format = "packed";
    credential.attestation_trust = "trusted";
    credential.attestation_conveyance = AttestationConveyance::direct;
    credential.model.registered.aaguid = model;
    credential.model.registered.is_aaguid_signed = true;
    credential.model.at_registration.is_proved = true;
    credential.model.at_registration.certification = "L2";
  }
  EnrolmentForecast forecast(const std::string& rules, std::vector<PolicyInputs> rows = {},
                             std::size_t budget = kMaxForecastDecisions) {
    const Result<EnrolmentForecast> made = forecast_enrolled(
        context_, tenant_, *active_, *policies_.make(rules), std::move(rows), kServerTiers, budget);
    EXPECT_TRUE(made.has_value());
    return made.has_value() ? *made : EnrolmentForecast();
  }
  LockoutForecast of(const EnrolmentForecast& forecast, PolicyCeremony ceremony) const {
    for (const LockoutForecast& one : forecast.ceremonies) {
      if (one.ceremony == ceremony) {
        return one;
      }
    }
    ADD_FAILURE() << policy_ceremony_name(ceremony);
    return {};
  }
  std::size_t locked_out(const std::string& requirement) {
    return of(forecast(rule("authenticate", requirement) + "," + rule("account.access", "{}")),
              PolicyCeremony::authenticate)
        .locked_out;
  }

  OpenSslHasher hasher_;
  OpenSslVerifier verifier_;
  FixedClock clock_;
  CountingRandom random_;
  AuditList audit_;
  MemoryStore accounts_;
  MemoryPolicyStore store_;
  Secret<32> secret_;
  SetModels models_;
  SetPolicies policies_{hasher_};
  ServiceContext service_{accounts_, accounts_, clock_,  random_, audit_,
                          hasher_,   verifier_, secret_, models_, policies_};
  FreshReports reports_;
  PolicyContext context_{service_, store_, policies_, *this, reports_};
  Tenant tenant_;
  std::shared_ptr<const PolicyDocument> active_;
};

TEST_F(PolicyForecastTest, CountsCustomersNotCredentialsAndNamesNobody) {
  enrol(1);
  enrol(2).record.is_backup_eligible = true;
  enrol(3).record.is_backup_eligible = true;
  enrol(3, 1);
  const EnrolmentForecast made =
      forecast(rule("authenticate", R"({"binding":"device-bound-claimed"})"));
  EXPECT_EQ(made.customers, 3U);
  EXPECT_FALSE(made.is_partial);
  EXPECT_FALSE(made.models.has_value());
  const LockoutForecast sign_in = of(made, PolicyCeremony::authenticate);
  EXPECT_EQ(sign_in.customers, 3U);
  EXPECT_EQ(sign_in.locked_out, 1U) << "the third has another passkey";
  EXPECT_EQ(sign_in.example, "");
  // A ceremony that no rule speaks of any more: everybody, without a row having been sent.
  EXPECT_EQ(of(made, PolicyCeremony::account_access).locked_out, 3U);
  // And one that nobody could end before locks nobody out.
  EXPECT_EQ(of(made, PolicyCeremony::limit_change).customers, 0U);
}

// Each fact of the store, seen as the verdict sees it.
TEST_F(PolicyForecastTest, EveryFactOfTheCredentialCounts) {
  const auto denied = [&](const std::string& condition) {
    return of(forecast(R"({"id":"no","when":{"all":[{"ceremony":"authenticate"},)" + condition +
                       R"(]},"deny":{"reason":"x"}},)" + rule("authenticate", "{}")),
              PolicyCeremony::authenticate)
        .locked_out;
  };
  StoredCredential& one = enrol(1);
  one.record.sign_count = 7;
  EXPECT_EQ(denied(R"({"credential.age":{"gte":"P30D"}})"), 1U);
  EXPECT_EQ(denied(R"({"credential.age":{"gt":"P30D"}})"), 0U);
  EXPECT_EQ(denied(R"({"credential.lastUsedAge":{"lt":"P1D"}})"), 0U);
  store_.enrolled[0].last_used_at = clock_.time;
  EXPECT_EQ(denied(R"({"credential.lastUsedAge":{"lt":"P1D"}})"), 1U);
  EXPECT_EQ(denied(R"({"credential.format":"packed"})"), 0U);
  EXPECT_EQ(denied(R"({"credential.format":"none"})"), 1U);
  EXPECT_EQ(denied(R"({"credential.backedUp":true})"), 0U);
  store_.enrolled[0].record.is_backed_up = true;
  EXPECT_EQ(denied(R"({"credential.backedUp":true})"), 1U);
  EXPECT_EQ(denied(R"({"credential.recovered":true})"), 0U);
  store_.enrolled[0].recovered_at = store_.enrolled[0].created_at;
  EXPECT_EQ(denied(R"({"credential.recovered":true})"), 1U);
  EXPECT_EQ(denied(R"({"credential.metadataStatus":"revoked"})"), 0U);
  store_.enrolled[0].model.objection = ErrorCode::authenticator_revoked;
  EXPECT_EQ(denied(R"({"credential.metadataStatus":"revoked"})"), 1U);
  EXPECT_EQ(denied(R"({"credential.algorithm":"ES256"})"), 1U);
  EXPECT_EQ(denied(R"({"credential.algorithm":"EdDSA"})"), 0U);
  EXPECT_EQ(denied(R"({"authentication.counter":"zero"})"), 0U);
  store_.enrolled[0].record.sign_count = 0;
  EXPECT_EQ(denied(R"({"authentication.counter":"zero"})"), 1U);
}

TEST_F(PolicyForecastTest, TheLoadedMetadataDecideOnLevels) {
  const Aaguid model{1, 2, 3};
  prove(enrol(1), model);
  enrol(2);
  EXPECT_EQ(locked_out(R"({"minimumCertification":"L2"})"), 1U) << "what was recorded stands";
  MetadataEntry entry = make_model_entry({}, {make_report(AuthenticatorStatus::fido_certified_l1)});
  entry.aaguid = model;
  models_.current = make_models({entry}, hasher_);
  EXPECT_EQ(locked_out(R"({"minimumCertification":"L1"})"), 1U);
  EXPECT_EQ(locked_out(R"({"minimumCertification":"L2"})"), 2U) << "the level was withdrawn";
  entry.aaguid = Aaguid{9};
  models_.current = make_models({entry}, hasher_);
  EXPECT_EQ(locked_out(R"({"minimumCertification":"L1"})"), 2U)
      << "the model is not known any more";
  EXPECT_EQ(forecast(rule("authenticate", "{}")).models, 1U);
}

TEST_F(PolicyForecastTest, RowsReplaceTheOrdinarySituationOfTheirCeremony) {
  enrol(1);
  const std::string risky = R"({"id":"risky","when":{"all":[{"ceremony":"authenticate"},)"
                            R"({"risk.score":{"gte":50}}]},"deny":{"reason":"risk"}},)" +
                            rule("authenticate", "{}");
  const LockoutForecast plain = of(forecast(risky), PolicyCeremony::authenticate);
  EXPECT_EQ(plain.hindered, 1U);
  EXPECT_EQ(plain.unsaid, 1U) << "where the backend does not say how risky it is";
  EXPECT_EQ(plain.locked_out, 0U);
  PolicyInputs calm(PolicyCeremony::authenticate);
  ASSERT_TRUE(calm.set_number(PolicyInput::risk_score, 10).has_value());
  PolicyInputs tense(PolicyCeremony::authenticate);
  ASSERT_TRUE(tense.set_number(PolicyInput::risk_score, 50).has_value());
  const LockoutForecast both = of(forecast(risky, {calm, tense}), PolicyCeremony::authenticate);
  EXPECT_EQ(both.hindered, 1U);
  EXPECT_EQ(both.locked_out, 0U);
  EXPECT_EQ(of(forecast(risky, {tense}), PolicyCeremony::authenticate).locked_out, 1U);
}

TEST_F(PolicyForecastTest, ReadsPageByPageAndSaysWhereItStopped) {
  for (int user = 0; user < 250; ++user) {
    enrol(static_cast<std::uint8_t>(user), 0);
    enrol(static_cast<std::uint8_t>(user), 1);
  }
  const EnrolmentForecast all = forecast(rule("authenticate", "{}"));
  EXPECT_EQ(all.customers, 250U);
  EXPECT_EQ(of(all, PolicyCeremony::authenticate).customers, 250U);
  EXPECT_EQ(store_.pages, 2U) << "the second one is empty";
  const EnrolmentForecast some = forecast(rule("authenticate", "{}"), {}, 1000);
  EXPECT_TRUE(some.is_partial);
  EXPECT_GT(some.customers, 10U);
  EXPECT_LT(some.customers, 250U);
  EXPECT_EQ(of(some, PolicyCeremony::authenticate).customers, some.customers);
  store_.failure = ErrorCode::store_unavailable;
  EXPECT_EQ(forecast_enrolled(context_, tenant_, *active_, *active_, {}, kServerTiers).error().code,
            ErrorCode::store_unavailable);
}

}  // namespace
}  // namespace countersign::testing
