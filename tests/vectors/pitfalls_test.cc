// The mistakes that maintainers of other verifiers have reported, one test each, numbered as in the
// project's list of pitfalls. Those of the service, the store and the server are tested there:
//    7 FlowTest.ListsRenamesAndRevokesPasskeys (excludeCredentials holds the ID as bytes)
//   39 UseCasesTest.AddingAPasskeyNeedsAFreshVerifiedSessionWhereTheBackendEnrols
//   48 StatefulChecks.FailsIfTheCredentialIdIsRegisteredForAnyUser
//   49 FlowTest.AChallengeWorksOnceAlsoWhenTheResultWasRefused
//   50 StatefulChecks.FailsIfTheCeremonyHasExpired, FailsIfTheCeremonyIsNotPending
//   55 ProductionTest.UnknownNamesGetStableCredentialsOfTheSameShape
// 54 and 56 to 63 are about metadata, which is not here yet.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/vectors/runner.h"

namespace countersign::testing {
namespace {

// The message with what its relying party expects, changed by `edit`.
template <class Edit>
Result<VerifiedRegistration> registered(const RegistrationOptions& options, const Edit& edit) {
  const Registration registration = make_registration(options);
  RegistrationExpectations expectations = registration_expectations(registration);
  expectations.attestation.is_safetynet_enabled = true;
  edit(expectations);
  return run_registration(registration.json, expectations);
}

Result<VerifiedRegistration> registered(const RegistrationOptions& options) {
  return registered(options, [](RegistrationExpectations&) {});
}

Result<VerifiedRegistration> registered_with_trust(const RegistrationOptions& options) {
  return registered(options, [](RegistrationExpectations& expectations) {
    expectations.is_trusted_attestation_required = true;
  });
}

const SoftCredential& usual_credential() {
  static const SoftCredential credential = make_registration().credential;
  return credential;
}

template <class Edit>
Result<VerifiedAssertion> asserted(const AssertionOptions& options, const Edit& edit,
                                   const SoftCredential& credential = usual_credential()) {
  const Assertion assertion = make_assertion(credential, options);
  AuthenticationExpectations expectations = authentication_expectations(assertion);
  CredentialRecord record = record_of(credential);
  edit(expectations, record);
  return run_authentication(assertion.json, record, expectations);
}

Result<VerifiedAssertion> asserted(const AssertionOptions& options,
                                   const SoftCredential& credential = usual_credential()) {
  return asserted(
      options, [](AuthenticationExpectations&, CredentialRecord&) {}, credential);
}

template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string(error_name(result.error().code));
}

RegistrationOptions of_format(Format format) {
  RegistrationOptions options;
  options.format = format;
  return options;
}

// Response members whose values are base64url.
constexpr const char* kRegistrationBytes[] = {"id", "rawId", "response.clientDataJSON",
                                              "response.attestationObject"};
constexpr const char* kAssertionBytes[] = {"id", "rawId", "response.clientDataJSON",
                                           "response.authenticatorData", "response.signature"};

std::string value_of(const std::string& json, const std::string& member) {
  const std::string name = '"' + member.substr(member.find('.') + 1) + "\":\"";
  const std::size_t begin = json.find(name) + name.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

// ---------------------------------------------------------------------- encoding and JSON

TEST(Pitfall01, FailsIfBase64urlIsPaddedOrOfTheOtherAlphabetOrBrokenOrHasLooseBits) {
  const std::string good = make_registration().json;
  for (const char* member : kRegistrationBytes) {
    const std::string value = value_of(good, member);
    for (const std::string& bad :
         {value + "=", value + "==", value + "+", value + "/", value + "\\r\\n", value + " ",
          value.substr(0, 4) + "\\n" + value.substr(4), std::string("AB")}) {
      SCOPED_TRACE(std::string(member) + " " + bad);
      RegistrationOptions options;
      options.json_edits = {{member, '"' + bad + '"'}};
      EXPECT_EQ(outcome(registered(options)), "base64url_invalid");
    }
  }
  const std::string assertion = make_assertion(usual_credential()).json;
  for (const char* member : kAssertionBytes) {
    const std::string value = value_of(assertion, member);
    for (const std::string& bad : {value + "=", value + "\\n", value + "+", std::string("AB")}) {
      SCOPED_TRACE(std::string(member) + " " + bad);
      AssertionOptions options;
      options.json_edits = {{member, '"' + bad + '"'}};
      EXPECT_EQ(outcome(asserted(options)), "base64url_invalid");
    }
  }
  AssertionOptions options;
  options.client_data.edits = {
      {"challenge", '"' + to_base64url(seeded_bytes("challenge", 32)) + "=\""}};
  EXPECT_EQ(outcome(asserted(options)), "base64url_invalid");
}

TEST(Pitfall02, FailsIfANumberOrBooleanStandsWhereBase64urlIsDue) {
  for (const char* raw : {"{}", "[]", "true", "1469", "null", "1.5"}) {
    for (const char* member : kRegistrationBytes) {
      SCOPED_TRACE(std::string(member) + " " + raw);
      RegistrationOptions options;
      options.json_edits = {{member, raw}};
      EXPECT_EQ(outcome(registered(options)), "response_malformed");
    }
    for (const char* member : kAssertionBytes) {
      SCOPED_TRACE(std::string(member) + " " + raw);
      AssertionOptions options;
      options.json_edits = {{member, raw}};
      EXPECT_EQ(outcome(asserted(options)), "response_malformed");
    }
    if (std::string_view(raw) != "null") {
      AssertionOptions options;
      options.json_edits = {{"response.userHandle", raw}};
      EXPECT_EQ(outcome(asserted(options)), "response_malformed");
    }
    RegistrationOptions options;
    options.client_data.edits = {{"challenge", raw}};
    EXPECT_EQ(outcome(registered(options)), "client_data_malformed");
  }
}

TEST(Pitfall03, FailsIfIdRawIdAndCredentialIdDiffer) {
  const std::string other = '"' + to_base64url(seeded_bytes("other", 32)) + '"';
  RegistrationOptions options;
  options.json_edits = {{"id", other}};
  EXPECT_EQ(outcome(registered(options)), "response_id_mismatch");
  options.json_edits = {{"rawId", other}};
  EXPECT_EQ(outcome(registered(options)), "response_id_mismatch");
  options.json_edits = {{"id", other}, {"rawId", other}};
  EXPECT_EQ(outcome(registered(options)), "credential_id_mismatch");
  AssertionOptions assertion;
  assertion.json_edits = {{"id", other}};
  EXPECT_EQ(outcome(asserted(assertion)), "response_id_mismatch");
}

TEST(Pitfall04, IgnoresUnknownClientDataMembersAndFailsIfOneIsDuplicate) {
  AssertionOptions options;
  options.client_data.edits = {
      {"new_keys_may_be_added_here", R"("do not compare clientDataJSON against a template")"},
      {"extraData", R"({"a":[1,2,{"b":null}]})"}};
  EXPECT_EQ(outcome(asserted(options)), "ok");
  options = {};
  options.client_data.raw =
      bytes(R"({"type":"webauthn.get","type":"webauthn.get","challenge":"AA","origin":"x"})");
  EXPECT_EQ(outcome(asserted(options)), "json_duplicate_key");
  // The same name in another spelling is the same name.
  options.client_data.raw =
      bytes(R"({"type":"webauthn.get","\u0074ype":"webauthn.get","challenge":"AA","origin":"x"})");
  EXPECT_EQ(outcome(asserted(options)), "json_duplicate_key");
}

TEST(Pitfall05, StripsAByteOrderMarkForParsingAndHashesTheRawBytes) {
  AssertionOptions options;
  options.client_data.has_byte_order_mark = true;
  EXPECT_EQ(outcome(asserted(options)), "ok");
  RegistrationOptions registration = of_format(Format::packed_self);
  registration.client_data.has_byte_order_mark = true;
  EXPECT_EQ(outcome(registered(registration)), "ok");
  // Signed without the mark, sent with it.
  const Assertion plain = make_assertion(usual_credential());
  options = {};
  options.json_edits = {
      {"response.clientDataJSON",
       '"' + to_base64url(concat({bytes("\xef\xbb\xbf"), plain.client_data})) + '"'}};
  EXPECT_EQ(outcome(asserted(options)), "signature_invalid");
  // Only one mark is stripped.
  options = {};
  options.client_data.raw = concat({bytes("\xef\xbb\xbf\xef\xbb\xbf"), plain.client_data});
  EXPECT_NE(outcome(asserted(options)), "ok");
}

TEST(Pitfall06, ToleratesConvenienceMembersOfToJson) {
  RegistrationOptions options;
  options.json_edits = {
      {"response.publicKey", "null"},
      {"response.publicKeyAlgorithm", R"("x")"},
      {"response.authenticatorData", "17"},
      {"response.unknown", "{}"},
      {"unknown", "[]"},
      {"authenticatorAttachment", "null"},
      {"clientExtensionResults", R"({"credProps":{"rk":true,"authenticatorDisplayName":"x"}})"}};
  EXPECT_EQ(outcome(registered(options)), "ok");
  options.json_edits = {{"response.transports", std::nullopt},
                        {"response.publicKey", std::nullopt},
                        {"authenticatorAttachment", std::nullopt},
                        {"clientExtensionResults", std::nullopt}};
  EXPECT_EQ(outcome(registered(options)), "ok");
}

// What the convenience members say is not believed: the signed bytes count.
TEST(Pitfall06, NeverTakesTheKeyFromTheConvenienceMember) {
  RegistrationOptions options = of_format(Format::packed_self);
  const TestKey other = TestKey::make(KeyKind::p256, "other");
  options.json_edits = {{"response.publicKey", '"' + to_base64url(other.spki()) + '"'}};
  const auto result = registered(options);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->record().public_key, TestKey::make(KeyKind::p256, "credential").cose_key(-7));
}

TEST(Pitfall08, TreatsAnEmptyOrNullUserHandleAsAbsentAndComparesBytes) {
  for (const char* raw : {"null", R"("")"}) {
    AssertionOptions options;
    options.json_edits = {{"response.userHandle", raw}};
    EXPECT_EQ(outcome(asserted(options)), "ok") << raw;
    EXPECT_EQ(outcome(asserted(options,
                               [](AuthenticationExpectations& expectations, CredentialRecord&) {
                                 expectations.is_user_handle_required = true;
                               })),
              "user_handle_missing")
        << raw;
  }
  AssertionOptions options;
  options.user_handle = usual_credential().user_handle;
  EXPECT_EQ(outcome(asserted(options)), "ok");
  options.user_handle->push_back(0);
  EXPECT_EQ(outcome(asserted(options)), "user_handle_mismatch");
  options.user_handle->resize(31);
  EXPECT_EQ(outcome(asserted(options)), "user_handle_mismatch");
}

// ------------------------------------------------------------ CBOR and authenticator data

TEST(Pitfall09, FailsIfBytesFollowTheAttestationObject) {
  for (const ByteVector& trailer : {ByteVector{0x00}, ByteVector{0xa0}, ByteVector{0xf6, 0xf6}}) {
    RegistrationOptions options = of_format(Format::packed_self);
    options.attestation_object_trailer = trailer;
    EXPECT_EQ(outcome(registered(options)), "cbor_trailing_bytes");
  }
}

TEST(Pitfall10, FailsIfBytesFollowTheAuthenticatorData) {
  RegistrationOptions registration = of_format(Format::packed_self);
  registration.authenticator_data_trailer = {0xa0};
  EXPECT_EQ(outcome(registered(registration)), "authenticator_data_trailing_bytes");
  AssertionOptions assertion;
  assertion.authenticator_data_trailer = {0xa0};
  EXPECT_EQ(outcome(asserted(assertion)), "authenticator_data_trailing_bytes");
  assertion.extensions = cbor::Members{{cbor::text("credProtect"), cbor::integer(1)}};
  EXPECT_EQ(outcome(asserted(assertion)), "authenticator_data_trailing_bytes");
}

TEST(Pitfall11, ReadsTheKeyUpToTheExtensions) {
  RegistrationOptions options = of_format(Format::packed_self);
  options.extensions = cbor::Members{{cbor::text("credProtect"), cbor::integer(2)}};
  const auto result = registered(options);
  ASSERT_TRUE(result.has_value()) << outcome(result);
  EXPECT_EQ(result->record().public_key, TestKey::make(KeyKind::p256, "credential").cose_key(-7));
  // The stored key works.
  SoftCredential credential = make_registration(options).credential;
  credential.cose_key = result->record().public_key;
  EXPECT_EQ(outcome(asserted({}, credential)), "ok");
}

TEST(Pitfall12, FailsIfTheKeyHasAnotherNumberOfMembersThanItSays) {
  RegistrationOptions options;
  options.algorithm = -8;
  const ByteVector key = TestKey::for_algorithm(-8, "credential").cose_key(-8);
  for (const std::uint8_t head : {0xa3, 0xa5}) {
    options.cose_key = key;
    (*options.cose_key)[0] = head;
    EXPECT_FALSE(registered(options).has_value());
  }
}

TEST(Pitfall13, FailsCleanlyIfTheAaguidIsTruncated) {
  const Registration good = make_registration();
  const ByteVector attested(good.authenticator_data.begin() + 37, good.authenticator_data.end());
  for (std::size_t cut = 1; cut <= 16; ++cut) {
    RegistrationOptions options;
    options.raw_attested_data =
        ByteVector(attested.begin() + static_cast<std::ptrdiff_t>(cut), attested.end());
    const auto result = registered(options);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(error_class(result.error().code), ErrorClass::malformed);
  }
}

TEST(Pitfall14, AcceptsTheNestingOfCompoundAndFailsIfItIsDeep) {
  EXPECT_EQ(outcome(registered(of_format(Format::compound))), "ok");
  ByteVector deep = cbor::integer(0);
  for (int i = 0; i < 2000; ++i) {
    deep = cbor::array({deep});
  }
  RegistrationOptions options;
  options.raw_statement = deep;
  EXPECT_EQ(outcome(registered(options)), "cbor_too_deep");
  // Declared lengths are checked before anything is allocated.
  options.raw_statement = from_hex("9a3fffffff");
  EXPECT_FALSE(registered(options).has_value());
}

TEST(Pitfall15, FailsCleanlyIfTheModulusIsTruncated) {
  RegistrationOptions options;
  options.algorithm = -257;
  const TestKey key = TestKey::for_algorithm(-257, "credential");
  options.cose_key =
      concat({cbor::head(5, 4), cbor::integer(1), cbor::integer(3), cbor::integer(3),
              cbor::integer(-257), cbor::integer(-1), cbor::head(2, 598), key.modulus()});
  EXPECT_EQ(outcome(registered(options)), "cbor_truncated");
}

// -------------------------------------------------------------------- keys and signatures

TEST(Pitfall16, FailsIfAlgorithmKeyTypeAndCurveDoNotBelongTogether) {
  for (const std::int64_t algorithm : credential_algorithms()) {
    for (const KeyKind kind : {KeyKind::p256, KeyKind::p384, KeyKind::p521, KeyKind::secp256k1,
                               KeyKind::ed25519, KeyKind::ed448, KeyKind::rsa2048}) {
      SCOPED_TRACE(std::to_string(algorithm) + " " + std::to_string(static_cast<int>(kind)));
      RegistrationOptions options;
      options.cose_key = TestKey::make(kind, "credential").cose_key(algorithm);
      const bool is_right = cose_meaning(algorithm).kind == kind;
      EXPECT_EQ(outcome(registered(options)), is_right ? "ok" : "cose_key_type_mismatch");
    }
  }
  // An identifier of another family on an Ed25519 key.
  RegistrationOptions options;
  options.cose_key = TestKey::make(KeyKind::ed25519, "credential").cose_key(-48);
  EXPECT_EQ(outcome(registered(options)), "algorithm_unknown");
}

TEST(Pitfall17, FailsIfTheAlgorithmIsUnknownInsteadOfTakingSha256) {
  for (const std::int64_t algorithm : {-42, 0, -260, -65534, 7}) {
    RegistrationOptions options = of_format(Format::packed_x5c);
    options.statement_edits = {{"alg", cbor::integer(algorithm)}};
    EXPECT_EQ(outcome(registered(options)), "algorithm_unknown") << algorithm;
  }
  RegistrationOptions options = of_format(Format::android_safetynet);
  options.safetynet.header_edits = {{"alg", R"("RS255")"}};
  EXPECT_EQ(outcome(registered(options)), "algorithm_not_allowed_here");
}

TEST(Pitfall18, TakesTheHashFromTheStatementNotFromTheCertificate) {
  // The certificate is signed with SHA-384, the statement with SHA-256.
  RegistrationOptions options = of_format(Format::packed_x5c);
  options.authority_kind = KeyKind::p384;
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
  // A P-384 key in the certificate with SHA-256 is legal there.
  options = of_format(Format::packed_x5c);
  options.attestation_key = TestKey::make(KeyKind::p384, "attestation");
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
  // Signed with the hash of the certificate's curve instead of the declared one.
  const Registration good = make_registration(options);
  const ByteVector message = concat({good.authenticator_data, sha256(good.client_data)});
  options.raw_signature = options.attestation_key->sign_cose(-7, message);
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
  options.raw_signature = options.attestation_key->sign_cose(-35, message);
  EXPECT_EQ(outcome(registered_with_trust(options)), "signature_invalid");
}

TEST(Pitfall19, ComparesTheAlgorithmWithTheCredentialsForSelfAttestationOnly) {
  RegistrationOptions options = of_format(Format::packed_x5c);
  options.algorithm = -257;
  EXPECT_EQ(outcome(registered(options)), "ok");
  options = of_format(Format::packed_self);
  options.statement_edits = {{"alg", cbor::integer(-35)}};
  EXPECT_EQ(outcome(registered(options)), "attestation_algorithm_mismatch");
}

TEST(Pitfall20, FailsIfThePssSaltIsNotAsLongAsTheHash) {
  for (const std::int64_t algorithm : {-37, -38, -39}) {
    const Hash hash = cose_meaning(algorithm).hash;
    const std::size_t size = digest(hash, {}).size();
    RegistrationOptions registration;
    registration.algorithm = algorithm;
    const SoftCredential credential = make_registration(registration).credential;
    const Assertion good = make_assertion(credential);
    const ByteVector message = concat({good.authenticator_data, sha256(good.client_data)});
    for (const std::size_t salt : {std::size_t{0}, std::size_t{20}, size - 1, size, size + 1}) {
      AssertionOptions options;
      options.raw_signature = credential.key.sign_pss(hash, message, salt);
      EXPECT_EQ(outcome(asserted(options, credential)), salt == size ? "ok" : "signature_invalid")
          << algorithm << " " << salt;
    }
  }
}

TEST(Pitfall21, FailsIfTheEcdsaSignatureIsNotCanonicalDer) {
  const Assertion good = make_assertion(usual_credential());
  const ByteVector message = concat({good.authenticator_data, sha256(good.client_data)});
  const ByteVector fixed = usual_credential().key.sign_ecdsa_fixed(Hash::sha256, message);
  const ByteVector r = der::unsigned_integer(Bytes(fixed).first(32));
  const ByteVector s = der::unsigned_integer(Bytes(fixed).subspan(32));
  const Bytes r_content = Bytes(r).subspan(2);
  const auto outcome_of = [&](const ByteVector& signature) {
    AssertionOptions options;
    options.raw_signature = signature;
    return outcome(asserted(options));
  };
  EXPECT_EQ(outcome_of(der::sequence({r, s})), "ok");
  const ByteVector content = concat({r, s});
  const ByteVector bad[] = {
      concat({der::sequence({r, s}), ByteVector{0}}),  // trailing byte
      der::sequence({r, s, der::integer(0)}),          // third integer
      der::sequence({r, s, der::null()}),              // something else
      der::sequence({der::element(0x02, concat({ByteVector{0, 0}, r_content})), s}),  // padded
      concat({ByteVector{0x30, 0x81, static_cast<std::uint8_t>(content.size())}, content}),  // BER
      concat({ByteVector{0x30, 0x80}, content, ByteVector{0, 0}}),  // indefinite
      der::element(0x31, content),                                  // a SET
      fixed,                                                        // r and s as they are
      der::sequence({der::integer(0), s}),
      der::sequence({r, der::integer(0)}),
      der::sequence({r, der::integer(-1)}),
      der::sequence({der::unsigned_integer(ByteVector(32, 0xff)), s}),  // r above the order
      der::sequence({r}),
  };
  for (const ByteVector& signature : bad) {
    EXPECT_EQ(outcome_of(signature), "signature_malformed") << to_hex(signature);
  }
}

TEST(Pitfall22, FailsIfACoordinateHasAnotherLengthThanItsField) {
  // A key whose x begins with a zero octet: found by trying, so that stripping has something to do.
  TestKey key = TestKey::make(KeyKind::p256, "credential");
  for (int i = 0; key.x()[0] != 0; ++i) {
    key = TestKey::make(KeyKind::p256, "leading zero " + std::to_string(i));
  }
  RegistrationOptions options = of_format(Format::packed_self);
  options.key = key;
  EXPECT_EQ(outcome(registered(options)), "ok");
  const auto with_x = [&](const ByteVector& x) {
    cbor::Members members = key.cose_members(-7);
    members[3].second = cbor::byte_string(x);
    options.cose_key = cbor::map(members);
    return outcome(registered(options));
  };
  EXPECT_EQ(with_x(ByteVector(key.x().begin() + 1, key.x().end())), "ec_point_invalid");
  EXPECT_EQ(with_x(concat({ByteVector{0}, key.x()})), "ec_point_invalid");
  EXPECT_EQ(with_x({}), "ec_point_invalid");
  // Compressed points: y as a boolean.
  cbor::Members members = key.cose_members(-7);
  members[4].second = cbor::boolean(true);
  options.cose_key = cbor::map(members);
  EXPECT_EQ(outcome(registered(options)), "cose_key_malformed");
}

TEST(Pitfall23, ChecksTheKeysAndTheCertificateOfU2f) {
  EXPECT_EQ(outcome(registered(of_format(Format::fido_u2f))), "ok");
  RegistrationOptions options = of_format(Format::fido_u2f);
  options.intermediates = 1;
  EXPECT_EQ(outcome(registered(options)), "attestation_statement_malformed");
  options = of_format(Format::fido_u2f);
  options.algorithm = -35;
  EXPECT_FALSE(registered(options).has_value());
  options = of_format(Format::fido_u2f);
  options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.spki = TestKey::make(KeyKind::secp256k1, "attestation").spki();
  };
  EXPECT_EQ(outcome(registered(options)), "attestation_key_mismatch");
  // The standard's own vector has an AAGUID; the conformance profile wants zeros.
  options = of_format(Format::fido_u2f);
  options.aaguid = ByteVector(16, 1);
  EXPECT_EQ(outcome(registered(options)), "ok");
  EXPECT_EQ(outcome(registered(options,
                               [](RegistrationExpectations& expectations) {
                                 expectations.attestation.is_u2f_aaguid_zero_required = true;
                               })),
            "attestation_aaguid_mismatch");
}

