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
    return forecast_lockout(before, after, plain_situations(before, after), *credentials).at(0);
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

TEST(PlainSituations, AreTwoForEachCeremonyInWhichCustomersSign) {
  const PolicyDocument retail = shipped("retail");
  const std::vector<PolicyInputs> rows = plain_situations(retail, shipped("corporate"));
  ASSERT_EQ(rows.size(), 16U);
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    const PolicyInputs& row = rows[i];
    EXPECT_TRUE(is_assertion_ceremony(row.ceremony()));
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
