// "GetAssertion Request" and "GetAssertion Response" of the list.

#include "tests/conformance/lab.h"

namespace countersign::testing {
namespace {

using Edit = AssertionEdit;

Edit json(const std::string& path, std::optional<std::string> raw) {
  return with_json<AssertionOptions>(path, std::move(raw));
}
Edit client(const std::string& path, std::optional<std::string> raw) {
  return with_client_data<AssertionOptions>(path, std::move(raw));
}

// Signs in with one credential again and again: what is refused leaves it as it was.
class SignIns {
 public:
  explicit SignIns(CaseGroup& group) : group_(group), enrolled_(Lab::shared().enrol("self -7")) {}
  void add(const std::string& number, const Variants<Edit>& variants,
           const std::string& verification = "preferred") {
    for (const auto& [variant, edit] : variants) {
      const Answer result = Lab::shared().sign_in(enrolled_, edit, verification);
      group_.add(number, variant, outcome_of(result), result.text("errorMessage"));
    }
  }
  void add_wrong_types(const std::string& number, const std::string& path,
                       const std::vector<std::string>& legal) {
    add(number, json_variants<AssertionOptions>(path, legal));
  }
  void add_wrong_client_data(const std::string& number, const std::string& path,
                             const std::vector<std::string>& legal) {
    add(number, client_data_variants<AssertionOptions>(path, legal));
  }
  const Enrolled& enrolled() const { return enrolled_; }