// ------------------------------------------------------------------ X.509 and attestation

TEST(Pitfall24, FailsIfTheChainBringsItsOwnRoot) {
  RegistrationOptions options = of_format(Format::packed_x5c);
  const TestChain chain = *make_registration(options).chain;
  options.x5c = std::vector<ByteVector>{chain.leaf->der, chain.root->der};
  const auto without_anchors = [](RegistrationExpectations& expectations) {
    expectations.trust_anchors.clear();
    expectations.is_trusted_attestation_required = true;
  };
  EXPECT_EQ(outcome(registered(options, without_anchors)), "attestation_untrusted");
  // A self-signed leaf neither.
  options = of_format(Format::packed_x5c);
  options.edit_chain = [](ChainOptions& chain_options) {
    chain_options.root.key = chain_options.leaf.key;
    chain_options.root.subject = chain_options.leaf.subject;
  };
  EXPECT_EQ(outcome(registered(options, without_anchors)), "attestation_untrusted");
  // Another root of the same name neither: the signature decides.
  options = of_format(Format::packed_x5c);
  CertificateOptions impostor = authority_options("Root", TestKey::make(KeyKind::p256, "impostor"));
  impostor.has_subject_key_identifier = false;
  const Certificate anchor = parse_certificate(make_certificate(impostor, nullptr).der).value();
  const auto with_impostor = registered(options, [&](RegistrationExpectations& expectations) {
    expectations.trust_anchors = {anchor};
  });
  ASSERT_TRUE(with_impostor.has_value());
  ASSERT_EQ(with_impostor->trust().trust, AttestationTrust::untrusted);
  EXPECT_EQ(error_name(with_impostor->trust().reason->code), "certificate_chain_signature_invalid");
  EXPECT_EQ(outcome(registered(options,
                               [&](RegistrationExpectations& expectations) {
                                 expectations.trust_anchors = {anchor};
                                 expectations.is_trusted_attestation_required = true;
                               })),
            "attestation_untrusted");
}

