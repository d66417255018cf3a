// The NDJSON boundary: what docs/verify-format.md promises.

#include "service/verify_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "codec/json_reader.h"
#include "tests/support/cases.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr CaseSettings kSettings{UnixSeconds{kCeremonyTime}};

std::string verdict_of(std::string_view line) {
  static const OpenSslHasher hasher;
  static const OpenSslVerifier verifier;
  return verify_case(line, kSettings, hasher, verifier);
}

std::string second_opinion(std::string_view line) {
  static const CryptoppHasher hasher;
  static const CryptoppVerifier verifier;
  return verify_case(line, kSettings, hasher, verifier);
}

std::string good_registration(const CaseOptions& options = {}) {
  return registration_case(make_registration(), options);
}

std::string good_authentication(const CaseOptions& options = {}) {
  const SoftCredential credential = make_registration().credential;
  return authentication_case(make_assertion(credential), credential, options);
}

/// The code of the verdict's error; empty when it is ok.
std::string code_of(const std::string& verdict) {
  const JsonValue json = parse_json(verdict).value();
  const JsonValue* error = json.find("error");
  return error == nullptr ? "" : error->find("code")->string;
}

CaseOptions with_edit(std::string path, std::optional<std::string> raw) {
  CaseOptions options;
  options.edits = {{std::move(path), std::move(raw)}};
  return options;
}

void expect_code(const std::string& line, std::string_view code) {
  EXPECT_EQ(code_of(verdict_of(line)), code) << verdict_of(line);
}

// Verdicts

TEST(VerifyCase, RegistrationVerdictHasItsMembersInOrder) {
  const Registration registration = make_registration();
  const std::string verdict = verdict_of(registration_case(registration));
  EXPECT_EQ(verdict,
            R"({"id":"1","ok":true,"registration":{"credentialId":")" +
                to_base64url(registration.credential.id) + R"(","publicKey":")" +
                to_base64url(registration.credential.cose_key) +
                R"(","algorithm":-7,"signCount":0,"aaguid":")" +
                to_base64url(registration.credential.aaguid) +
                R"(","userVerified":true,"userPresent":true,"backupEligible":false,)" +
                R"("backedUp":false,)" +
                verdict.substr(verdict.find("\"transports\":"),
                               verdict.find("\"origin\":") - verdict.find("\"transports\":")) +
                R"("origin":"https://example.org","crossOrigin":false,"clientDataHash":")" +
                to_base64url(sha256(registration.client_data)) +
                R"(","attestation":{"format":"none","type":"none","trust":"none",)" +
                R"("keyOrder":"canonical","objectHash":")" +
                to_base64url(sha256(registration.attestation_object)) + R"("},)" +
                verdict.substr(verdict.find("\"extensions\":")));
  EXPECT_THAT(verdict, HasSubstr(R"("checks":["expectations_usable","client_extensions_parse",)"));
  EXPECT_THAT(verdict, HasSubstr(R"("attestation_trusted"]}})"));
}

TEST(VerifyCase, AuthenticationVerdictHasItsMembersInOrder) {
  const SoftCredential credential = make_registration().credential;
  AssertionOptions options;
  options.user_handle = credential.user_handle;
  options.sign_count = 3;
  options.json_edits = {{"authenticatorAttachment", "\"platform\""},
                        {"clientExtensionResults", R"({"payment":{}})"}};
  const std::string verdict =
      verdict_of(authentication_case(make_assertion(credential, options), credential));
  EXPECT_THAT(verdict, StartsWith(R"({"id":"1","ok":true,"authentication":{"credentialId":")" +
                                  to_base64url(credential.id) +
                                  R"(","signCount":3,"counter":"advanced","userVerified":true,)"
                                  R"("userPresent":true,"backupEligible":false,"backedUp":false,)"
                                  R"("userHandle":")" +
                                  to_base64url(credential.user_handle) +
                                  R"(","authenticatorAttachment":"platform",)"
                                  R"("origin":"https://example.org","crossOrigin":false,)"
                                  R"("extensions":{"client":{"payment":true},"authenticator":{}},)"
                                  R"("checks":["expectations_usable",)"));
}

