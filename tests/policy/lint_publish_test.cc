#include <cstdio>

#include "policy/credential_inputs.h"
#include "policy/lint.h"
#include "tests/policy/policies.h"
#include "tests/support/sanitized.h"

namespace countersign::testing {
namespace {

constexpr std::uint64_t kPublishSeed = 20261127;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 86400;

Json rule(const char* id, const Json& condition, const char* effect, const Json& value) {
  Json when = {{"ceremony", "policy.publish"}};
  if (!condition.empty()) {
    when = {{"all", Json::array({when, condition})}};
  }
  return {{"id", id}, {"when", when}, {effect, value}};
}
Json rule(const char* id, const char* effect, const Json& value) {
  return rule(id, Json::object(), effect, value);
}

std::optional<LintFinding> find_lock_out(const PolicyDocument& document,
                                         const LintSettings& settings) {
  for (const LintFinding& finding : lint_policy(document, settings).findings) {
    if (finding.kind == LintKind::publish_locked_out) {
      return finding;
    }
  }
  return std::nullopt;
}

std::optional<LintFinding> find_lock_out(const Json& rules, const LintSettings& settings = {}) {
  const Json open = rule("open", "require", {{"userVerification", "required"}});
  Json all = Json::array({open});
  for (const Json& one : rules.is_array() ? rules : Json::array({rules})) {
    all.push_back(one);
  }
  return find_lock_out(parsed_policy(policy_of(all)), settings);
}

const Json kClosed = {{"reason", "x"}};

struct PublishRow {
  Json rules;              // beside one that demands user verification
  std::string_view words;  // of the message; empty: somebody can replace it
};

TEST(LintPublishing, SeesWhatNoPasskeyCanMeet) {
  const auto age = [](const char* comparison, const char* value) {
    return Json{{"credential.age", {{comparison, value}}}};
  };
  const Json young = {{"displayTier", 2}};
  const PublishRow rows[] = {
      {{rule("p", age("gte", "PT0S"), "deny", kClosed)}, "publishing a policy"},
      {{rule("p", age("lt", "P1D"), "deny", kClosed)}, ""},
      {{rule("p", {{"credential.algorithm", {{"ne", "ES512"}}}}, "deny", kClosed)},
       "no passkey that the server enrols has such an algorithm"},
      {{rule("p", {{"credential.algorithm", {{"ne", "RS256"}}}}, "deny", kClosed)}, ""},
      {{rule("p", "require", {{"algorithms", {"ES384", "Ed448"}}})}, "has such an algorithm"},
      {{rule("p", "require", {{"algorithms", {"ES384", "ES256"}}})}, ""},
      {{rule("p", "require", {{"algorithms", {"ES384", "ES256"}}}),
        rule("q", {{"credential.algorithm", "ES256"}}, "deny", kClosed)},
       "has such an algorithm"},
      {{rule("p", "require", {{"credentialAge", "PT1S"}})}, "no passkey gets to that age"},
      {{rule("p", "require", {{"credentialAge", "PT1M"}})}, ""},
      {{rule("p", "require", {{"coolingOff", "P36500D"}})}, "no passkey gets to that age"},
      {{rule("p", "require", {{"coolingOff", "P30D"}})}, ""},
      {{rule("p", "require", {{"coolingOff", "P31D"}})}, "no passkey gets to that age"},
      {{rule("p", "require", {{"coolingOff", "P1D"}}),
        rule("q", "require", {{"credentialAge", "P1D"}})},
       "no passkey gets to that age"},
      {{rule("p", "require", {{"coolingOff", "P1D"}}),
        rule("q", age("gt", "PT1H"), "deny", kClosed)},
       "no passkey gets to that age"},
      {{rule("p", age("lt", "P31D"), "deny", kClosed)}, "no passkey gets to that age"},
      {{rule("p", {{"credential.lastUsedAge", {{"lt", "P31D"}}}}, "deny", kClosed)}, "is used so"},
      {{rule("p", "require", {{"transports", {"cable"}}})}, "no transport is left"},
      {{rule("p", "require", {{"transports", {"cable", "usb"}}})}, ""},
      {{rule("p", "require", {{"transports", {"usb", "nfc"}}}),
        rule("q", {{"credential.transports", {{"containsAny", {"usb", "nfc"}}}}}, "deny", kClosed)},
       "no passkey has such transports"},
      {{rule("p", "require", {{"transports", {"usb", "nfc"}}}),
        rule("q", {{"credential.transports", {{"contains", "usb"}}}}, "deny", kClosed)},
       ""},
      {{rule("p", {{"not", {{"credential.transports", {{"contains", "cable"}}}}}}, "deny",
             kClosed)},
       "no passkey has such transports"},
      {{rule("p", "require", {{"minimumCertification", "L1"}}),
        rule("q", {{"credential.attested", true}}, "deny", kClosed)},
       "proved and not proved"},
      {{rule("p", {{"credential.certification", {{"lt", "L2"}}}}, "deny", kClosed),
        rule("q", {{"credential.attested", true}}, "deny", kClosed)},
       "proved and not proved"},
      {{rule("p", "require", {{"minimumCertification", "L2"}}),
        rule("q", {{"credential.certification", {{"gte", "L2"}}}}, "deny", kClosed)},
       "proved and not proved"},
      {{rule("p", "require", {{"binding", "device-bound-claimed"}}),
        rule("q", {{"credential.backupEligible", false}}, "deny", kClosed)},
       "bound to its device and backed up"},
      // What goes together with what of a passkey.
      {{rule("p",
             {{"not",
               {{"all", {age("lte", "P10D"), {{"credential.lastUsedAge", {{"gte", "P20D"}}}}}}}}},
             "deny", kClosed)},
       "unused for longer than it exists"},
      {{rule("p", {{"credential.lastUsedAge", {{"lt", "P20D"}}}}, "deny", kClosed)}, ""},
      {{rule("p", {{"credential.lastUsedAge", {{"lt", "P20D"}}}}, "deny", kClosed),
        rule("q", "require", {{"credentialAge", "P10D"}})},
       "unused for longer than it exists"},
      {{rule("p", {{"credential.format", {{"ne", "none"}}}}, "deny", kClosed)}, ""},
      {{rule("p", {{"credential.format", {{"ne", "none"}}}}, "deny", kClosed),
        rule("q", "require", {{"binding", "device-bound-attested"}})},
       "the format none attests nothing"},
      {{rule("p", {{"credential.format", {{"ne", "none"}}}}, "deny", kClosed),
        rule("q", "require", {{"attestation", "direct"}})},
       "the format none attests nothing"},
      {{rule("p", {{"credential.metadataStatus", {{"ne", "revoked"}}}}, "deny", kClosed)}, ""},
      {{rule("p", {{"credential.metadataStatus", {{"ne", "revoked"}}}}, "deny", kClosed),
        rule("q", "require", {{"minimumCertification", "L1"}})},
       "to which the metadata object"},
      {{rule("p", {{"credential.metadataStatus", {{"notIn", {"revoked", "retired"}}}}}, "deny",
             kClosed),
        rule("q", {{"credential.attested", false}}, "deny", kClosed)},
       ""},
      {{rule("p", {{"credential.metadataStatus", {{"ne", "current"}}}}, "deny", kClosed),
        rule("q", {{"credential.attested", true}}, "deny", kClosed)},
       "no model is current that is not proved"},
      {{rule("p", "require", {{"timeout", "PT1S"}})}, "reads and signs"},
      {{rule("p", "require", {{"timeout", "PT10S"}})}, ""},
      {{rule("p", "require", {{"authenticationAge", "PT1S"}})}, ""},  // it is the sign-in
      // The display is made before the passkey is known: what waits for it counts.
      {{rule("p", age("lt", "P1D"), "require", young)}, "no publication is shown so"},
      {{rule("p", {{"transaction.tier", {{"lt", 1}}}}, "deny", kClosed)}, "publishing a policy"},
      {{rule("p", {{"transaction.tier", {{"lt", 1}}}}, "deny", kClosed),
        rule("q", "require", {{"displayTier", 1}})},
       ""},
      // What it is about is known, and its counter is one that counts.
      {{rule("p", {{"transaction.type", {{"ne", "policy.publish/1"}}}}, "deny", kClosed)}, ""},
      {{rule("p", {{"transaction.type", "policy.publish/1"}}, "deny", kClosed)},
       "publishing a policy"},
      {{rule("p", {{"authentication.counter", {{"ne", "not-advanced"}}}}, "deny", kClosed)},
       "publishing a policy"},
      {{rule("p", {{"authentication.counter", {{"ne", "zero"}}}}, "deny", kClosed)}, ""},
      {{rule("p", {{"session.age", {{"gt", "PT1H"}}}}, "deny", kClosed)}, "publishing a policy"},
      {{rule("p", {{"authentication.age", {{"gt", "PT0S"}}}}, "deny", kClosed)}, ""},
      // An hour, and a key for it.
      {{rule("p", {{"all", {{{"time.hour", {{"gte", 12}}}}, age("gte", "P1D")}}}, "deny", kClosed),
        rule("q", {{"time.hour", {{"lt", 12}}}}, "require", {{"coolingOff", "P60D"}})},
       ""},
      {{rule("p", {{"all", {{{"time.hour", {{"gte", 12}}}}, age("gte", "P1D")}}}, "deny", kClosed),
        rule("q", "require", {{"coolingOff", "P2D"}}),
        rule("r", {{"time.hour", {{"lt", 12}}}}, "deny", kClosed)},
       "no passkey gets to that age"},
  };
  for (const PublishRow& row : rows) {
    SCOPED_TRACE(row.rules.dump());
    const std::optional<LintFinding> found = find_lock_out(row.rules);
    ASSERT_EQ(found.has_value(), !row.words.empty()) << (found ? found->message : "");
    if (found) {
      EXPECT_EQ(found->severity, Severity::error);
      EXPECT_TRUE(found->message.starts_with("no administrator could ever replace it"));
      EXPECT_NE(found->message.find(row.words), std::string::npos) << found->message;
      EXPECT_FALSE(found->rules.empty());
      EXPECT_TRUE(found->witness.has_value());
    }
  }
}

TEST(LintPublishing, TakesModelsOffTheListsOneByOne) {
  const std::string one = "00000000-0000-0000-0000-000000000001";
  const std::string other = "00000000-0000-0000-0000-000000000002";
  const auto is_locked_out = [&](const Json& denied) {
    const Json rules = {rule("p", "require", {{"authenticators", {{"allow", "keys"}}}}),
                        rule("q", {{"credential.aaguid", {{"in", denied}}}}, "deny", kClosed)};
    const Json lists = {{"keys", {one, other}}};
    return find_lock_out(parsed_policy(policy_of(rules, Json::object(), lists)), {}).has_value();
  };
  EXPECT_TRUE(is_locked_out(Json::array({one, other})));
  EXPECT_FALSE(is_locked_out(Json::array({one})));
  EXPECT_FALSE(is_locked_out(Json::array({"00000000-0000-0000-0000-000000000003"})));
}

TEST(LintPublishing, NamesWhoIsInTheWay) {
  const std::optional<LintFinding> found =
      find_lock_out({rule("other", "require", {{"coolingOff", "P1D"}}),
                     rule("p", "require", {{"coolingOff", "P40D"}})});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->rules, std::vector<std::uint32_t>{2});
  EXPECT_EQ(found->phase, Phase::verdict);
  EXPECT_EQ(found->message,
            "no administrator could ever replace it (no passkey gets to that age within a month "
            "and keeps it for a minute): publishing a policy needs user verification required, a "
            "credential older than 40 days");
}

TEST(LintPublishing, CountsAdministrators) {
  const Json three = {
      rule("p", "require", {{"approvals", {{"count", 3}, {"distinctUsers", true}}}})};
  const auto find = [&](const Json& rules, std::optional<std::size_t> administrators) {
    LintSettings settings;
    settings.administrators = administrators;
    return find_lock_out(rules, settings);
  };
  EXPECT_EQ(find(three, std::nullopt), std::nullopt);
  EXPECT_EQ(find(three, 0), std::nullopt) << "nobody publishes there at all";
  EXPECT_EQ(find(three, 3), std::nullopt);
  const std::optional<LintFinding> found = find(three, 2);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->rules, std::vector<std::uint32_t>{1});
  EXPECT_EQ(found->message,
            "no administrator could ever replace it: \"p\" demands 3 approvals, and there are 2 "
            "administrators");
  // The server counts before it knows when somebody approves.
  const Json sundays = {rule("p", {{"time.weekday", "sunday"}}, "require",
                             {{"approvals", {{"count", 2}, {"distinctUsers", true}}}})};
  EXPECT_TRUE(find(sundays, 1).has_value());
  EXPECT_FALSE(find(sundays, 2).has_value());
}

