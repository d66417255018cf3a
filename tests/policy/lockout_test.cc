#include "policy/lockout.h"

#include "policy/enrolled_reader.h"
#include "policy/shipped.h"
#include "policy/table_reader.h"
#include "tests/policy/policies.h"

namespace countersign::testing {
namespace {

constexpr const char* kModel = "ee882879-721c-4913-9775-3dfcce97072a";

PolicyDocument shipped(std::string_view name) {
  return parsed_policy(std::string(shipped_policy(name)));
}

TEST(ForecastLockout, CountsCustomersWhoseEveryCredentialIsRefused) {
  const std::string lines =
      R"({"user":"synced","algorithm":"ES256","age":"P10D","backupEligible":true})"
      "\n"
      R"({"user":"keyed","algorithm":"ES256","age":"P10D","aaguid":"ee882879-721c-4913-9775-3dfcce97072a",)"
      R"("modelProved":true,"attestation":"direct","certification":"L1","transports":["usb"]})"
      "\n"
      R"({"user":"both","algorithm":"ES256","age":"P10D"})"
      "\n"
      R"({"user":"both","algorithm":"ES256","age":"P10D","aaguid":"ee882879-721c-4913-9775-3dfcce97072a",)"
      R"("modelProved":true,"attestation":"direct","certification":"L1"})";
  Result<std::vector<EnrolledCredential>> credentials = parse_enrolled_credentials(lines);
  ASSERT_TRUE(credentials.has_value());
  const std::vector<PolicyInputs> rows = {
      inputs_of(Json{{"ceremony", "authenticate"}, {"risk.score", 0}})};
  const auto forecast = [&] {
    return forecast_lockout(shipped("retail"), shipped("corporate"), rows, *credentials);
  };
  ASSERT_EQ(forecast().size(), 1U);
  EXPECT_EQ(forecast()[0].ceremony, PolicyCeremony::authenticate);
  EXPECT_EQ(forecast()[0].customers, 3U);
  EXPECT_EQ(forecast()[0].locked_out, 1U);
  EXPECT_EQ(forecast()[0].hindered, 1U);
  EXPECT_EQ(forecast()[0].example, "synced");
  // Current metadata take the proof back.
  const std::vector<KnownModel> models = {{kModel, CertificationLevel::l1, false, kAnyAlgorithm}};
  recheck_credentials(*credentials, models);
  EXPECT_EQ(forecast()[0].locked_out, 3U);
}

TEST(ForecastLockout, WhatIsNotKnownOfACredentialCountsAgainstIt) {
  const auto locked_out = [](const std::string& more) {
    const Result<std::vector<EnrolledCredential>> credentials =
        parse_enrolled_credentials(R"({"user":"a","algorithm":"ES256","age":"P10D")" + more + "}");
    EXPECT_TRUE(credentials.has_value());
    const PolicyDocument before = parsed_policy(Json::parse(
        R"({"schema":"countersign-policy/1","id":"a","revision":1,"default":"require","rules":[]})"));
    const PolicyDocument after = parsed_policy(Json::parse(
        R"({"schema":"countersign-policy/1","id":"b","revision":1,"default":"require","rules":[
            {"id":"status","when":{"credential.metadataStatus":"compromised"},"deny":{"reason":"x"}},
            {"id":"format","when":{"credential.format":"tpm"},"deny":{"reason":"x"}},
            {"id":"idle","when":{"credential.lastUsedAge":{"gt":"P5D"}},"deny":{"reason":"x"}},
            {"id":"robber","when":{"credential.recovered":true},"deny":{"reason":"x"}},
            {"id":"cloud","when":{"credential.backedUp":true},"deny":{"reason":"x"}},
            {"id":"none","when":{"authentication.counter":"zero"},"deny":{"reason":"x"}}]})"));
    return forecast_lockout(before, after, {PolicyInputs(PolicyCeremony::authenticate)},
                            *credentials)
        .at(0)
        .locked_out;
  };
  const std::string status = R"(,"metadataStatus":"current")";
  const std::string format = R"(,"format":"packed")";
  const std::string used = R"(,"lastUsedAge":"P5D")";
  const std::string kept = R"(,"backedUp":false,"recovered":false)";
  EXPECT_EQ(locked_out(status + format + used + kept), 0U);
  EXPECT_EQ(locked_out(status + format + used + R"(,"backedUp":false)"), 1U);
  EXPECT_EQ(locked_out(status + format + used + R"(,"backedUp":false,"recovered":true)"), 1U);
  EXPECT_EQ(locked_out(format + used + kept), 1U);
  EXPECT_EQ(locked_out(status + used + kept), 1U);
  EXPECT_EQ(locked_out(status + format + kept), 1U);
  EXPECT_EQ(locked_out(status + format + used), 1U);
  EXPECT_EQ(locked_out(status + format + used + kept + R"(,"counter":"zero")"), 1U);
  EXPECT_EQ(locked_out(R"(,"metadataStatus":"compromised")" + format + used + kept), 1U);
}

// The first rule about the risk: whoever says none is denied.
TEST(ForecastLockout, WhatTheBackendDoesNotSayIsASituation) {
  const Result<std::vector<EnrolledCredential>> credentials =
      parse_enrolled_credentials(R"({"user":"a","algorithm":"ES256","age":"P10D"})");
  ASSERT_TRUE(credentials.has_value());
  const PolicyDocument before = parsed_policy(Json::parse(
      R"({"schema":"countersign-policy/1","id":"a","revision":1,"default":"require","rules":[]})"));
  const auto forecast = [&](const std::string& rules) {
    const PolicyDocument after = parsed_policy(Json::parse(
        R"({"schema":"countersign-policy/1","id":"b","revision":1,"default":"require","rules":[)" +
        rules + "]}"));
    return forecast_lockout(before, after, plain_situations(before, after), *credentials).at(1);
  };
  const LockoutForecast risky = forecast(
      R"({"id":"r","when":{"all":[{"ceremony":"authenticate"},{"risk.score":{"gte":90}}]},"deny":{"reason":"risk"}})");
  EXPECT_EQ(risky.ceremony, PolicyCeremony::authenticate);
  EXPECT_EQ(risky.customers, 1U);
  EXPECT_EQ(risky.hindered, 1U);
  EXPECT_EQ(risky.unsaid, 1U);
  EXPECT_EQ(risky.locked_out, 0U);
  const LockoutForecast all =
      forecast(R"({"id":"r","when":{"ceremony":"authenticate"},"deny":{"reason":"risk"}})");
  EXPECT_EQ(all.hindered, 1U);
  EXPECT_EQ(all.unsaid, 0U) << "no situation is told from another";
  EXPECT_EQ(all.locked_out, 1U);
}

// What customers have, as if it was made now: no age, no recovery and no counter is held against
// it.
TEST(ForecastLockout, CountsWhosePasskeysWouldNotBeTakenAnew) {
  const Result<std::vector<EnrolledCredential>> credentials = parse_enrolled_credentials(
      R"({"user":"keyed","algorithm":"ES256","age":"P10D","aaguid":"ee882879-721c-4913-9775-3dfcce97072a",)"
      R"("modelProved":true,"attestation":"direct","certification":"L1","format":"packed"})"
      "\n"
      R"({"user":"synced","algorithm":"ES256","age":"P10D","format":"none","recovered":true,"counter":"not-advanced"})");
  ASSERT_TRUE(credentials.has_value());
  const PolicyDocument before = parsed_policy(Json::parse(
      R"({"schema":"countersign-policy/1","id":"a","revision":1,"default":"require","rules":[]})"));
  const auto forecast = [&](PolicyCeremony ceremony, const Json& condition, const char* effect,
                            const Json& what) {
    const Json when = {{"ceremony", policy_ceremony_name(ceremony)}};
    Json policy = policy_of(
        Json{{"id", "r"}, {"when", {{"all", Json::array({when, condition})}}}, {effect, what}},
        Json::object(), {{"keys", Json::array({kModel})}});
    policy["default"] = "require";
    const PolicyDocument after = parsed_policy(policy);
    for (const LockoutForecast& one :
         forecast_lockout(before, after, plain_situations(before, after), *credentials)) {
      if (one.ceremony == ceremony) {
        return one;
      }
    }
    return LockoutForecast();
  };
  const Json always = {{"time.hour", {{"gte", 0}}}};
  const Json no = {{"reason", "x"}};
  for (const PolicyCeremony ceremony :
       {PolicyCeremony::registration, PolicyCeremony::credential_add, PolicyCeremony::recovery}) {
    SCOPED_TRACE(policy_ceremony_name(ceremony));
    const auto locked_out = [&](const Json& condition, const char* effect, const Json& what) {
      const LockoutForecast one = forecast(ceremony, condition, effect, what);
      EXPECT_EQ(one.customers, 2U);
      EXPECT_TRUE(one.locked_out != 1 || one.example == "synced");
      return one.locked_out;
    };
    EXPECT_EQ(locked_out(always, "require", {{"minimumCertification", "L1"}}), 1U);
    EXPECT_EQ(locked_out(always, "require", {{"authenticators", {{"allow", "keys"}}}}), 1U);
    EXPECT_EQ(locked_out(always, "require", {{"attestation", "direct"}}), 1U);
    EXPECT_EQ(locked_out(always, "require", {{"algorithms", {"EdDSA"}}}), 2U);
    EXPECT_EQ(locked_out({{"credential.format", "none"}}, "deny", no), 1U);
    EXPECT_EQ(locked_out(always, "require", {{"displayTier", 1}}), 2U) << "nothing is displayed";
    EXPECT_EQ(locked_out(always, "require", {{"coolingOff", "P100D"}}), 0U);
    EXPECT_EQ(locked_out(always, "require", {{"credentialAge", "P1D"}}), 0U);
    EXPECT_EQ(locked_out({{"authentication.keyOrder", "other"}}, "deny", no), 0U);
    EXPECT_EQ(locked_out({{"authentication.keyOrder", "canonical"}}, "deny", no), 2U);
    EXPECT_EQ(locked_out({{"any", {always, {{"credential.recovered", true}}}}}, "require",
                         {{"userVerification", "required"}}),
              0U);
    const LockoutForecast risky = forecast(ceremony, {{"risk.score", {{"gte", 90}}}}, "deny", no);
    EXPECT_EQ(risky.locked_out, 0U);
    EXPECT_EQ(risky.hindered, 2U);
    EXPECT_EQ(risky.unsaid, 2U);
  }
}

TEST(PlainSituations, AreTwoForEachCeremony) {
  const PolicyDocument retail = shipped("retail");
  const std::vector<PolicyInputs> rows = plain_situations(retail, shipped("corporate"));
  ASSERT_EQ(rows.size(), 2 * kPolicyCeremonies);
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    const PolicyInputs& row = rows[i];
    EXPECT_EQ(row.ceremony(), static_cast<PolicyCeremony>(i / 2));
    EXPECT_EQ(rows[i + 1].ceremony(), row.ceremony());
    for (const InputRow& input : policy_inputs()) {
      const bool is_kept = row.has(input.id) && input.owner != InputOwner::backend;
      EXPECT_EQ(rows[i + 1].has(input.id), is_kept) << input.name;
    }
    // Nothing that should be known is missing.
    EXPECT_EQ(resolve_inputs(retail, Phase::options, row).absent, 0U)
        << policy_ceremony_name(row.ceremony());
    EXPECT_NE(evaluate(retail, Phase::options, row).outcome, Outcome::deny)
        << policy_ceremony_name(row.ceremony());
  }
}

}  // namespace
}  // namespace countersign::testing
