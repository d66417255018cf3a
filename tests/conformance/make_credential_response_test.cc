// "MakeCredential Response" of the list, the parts that every format shares. The device is one of
// a fully attested packed model; its unspoilt registration is Resp-1 P-1.

#include "tests/conformance/lab.h"

namespace countersign::testing {
namespace {

using Edit = RegistrationEdit;
constexpr const char* kModel = "full";

Edit json(const std::string& path, std::optional<std::string> raw) {
  return with_json<RegistrationOptions>(path, std::move(raw));
}
Edit client(const std::string& path, std::optional<std::string> raw) {
  return with_client_data<RegistrationOptions>(path, std::move(raw));
}

TEST(MakeCredentialResponse, Resp1) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-1");
  const auto add = [&](const std::string& number, const Variants<Edit>& variants,
                       const EnrolOptions& options = {}) {
    add_enrolments(group, number, kModel, variants, options);
  };
  const auto add_wrong_types = [&](const std::string& number, const std::string& path,
                                   const std::vector<std::string>& legal) {
    add(number, json_variants<RegistrationOptions>(path, legal));
  };

  Lab& lab = Lab::shared();
  const Enrolled enrolled = lab.enrol(kModel);
  group.add("P-1", "-", outcome_of(enrolled.result), enrolled.result.text("errorMessage"));
  const Answer next = lab.creation_options(enrolled.username);
  ASSERT_EQ(next.at("excludeCredentials").items.size(), 1U);
  const JsonValue& excluded = next.at("excludeCredentials").items[0];
  EXPECT_EQ(member(excluded, "id").string, to_base64url(enrolled.credential.id));
  EXPECT_EQ(member(excluded, "type").string, "public-key");
  EXPECT_EQ(from_base64(member(next.at("user"), "id").string), enrolled.credential.user_handle);