TEST(LintPublishing, IsUndecidedWhereTheBudgetEnds) {
  LintSettings settings;
  settings.question_boxes = 1;
  const PolicyDocument document =
      parsed_policy(policy_of({rule("p", "require", {{"userVerification", "required"}}),
                               rule("q", {{"credential.age", {{"lt", "P1D"}}}}, "deny", kClosed)}));
  const LintReport report = lint_policy(document, settings);
  EXPECT_TRUE(std::any_of(report.findings.begin(), report.findings.end(), [](const auto& finding) {
    return finding.message.find("whether an administrator could ever replace it") !=
           std::string::npos;
  }));
}

Json random_part(Random& random) {
  const std::vector<std::string> orders = {"gt", "gte", "lt", "lte"};
  switch (random.below(9)) {
    case 0:
    case 1:
      return {{"credential.age",
               {{random.pick(orders),
                 random.pick<std::string>({"PT0S", "PT1H", "P1D", "P10D", "P40D"})}}}};
    case 2:
      return {{"credential.algorithm",
               {{random.chance(50) ? "in" : "notIn",
                 random.chance(50) ? Json{"ES256", "ES512"} : Json{"RS256"}}}}};
    case 3:
      return {{"credential.transports",
               {{"contains", random.pick<std::string>({"usb", "internal", "cable"})}}}};
    case 4:
      return {{"credential.attested", random.chance(50)}};
    case 5:
      return {{"credential.certification", {{random.pick(orders), "L2"}}}};
    case 6:
      return {{"time.hour", {{random.pick(orders), 12}}}};
    case 7:
      return {{"transaction.tier", random.below(2)}};
    default:
      return {{"risk.score", {{random.pick(orders), 50}}}};
  }
}