TEST(VerifyCase, ErrorVerdictNamesCodeCheckStepAndMessage) {
  CaseOptions options;
  options.origins = {"https://other.example"};
  EXPECT_EQ(verdict_of(good_authentication(options)),
            R"({"id":"1","ok":false,"error":{"code":"origin_not_allowed","check":"origin_allowed",)"
            R"("step":"7.2.12","message":"The origin is not one that is expected."}})");
}

TEST(VerifyCase, VerdictDoesNotNameTheBackend) {
  for (const std::string& line : {good_registration(), good_authentication()}) {
    EXPECT_EQ(verdict_of(line), second_opinion(line));
    EXPECT_THAT(verdict_of(line), Not(HasSubstr("openssl")));
  }
}

TEST(VerifyCase, ShowsKnownExtensionOutputsAndNoSecrets) {
  RegistrationOptions options;
  options.extensions = cbor::Members{{cbor::text("credProtect"), cbor::integer(2)},
                                     {cbor::text("minPinLength"), cbor::integer(4)},
                                     {cbor::text("hmac-secret"), cbor::boolean(true)},
                                     {cbor::text("credBlob"), cbor::boolean(false)}};
  const std::string secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U";
  options.json_edits = {
      {"clientExtensionResults",
       R"({"credProps":{"rk":false},"prf":{"enabled":true,"results":{"first":")" + secret +
           R"("}},"largeBlob":{"supported":true},"appidExclude":true,"unknown":7})"}};
  const std::string verdict = verdict_of(registration_case(make_registration(options)));
  EXPECT_THAT(verdict,
              HasSubstr(R"("extensions":{"client":{"credProps":{"rk":false},)"
                        R"("prf":{"enabled":true,"results":true},"largeBlob":{"supported":true},)"
                        R"("appidExclude":true},"authenticator":{"credProtect":2,)"
                        R"("minPinLength":4,"hmac-secret":true,"credBlob":false}})"));
  EXPECT_THAT(verdict, Not(HasSubstr(secret)));
}

TEST(VerifyCase, FlippedUnsignedByteShowsInTheVerdict) {
  const Registration registration = make_registration();
  const std::string before = verdict_of(registration_case(registration));
  for (std::size_t bit = 0; bit < registration.attestation_object.size() * 8; ++bit) {
    RegistrationOptions options;
    options.raw_attestation_object = with_flipped_bit(registration.attestation_object, bit);
    EXPECT_NE(verdict_of(registration_case(make_registration(options))), before) << bit;
  }
}

// The id

TEST(VerifyCase, EchoesAnyScalarId) {
  for (const char* id : {"\"a\\\"b\"", "7", "-1", "18446744073709551615", "1.50", "true", "null"}) {
    const std::string line = good_registration(with_edit("id", id));
    EXPECT_THAT(verdict_of(line), StartsWith(std::string("{\"id\":") + id + ",\"ok\":true,"));
  }
  EXPECT_THAT(verdict_of(good_registration(with_edit("id", std::nullopt))),
              StartsWith("{\"id\":null,\"ok\":true,"));
}

TEST(VerifyCase, FailsIfIdIsNoScalar) {
  for (const char* id : {"[]", "{}"}) {
    const std::string verdict = verdict_of(good_registration(with_edit("id", id)));
    EXPECT_THAT(verdict, StartsWith("{\"id\":null,\"ok\":false,"));
    EXPECT_EQ(code_of(verdict), "case_malformed");
  }
}

TEST(VerifyCase, EchoesTheIdAlsoWithAnError) {
  EXPECT_THAT(verdict_of(R"({"id":"x"})"), StartsWith("{\"id\":\"x\",\"ok\":false,"));
}

// What is no case

