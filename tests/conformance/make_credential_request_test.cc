// "MakeCredential Request" of the list: what POST /attestation/options answers.

#include "tests/conformance/lab.h"

namespace countersign::testing {
namespace {

constexpr const char* kGroup = "Server-ServerPublicKeyCredentialCreationOptions-Req-1";

void add_options(CaseGroup& group, const std::string& number, const Answer& options) {
  group.add(number, "-", outcome_of(options), options.text("errorMessage"));
}

void expect_credential_parameters(const JsonValue& parameters) {
  ASSERT_TRUE(parameters.is_array());
  std::vector<std::int64_t> algorithms;
  for (const JsonValue& item : parameters.items) {
    EXPECT_EQ(member(item, "type").string, "public-key");
    ASSERT_TRUE(member(item, "alg").is_integer());
    algorithms.push_back(member(item, "alg").integer);
  }
  for (const std::int64_t wanted : {-7, -257, -8, -35}) {
    EXPECT_NE(std::find(algorithms.begin(), algorithms.end(), wanted), algorithms.end()) << wanted;
  }
}

TEST(MakeCredentialRequest, Req1) {
  CaseGroup group(kGroup);
  Lab& lab = Lab::shared();

  const std::string username = lab.new_username();
  const Answer options = lab.creation_options(username);
  add_options(group, "P-1", options);
  EXPECT_EQ(member(options.at("user"), "name").string, username);
  EXPECT_EQ(member(options.at("user"), "displayName").string, "A person");
  const JsonValue& user_id = member(options.at("user"), "id");
  ASSERT_TRUE(user_id.is_string());
  EXPECT_EQ(to_base64url(from_base64(user_id.string)), user_id.string);
  EXPECT_GE(from_base64(user_id.string).size(), 1U);
  EXPECT_LE(from_base64(user_id.string).size(), 64U);
  EXPECT_EQ(member(options.at("rp"), "name").string, "Lab");
  EXPECT_EQ(member(options.at("rp"), "id").string, kLabRpId);
  ASSERT_TRUE(options.at("challenge").is_string());
  const ByteVector challenge = from_base64(options.text("challenge"));
  EXPECT_EQ(to_base64url(challenge), options.text("challenge"));
  EXPECT_GE(challenge.size(), 16U);
  EXPECT_LE(challenge.size(), 64U);
  expect_credential_parameters(options.at("pubKeyCredParams"));
  ASSERT_TRUE(options.at("timeout").is_integer());
  EXPECT_GT(options.at("timeout").integer, 0);
  EXPECT_EQ(member(options.at("extensions"), "example.extension").string, "a text");
  EXPECT_TRUE(options.at("excludeCredentials").is_array());
  const JsonValue& selection = options.at("authenticatorSelection");
  EXPECT_EQ(member(selection, "authenticatorAttachment").string, "cross-platform");
  EXPECT_TRUE(member(selection, "requireResidentKey").is_boolean());
  EXPECT_FALSE(member(selection, "requireResidentKey").boolean);
  EXPECT_EQ(options.text("attestation"), "direct");

  const Answer none = lab.creation_options(username, {"preferred", "none"});
  add_options(group, "P-2", none);
  EXPECT_EQ(none.text("attestation"), "none");

  const Answer again = lab.creation_options(username);
  add_options(group, "P-3", again);
  EXPECT_NE(again.text("challenge"), options.text("challenge"));

  const Answer verified = lab.creation_options(username, {"required", "direct"});
  add_options(group, "P-4", verified);
  EXPECT_EQ(member(verified.at("authenticatorSelection"), "userVerification").string, "required");
}

}  // namespace
}  // namespace countersign::testing