// What goes together in a passkey, and what does not.
Json random_pair(Random& random) {
  const std::vector<std::string> orders = {"gt", "gte", "lt", "lte"};
  const auto age = [&] {
    return random.pick<std::string>({"PT0S", "PT1H", "P1D", "P10D", "P40D"});
  };
  switch (random.below(6)) {
    case 0:
      return {{"credential.age", {{random.pick(orders), age()}}}};
    case 1:
      return {{"credential.lastUsedAge", {{random.pick(orders), age()}}}};
    case 2:
      return {{"credential.attested", random.chance(50)}};
    case 3:
      return {{"credential.certification", {{random.pick(orders), "L2"}}}};
    case 4:
      return {{"credential.format", {{random.chance(50) ? "eq" : "ne", "none"}}}};
    default:
      return {
          {"credential.metadataStatus",
           random.pick<Json>({"current", "revoked", {{"ne", "current"}}, {{"ne", "revoked"}}})}};
  }
}

using Part = Json (*)(Random&);

Json random_condition(Random& random, Part random_part) {
  Json parts = Json::array();
  for (std::size_t i = 1 + random.below(3); i > 0; --i) {
    const Json part = random_part(random);
    parts.push_back(random.chance(30) ? Json{{"not", part}} : part);
  }
  return {{random.chance(50) ? "all" : "any", parts}};
}