TEST(VerifyCase, FailsIfLineIsNoCase) {
  expect_code("", "json_syntax");
  expect_code("{", "json_syntax");
  expect_code("\xef\xbb\xbf{}", "json_byte_order_mark");
  expect_code("{} {}", "json_syntax");
  expect_code(R"({"id":1,"id":2})", "json_duplicate_key");
  expect_code("[]", "case_malformed");
  expect_code("{}", "case_malformed");
  expect_code(std::string(limits::kMaxCaseBytes + 1, ' '), "json_too_large");
  EXPECT_EQ(verdict_of("{"),
            R"({"id":null,"ok":false,"error":{"code":"json_syntax","check":"","step":"",)"
            R"("message":"Not valid JSON."}})");
}

TEST(VerifyCase, FailsIfAMemberIsMissing) {
  for (const char* name : {"ceremony", "rpId", "origins", "challenge", "response"}) {
    expect_code(good_registration(with_edit(name, std::nullopt)), "case_malformed");
    expect_code(good_authentication(with_edit(name, std::nullopt)), "case_malformed");
  }
  expect_code(good_authentication(with_edit("credential", std::nullopt)), "case_malformed");
  for (const char* name : {"id", "publicKey"}) {
    CaseOptions options;
    options.credential_edits = {{name, std::nullopt}};
    expect_code(good_authentication(options), "case_malformed");
  }
}

TEST(VerifyCase, FailsIfAMemberHasAWrongType) {
  const JsonEdit edits[] = {
      {"ceremony", "1"},
      {"ceremony", "\"login\""},
      {"rpId", "7"},
      {"origins", "\"https://example.org\""},
      {"origins", "[1]"},
      {"topOrigins", "[null]"},
      {"topOrigins", "true"},
      {"challenge", "1234567890123456"},
      {"challenge", "null"},
      {"userVerification", "true"},
      {"userVerification", "\"Required\""},
      {"time", "1767225600"},
      {"time", "\"yesterday\""},
      {"time", "null"},
      {"appid", "[]"},
      {"algorithms", "[]"},
      {"algorithms", "[\"-7\"]"},
      {"algorithms", "[-7.0]"},
      {"algorithms", "-7"},
      {"mediation", "\"modal\""},
      {"mediation", "false"},
      {"trustAnchors", "\"\""},
      {"trustAnchors", "[1]"},
      {"requireTrustedAttestation", "\"true\""},
      {"requireTrustedAttestation", "1"},
      {"attestationSettings", "[]"},
      {"attestationSettings", R"({"safetynet":1})"},
      {"response", "\"{}\""},
  };
  for (const JsonEdit& edit : edits) {
    CaseOptions options;
    options.edits = {edit};
    EXPECT_EQ(code_of(verdict_of(good_registration(options))), "case_malformed")
        << edit.path << ' ' << edit.raw.value_or("");
  }
  const JsonEdit credential_edits[] = {{"signCount", "-1"},     {"signCount", "4294967296"},
                                       {"signCount", "\"0\""},  {"signCount", "0.5"},
                                       {"backupEligible", "0"}, {"userHandle", "5"},
                                       {"userHandle", "\"\""},  {"id", "[]"},
                                       {"publicKey", "{}"}};
  for (const JsonEdit& edit : credential_edits) {
    CaseOptions options;
    options.credential_edits = {edit};
    EXPECT_EQ(code_of(verdict_of(good_authentication(options))), "case_malformed") << edit.path;
  }
  expect_code(good_authentication(with_edit("purpose", "\"sign\"")), "case_malformed");
}

TEST(VerifyCase, FailsIfBytesAreNotStrictBase64) {
  expect_code(good_registration(with_edit("challenge", "\"AAAAAAAAAAAAAAAAAAAAAA==\"")),
              "base64url_invalid");
  expect_code(good_registration(with_edit("trustAnchors", "[\"AAA\"]")), "base64_invalid");
}

TEST(VerifyCase, FailsIfATrustAnchorIsNoCertificate) {
  EXPECT_NE(code_of(verdict_of(good_registration(with_edit("trustAnchors", "[\"AAAA\"]")))), "");
}

TEST(VerifyCase, FailsIfNoOfferedAlgorithmIsKnown) {
  expect_code(good_registration(with_edit("algorithms", "[-48,-7777,18446744073709551615]")),
              "expected_algorithms_unknown");
  expect_code(good_registration(with_edit("algorithms", "[-48,-257]")), "algorithm_not_offered");
  expect_code(good_registration(with_edit("algorithms", "[-48,-7]")), "");
}