TEST(Pitfall25, FailsIfTheAnchorIsInALongerChainAndSucceedsIfTheLeafIsTheAnchor) {
  RegistrationOptions options = of_format(Format::packed_x5c);
  const TestChain chain = *make_registration(options).chain;
  options.x5c = std::vector<ByteVector>{chain.leaf->der, chain.root->der};
  const auto refused = registered(options);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->trust().trust, AttestationTrust::untrusted);
  EXPECT_EQ(error_name(refused->trust().reason->code), "certificate_chain_order");
  options.x5c = std::nullopt;
  EXPECT_EQ(outcome(registered(options,
                               [&](RegistrationExpectations& expectations) {
                                 expectations.trust_anchors = {
                                     parse_certificate(chain.leaf->der).value()};
                                 expectations.is_trusted_attestation_required = true;
                               })),
            "ok");
}

TEST(Pitfall26, AcceptsIntermediatesAndLeavesAsAnchors) {
  RegistrationOptions options = of_format(Format::packed_x5c);
  options.intermediates = 2;
  const TestChain chain = *make_registration(options).chain;
  const auto with_anchor = [&](const TestCertificate& anchor) {
    return registered(options, [&](RegistrationExpectations& expectations) {
      expectations.trust_anchors = {parse_certificate(anchor.der).value()};
      expectations.is_trusted_attestation_required = true;
    });
  };
  EXPECT_EQ(outcome(with_anchor(*chain.root)), "ok");
  options.x5c = std::vector<ByteVector>{chain.leaf->der, chain.intermediates[0].der};
  EXPECT_EQ(outcome(with_anchor(chain.intermediates[1])), "ok");
  options.x5c = std::vector<ByteVector>{chain.leaf->der};
  EXPECT_EQ(outcome(with_anchor(chain.intermediates[0])), "ok");
  EXPECT_EQ(outcome(with_anchor(*chain.leaf)), "ok");
  EXPECT_EQ(outcome(with_anchor(*chain.root)), "attestation_untrusted");
}