  add("F-1", {{"-", json("id", std::nullopt)}});
  add_wrong_types("F-2", "id", {});
  // Valid text of other alphabets, and of this one with padding or a blank.
  add("F-3", {{"standard alphabet", json("id", R"("+/+/")")},
              {"padded", json("id", R"("AQ==")")},
              {"blank", json("id", R"("AQ ")")},
              {"bits left over", json("id", R"("AR")")}});
  add("F-4", {{"-", json("type", std::nullopt)}});
  add_wrong_types("F-5", "type", {"empty"});
  add("F-6", {{"other", json("type", R"("private-key")")},
              {"empty", json("type", R"("")")},
              {"other case", json("type", R"("Public-Key")")}});
  add("F-7", {{"-", json("response", std::nullopt)}});
  add_wrong_types("F-8", "response", {"object"});
  add("F-9", {{"-", json("response.clientDataJSON", std::nullopt)}});
  add_wrong_types("F-10", "response.clientDataJSON", {"empty"});
  add("F-11", {{"-", json("response.clientDataJSON", R"("")")}});
  add("F-12", {{"-", json("response.attestationObject", std::nullopt)}});
  add_wrong_types("F-13", "response.attestationObject", {"empty"});
  add("F-14", {{"-", json("response.attestationObject", R"("")")}});
  add("F-15", {{"-", [](RegistrationOptions& options) { options.flags = kUserPresent; }}},
      {"required", "direct"});
}

TEST(MakeCredentialResponse, Resp2) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-2");
  const auto add = [&](const std::string& number, const Variants<Edit>& variants) {
    add_enrolments(group, number, kModel, variants);
  };
  const auto add_wrong_types = [&](const std::string& number, const std::string& path,
                                   const std::vector<std::string>& legal) {
    add(number, client_data_variants<RegistrationOptions>(path, legal));
  };
  add("F-1", {{"-", client("type", std::nullopt)}});
  add_wrong_types("F-2", "type", {"empty"});
  add("F-3", {{"-", client("type", R"("")")}});
  add("F-4", {{"other", client("type", R"("webauthn.cbor")")},
              {"other case", client("type", R"("Webauthn.Create")")}});
  add("F-5", {{"-", client("type", R"("webauthn.get")")}});
  add("F-6", {{"-", client("challenge", std::nullopt)}});
  add_wrong_types("F-7", "challenge", {"empty"});
  add("F-8", {{"-", client("challenge", R"("")")}});
  add("F-9",
      {{"-", client("challenge", R"("+/+/")")}, {"padded", client("challenge", R"("AQ==")")}});
  add("F-10", {{"-",
                [](RegistrationOptions& options) {
                  options.client_data.challenge = seeded_bytes("a challenge of nobody's", 32);
                }},
               {"1469 as text", client("challenge", R"("1469")")},
               {"first half", [](RegistrationOptions& options) {
                  options.client_data.challenge = to_vector(Bytes(options.challenge).first(16));
                }}});
  add("F-11", {{"-", client("origin", std::nullopt)}});
  add_wrong_types("F-12", "origin", {"empty"});
  add("F-13", {{"-", client("origin", R"("")")}});
  add("F-14", {{"other host", client("origin", R"("https://evil.example")")},
               {"http", client("origin", R"("http://lab.example")")},
               {"other port", client("origin", R"("https://lab.example:8443")")},
               {"subdomain", client("origin", R"("https://x.lab.example")")},
               {"host that ends in ours", client("origin", R"("https://evillab.example")")},
               {"RP ID", client("origin", R"("lab.example")")}});
  add_wrong_types("F-15", "tokenBinding", {"object"});
  add("F-16", {{"-", client("tokenBinding", R"({"id":"AQ"})")},
               {"empty object", client("tokenBinding", "{}")}});
  add("F-17", {{"-", client("tokenBinding", R"({"status":"present or not","id":"AQ"})")},
               {"empty", client("tokenBinding", R"({"status":""})")},
               {"1469", client("tokenBinding", R"({"status":1469})")},
               {"true", client("tokenBinding", R"({"status":true})")}});
}

TEST(MakeCredentialResponse, Resp3) {
  CaseGroup group("Server-ServerAuthenticatorAttestationResponse-Resp-3");
  const auto add = [&](const std::string& number, const Variants<Edit>& variants) {
    add_enrolments(group, number, kModel, variants);
  };
  const auto wrong_types = [](const std::function<Edit(const ByteVector&)>& edit,
                              const std::vector<std::string>& legal) {
    Variants<Edit> out;
    for (const auto& [name, raw] : cbor_of_wrong_types(legal)) {
      out.emplace_back(name, edit(raw));
    }
    return out;
  };
  const auto of_object = [](const std::string& name) {
    return [=](const ByteVector& raw) { return with_object(name, raw); };
  };
  const auto of_statement = [](const std::string& name) {
    return [=](const ByteVector& raw) { return with_statement(name, raw); };
  };

  add("P-1", {{"-", [](RegistrationOptions& options) {
                 options.extensions = {{cbor::text("example.extension"), cbor::text("a text")}};
               }}});
  add("F-1", wrong_types(
                 [](const ByteVector& raw) {
                   return
                       [=](RegistrationOptions& options) { options.raw_attestation_object = raw; };
                 },
                 {"object"}));
  add("F-2", {{"-", with_object("fmt", std::nullopt)}});
  add("F-3", wrong_types(of_object("fmt"), {"text", "empty"}));
  add("F-4", {{"-", with_object("attStmt", std::nullopt)}});
  add("F-5", wrong_types(of_object("attStmt"), {"object"}));
  add("F-6", {{"-", with_object("authData", std::nullopt)}});
  add("F-7", wrong_types(of_object("authData"), {"bytes", "empty bytes"}));
  add("F-8", {{"-", with_object("authData", cbor::byte_string({}))}});
  add("F-9", {{"-", [](RegistrationOptions& options) {
                 options.raw_flags = kUserPresent | kUserVerified;
               }}});
  add("F-10", {{"-", [](RegistrationOptions& options) { options.has_attested_data = false; }}});
  add("F-11", {{"-", [](RegistrationOptions& options) {
                  options.has_attested_data = false;
                  options.raw_flags = kUserPresent | kUserVerified | kAttestedData;
                }}});
  add("F-12", {{"-", [](RegistrationOptions& options) {
                  options.authenticator_data_trailer = bytes("rest");
                }}});
  add("F-13", {{"-", [](RegistrationOptions& options) { options.raw_statement = cbor::map({}); }}});
  add("F-14", {{"-", with_statement("alg", std::nullopt)}});
  add("F-15", wrong_types(of_statement("alg"), {"1469"}));
  // The tool sends an identifier that means nothing; what the name says is a sound signature with
  // an algorithm that the model does not have.
  add("F-16", {{"-42", with_statement("alg", cbor::integer(-42))},
               {"1469", with_statement("alg", cbor::integer(1469))},
               {"not in the model's statement",
                [](RegistrationOptions& options) { options.attestation_algorithm = -35; }}});
  add("F-17", {{"-", with_statement("sig", std::nullopt)}});
  add("F-18", wrong_types(of_statement("sig"), {"bytes", "empty bytes"}));
  add("F-19", {{"-", [](RegistrationOptions& options) {
                  options.signature_fault = SignatureFault::empty;
                }}});
}

}  // namespace
}  // namespace countersign::testing