TEST(VerifyCase, IgnoresUnknownMembers) {
  expect_code(good_registration(with_edit("note", R"({"customer":[1,2]})")), "");
}

TEST(VerifyCase, MessagesNeverHoldDataOfTheCase) {
  const std::string marker = "SECRETMARKER";
  for (const char* path : {"rpId", "challenge", "userVerification", "time", "ceremony"}) {
    const std::string verdict = verdict_of(good_registration(with_edit(path, '"' + marker + '"')));
    EXPECT_NE(code_of(verdict), "") << path;
    EXPECT_THAT(verdict, Not(HasSubstr(marker))) << path;
  }
}

// Defaults

TEST(VerifyCase, UserVerificationDefaultsToPreferred) {
  RegistrationOptions options;
  options.flags = kUserPresent;
  const Registration registration = make_registration(options);
  expect_code(registration_case(registration), "user_not_verified");
  expect_code(registration_case(registration, with_edit("userVerification", std::nullopt)), "");
}

TEST(VerifyCase, TimeDefaultsToNow) {
  RegistrationOptions options;
  options.format = Format::packed_x5c;
  const Registration registration = make_registration(options);
  CaseOptions case_options;
  case_options.is_trusted_attestation_required = true;
  case_options.time.reset();
  const std::string line = registration_case(registration, case_options);
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  EXPECT_EQ(code_of(verify_case(line, kSettings, hasher, verifier)), "");
  EXPECT_EQ(code_of(verify_case(line, {UnixSeconds{kNotAfter + 1}}, hasher, verifier)),
            "attestation_untrusted");
  case_options.time = kCeremonyTime;
  EXPECT_EQ(code_of(verify_case(registration_case(registration, case_options),
                                {UnixSeconds{kNotAfter + 1}}, hasher, verifier)),
            "");
}