 private:
  CaseGroup& group_;
  Enrolled enrolled_;
};

TEST(GetAssertionRequest, Req1) {
  CaseGroup group("Server-ServerPublicKeyCredentialGetOptionsResponse-Req-1");
  Lab& lab = Lab::shared();
  const Enrolled enrolled = lab.enrol("self -7");
  const Answer options = lab.request_options(enrolled.username, "required");
  group.add("P-1", "-", outcome_of(options), options.text("errorMessage"));
  const ByteVector challenge = from_base64(options.text("challenge"));
  EXPECT_EQ(to_base64url(challenge), options.text("challenge"));
  EXPECT_GE(challenge.size(), 16U);
  EXPECT_LE(challenge.size(), 64U);
  EXPECT_EQ(member(options.at("extensions"), "example.extension").string, "a text");
  ASSERT_TRUE(options.at("timeout").is_integer());
  EXPECT_GT(options.at("timeout").integer, 0);
  EXPECT_EQ(options.text("rpId"), kLabRpId);
  ASSERT_EQ(options.at("allowCredentials").items.size(), 1U);
  const JsonValue& allowed = options.at("allowCredentials").items[0];
  EXPECT_EQ(member(allowed, "id").string, to_base64url(enrolled.credential.id));
  EXPECT_EQ(member(allowed, "type").string, "public-key");
  EXPECT_EQ(options.text("userVerification"), "required");

  const Answer again = lab.request_options(enrolled.username, "discouraged");
  group.add("P-2", "-", outcome_of(again), again.text("errorMessage"));
  EXPECT_NE(again.text("challenge"), options.text("challenge"));
  EXPECT_EQ(again.text("userVerification"), "discouraged");
}

TEST(GetAssertionResponse, Resp1) {
  CaseGroup group("Server-ServerAuthenticatorAssertionResponse-Resp-1");
  SignIns sign_ins(group);
  sign_ins.add("P-1", {{"-", {}}});
  sign_ins.add("F-1", {{"-", json("id", std::nullopt)}});
  sign_ins.add_wrong_types("F-2", "id", {});
  sign_ins.add("F-3", {{"standard alphabet", json("id", R"("+/+/")")},
                       {"padded", json("id", R"("AQ==")")},
                       {"blank", json("id", R"("AQ ")")},
                       {"bits left over", json("id", R"("AR")")}});
  sign_ins.add("F-4", {{"-", json("type", std::nullopt)}});
  sign_ins.add_wrong_types("F-5", "type", {"empty"});
  sign_ins.add("F-6", {{"other", json("type", R"("private-key")")},
                       {"empty", json("type", R"("")")},
                       {"other case", json("type", R"("Public-Key")")}});
  sign_ins.add("F-7", {{"-", json("response", std::nullopt)}});
  sign_ins.add_wrong_types("F-8", "response", {"object"});
  sign_ins.add("F-9", {{"-", json("response.clientDataJSON", std::nullopt)}});
  sign_ins.add_wrong_types("F-10", "response.clientDataJSON", {"empty"});
  sign_ins.add("F-11", {{"-", json("response.clientDataJSON", R"("")")}});
  sign_ins.add("F-12", {{"-", json("response.authenticatorData", std::nullopt)}});
  sign_ins.add_wrong_types("F-13", "response.authenticatorData", {"empty"});
  sign_ins.add("F-14", {{"-", json("response.authenticatorData", R"("+/+/")")},
                        {"padded", json("response.authenticatorData", R"("AQ==")")}});
  sign_ins.add("F-15", {{"-", json("response.authenticatorData", R"("")")}});
  sign_ins.add("F-16", {{"-", json("response.signature", std::nullopt)}});
  sign_ins.add_wrong_types("F-17", "response.signature", {"empty"});
  sign_ins.add("F-18", {{"-", json("response.signature", R"("+/+/")")},
                        {"padded", json("response.signature", R"("AQ==")")}});
  sign_ins.add("F-19", {{"-", json("response.signature", R"("")")}});
  sign_ins.add(
      "F-20",
      {{"-", [](AssertionOptions& o) { o.signature_fault = SignatureFault::flipped_bit; }},
       {"other key", [](AssertionOptions& o) { o.signature_fault = SignatureFault::wrong_key; }}});
  // Nothing and an empty text both stand for "not given".
  sign_ins.add_wrong_types("F-21", "response.userHandle", {"null", "empty"});
}

TEST(GetAssertionResponse, Resp2) {
  CaseGroup group("Server-ServerAuthenticatorAssertionResponse-Resp-2");
  SignIns sign_ins(group);
  sign_ins.add("F-1", {{"-", client("type", std::nullopt)}});
  sign_ins.add_wrong_client_data("F-2", "type", {"empty"});
  sign_ins.add("F-3", {{"-", client("type", R"("")")}});
  sign_ins.add("F-4", {{"other", client("type", R"("webauthn.cbor")")},
                       {"other case", client("type", R"("Webauthn.Get")")},
                       {"payment", client("type", R"("payment.get")")}});
  sign_ins.add("F-5", {{"-", client("type", R"("webauthn.create")")}});
  sign_ins.add("F-6", {{"-", client("challenge", std::nullopt)}});
  sign_ins.add_wrong_client_data("F-7", "challenge", {"empty"});
  sign_ins.add("F-8", {{"-", client("challenge", R"("")")}});
  sign_ins.add("F-9", {{"-", client("challenge", R"("+/+/")")},
                       {"padded", client("challenge", R"("AQ==")")}});
  sign_ins.add("F-10",
               {{"-",
                 [](AssertionOptions& options) {
                   options.client_data.challenge = seeded_bytes("a challenge of nobody's", 32);
                 }},
                {"1469 as text", client("challenge", R"("1469")")},
                {"first half", [](AssertionOptions& options) {
                   options.client_data.challenge = to_vector(Bytes(options.challenge).first(16));
                 }}});
  sign_ins.add("F-11", {{"-", client("origin", std::nullopt)}});
  sign_ins.add_wrong_client_data("F-12", "origin", {"empty"});
  sign_ins.add("F-13", {{"-", client("origin", R"("")")}});
  sign_ins.add("F-14",
               {{"other host", client("origin", R"("https://evil.example")")},
                {"http", client("origin", R"("http://lab.example")")},
                {"other port", client("origin", R"("https://lab.example:8443")")},
                {"subdomain", client("origin", R"("https://x.lab.example")")},
                {"host that ends in ours", client("origin", R"("https://evillab.example")")},
                {"RP ID", client("origin", R"("lab.example")")}});
  sign_ins.add_wrong_client_data("F-15", "tokenBinding", {"object"});
  sign_ins.add("F-16", {{"-", client("tokenBinding", R"({"id":"AQ"})")},
                        {"empty object", client("tokenBinding", "{}")}});
  sign_ins.add("F-17", {{"-", client("tokenBinding", R"({"status":"present or not","id":"AQ"})")},
                        {"empty", client("tokenBinding", R"({"status":""})")},
                        {"1469", client("tokenBinding", R"({"status":1469})")},
                        {"true", client("tokenBinding", R"({"status":true})")}});
}

Edit with_flags(std::uint8_t flags) {
  return [=](AssertionOptions& options) { options.flags = flags; };
}

// A signature over the hash of other client data than those that are sent.
Edit signed_over_other_client_data(const SoftCredential& credential) {
  return [=](AssertionOptions& options) {
    AssertionOptions other = options;
    other.client_data.edits.push_back({"added", "true"});
    options.raw_signature = make_assertion(credential, other).signature;
  };
}

TEST(GetAssertionResponse, Resp3) {
  CaseGroup group("Server-ServerAuthenticatorAssertionResponse-Resp-3");
  SignIns sign_ins(group);
  sign_ins.add("P-1", {{"first", {}}, {"second", {}}});
  sign_ins.add("P-2", {{"-", with_flags(kUserPresent | kUserVerified)}}, "required");
  sign_ins.add("P-3", {{"-", with_flags(kUserPresent)}}, "preferred");
  sign_ins.add("P-4", {{"-", with_flags(kUserPresent | kUserVerified)}}, "preferred");
  sign_ins.add("P-5", {{"-", with_flags(kUserPresent)}}, "discouraged");
  sign_ins.add("P-6", {{"-", with_flags(kUserPresent | kUserVerified)}}, "discouraged");
  sign_ins.add("P-7",
               {{"-", [](AssertionOptions& options) {
                   options.extensions = {{cbor::text("example.extension"), cbor::text("a text")}};
                 }}});
  sign_ins.add("F-1", {{"-", [](AssertionOptions& options) {
                          options.authenticator_data_trailer = bytes("rest");
                        }}});
  sign_ins.add("F-2", {{"other RP ID", [](AssertionOptions& o) { o.rp_id = "evil.example"; }},
                       {"one bit", [](AssertionOptions& options) {
                          options.rp_id_hash = with_flipped_bit(sha256(bytes(options.rp_id)), 0);
                        }}});
  sign_ins.add("F-3", {{"-", signed_over_other_client_data(sign_ins.enrolled().credential)}});
  sign_ins.add("F-5", {{"-", with_flags(kUserPresent)}}, "required");

  Lab& lab = Lab::shared();
  const Enrolled counting =
      lab.enrol("self -7", [](RegistrationOptions& options) { options.sign_count = 100; });
  ASSERT_EQ(counting.result.text("status"), "ok");
  for (const auto& [variant, count] :
       {std::pair{"as at registration", 100U}, std::pair{"less", 99U}, std::pair{"zero", 0U}}) {
    const std::uint32_t sign_count = count;
    const Answer result =
        lab.sign_in(counting, [=](AssertionOptions& options) { options.sign_count = sign_count; });
    group.add("F-4", variant, outcome_of(result), result.text("errorMessage"));
  }
  EXPECT_EQ(lab.sign_in(counting, [](AssertionOptions& options) { options.sign_count = 101; })
                .text("status"),
            "ok");
}

}  // namespace
}  // namespace countersign::testing