TEST(Pitfall27, FailsIfTheAuthorityKeyIdentifierNamesAnotherKey) {
  RegistrationOptions options = of_format(Format::packed_x5c);
  options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.authority_key_identifier = ByteVector(20, 1);
  };
  EXPECT_EQ(outcome(registered_with_trust(options)), "attestation_untrusted");
  options.edit_leaf = [](CertificateOptions& leaf) { leaf.has_authority_key_identifier = false; };
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
}

TEST(Pitfall28, AcceptsUnknownExtensionsAndPurposes) {
  RegistrationOptions options = of_format(Format::packed_x5c);
  options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.extended_key_usage = {"1.3.6.1.4.1.311.21.36", "1.3.6.1.4.1.99999.7"};
    leaf.extensions.push_back({"1.3.6.1.4.1.99999.1", false, der::null()});
  };
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
  // Windows Hello: the TCG purpose beside another one.
  options = of_format(Format::tpm);
  options.edit_leaf = [](CertificateOptions& leaf) {
    leaf.extended_key_usage.push_back("1.3.6.1.4.1.311.21.36");
  };
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
}

TEST(Pitfall29, ReadsTheAaguidExtensionAsAnOctetStringInAnOctetString) {
  RegistrationOptions options = of_format(Format::packed_x5c);
  options.edit_leaf = [](CertificateOptions& leaf) { leaf.aaguid = std::nullopt; };
  EXPECT_EQ(outcome(registered(options)), "ok");
  options.edit_leaf = [](CertificateOptions& leaf) { leaf.aaguid = ByteVector(16, 9); };
  EXPECT_EQ(outcome(registered(options)), "attestation_aaguid_mismatch");
  options.edit_leaf = [](CertificateOptions& leaf) {  // single OCTET STRING
    leaf.extensions.push_back({oids::kFidoAaguid, false, *leaf.aaguid});
    leaf.aaguid = std::nullopt;
  };
  EXPECT_EQ(outcome(registered(options)), "attestation_aaguid_extension_malformed");
  options.edit_leaf = [](CertificateOptions& leaf) { leaf.is_aaguid_critical = true; };
  EXPECT_EQ(outcome(registered(options)), "attestation_aaguid_extension_malformed");
}

