// The vectors of the specification (vectors/binding.json), made by an independent implementation.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "service/bind_case.h"

namespace countersign {
namespace {

using nlohmann::json;

json vectors() {
  std::ifstream file(COUNTERSIGN_SOURCE_DIR "/tests/transaction/vectors/binding.json");
  return json::parse(file)["vectors"];
}

json answer_to(const json& input, const Hasher& hasher) {
  return json::parse(bind_frozen_case(json{{"id", "x"}, {"input", input}}.dump(), hasher));
}

TEST(BindingVectors, AreReproducedInBothBackends) {
  const json all = vectors();
  ASSERT_GE(all.size(), 13U);
  for (const json& vector : all) {
    for (const Hasher* hasher : {static_cast<const Hasher*>(new OpenSslHasher()),
                                 static_cast<const Hasher*>(new CryptoppHasher())}) {
      const std::unique_ptr<const Hasher> owner(hasher);
      json expected = vector["expected"];
      expected["id"] = "x";
      expected["ok"] = true;
      EXPECT_EQ(answer_to(vector["input"], *hasher), expected) << vector["id"];
    }
  }
}

// Every member that the binding document has decides about the challenge.
TEST(BindingVectors, EachChangedMemberChangesTheChallengeOrIsRefused) {
  const json all = vectors();
  const OpenSslHasher hasher;
  const json base = all[0]["input"];
  const std::string challenge = answer_to(base, hasher)["challenge"];
  std::set<std::string> seen{challenge};
  const std::string other_digest(64, '9');
  const std::pair<const char*, json> changes[] = {
      {"tenant", "bank-b"},
      {"rpId", "other.example"},
      {"origins", {"https://app.bank.example"}},
      {"userHandle", "01"},
      {"transactionId", "other"},
      {"session", "session-2"},
      {"session", {{"keyThumbprint", other_digest}}},
      {"session", nullptr},
      {"template", other_digest},
      {"locale", other_digest},
      {"policy", other_digest},
      {"displayTier", 1},
      {"approval", {1, 2}},
      {"issuedAt", 1795330999},
      {"expiresAt", 1795331181},
      {"nonce", other_digest},
  };
  for (const auto& [name, value] : changes) {
    json input = base;
    input[name] = value;
    const json answer = answer_to(input, hasher);
    ASSERT_TRUE(answer["ok"]) << name << answer;
    EXPECT_TRUE(seen.insert(answer["challenge"]).second) << name;
  }
  json again = base;
  again["ceremony"] = "transaction.decline";
  EXPECT_EQ(answer_to(again, hasher)["error"]["code"], "binding_ceremony_unknown");
}

}  // namespace
}  // namespace countersign
