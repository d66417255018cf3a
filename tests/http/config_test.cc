#include "native/config/config.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "native/config/policy_config.h"
#include "policy/shipped.h"
#include "tests/http/server_process.h"

namespace countersign {
namespace {

using testing::TemporaryFolder;

// A whole configuration with `tenant` members and `root` members put in.
std::string config(const std::string& tenant = "", const std::string& root = "") {
  return R"({"listen":{"host":"127.0.0.1","port":8080},"tenants":[{"id":"t","rpId":"bank.example",)"
         R"("origins":["https://login.bank.example"])" +
         tenant + "}]" + root + "}";
}

ConfigProblem problem_of(const std::string& text) {
  const ConfigResult result = parse_config(text, "/etc/countersign");
  const auto* problem = std::get_if<ConfigProblem>(&result);
  return problem != nullptr ? *problem : ConfigProblem{ErrorCode{0}, "", ""};
}

Config read(const std::string& text) {
  ConfigResult result = parse_config(text, "/etc/countersign");
  const auto* problem = std::get_if<ConfigProblem>(&result);
  EXPECT_EQ(problem, nullptr) << (problem != nullptr ? problem->path + problem->reason : "");
  return problem == nullptr ? std::get<Config>(std::move(result)) : Config();
}

TEST(ConfigTest, SessionsEndWithoutActivity) {
  const auto tenant_of = [](const std::string& members) {
    return read(config(members)).tenants.at(0).tenant;
  };
  EXPECT_EQ(tenant_of(R"(,"sessions":true)").session_idle_seconds, 300);
  EXPECT_TRUE(tenant_of(R"(,"sessions":{})").has_sessions);
  EXPECT_EQ(tenant_of(R"(,"sessions":{})").session_idle_seconds, 300);
  EXPECT_EQ(tenant_of(R"(,"sessions":{"idleSeconds":120})").session_idle_seconds, 120);
  EXPECT_EQ(tenant_of(R"(,"sessions":{"idleSeconds":28800})").session_idle_seconds, 28800);
}

TEST(ConfigTest, HasDefaultsForEverythingButListenAndTenants) {
  const Config read_config = read(config());
  EXPECT_EQ(read_config.profile, Profile::production);
  EXPECT_EQ(read_config.database, "/etc/countersign/countersign.db");
  const Tenant& tenant = read_config.tenants.at(0).tenant;
  EXPECT_EQ(tenant.enrolment, Enrolment::backend);
  EXPECT_FALSE(tenant.has_sessions);
  // The policy decides.
  EXPECT_EQ(tenant.registration_verification, UserVerification::discouraged);
  EXPECT_EQ(tenant.authentication_verification, UserVerification::discouraged);
  EXPECT_EQ(read_config.tenants.at(0).policy, "");
  EXPECT_EQ(tenant.ceremony_seconds, 300);
  EXPECT_EQ(tenant.error_detail, ErrorDetail::class_only);
  EXPECT_EQ(tenant.conformance_calls, ConformanceCalls::absent);
}

TEST(ConfigTest, ReadsEveryKey) {
  const Config all =
      read(R"({"listen":{"host":"::1","port":0,"tls":{"certificate":"c.pem","key":"/k.pem"}},
    "profile":"conformance","storage":{"url":"sqlite:data/x.db"},"ceremony":{"timeoutSeconds":60},
    "static":"site","package":["a","/b"],
    "limits":{"connections":10,"connectionsPerAddress":5,"requestSeconds":3,"idleSeconds":2},
    "tenants":[{"id":"t","rpId":"bank.example","rpName":"Bank","origins":["https://bank.example:8443","android:apk-key-hash:abc"],
     "topOrigins":["https://shop.example"],"relatedOrigins":["https://bank.test"],"enrolment":"backend","sessions":true,
     "userVerification":{"registration":"preferred","authentication":"discouraged"},
     "apiKeys":[{"id":"k","sha256":")" +
           std::string(64, 'a') + R"(","scopes":["registrations","policy:draft"]}]}]})");
  EXPECT_EQ(all.host, "::1");
  EXPECT_EQ(all.tls->certificate, "/etc/countersign/c.pem");
  EXPECT_EQ(all.tls->key, "/k.pem");
  EXPECT_EQ(all.database, "/etc/countersign/data/x.db");
  EXPECT_EQ(all.package_folders, (std::vector<std::string>{"/etc/countersign/a", "/b"}));
  EXPECT_EQ(all.limits.connections_per_address, 5U);
  const TenantConfig& tenant = all.tenants.at(0);
  EXPECT_EQ(tenant.tenant.ceremony_seconds, 60);
  EXPECT_TRUE(tenant.tenant.has_sessions);
  EXPECT_EQ(tenant.tenant.registration_verification, UserVerification::preferred);
  EXPECT_EQ(tenant.tenant.authentication_verification, UserVerification::discouraged);
  EXPECT_EQ(tenant.tenant.conformance_calls, ConformanceCalls::present);
  EXPECT_EQ(tenant.api_keys.at(0).sha256[0], 0xaa);
  EXPECT_EQ(tenant.api_keys.at(0).scopes,
            (std::vector<Scope>{Scope::registrations, Scope::policy_draft}));
}

TEST(ConfigTest, UnknownKeysAreRefusedWithTheirPath) {
  EXPECT_EQ(problem_of(config("", R"(,"listening":{})")).path, "listening");
  EXPECT_EQ(problem_of(config("", R"(,"listening":{})")).code, ErrorCode::config_unknown_key);
  EXPECT_EQ(problem_of(config(R"(,"rpID":"x")")).path, "tenants[0].rpID");
  EXPECT_EQ(problem_of(config(R"(,"apiKeys":[{"id":"k","secret":"s"}])")).path,
            "tenants[0].apiKeys[0].secret");
  EXPECT_EQ(problem_of(config("", R"(,"limits":{"connection":1})")).path, "limits.connection");
}

TEST(ConfigTest, WhatIsNotBuiltYetIsRefusedAsSuch) {
  EXPECT_EQ(problem_of(config("", R"(,"storage":{"url":"postgresql://h/d"})")).code,
            ErrorCode::config_not_available);
}

TEST(ConfigTest, APolicyIsTheNameOfAShippedOneOrAFile) {
  EXPECT_EQ(read(config(R"(,"policy":"corporate")")).tenants.at(0).policy, "corporate");
  EXPECT_EQ(read(config(R"(,"policy":"bank.json")")).tenants.at(0).policy,
            "/etc/countersign/bank.json");
  EXPECT_EQ(problem_of(config(R"(,"policy":"retial")")).path, "tenants[0].policy");
  EXPECT_EQ(problem_of(config(R"(,"policy":7)")).path, "tenants[0].policy");
}

TEST(ConfigTest, APolicyThatCannotBeReadStopsTheStart) {
  const OpenSslHasher hasher;
  const TemporaryFolder folder;
  const auto read_file = [&](std::string_view text) {
    folder.write("p.json", std::string(text));
    const Config parsed =
        std::get<Config>(parse_config(config(R"(,"policy":"p.json")"), folder.path("")));
    return read_policies(parsed, hasher);
  };
  const auto problem_in = [&](std::string_view text) {
    const auto read_now = read_file(text);
    const auto* problem = std::get_if<ConfigProblem>(&read_now);
    return problem != nullptr ? *problem : ConfigProblem{ErrorCode{0}, "", ""};
  };
  const std::string good(shipped_policy("corporate"));
  EXPECT_EQ(std::get<FixedPolicies::Documents>(read_file(good)).at(TenantId("t"))->id(),
            "corporate");
  EXPECT_EQ(problem_in("").path, "tenants[0].policy");
  EXPECT_EQ(problem_in("{}").code, ErrorCode::policy_schema_unknown);
  EXPECT_EQ(problem_in(good + " x").path, "tenants[0].policy");
  EXPECT_EQ(problem_in(good + std::string(1U << 20U, ' ')).path, "tenants[0].policy");
}

TEST(ConfigTest, OpenEnrolmentIsForLocalhostAlone) {
  EXPECT_EQ(problem_of(config(R"(,"enrolment":"open")")).path, "tenants[0].enrolment");
  const std::string open_everywhere =
      R"({"listen":{"host":"0.0.0.0","port":1},"tenants":[{"id":"d","rpId":"localhost",)"
      R"("origins":["http://localhost:1"],"enrolment":"open"}]})";
  EXPECT_EQ(problem_of(open_everywhere).path, "tenants[0].enrolment");
}

TEST(ConfigTest, OnlyTheDemoAndTheConformanceProfileArePrecise) {
  const Tenant demo = default_config().tenants.at(0).tenant;
  EXPECT_EQ(demo.conformance_calls, ConformanceCalls::present);
  EXPECT_EQ(demo.error_detail, ErrorDetail::precise);
  EXPECT_FALSE(demo.is_conformance_profile);
  const std::string backend_on_localhost =
      R"({"listen":{"host":"127.0.0.1","port":1},"tenants":[{"id":"d","rpId":"localhost",)"
      R"("origins":["http://localhost:1"],"sessions":true}]})";
  const Config plain = read(backend_on_localhost);
  EXPECT_EQ(plain.tenants.at(0).tenant.conformance_calls, ConformanceCalls::absent);
  EXPECT_EQ(plain.tenants.at(0).tenant.error_detail, ErrorDetail::class_only);
}

TEST(ConfigTest, RpIdsAreDomains) {
  for (const char* rp_id : {"https://bank.example", "Bank.example", "bank", "127.0.0.1", "bank.",
                            ".bank.example", "bank..example", "bank.example:443", "::1", ""}) {
    const std::string text = R"({"listen":{"host":"127.0.0.1"},"tenants":[{"id":"t","rpId":")" +
                             std::string(rp_id) + R"(","origins":["https://bank.example"]}]})";
    EXPECT_EQ(problem_of(text).path, "tenants[0].rpId") << rp_id;
  }
}