TEST(VerifyCase, SaysWhyAChainIsUntrusted) {
  RegistrationOptions options;
  options.format = Format::packed_x5c;
  CaseOptions case_options;
  case_options.trust_anchors = std::vector<ByteVector>();
  const std::string verdict =
      verdict_of(registration_case(make_registration(options), case_options));
  EXPECT_THAT(verdict, HasSubstr(R"("trust":"untrusted","reason":")"));
}

TEST(VerifyCase, BackupEligibilityIsComparedWhenTheRecordKnowsIt) {
  SoftCredential credential = make_registration().credential;
  AssertionOptions options;
  options.flags = kUserPresent | kUserVerified | kBackupEligible;
  const Assertion assertion = make_assertion(credential, options);
  expect_code(authentication_case(assertion, credential), "backup_eligibility_changed");
  CaseOptions unknown;
  unknown.credential_edits = {{"backupEligible", std::nullopt}};
  const std::string verdict = verdict_of(authentication_case(assertion, credential, unknown));
  EXPECT_EQ(code_of(verdict), "");
  EXPECT_THAT(verdict, Not(HasSubstr("backup_eligibility_unchanged")));
}

TEST(VerifyCase, PaymentIsRefusedAsALoginAndTheOtherWayRound) {
  const SoftCredential credential = make_registration().credential;
  AssertionOptions options;
  options.client_data.type = "payment.get";
  const Assertion payment = make_assertion(credential, options);
  expect_code(authentication_case(payment, credential), "type_mismatch");
  expect_code(authentication_case(payment, credential, with_edit("purpose", "\"payment\"")), "");
  expect_code(good_authentication(with_edit("purpose", "\"payment\"")), "type_mismatch");
}

TEST(VerifyCase, AppidIsUsedOnlyIfRequestedAndReported) {
  const SoftCredential credential = make_registration().credential;
  AssertionOptions options;
  options.rp_id_hash = sha256(bytes("https://example.org/appid"));
  options.json_edits = {{"clientExtensionResults", R"({"appid":true})"}};
  const Assertion assertion = make_assertion(credential, options);
  expect_code(authentication_case(assertion, credential), "rp_id_hash_mismatch");
  CaseOptions case_options;
  case_options.appid = "https://example.org/appid";
  EXPECT_THAT(verdict_of(authentication_case(assertion, credential, case_options)),
              HasSubstr(R"("appidUsed":true)"));
}

// 3: the response

TEST(RegistrationResponseParses, FailsIfItIsAnAssertionOrNoResponse) {
  const SoftCredential credential = make_registration().credential;
  const std::string verdict =
      verdict_of(good_registration(with_edit("response", make_assertion(credential).json)));
  EXPECT_THAT(verdict, HasSubstr(R"("code":"response_malformed","check":"response_parses",)"
                                 R"("step":"7.1.3")"));
  expect_code(good_registration(with_edit("response", "{}")), "response_malformed");
  RegistrationOptions options;
  options.json_edits = {{"type", "\"webauthn\""}};
  expect_code(registration_case(make_registration(options)), "response_type_invalid");
}

TEST(AuthenticationResponseParses, FailsIfItIsARegistrationOrNoResponse) {
  const std::string verdict =
      verdict_of(good_authentication(with_edit("response", make_registration().json)));
  EXPECT_THAT(verdict, HasSubstr(R"("code":"response_malformed","check":"response_parses",)"
                                 R"("step":"7.2.3")"));
  expect_code(good_authentication(with_edit("response", "{}")), "response_malformed");
}

// Signatures by the host

std::string begin_line(std::string_view line) {
  static const OpenSslHasher hasher;
  return begin_case(line, kSettings, hasher);
}

std::string finish_line(std::string_view line, std::string_view results) {
  static const OpenSslHasher hasher;
  return finish_case(line, results, kSettings, hasher);
}

std::string digest_of(const std::string& begun, std::size_t i = 0) {
  return parse_json(begun)->find("obligations")->items.at(i).find("digest")->string;
}

std::string result(const std::string& digest, std::string_view valid) {
  return R"({"digest":")" + digest + R"(","valid":)" + std::string(valid) + '}';
}

TEST(BeginCase, ShowsWhatTheHostNeeds) {
  const SoftCredential credential = make_registration().credential;
  const Assertion assertion = make_assertion(credential);
  const std::string begun = begin_line(authentication_case(assertion, credential));
  const std::string message =
      to_base64url(concat({assertion.authenticator_data, sha256(assertion.client_data)}));
  EXPECT_THAT(begun, StartsWith(R"({"obligations":[{"digest":")"));
  EXPECT_THAT(begun, HasSubstr(R"("check":"assertion_signature_verifies",)"
                               R"("algorithm":{"scheme":"ecdsa","hash":"sha256"},)"
                               R"("key":{"type":"ec2","curve":"p256","x":")" +
                               to_base64url(credential.key.x()) + R"(","y":")" +
                               to_base64url(credential.key.y()) + R"("},"message":")" + message +
                               R"(","signature":")"));
}