Json random_demand(Random& random) {
  const std::vector<Json> some = {
      {{"userVerification", "required"}},
      {{"coolingOff", "PT1H"}},
      {{"coolingOff", "P10D"}},
      {{"coolingOff", "P40D"}},
      {{"credentialAge", "PT30S"}},
      {{"credentialAge", "PT1H"}},
      {{"credentialAge", "P1D"}},
      {{"algorithms", {"ES256", "ES512"}}},
      {{"algorithms", {"RS256", "ES512"}}},
      {{"transports", {"usb", "cable"}}},
      {{"transports", {"internal", "usb"}}},
      {{"minimumCertification", "L2"}},
      {{"binding", "device-bound-attested"}},
      {{"attestation", "direct"}},
      {{"displayTier", 1}},
      {{"displayTier", 2}},
      {{"timeout", "PT5S"}},
  };
  return random.pick(some);
}

// The passkeys that such documents can tell apart, but for their age.
std::vector<KnownCredential> all_keys() {
  std::vector<KnownCredential> keys;
  for (const AlgorithmMask algorithm : {1U << 0, 1U << 1, 1U << 8}) {
    for (const bool is_proved : {false, true}) {
      for (const CertificationLevel level :
           {CertificationLevel::none, CertificationLevel::l2, CertificationLevel::l3plus}) {
        for (TransportMask transports = 0; transports < 4; ++transports) {
          KnownCredential key;
          key.facts.algorithm = algorithm;
          key.facts.is_model_proved = is_proved;
          key.facts.certification = level;
          key.facts.transports =
              static_cast<TransportMask>((transports & 1U) | (transports & 2U) << 3);
          key.format = "packed";
          key.facts.attestation = AttestationConveyance::direct;
          keys.push_back(std::move(key));
        }
      }
    }
  }
  return keys;
}