TEST(Pitfall30, FailsIfAnyCertificateOfTheChainIsNotValidAtTheTime) {
  for (const std::size_t which : {0, 1}) {
    RegistrationOptions options = of_format(Format::packed_x5c);
    options.intermediates = 2;
    options.edit_chain = [which](ChainOptions& chain) {
      chain.edit_intermediate =
          which == 0 ? [](CertificateOptions& c,
                          std::size_t i) { c.not_after = i == 0 ? kCeremonyTime - 1 : c.not_after; }
                     : [](CertificateOptions& c, std::size_t i) {
                         c.not_before = i == 1 ? kCeremonyTime + 1 : c.not_before;
                       };
    };
    EXPECT_EQ(outcome(registered_with_trust(options)), "attestation_untrusted") << which;
  }
  RegistrationOptions options = of_format(Format::packed_x5c);
  options.edit_chain = [](ChainOptions& chain) { chain.root.not_after = kCeremonyTime - 1; };
  EXPECT_EQ(outcome(registered_with_trust(options)), "attestation_untrusted");
  options.edit_chain = [](ChainOptions& chain) { chain.root.not_after = kCeremonyTime; };
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
}

TEST(Pitfall31, TiesEveryFormatToConfiguredRoots) {
  const ByteVector stranger =
      make_certificate(authority_options("Stranger", TestKey::make(KeyKind::p256, "other")),
                       nullptr)
          .der;
  for (const Format format : all_formats()) {
    if (format == Format::none || format == Format::packed_self || format == Format::compound) {
      continue;
    }
    SCOPED_TRACE(format_identifier(format));
    EXPECT_EQ(outcome(registered_with_trust(of_format(format))), "ok");
    EXPECT_EQ(
        outcome(registered(of_format(format),
                           [&](RegistrationExpectations& expectations) {
                             expectations.trust_anchors = {parse_certificate(stranger).value()};
                             expectations.is_trusted_attestation_required = true;
                           })),
        "attestation_untrusted");
  }
  // Compound: all parts must be trusted, and self attestation is not.
  EXPECT_NE(outcome(registered_with_trust(of_format(Format::compound))), "ok");
  RegistrationOptions options = of_format(Format::compound);
  options.compound_formats = {Format::packed_x5c, Format::android_key};
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
}