TEST(BeginCase, NamesKeysOfEveryType) {
  const struct {
    std::int64_t algorithm;
    const char* text;
  } table[] = {
      {-8,
       R"("algorithm":{"scheme":"eddsa","hash":"sha512"},"key":{"type":"okp","curve":"ed25519","x":")"},
      {-257, R"("algorithm":{"scheme":"rsa_pkcs1","hash":"sha256"},"key":{"type":"rsa","n":")"},
      {-38, R"("scheme":"rsa_pss","hash":"sha384")"},
      {-36, R"("curve":"p521")"},
      {-47, R"("curve":"secp256k1")"},
  };
  for (const auto& row : table) {
    RegistrationOptions options;
    options.algorithm = row.algorithm;
    const SoftCredential credential = make_registration(options).credential;
    const std::string begun =
        begin_line(authentication_case(make_assertion(credential), credential));
    if (row.algorithm != -8) {
      EXPECT_THAT(begun, HasSubstr(row.text));
    } else {
      EXPECT_THAT(begun, HasSubstr(R"("key":{"type":"okp","curve":"ed25519","x":")"));
    }
  }
}

TEST(BeginCase, GivesTheVerdictOfACaseThatFailsAlready) {
  CaseOptions options;
  options.origins = {"https://other.example"};
  const std::string line = good_authentication(options);
  EXPECT_EQ(begin_line(line), verdict_of(line));
  EXPECT_EQ(begin_line("{"), verdict_of("{"));
}

// A chain that two statements of a compound share is one edge for both, and so on: a host answers
// each digest once, and an answer given twice is refused.
TEST(BeginCase, ShowsEqualObligationsOnce) {
  for (const Format format : {Format::packed_x5c, Format::packed_self}) {
    RegistrationOptions options;
    options.format = Format::compound;
    options.compound_formats = {format, format, format};
    const std::string line = registration_case(make_registration(options));
    const JsonValue begun = parse_json(begin_line(line)).value();
    ASSERT_NE(begun.find("obligations"), nullptr);
    std::set<std::string> digests;
    std::string results;
    for (const JsonValue& obligation : begun.find("obligations")->items) {
      const std::string digest = obligation.find("digest")->string;
      EXPECT_TRUE(digests.insert(digest).second) << digest;
      results += (results.empty() ? "[" : ",") + result(digest, "true");
    }
    EXPECT_FALSE(digests.empty());
    EXPECT_THAT(verdict_of(line), HasSubstr(R"("ok":true)"));
    EXPECT_EQ(finish_line(line, results + ']'), verdict_of(line));
  }
}

TEST(BeginCase, NoAttestationLeavesNoObligation) {
  EXPECT_EQ(begin_line(good_registration()), R"({"obligations":[]})");
  EXPECT_EQ(finish_line(good_registration(), "[]"), verdict_of(good_registration()));
}

TEST(FinishCase, GivesTheVerdictOfTheBackend) {
  const std::string line = good_authentication();
  const std::string digest = digest_of(begin_line(line));
  EXPECT_EQ(finish_line(line, '[' + result(digest, "true") + ']'), verdict_of(line));
}

TEST(FinishCase, OnlyTheLiteralTrueCounts) {
  const std::string line = good_authentication();
  const std::string digest = digest_of(begin_line(line));
  for (const char* valid : {"false", "1", "\"true\"", "{}", "[true]"}) {
    EXPECT_EQ(code_of(finish_line(line, '[' + result(digest, valid) + ']')), "signature_invalid")
        << valid;
  }
  EXPECT_EQ(code_of(finish_line(line, '[' + result(digest, "null") + ']')),
            "algorithm_unsupported_by_backend");
}

TEST(FinishCase, FailsIfResultsDoNotMatchTheObligations) {
  const std::string line = good_authentication();
  const std::string digest = digest_of(begin_line(line));
  const std::string good = result(digest, "true");
  const std::string other = result(to_base64url(ByteVector(32, 1)), "true");
  for (const std::string& results : std::vector<std::string>{
           "", "{}", "[]", "[" + good + "," + good + "]", "[" + other + "]",
           "[" + good + "," + other + "]", "[" + good + "] ]",
           R"([{"digest":")" + digest + R"("}])", "[true]", "[null]",
           R"([{"digest":"AAAA","valid":true}])", R"([{"digest":7,"valid":true}])",
           R"([{"digest":")" + digest + R"(","valid":false,"valid":true}])"}) {
    const std::string verdict = finish_line(line, results);
    EXPECT_EQ(code_of(verdict), "obligation_results_mismatch") << results;
  }
}

TEST(FinishCase, FailsIfResultsAreOfAnotherCase) {
  const std::string line = good_authentication();
  const SoftCredential credential = make_registration().credential;
  AssertionOptions options;
  options.sign_count = 1;
  const std::string other = authentication_case(make_assertion(credential, options), credential);
  EXPECT_EQ(code_of(finish_line(other, '[' + result(digest_of(begin_line(line)), "true") + ']')),
            "obligation_results_mismatch");
}

TEST(RefusedLine, IsAnErrorVerdictWithoutId) {
  EXPECT_EQ(refused_line(ErrorCode::json_too_large), verdict_of(std::string(300000, 'x')));
}

}  // namespace
}  // namespace countersign::testing
