#include "native/config/metadata_config.h"

#include <gtest/gtest.h>

#include "native/config/config.h"

namespace countersign {
namespace {

ConfigResult parse(const std::string& members) {
  return parse_config(
      R"({"listen":{"port":0},"tenants":[{"id":"t","rpId":"bank.example","origins":["https://bank.example"]}])" +
          members + "}",
      "/etc/cs");
}

MetadataConfig read_config(const std::string& members) {
  ConfigResult result = parse(members);
  const auto* problem = std::get_if<ConfigProblem>(&result);
  EXPECT_EQ(problem, nullptr) << (problem != nullptr ? problem->path + problem->reason : "");
  return problem == nullptr ? std::get<Config>(std::move(result)).metadata : MetadataConfig();
}

std::string problem_at(const std::string& members) {
  const ConfigResult result = parse(members);
  const auto* problem = std::get_if<ConfigProblem>(&result);
  return problem != nullptr ? problem->path : "";
}

TEST(MetadataConfig, IsAbsentUnlessSomethingIsConfigured) {
  EXPECT_FALSE(read_config("").is_present);
  EXPECT_TRUE(read_config(R"(,"metadata":{})").is_present);
  EXPECT_TRUE(read_config(R"(,"trustAnchors":"anchors")").is_present);
}

TEST(MetadataConfig, HasTheDefaultsOfTheDesign) {
  const MetadataConfig config = read_config(
      R"(,"metadata":{"sources":[{"url":"https://mds3.fidoalliance.org","trustAnchors":"r.pem"}]})");
  ASSERT_EQ(config.sources.size(), 1U);
  EXPECT_EQ(config.sources[0].crl, RevocationMode::require);
  EXPECT_EQ(config.sources[0].host, "mds.fidoalliance.org");
  EXPECT_EQ(config.sources[0].trust_anchors, "/etc/cs/r.pem");
  EXPECT_EQ(config.cache, "/etc/cs/metadata-cache");
  EXPECT_EQ(config.rules.unknown, UnknownAuthenticators::accept);
  EXPECT_FALSE(config.rules.model.is_retired_accepted);
  EXPECT_EQ(read_config(R"(,"profile":"conformance","metadata":{})").rules.unknown,
            UnknownAuthenticators::reject);
  EXPECT_EQ(read_config(R"(,"profile":"conformance","metadata":{"unknownAuthenticators":"accept"})")
                .rules.unknown,
            UnknownAuthenticators::accept);
}

TEST(MetadataConfig, ReadsEveryKey) {
  const MetadataConfig config = read_config(
      R"(,"trustAnchors":"anchors","metadata":{"sources":[
        {"url":"file:blobs/a.jwt","trustAnchors":"/r.pem","crl":"prefer","host":"mds.example"},
        {"url":"http://127.0.0.1:9/b","trustAnchors":"r.pem","crl":"off","host":""}],
        "statements":"statements","cache":"/var/cache/cs","unknownAuthenticators":"reject",
        "acceptRetired":true,"minimumCertification":"L2","compromisedCredentials":"refuse","refreshSeconds":100,"retrySeconds":7,
        "timeoutSeconds":9})");
  ASSERT_EQ(config.sources.size(), 2U);
  EXPECT_EQ(config.sources[0].url.target, "/etc/cs/blobs/a.jwt");
  EXPECT_EQ(config.sources[0].name, "file:blobs/a.jwt");
  EXPECT_EQ(config.sources[0].crl, RevocationMode::prefer);
  EXPECT_EQ(config.sources[0].host, "mds.example");
  EXPECT_EQ(config.sources[1].crl, RevocationMode::off);
  EXPECT_EQ(config.sources[1].host, "");
  EXPECT_EQ(config.trust_anchors, "/etc/cs/anchors");
  EXPECT_EQ(config.statements, "/etc/cs/statements");
  EXPECT_EQ(config.cache, "/var/cache/cs");
  EXPECT_EQ(config.rules.unknown, UnknownAuthenticators::reject);
  EXPECT_TRUE(config.rules.model.is_retired_accepted);
  EXPECT_EQ(config.rules.model.minimum_certification, CertificationLevel::l2);
  EXPECT_EQ(config.compromised_credentials, CompromisedCredentials::refuse);
  EXPECT_EQ(config.refresh_seconds, 100);
  EXPECT_EQ(config.retry_seconds, 7);
  EXPECT_EQ(config.timeout_seconds, 9);
}

TEST(MetadataConfig, ProblemsAreNamedWithTheirPath) {
  const std::pair<const char*, const char*> cases[] = {
      {R"(,"metadata":[])", "metadata"},
      {R"(,"metadata":{"source":[]})", "metadata.source"},
      {R"(,"metadata":{"sources":{}})", "metadata.sources"},
      {R"(,"metadata":{"sources":[{"trustAnchors":"r"}]})", "metadata.sources[0].url"},
      {R"(,"metadata":{"sources":[{"url":"http://mds.example/","trustAnchors":"r"}]})",
       "metadata.sources[0].url"},
      {R"(,"metadata":{"sources":[{"url":"ftp://mds.example/","trustAnchors":"r"}]})",
       "metadata.sources[0].url"},
      {R"(,"metadata":{"sources":[{"url":"https://a/"}]})", "metadata.sources[0].trustAnchors"},
      {R"(,"metadata":{"sources":[{"url":"https://a/","trustAnchors":"r","crl":"maybe"}]})",
       "metadata.sources[0].crl"},
      {R"(,"metadata":{"sources":[{"url":"https://a/","trustAnchors":"r","hots":"x"}]})",
       "metadata.sources[0].hots"},
      {R"(,"metadata":{"sources":[{"url":"https://a/","trustAnchors":"r"},{"url":"https://a/","trustAnchors":"r"}]})",
       "metadata.sources[1].url"},
      {R"(,"metadata":{"unknownAuthenticators":"perhaps"})", "metadata.unknownAuthenticators"},
      {R"(,"metadata":{"minimumCertification":"L4"})", "metadata.minimumCertification"},
      {R"(,"metadata":{"compromisedCredentials":"ignore"})", "metadata.compromisedCredentials"},
      {R"(,"metadata":{"acceptRetired":"yes"})", "metadata.acceptRetired"},
      {R"(,"metadata":{"refreshSeconds":0})", "metadata.refreshSeconds"},
      {R"(,"metadata":{"statements":""})", "metadata.statements"},
      {R"(,"trustAnchors":7)", "trustAnchors"},
      {R"(,"metrics":"public")", "metrics"},
  };
  for (const auto& [members, path] : cases) {
    EXPECT_EQ(problem_at(members), path) << members;
  }
}

TEST(MetadataConfig, SourcesAreNamedWithoutTheirQueries) {
  const auto source = [](const std::string& url) {
    return R"({"url":")" + url + R"(","trustAnchors":"r.pem"})";
  };
  const MetadataConfig config = read_config(
      R"(,"metadata":{"sources":[)" + source("https://a.example/b?token=one") + "," +
      source("https://a.example/b?token=two") + "," + source("https://a.example/b") + "]}");
  ASSERT_EQ(config.sources.size(), 3U);
  EXPECT_EQ(config.sources[0].name, "https://a.example/b?…");
  EXPECT_EQ(config.sources[0].url.target, "/b?token=one");
  EXPECT_EQ(config.sources[1].name, "https://a.example/b?… (2)");
  EXPECT_EQ(config.sources[2].name, "https://a.example/b");
}

TEST(MetadataConfig, TheRuleForCompromisedCredentialsReachesEveryTenant) {
  const ConfigResult result = parse(R"(,"metadata":{"compromisedCredentials":"refuse"})");
  EXPECT_EQ(std::get<Config>(result).tenants.at(0).tenant.compromised_credentials,
            CompromisedCredentials::refuse);
}

TEST(MetricsConfig, IsOpenOnLoopbackAndNeedsAKeyElsewhereUnlessSaidOtherwise) {
  const auto access = [](const std::string& listen, const std::string& more) {
    return std::get<Config>(
               parse_config(
                   R"({"listen":{"host":")" + listen +
                       R"("},"tenants":[{"id":"t","rpId":"bank.example","origins":["https://bank.example"]}])" +
                       more + "}",
                   ""))
        .metrics;
  };
  EXPECT_EQ(access("127.0.0.1", ""), MetricsAccess::open);
  EXPECT_EQ(access("0.0.0.0", ""), MetricsAccess::key);
  EXPECT_EQ(access("127.0.0.1", R"(,"metrics":"key")"), MetricsAccess::key);
  EXPECT_EQ(access("0.0.0.0", R"(,"metrics":"open")"), MetricsAccess::open);
}

}  // namespace
}  // namespace countersign