TEST(Pitfall32, AcceptsAnonymizationCaWhereTrustIsRequired) {
  const auto result = registered_with_trust(of_format(Format::apple));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->statement().type, AttestationType::anonca);
  EXPECT_EQ(result->trust().trust, AttestationTrust::trusted);
}

TEST(Pitfall33, ReadsTheAndroidKeyDescriptionStrictly) {
  const auto with_lists = [](std::vector<ByteVector> software, std::vector<ByteVector> tee,
                             bool is_software_accepted = false) {
    RegistrationOptions options = of_format(Format::android_key);
    options.android_key.description.software_enforced = std::move(software);
    options.android_key.description.tee_enforced = std::move(tee);
    return outcome(registered(options, [&](RegistrationExpectations& expectations) {
      expectations.attestation.is_android_software_enforced_accepted = is_software_accepted;
    }));
  };
  const ByteVector sign = android_purposes({2});
  const ByteVector generated = android_origin(0);
  EXPECT_EQ(with_lists({}, {sign, generated}), "ok");
  EXPECT_EQ(with_lists({}, {}), "android_key_origin_invalid");
  EXPECT_EQ(with_lists({sign, generated}, {}), "android_key_origin_invalid");
  EXPECT_EQ(with_lists({sign, generated}, {}, true), "ok");
  // The union, not either list alone.
  EXPECT_EQ(with_lists({sign}, {generated}, true), "ok");
  EXPECT_EQ(with_lists({sign}, {generated}), "android_key_purpose_invalid");
  EXPECT_EQ(with_lists({android_origin(2)}, {sign, generated}, true), "android_key_origin_invalid");
  EXPECT_EQ(with_lists({}, {sign, android_all_applications(), generated}),
            "android_key_all_applications");
  EXPECT_EQ(with_lists({android_all_applications()}, {sign, generated}),
            "android_key_all_applications");
  // A list that cannot be read is not an empty list.
  RegistrationOptions options = of_format(Format::android_key);
  options.android_key.description.raw_software_enforced = der::null();
  EXPECT_EQ(outcome(registered(options)), "android_key_description_malformed");
  options = of_format(Format::android_key);
  options.android_key.description.raw_tee_enforced = der::octet_string(der::sequence({sign}));
  EXPECT_EQ(outcome(registered(options)), "android_key_description_malformed");
  // RSA keys are legal.
  options = of_format(Format::android_key);
  options.algorithm = -257;
  options.android_key.algorithm = -257;
  EXPECT_EQ(outcome(registered(options)), "ok");
}

TEST(Pitfall34, NeedsNoRootInTheAndroidChainAndTakesAP384Root) {
  RegistrationOptions options = of_format(Format::packed_x5c);
  options.authority_kind = KeyKind::p384;
  options.intermediates = 3;
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
  options = of_format(Format::android_key);
  options.intermediates = 3;
  EXPECT_EQ(outcome(registered_with_trust(options)), "ok");
}

TEST(Pitfall35, ChecksWhatTpmCertified) {
  // RSA with the default exponent and with the same exponent written out.
  RegistrationOptions options = of_format(Format::tpm);
  options.algorithm = -257;
  EXPECT_EQ(outcome(registered(options)), "ok");
  options.tpm.public_area.exponent = 65537;
  EXPECT_EQ(outcome(registered(options)), "ok");
  options.tpm.public_area.exponent = 0x01000100;  // 65537 read the wrong way round
  EXPECT_EQ(outcome(registered(options)), "tpm_public_area_mismatch");
  options.tpm.public_area.exponent = 3;
  EXPECT_EQ(outcome(registered(options)), "tpm_public_area_mismatch");
  // A key type that TPM cannot certify does not skip the comparison.
  options = of_format(Format::tpm);
  options.algorithm = -8;
  options.tpm.raw_public_area = make_tpm_public(TestKey::make(KeyKind::p256, "other"));
  EXPECT_EQ(outcome(registered(options)), "tpm_public_area_mismatch");
  // The name follows the public area's own algorithm.
  for (const Hash hash : {Hash::sha256, Hash::sha384, Hash::sha512}) {
    options = of_format(Format::tpm);
    options.tpm.public_area.name_algorithm = tpm_hash_id(hash);
    options.tpm.public_area.authorization_policy = {};
    EXPECT_EQ(outcome(registered(options)), "ok");
  }
  options = of_format(Format::tpm);
  options.tpm.public_area.name_algorithm = tpm_hash_id(Hash::sha384);
  options.tpm.public_area.authorization_policy = {};
  options.tpm.attest.name = make_tpm_name(
      tpm_hash_id(Hash::sha384), Hash::sha256,
      make_tpm_public(TestKey::make(KeyKind::p256, "credential"), options.tpm.public_area));
  EXPECT_EQ(outcome(registered(options)), "tpm_name_mismatch");
  // y counts as well as x.
  options = of_format(Format::tpm);
  options.tpm.public_area.y = seeded_bytes("y", 32);
  EXPECT_EQ(outcome(registered(options)), "tpm_public_area_mismatch");
  // Names of the manufacturer in every shape that devices send, in either case.
  for (const TpmNameShape shape : {TpmNameShape::three_rdns, TpmNameShape::one_rdn}) {
    options = of_format(Format::tpm);
    options.tpm.identity.shape = shape;
    options.tpm.identity.manufacturer = "id:4d534654";
    EXPECT_EQ(outcome(registered(options)), "ok");
  }
  options.tpm.identity.manufacturer = "id:FFFFFFFF";
  EXPECT_EQ(outcome(registered(options)), "tpm_vendor_unknown");
}

TEST(Pitfall36, FailsIfTheSubjectOfTheTpmCertificateIsNotEmpty) {
  RegistrationOptions options = of_format(Format::tpm);
  options.edit_leaf = [](CertificateOptions& leaf) { leaf.subject = authority_subject("AIK"); };
  EXPECT_EQ(outcome(registered(options)), "attestation_certificate_requirements");
}