TEST(ConfigTest, OriginsAreExactAndWithinTheRpId) {
  for (const char* origin :
       {"http://login.bank.example", "https://login.bank.example/", "https://evilbank.example",
        "https://LOGIN.bank.example", "https://bank.example:443", "https://other.example",
        "https://bank.example:0", "https://bank.example:", "https://user@bank.example", "*", ""}) {
    const std::string text =
        R"({"listen":{"host":"127.0.0.1"},"tenants":[{"id":"t","rpId":"bank.example","origins":[")" +
        std::string(origin) + R"("]}]})";
    EXPECT_EQ(problem_of(text).path, "tenants[0].origins[0]") << origin;
  }
}

TEST(ConfigTest, TenantsDoNotShareOriginsIdsOrKeys) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"listen":{"host":"127.0.0.1"},"tenants":[{)" + first + "},{" + second + "}]}";
  };
  const std::string a = R"("id":"a","rpId":"bank.example","origins":["https://bank.example"])";
  EXPECT_EQ(
      problem_of(two(a, R"("id":"b","rpId":"bank.example","origins":["https://bank.example"])"))
          .path,
      "tenants[1].origins");
  EXPECT_EQ(
      problem_of(two(a, R"("id":"a","rpId":"bank.example","origins":["https://x.bank.example"])"))
          .path,
      "tenants[1].id");
  const std::string key =
      R"(,"apiKeys":[{"id":"k","sha256":")" + std::string(64, '0') + R"(","scopes":[]}])";
  EXPECT_EQ(
      problem_of(two(a + key,
                     R"("id":"b","rpId":"shop.example","origins":["https://shop.example"])" + key))
          .path,
      "tenants[1].apiKeys");
}

TEST(ConfigTest, WrongTypesAndValuesAreRefusedWithTheirPath) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {config("", R"(,"profile":"test")"), "profile"},
      {config("", R"(,"storage":{"url":"file:x"})"), "storage.url"},
      {config("", R"(,"storage":{"url":"sqlite:"})"), "storage.url"},
      {config("", R"(,"ceremony":{"timeoutSeconds":10})"), "ceremony.timeoutSeconds"},
      {config("", R"(,"ceremony":{"timeoutSeconds":"60"})"), "ceremony.timeoutSeconds"},
      {config("", R"(,"limits":{"connections":0})"), "limits.connections"},
      {config("", R"(,"static":7)"), "static"},
      {config("", R"(,"package":{})"), "package"},
      {config(R"(,"sessions":"yes")"), "tenants[0].sessions"},
      {config(R"(,"sessions":{"idle":300})"), "tenants[0].sessions.idle"},
      {config(R"(,"sessions":{"idleSeconds":119})"), "tenants[0].sessions.idleSeconds"},
      {config(R"(,"sessions":{"idleSeconds":28801})"), "tenants[0].sessions.idleSeconds"},
      {config(R"(,"userVerification":{"registration":"maybe"})"),
       "tenants[0].userVerification.registration"},
      {config(R"(,"apiKeys":[{"id":"k","sha256":"AB","scopes":[]}])"),
       "tenants[0].apiKeys[0].sha256"},
      {config(R"(,"apiKeys":[{"id":"k","sha256":")" + std::string(64, 'a') +
              R"(","scopes":["root"]}])"),
       "tenants[0].apiKeys[0].scopes"},
      {R"({"listen":{"port":70000},"tenants":[]})", "listen.port"},
      {R"({"listen":{"host":"127.evil.example"},"tenants":[]})", "listen.host"},
      {R"({"listen":{"host":"127.1"},"tenants":[]})", "listen.host"},
      {R"({"tenants":[]})", "listen"},
      {R"({"listen":{}})", "tenants"},
      {"[]", "."},
  };
  for (const auto& [text, path] : cases) {
    EXPECT_EQ(problem_of(text).path, path) << text;
  }
  EXPECT_EQ(problem_of("{").code, ErrorCode::config_unreadable);
  EXPECT_EQ(problem_of(R"({"listen":{},"listen":{}})").code, ErrorCode::config_unreadable);
}

TEST(ConfigTest, AFileThatIsNotThereIsToldByItsName) {
  const ConfigResult result = read_config("/no/such/config.json");
  const auto* problem = std::get_if<ConfigProblem>(&result);
  ASSERT_NE(problem, nullptr);
  EXPECT_EQ(problem->code, ErrorCode::config_unreadable);
  EXPECT_EQ(problem->path, "/no/such/config.json");
}

}  // namespace
}  // namespace countersign