// As the store has them: what is proved was attested, and the metadata stand by it.
std::vector<KnownCredential> keys_of_pairs() {
  std::vector<KnownCredential> keys;
  for (const char* format : {"none", "packed"}) {
    for (const char* status : {"unknown", "current", "revoked"}) {
      for (const CertificationLevel level :
           {CertificationLevel::none, CertificationLevel::l2, CertificationLevel::l3plus}) {
        for (const bool is_proved : {false, true}) {
          const bool may_be_proved =
              format != std::string("none") && status != std::string("revoked");
          const bool may_be_unproved =
              level == CertificationLevel::none && status != std::string("current");
          if (is_proved ? !may_be_proved : !may_be_unproved) {
            continue;
          }
          KnownCredential key;
          key.facts.transports = 1;
          key.facts.is_model_proved = is_proved;
          key.facts.certification = level;
          key.facts.attestation = format == std::string("none") ? AttestationConveyance::none
                                                                : AttestationConveyance::direct;
          key.format = format;
          key.metadata_status = status;
          for (const AlgorithmMask algorithm : {1U << 1, 1U << 8}) {
            key.facts.algorithm = algorithm;
            keys.push_back(key);
          }
        }
      }
    }
  }
  return keys;
}

// As the server decides: the display by what is asked before, all else in the verdict.
bool is_let_pass(const PolicyDocument& document, const PolicyInputs& before, KnownCredential key,
                 std::int64_t age, std::int64_t unused) {
  const Decision asked = evaluate(document, Phase::options, before);
  if (asked.requirements.display_tier > 1 || asked.requirements.timeout < 10) {
    return false;
  }
  PolicyInputs after = before;
  key.facts.age = age;
  key.last_used_age = unused;
  key.is_backed_up = false;
  set_credential_inputs(after, key);
  EXPECT_TRUE(
      after.set_number(PolicyInput::transaction_tier, asked.requirements.display_tier).has_value());
  EXPECT_TRUE(after.set_text(PolicyInput::authentication_counter, "advanced").has_value());
  const Decision decision = evaluate(document, Phase::verdict, after);
  return decision.outcome == Outcome::require &&
         unmet_requirements(document, decision.requirements, key.facts,
                            {true, asked.requirements.display_tier, 0}) == 0;
}