TEST(Pitfall37, KeepsSafetyNetOffAndChecksTimeHostAndProfile) {
  EXPECT_EQ(outcome(registered(of_format(Format::android_safetynet))), "ok");
  EXPECT_EQ(outcome(registered(of_format(Format::android_safetynet),
                               [](RegistrationExpectations& expectations) {
                                 expectations.attestation = AttestationSettings{};
                               })),
            "attestation_format_unknown");
  RegistrationOptions options = of_format(Format::android_safetynet);
  options.safetynet.timestamp_ms = (kCeremonyTime - 61) * 1000;
  EXPECT_EQ(outcome(registered(options)), "safetynet_time_invalid");
  options.safetynet.timestamp_ms = (kCeremonyTime - 60) * 1000;
  EXPECT_EQ(outcome(registered(options)), "ok");
  options = of_format(Format::android_safetynet);
  options.safetynet.payload_edits = {{"ctsProfileMatch", R"("true")"}};
  EXPECT_EQ(outcome(registered(options)), "safetynet_profile_mismatch");
  options.safetynet.payload_edits = {{"ctsProfileMatch", std::nullopt}};
  EXPECT_EQ(outcome(registered(options)), "safetynet_profile_mismatch");
}

// --------------------------------------------------------------------- ceremony and policy

TEST(Pitfall38, FailsIfTheCredentialBelongsToAnotherUser) {
  const auto for_user = [](const ByteVector& user, const AssertionOptions& options) {
    return outcome(
        asserted(options, [&](AuthenticationExpectations& expectations, CredentialRecord&) {
          expectations.user_handle = UserHandle(user);
        }));
  };
  AssertionOptions with_handle;
  with_handle.user_handle = usual_credential().user_handle;
  const ByteVector victim = seeded_bytes("victim", 32);
  EXPECT_EQ(for_user(usual_credential().user_handle, {}), "ok");
  EXPECT_EQ(for_user(usual_credential().user_handle, with_handle), "ok");
  // The session is the victim's, the credential the attacker's: with his own handle, without one,
  // and with the victim's.
  EXPECT_EQ(for_user(victim, with_handle), "user_handle_mismatch");
  EXPECT_EQ(for_user(victim, {}), "user_handle_mismatch");
  AssertionOptions lying;
  lying.user_handle = victim;
  EXPECT_EQ(for_user(victim, lying), "user_handle_mismatch");
  EXPECT_EQ(outcome(asserted(lying)), "user_handle_mismatch");
  EXPECT_EQ(outcome(asserted({},
                             [](AuthenticationExpectations& expectations, CredentialRecord&) {
                               expectations.allow_credentials = {
                                   CredentialId(seeded_bytes("other id", 32))};
                             })),
            "credential_not_allowed");
  // A record that was looked up wrongly.
  EXPECT_EQ(outcome(asserted({},
                             [](AuthenticationExpectations&, CredentialRecord& record) {
                               record.id = CredentialId(seeded_bytes("other id", 32));
                             })),
            "credential_record_mismatch");
}

TEST(Pitfall40, RefusesCrossOriginUseWhereNothingIsConfigured) {
  RegistrationOptions registration;
  AssertionOptions assertion;
  registration.client_data.cross_origin = assertion.client_data.cross_origin = true;
  EXPECT_EQ(outcome(registered(registration)), "cross_origin_not_allowed");
  EXPECT_EQ(outcome(asserted(assertion)), "cross_origin_not_allowed");
  registration.client_data.cross_origin = assertion.client_data.cross_origin = std::nullopt;
  registration.client_data.top_origin = assertion.client_data.top_origin = "https://example.org";
  EXPECT_EQ(outcome(registered(registration)), "top_origin_unexpected");
  EXPECT_EQ(outcome(asserted(assertion)), "top_origin_unexpected");
  // Configured: that one and no other.
  for (const char* top :
       {"https://example.com", "https://example.com.evil", "https://EXAMPLE.com"}) {
    registration.client_data.cross_origin = assertion.client_data.cross_origin = true;
    registration.client_data.top_origin = assertion.client_data.top_origin = top;
    const std::string expected =
        std::string_view(top) == "https://example.com" ? "ok" : "top_origin_not_allowed";
    EXPECT_EQ(outcome(registered(registration,
                                 [](RegistrationExpectations& expectations) {
                                   expectations.top_origins = {"https://example.com"};
                                 })),
              expected);
    EXPECT_EQ(outcome(asserted(assertion,
                               [](AuthenticationExpectations& expectations, CredentialRecord&) {
                                 expectations.top_origins = {"https://example.com"};
                               })),
              expected);
  }
}

TEST(Pitfall41, ComparesOriginsAsExactStrings) {
  const char* kOthers[] = {"https://example.org/",
                           "https://example.org:443",
                           "HTTPS://example.org",
                           "https://Example.org",
                           "https://example.org.",
                           "http://example.org",
                           "https://evil.example.org",
                           "https://example.org@evil.com",
                           "https://example.or",
                           "example.org",
                           "https://xn--exmple-cua.org",
                           "null",
                           ""};
  for (const char* origin : kOthers) {
    AssertionOptions options;
    options.client_data.origin = origin;
    EXPECT_EQ(outcome(asserted(options)), "origin_not_allowed") << origin;
  }
  // Origins of apps are opaque and case-sensitive.
  const std::string app = "android:apk-key-hash:2jmj7l5rSw0yVb_vlWAYkK_YBwk";
  for (const std::string& sent :
       {app, std::string("android:apk-key-hash:2JMJ7l5rSw0yVb_vlWAYkK_YBwk"), "https://" + app}) {
    AssertionOptions options;
    options.client_data.origin = sent;
    EXPECT_EQ(outcome(asserted(options,
                               [&](AuthenticationExpectations& expectations, CredentialRecord&) {
                                 expectations.origins = {"https://example.org", app};
                               })),
              sent == app ? "ok" : "origin_not_allowed");
  }
}

TEST(Pitfall42, FailsIfTheRpIdIsAnAddressOrEmpty) {
  for (const char* rp_id : {"127.0.0.1", "::1", "[::1]", "", "0x7f000001", "example.org:443",
                            "https://example.org", "1"}) {
    AssertionOptions options;
    options.rp_id = rp_id;
    EXPECT_EQ(outcome(asserted(options, [&](AuthenticationExpectations& expectations,
                                            CredentialRecord&) { expectations.rp_id = rp_id; })),
              "expected_rp_id_invalid")
        << rp_id;
  }
}

TEST(Pitfall43, DemandsUserVerificationIfRequiredAndIgnoresItOtherwise) {
  for (const std::uint8_t flags : {kUserPresent, std::uint8_t{kUserPresent | kUserVerified}}) {
    for (const UserVerification wanted :
         {UserVerification::required, UserVerification::preferred, UserVerification::discouraged}) {
      const bool is_missing = wanted == UserVerification::required && flags == kUserPresent;
      const std::string expected = is_missing ? "user_not_verified" : "ok";
      RegistrationOptions registration;
      registration.flags = flags;
      EXPECT_EQ(outcome(registered(registration,
                                   [&](RegistrationExpectations& expectations) {
                                     expectations.user_verification = wanted;
                                   })),
                expected);
      AssertionOptions assertion;
      assertion.flags = flags;
      EXPECT_EQ(outcome(asserted(assertion,
                                 [&](AuthenticationExpectations& expectations, CredentialRecord&) {
                                   expectations.user_verification = wanted;
                                 })),
                expected);
    }
  }
}

TEST(Pitfall44, DemandsUserPresenceExceptInAConditionalCreate) {
  AssertionOptions assertion;
  assertion.flags = kUserVerified;
  EXPECT_EQ(outcome(asserted(assertion)), "user_not_present");
  RegistrationOptions registration;
  registration.flags = kUserVerified;
  EXPECT_EQ(outcome(registered(registration)), "user_not_present");
  EXPECT_EQ(outcome(registered(registration,
                               [](RegistrationExpectations& expectations) {
                                 expectations.mediation = Mediation::conditional;
                               })),
            "ok");
}

TEST(Pitfall45, ChecksBackupFlagsInBothCeremonies) {
  RegistrationOptions registration;
  registration.flags |= kBackedUp;
  EXPECT_EQ(outcome(registered(registration)), "backup_flags_inconsistent");
  registration.flags |= kBackupEligible;
  EXPECT_EQ(outcome(registered(registration)), "ok");
  AssertionOptions assertion;
  assertion.flags |= kBackedUp;
  EXPECT_EQ(outcome(asserted(assertion)), "backup_flags_inconsistent");
  assertion.flags |= kBackupEligible;
  EXPECT_EQ(outcome(asserted(assertion)), "backup_eligibility_changed");
  EXPECT_EQ(
      outcome(asserted({}, [](AuthenticationExpectations&,
                              CredentialRecord& record) { record.is_backup_eligible = true; })),
      "backup_eligibility_changed");
}

TEST(Pitfall46, UpdatesNothingButCounterAndBackupState) {
  AssertionOptions options;
  options.flags = kUserPresent | kUserVerified | kBackupEligible | kBackedUp;
  options.sign_count = 9;
  CredentialRecord before;
  const auto result = asserted(options, [&](AuthenticationExpectations&, CredentialRecord& record) {
    record.is_backup_eligible = true;
    record.is_uv_initialized = false;
    record.transports = {"usb"};
    record.aaguid[3] = 7;
    before = record;
  });
  ASSERT_TRUE(result.has_value()) << outcome(result);
  const CredentialRecord& after = result->updated_record();
  EXPECT_EQ(after.sign_count, 9U);
  EXPECT_TRUE(after.is_backed_up);
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.public_key, before.public_key);
  EXPECT_EQ(after.is_uv_initialized, before.is_uv_initialized);
  EXPECT_EQ(after.is_backup_eligible, before.is_backup_eligible);
  EXPECT_EQ(after.transports, before.transports);
  EXPECT_EQ(after.aaguid, before.aaguid);
  EXPECT_EQ(after.user_handle, before.user_handle);
}

TEST(Pitfall47, TellsThreeOutcomesOfTheCounterAndNeverLowersIt) {
  struct Row {
    std::uint32_t stored;
    std::uint32_t received;
    CounterOutcome outcome;
    std::uint32_t kept;
  };
  constexpr Row kRows[] = {
      {0, 0, CounterOutcome::zero, 0},
      {0, 1, CounterOutcome::advanced, 1},
      {5, 6, CounterOutcome::advanced, 6},
      {5, 5, CounterOutcome::not_advanced, 5},
      {5, 4, CounterOutcome::not_advanced, 5},
      {5, 0, CounterOutcome::not_advanced, 5},
      {0xfffffffe, 0xffffffff, CounterOutcome::advanced, 0xffffffff},
      {0xffffffff, 0, CounterOutcome::not_advanced, 0xffffffff},
  };
  for (const Row& row : kRows) {
    AssertionOptions options;
    options.sign_count = row.received;
    const auto result =
        asserted(options, [&](AuthenticationExpectations&, CredentialRecord& record) {
          record.sign_count = row.stored;
        });
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->counter(), row.outcome) << row.stored << " " << row.received;
    EXPECT_EQ(result->updated_record().sign_count, row.kept);
  }
}

TEST(Pitfall50, FailsIfTheExpectedChallengeIsShorterThan16Bytes) {
  for (const std::size_t size : {0, 1, 15, 16}) {
    AssertionOptions options;
    options.challenge = ByteVector(size, 7);
    EXPECT_EQ(outcome(asserted(options)), size < 16 ? "expected_challenge_invalid" : "ok");
  }
}

TEST(Pitfall51, TreatsAnEmptyAllowListAsAbsent) {
  EXPECT_EQ(
      outcome(asserted({}, [](AuthenticationExpectations& expectations,
                              CredentialRecord&) { expectations.allow_credentials.clear(); })),
      "ok");
}

TEST(Pitfall52, FailsIfTheAlgorithmWasNotOffered) {
  for (const std::int64_t algorithm : credential_algorithms()) {
    RegistrationOptions options;
    options.algorithm = algorithm;
    for (const CoseAlgorithm offered : {CoseAlgorithm::es256, CoseAlgorithm::rs256}) {
      EXPECT_EQ(outcome(registered(options,
                                   [&](RegistrationExpectations& expectations) {
                                     expectations.algorithms = {offered};
                                   })),
                static_cast<std::int64_t>(offered) == algorithm ? "ok" : "algorithm_not_offered")
          << algorithm;
    }
  }
}

TEST(Pitfall53, AcceptsPackedWhereNoneWasAskedForAndNoneOnlyWhereTrustIsNot) {
  EXPECT_EQ(outcome(registered(of_format(Format::packed_self))), "ok");
  EXPECT_EQ(outcome(registered(of_format(Format::packed_x5c))), "ok");
  EXPECT_EQ(outcome(registered(of_format(Format::none))), "ok");
  EXPECT_EQ(outcome(registered_with_trust(of_format(Format::none))),
            "attestation_none_not_allowed");
  // None that carries a statement is not none.
  RegistrationOptions options = of_format(Format::packed_self);
  options.format_name = "none";
  EXPECT_EQ(outcome(registered(options)), "attestation_statement_not_empty");
}

}  // namespace
}  // namespace countersign::testing