bool can_be_replaced(const PolicyDocument& document, const std::vector<KnownCredential>& keys) {
  for (const int hour : {11, 12, 13}) {
    PolicyInputs before(PolicyCeremony::policy_publish);
    EXPECT_TRUE(before.set_number(PolicyInput::time_hour, hour).has_value());
    EXPECT_TRUE(before.set_number(PolicyInput::authentication_age, 0).has_value());
    EXPECT_TRUE(before.set_text(PolicyInput::transaction_type, "policy.publish/1").has_value());
    for (const KnownCredential& key : keys) {
      for (const std::int64_t age : {std::int64_t{0}, kHour, kDay, 10 * kDay}) {
        for (const std::int64_t more : {0, 1}) {
          if (is_let_pass(document, before, key, age + more, 0) &&
              is_let_pass(document, before, key, age + more + 60, 0)) {
            return true;
          }
        }
      }
    }
  }
  return false;
}

bool can_be_replaced_by_some(const PolicyDocument& document,
                             const std::vector<KnownCredential>& keys) {
  PolicyInputs before(PolicyCeremony::policy_publish);
  EXPECT_TRUE(before.set_number(PolicyInput::authentication_age, 0).has_value());
  std::vector<std::int64_t> ages;
  for (const std::int64_t age : {std::int64_t{0}, kHour, kDay, 10 * kDay}) {
    ages.insert(ages.end(), {age, age + 1});
  }
  for (const KnownCredential& key : keys) {
    for (const std::int64_t age : ages) {
      for (const std::int64_t unused : ages) {
        if (unused <= age && is_let_pass(document, before, key, age, unused) &&
            is_let_pass(document, before, key, age + 60, unused + 60)) {
          return true;
        }
      }
    }
  }
  return false;
}

Json random_document(Random& random, Part part) {
  Json rules = Json::array();
  for (std::size_t i = 1 + random.below(6); i > 0; --i) {
    const std::string id = "r" + std::to_string(i);
    const Json condition = random.chance(25) ? Json::object() : random_condition(random, part);
    const bool denies = random.chance(45) && !condition.empty();
    rules.push_back(rule(id.c_str(), condition, denies ? "deny" : "require",
                         denies ? kClosed : random_demand(random)));
  }
  Json policy = policy_of(rules);
  policy["default"] = random.chance(50) ? "deny" : "require";
  return policy;
}

void expect_brute_force(std::uint64_t seed, Part part, const std::vector<KnownCredential>& keys,
                        bool (*can_replace)(const PolicyDocument&,
                                            const std::vector<KnownCredential>&)) {
  Random random(seed);
  constexpr int kPolicies = 600 / stride(5);
  int locked_out = 0;
  for (int n = 0; n < kPolicies; ++n) {
    const Json policy = random_document(random, part);
    const PolicyDocument document = parsed_policy(policy);
    const std::optional<LintFinding> found = find_lock_out(document, {});
    ASSERT_EQ(found.has_value(), !can_replace(document, keys))
        << policy << (found ? found->message : "");
    locked_out += found ? 1 : 0;
  }
  std::printf("policy: %d of %d random documents could never be replaced, as brute force says\n",
              locked_out, kPolicies);
  EXPECT_GT(locked_out, kPolicies / 10);
  EXPECT_LT(locked_out, kPolicies * 9 / 10);
}

TEST(LintPublishing, AgreesWithBruteForce) {
  expect_brute_force(kPublishSeed, random_part, all_keys(), can_be_replaced);
}

TEST(LintPublishing, AgreesWithBruteForceOfWhatGoesTogether) {
  expect_brute_force(kPublishSeed + 1, random_pair, keys_of_pairs(), can_be_replaced_by_some);
}

}  // namespace
}  // namespace countersign::testing
