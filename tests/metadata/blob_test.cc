#include "metadata/blob.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <sstream>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "tests/metadata/blob_cases.h"

namespace countersign::testing {
namespace {

constexpr std::string_view kAaguid = "0076631b-d4a0-427f-5773-0ec71c9e0279";
constexpr std::string_view kOtherAaguid = "fa2b99dc-9e39-4257-8f92-4a30d23c4118";

std::string describe(const Error& error) {
  return std::string(check_name(error.check)) + "/" + std::string(error_name(error.code));
}

std::string verdict(const BlobCase& test) {
  const Result<VerifiedBlob> blob = run_blob(test, OpenSslVerifier());
  return blob.has_value() ? "ok" : describe(blob.error());
}

std::vector<const SignatureVerifier*> verifiers() {
  static const OpenSslVerifier openssl;
  static const CryptoppVerifier cryptopp;
  return {&openssl, &cryptopp};
}

TEST(Blob, SucceedsIfAllOfItIsInOrder) {
  BlobCase test;
  test.blob.entries = {blob_entry(kAaguid), blob_entry(kOtherAaguid, "REVOKED")};
  for (const SignatureVerifier* verifier : verifiers()) {
    const Result<VerifiedBlob> blob = run_blob(test, *verifier);
    ASSERT_TRUE(blob.has_value()) << describe(blob.error());
    EXPECT_EQ(blob->number(), 42U);
    EXPECT_EQ(blob->next_update().value, 1769904000);  // 2026-02-01
    EXPECT_EQ(blob->legal_header(), "By using this file you agree.");
    ASSERT_EQ(blob->entries().size(), 2U);
    EXPECT_EQ(blob->entries()[1].reports.at(0).status, AuthenticatorStatus::revoked);
    EXPECT_TRUE(blob->skipped().empty());
    EXPECT_EQ(blob->path().size(), 2U);
    EXPECT_EQ(blob->anchor(), 0U);
    EXPECT_FALSE(blob->is_revocation_unknown());
  }
}

TEST(Blob, SucceedsWithEachAlgorithmOfTheList) {
  for (const std::int64_t algorithm : {-257, -37, -7, -35}) {
    BlobCase test;
    test.blob.algorithm = algorithm;
    EXPECT_EQ(verdict(test), "ok") << algorithm;
  }
}

// The hash is that of the JWS algorithm, whatever the certificates were signed with.
TEST(Blob, TheCertificatesAlgorithmIsNotTheBlobs) {
  BlobCase test;
  test.blob.edit_root = [](auto& o) { o.key = TestKey::make(KeyKind::p384, "root"); };
  test.blob.edit_issuer = [](auto& o) { o.key = TestKey::make(KeyKind::p521, "issuer"); };
  EXPECT_EQ(verdict(test), "ok");
}

// Each mutation is refused at its check, whoever does the arithmetic; the table holds all checks.
TEST(Blob, EveryMutationFailsAtItsCheck) {
  ASSERT_EQ(verdict({}), "ok");
  std::set<std::string_view> names;
  for (const BlobMutation& mutation : blob_mutations()) {
    SCOPED_TRACE(mutation.name);
    EXPECT_TRUE(names.insert(mutation.name).second);
    BlobCase test;
    mutation.mutate(test);
    for (const SignatureVerifier* verifier : verifiers()) {
      const Result<VerifiedBlob> blob = run_blob(test, *verifier);
      ASSERT_FALSE(blob.has_value());
      EXPECT_EQ(describe(blob.error()), describe({mutation.code, mutation.check, 0}));
    }
  }
}

TEST(Blob, EveryBitOfHeaderAndPayloadIsSigned) {
  const TestBlob blob = make_blob();
  const std::size_t first = blob.jws.find('.');
  const std::size_t second = blob.jws.rfind('.');
  const std::vector<Certificate> anchors{parse_certificate(blob.root.der).value()};
  const BlobExpectations expectations{
      anchors, {}, RevocationMode::off, std::string(kBlobHost), UnixSeconds{kCeremonyTime}, {}};
  const auto accepts = [&](const std::string& jws) {
    Result<PendingBlob> pending = begin_blob(bytes_of(jws), expectations);
    if (!pending.has_value()) {
      return false;
    }
    const auto verdicts = discharge(pending->obligations(), OpenSslVerifier());
    return std::move(*pending).finish(verdicts).has_value();
  };
  ASSERT_TRUE(accepts(blob.jws));
  const ByteVector header = from_base64(blob.jws.substr(0, first));
  const ByteVector payload = from_base64(blob.jws.substr(first + 1, second - first - 1));
  for (std::size_t bit = 0; bit < payload.size() * 8; ++bit) {
    ASSERT_FALSE(accepts(blob.jws.substr(0, first + 1) +
                         to_base64url(with_flipped_bit(payload, bit)) + blob.jws.substr(second)))
        << bit;
  }
  for (std::size_t bit = 0; bit < header.size() * 8; bit += 7) {
    ASSERT_FALSE(accepts(to_base64url(with_flipped_bit(header, bit)) + blob.jws.substr(first)))
        << bit;
  }
}

// Anchors and paths

TEST(Blob, TheIssuingCaOrTheSignerMayBeTheAnchor) {
  BlobCase test;
  test.edit_anchors = [](auto& anchors, const TestBlob& blob) { anchors = {blob.issuer.der}; };
  EXPECT_EQ(verdict(test), "ok");
  test.edit_anchors = [](auto& anchors, const TestBlob& blob) { anchors = {blob.signer.der}; };
  test.edit_crls = [](auto& crls, auto&) { crls.clear(); };
  EXPECT_EQ(verdict(test), "ok");
  // The host is that of the signer even then.
  test.host = "other.example.org";
  EXPECT_EQ(verdict(test), "metadata_signing_host/certificate_host_mismatch");
}

TEST(Blob, UnusedCertificatesAreTolerated) {
  BlobCase test;
  test.blob.edit_x5c = [](auto& x5c) {
    const TestCertificate stranger = make_certificate(
        authority_options("Stranger", TestKey::make(KeyKind::p256, "stranger")), nullptr);
    x5c.insert(x5c.begin() + 1, stranger.der);
    x5c.push_back(stranger.der);
  };
  EXPECT_EQ(verdict(test), "ok");
}

TEST(Blob, TheRootMayComeAlong) {
  BlobCase test;
  test.blob.edit_x5c = [](auto& x5c) { x5c.push_back(make_blob().root.der); };
  EXPECT_EQ(verdict(test), "ok");
}

TEST(Blob, PurposesMayIncludeServersOrBeAny) {
  BlobCase test;
  test.blob.edit_signer = [](auto& o) {
    o.extended_key_usage = {purposes::kClientAuth, purposes::kServerAuth};
  };
  test.blob.edit_issuer = [](auto& o) { o.extended_key_usage = {purposes::kAny}; };
  EXPECT_EQ(verdict(test), "ok");
}

// The configuration vouches for it.
TEST(Blob, PurposesOfTheAnchorDoNotCount) {
  BlobCase test;
  test.blob.edit_root = [](auto& o) { o.extended_key_usage = {purposes::kEmailProtection}; };
  EXPECT_EQ(verdict(test), "ok");
  test.blob.edit_issuer = [](auto& o) { o.extended_key_usage = {purposes::kEmailProtection}; };
  EXPECT_EQ(verdict(test), "metadata_signing_chain/certificate_key_usage");
  test.edit_anchors = [](auto& anchors, const TestBlob& blob) { anchors = {blob.issuer.der}; };
  EXPECT_EQ(verdict(test), "ok");
  test.blob.edit_signer = [](auto& o) { o.extended_key_usage = {purposes::kEmailProtection}; };
  EXPECT_EQ(verdict(test), "metadata_signing_chain/certificate_key_usage");
  test.edit_anchors = [](auto& anchors, const TestBlob& blob) { anchors = {blob.signer.der}; };
  EXPECT_EQ(verdict(test), "ok");
}

TEST(Blob, WithoutAHostAnyCustomerSigns) {
  BlobCase test;
  test.blob.edit_signer = [](auto& o) { o.subject_alt_name.reset(); };
  test.host.clear();
  EXPECT_EQ(verdict(test), "ok");
}

TEST(Blob, TheCaseOfTheHostDoesNotCount) {
  BlobCase test;
  test.host = "MDS.Example.Org";
  EXPECT_EQ(verdict(test), "ok");
}

TEST(Blob, OneOfSeveralNamesWillDo) {
  BlobCase test;
  test.blob.edit_signer = [](auto& o) {
    o.subject_alt_name = der::sequence(
        {der::element(0x82, bytes("other.example.org")), der::element(0x82, bytes(kBlobHost))});
  };
  EXPECT_EQ(verdict(test), "ok");
}

TEST(Blob, AUrlBesideTheCertificatesIsIgnored) {
  BlobCase test;
  test.blob.header_edits = {{"x5u", json_string("https://mds.example.org/chain")}};
  EXPECT_EQ(verdict(test), "ok");
}

// 2026: the signer moved from one root to another, and the new one came cross-signed by the old.
class CrossSigned : public ::testing::Test {
 protected:
  static BlobCase with_cross() {
    BlobCase test;
    test.blob.edit_x5c = [](auto& x5c) { x5c.push_back(cross().der); };
    test.edit_crls = [](auto& crls, const TestBlob&) { crls.push_back(current_crl(old_root())); };
    return test;
  }
  static const TestCertificate& old_root() {
    static const TestCertificate value = make_certificate(
        authority_options("Old Root", TestKey::make(KeyKind::p256, "old root")), nullptr);
    return value;
  }
  /// The new root's name and key, signed by the old root.
  static const TestCertificate& cross() {
    static const TestCertificate value = [] {
      CertificateOptions options =
          authority_options("BLOB Root", TestKey::make(KeyKind::p256, "root"));
      options.serial = {kCrossSerial};
      return make_certificate(options, &old_root());
    }();
    return value;
  }
  static constexpr std::uint8_t kCrossSerial = 0x61;
};

TEST_F(CrossSigned, SucceedsIfTheOldRootIsTrusted) {
  BlobCase test = with_cross();
  test.edit_anchors = [](auto& anchors, auto&) { anchors = {old_root().der}; };
  const Result<VerifiedBlob> blob = run_blob(test, OpenSslVerifier());
  ASSERT_TRUE(blob.has_value()) << describe(blob.error());
  EXPECT_EQ(blob->path().size(), 3U);
}

TEST_F(CrossSigned, SucceedsIfTheNewRootIsTrusted) { EXPECT_EQ(verdict(with_cross()), "ok"); }

TEST_F(CrossSigned, SucceedsIfBothAreTrusted) {
  BlobCase test = with_cross();
  test.edit_anchors = [](auto& anchors, auto&) { anchors.push_back(old_root().der); };
  EXPECT_EQ(verdict(test), "ok");
}

TEST_F(CrossSigned, FailsIfTheCrossSignedCertificateIsRevokedAndTheOldRootAloneIsTrusted) {
  BlobCase test = with_cross();
  test.edit_anchors = [](auto& anchors, auto&) { anchors = {old_root().der}; };
  test.edit_crls = [](auto& crls, auto&) {
    crls.push_back(
        current_crl(old_root(), [](CrlOptions& o) { o.revoked_serials = {{kCrossSerial}}; }));
  };
  EXPECT_EQ(verdict(test), "metadata_revocation/certificate_revoked");
  // The other path is as good as ever.
  test.edit_anchors = [](auto& anchors, auto&) { anchors.push_back(old_root().der); };
  EXPECT_EQ(verdict(test), "ok");
}

TEST_F(CrossSigned, TheOtherPathIsTriedIfListsOfOneAreMissing) {
  BlobCase test = with_cross();
  // No list of the new root, so that its direct path has none for the issuing CA; by the key of
  // the cross-signed certificate it has none either.
  test.edit_anchors = [](auto& anchors, auto&) { anchors.push_back(old_root().der); };
  test.edit_crls = [](auto& crls, auto&) {
    crls.erase(crls.begin());
    crls.push_back(current_crl(old_root()));
  };
  EXPECT_EQ(verdict(test), "metadata_revocation/crl_missing");
  // With it, but none of the old root, the direct path suffices whatever the order of anchors.
  test.edit_crls = nullptr;
  EXPECT_EQ(verdict(test), "ok");
  test.edit_anchors = [](auto& anchors, auto&) { anchors.insert(anchors.begin(), old_root().der); };
  EXPECT_EQ(verdict(test), "ok");
  test.edit_anchors = [](auto& anchors, auto&) { anchors = {old_root().der}; };
  EXPECT_EQ(verdict(test), "metadata_revocation/crl_missing");
}

// Whoever has a revoked certificate appends a path of which nobody has lists.
TEST_F(CrossSigned, FailsIfOnePathIsRevokedAndNothingIsKnownOfTheOther) {
  BlobCase test = with_cross();
  test.revocation = RevocationMode::prefer;
  test.edit_anchors = [](auto& anchors, auto&) { anchors.push_back(old_root().der); };
  test.edit_crls = [](auto& crls, const TestBlob& blob) {
    crls = {current_crl(blob.issuer),
            current_crl(old_root(), [](CrlOptions& o) { o.revoked_serials = {{kCrossSerial}}; })};
  };
  EXPECT_EQ(verdict(test), "metadata_revocation/certificate_revoked");
  test.edit_anchors = [](auto& anchors, auto&) { anchors.insert(anchors.begin(), old_root().der); };
  EXPECT_EQ(verdict(test), "metadata_revocation/certificate_revoked");
}

TEST_F(CrossSigned, APathForOtherPurposesIsLeftOut) {
  BlobCase test = with_cross();
  test.blob.edit_x5c = [](auto& x5c) {
    CertificateOptions options =
        authority_options("BLOB Root", TestKey::make(KeyKind::p256, "root"));
    options.extended_key_usage = {purposes::kEmailProtection};
    x5c.push_back(make_certificate(options, &old_root()).der);
  };
  test.edit_anchors = [](auto& anchors, auto&) { anchors = {old_root().der}; };
  EXPECT_EQ(verdict(test), "metadata_signing_chain/certificate_key_usage");
  test.edit_anchors = [](auto& anchors, auto&) { anchors.push_back(old_root().der); };
  EXPECT_EQ(verdict(test), "ok");
}

TEST_F(CrossSigned, FailsIfTheCrossSignatureIsForged) {
  BlobCase test = with_cross();
  test.blob.edit_x5c = [](auto& x5c) {
    CertificateOptions options =
        authority_options("BLOB Root", TestKey::make(KeyKind::p256, "root"));
    options.fault = CertificateFault::wrong_signature;
    x5c.push_back(make_certificate(options, &old_root()).der);
  };
  test.edit_anchors = [](auto& anchors, auto&) { anchors = {old_root().der}; };
  EXPECT_EQ(verdict(test), "metadata_signing_chain/certificate_chain_signature_invalid");
}

// Lists

TEST(BlobRevocation, PreferGoesOnAndSaysSo) {
  for (const bool is_stale : {true, false}) {
    BlobCase test;
    test.revocation = RevocationMode::prefer;
    if (is_stale) {
      test.edit_root_crl = [](auto& o) { o.next_update = kCeremonyTime - 1; };
    } else {
      test.edit_crls = [](auto& crls, auto&) { crls.clear(); };
    }
    const Result<VerifiedBlob> blob = run_blob(test, OpenSslVerifier());
    ASSERT_TRUE(blob.has_value()) << describe(blob.error());
    EXPECT_TRUE(blob->is_revocation_unknown());
    test.revocation = RevocationMode::off;
    const Result<VerifiedBlob> unasked = run_blob(test, OpenSslVerifier());
    ASSERT_TRUE(unasked.has_value());
    EXPECT_FALSE(unasked->is_revocation_unknown());
  }
}

TEST(BlobRevocation, OffDoesNotLookAtLists) {
  BlobCase test;
  test.revocation = RevocationMode::off;
  test.edit_issuer_crl = [](auto& o) { o.revoked_serials = {{kSignerSerial}}; };
  EXPECT_EQ(verdict(test), "ok");
}

TEST(BlobRevocation, AForgedListBesideTheGoodOneChangesNothing) {
  BlobCase test;
  test.edit_crls = [](auto& crls, const TestBlob& blob) {
    crls.insert(crls.begin(), current_crl(blob.issuer, [](CrlOptions& o) {
                  o.fault = CrlFault::wrong_signature;
                  o.revoked_serials = {{kSignerSerial}};
                }));
  };
  EXPECT_EQ(verdict(test), "ok");
}

// Payload

TEST(BlobPayload, TheFirstNumberMayBeAny) {
  BlobCase test;
  test.last_number.reset();
  test.blob.number = 0;
  EXPECT_EQ(verdict(test), "ok");
  test.blob.payload_edits = {{"no", "9223372036854775807"}};
  test.last_number = 9223372036854775806U;
  EXPECT_EQ(run_blob(test, OpenSslVerifier())->number(), 9223372036854775807U);
}

TEST(BlobPayload, UnknownMembersArePassedOver) {
  BlobCase test;
  test.blob.payload_edits = {{"extra", R"({"a":[1.5e300,{"b":null}],"a":2})"}};
  EXPECT_EQ(verdict(test), "ok");
}

TEST(BlobPayload, AnUnknownStatusDoesNotCostTheEntry) {
  BlobCase test;
  test.blob.entries = {blob_entry(kAaguid, "FIDO_CERTIFIED_L9")};
  const VerifiedBlob blob = run_blob(test, OpenSslVerifier()).value();
  ASSERT_EQ(blob.entries().size(), 1U);
  EXPECT_EQ(blob.entries()[0].reports.at(0).status, AuthenticatorStatus::unknown);
}

TEST(BlobPayload, BadEntriesAreSkippedAndNamed) {
  const std::string deep(limits::kMaxJsonDepth + 1, '[');
  const std::string closed(limits::kMaxJsonDepth + 1, ']');
  const std::string quoted = json_string(kAaguid);
  const struct {
    std::string entry;
    std::string_view name;
  } bad[] = {
      {"{\"aaguid\":" + quoted + ",\"statusReports\":{}}", kAaguid},
      {"{\"aaguid\":{\"a\":1,\"a\":2},\"statusReports\":[]}", ""},
      {"{\"aaguid\":" + deep + closed + ",\"statusReports\":[]}", ""},
      {"{\"aaguid\":" + quoted + ",\"aaguid\":" + quoted + ",\"statusReports\":[]}", ""},
      {"{\"aaid\":\"1234#5678\",\"attestationCertificateKeyIdentifiers\":7}", "1234#5678"},
      {"{\"attestationCertificateKeyIdentifiers\":[\"7c0903708b87115b0b422def3138c3c864e44573\"],"
       "\"statusReports\":\"\"}",
       "7c0903708b87115b0b422def3138c3c864e44573"},
      {"{\"aaguid\":\"" + std::string(65, 'a') + "\",\"statusReports\":[]}", ""},
      {"{\"aaguid\":7}", ""},
      {"[]", ""},
      {"null", ""},
  };
  BlobCase test;
  test.blob.entries.push_back(blob_entry(kAaguid));
  for (const auto& one : bad) {
    test.blob.entries.push_back(one.entry);
  }
  test.blob.entries.push_back(blob_entry(kOtherAaguid));
  const Result<VerifiedBlob> blob = run_blob(test, OpenSslVerifier());
  ASSERT_TRUE(blob.has_value()) << describe(blob.error());
  EXPECT_EQ(blob->entries().size(), 2U);
  ASSERT_EQ(blob->skipped().size(), std::size(bad));
  for (std::size_t i = 0; i < std::size(bad); ++i) {
    EXPECT_EQ(blob->skipped()[i].index, i + 1);
    EXPECT_EQ(blob->skipped()[i].name, bad[i].name) << bad[i].entry;
  }
  EXPECT_EQ(blob->skipped()[1].error.code, ErrorCode::json_duplicate_key);
  EXPECT_EQ(blob->skipped()[2].error.code, ErrorCode::json_too_deep);
}

TEST(BlobPayload, ABadReportIsNamedAndItsEntryKept) {
  BlobCase test;
  test.blob.entries.push_back("{\"aaguid\":" + json_string(kAaguid) +
                              ",\"statusReports\":[{\"status\":\"REVOKED\",\"effectiveDate\":7}]}");
  const Result<VerifiedBlob> blob = run_blob(test, OpenSslVerifier());
  ASSERT_TRUE(blob.has_value()) << describe(blob.error());
  ASSERT_EQ(blob->entries().size(), 1U);
  EXPECT_EQ(blob->entries()[0].reports.at(0).status, AuthenticatorStatus::revoked);
  ASSERT_EQ(blob->skipped().size(), 1U);
  EXPECT_EQ(blob->skipped()[0].name, kAaguid);
  EXPECT_EQ(blob->skipped()[0].error.code, ErrorCode::metadata_statement_malformed);
}

// Verdicts

TEST(PendingBlob, FailsIfVerdictsAreMissing) {
  const TestBlob blob = make_blob();
  const std::vector<Certificate> anchors{parse_certificate(blob.root.der).value()};
  const BlobExpectations expectations{
      anchors, {}, RevocationMode::off, "", UnixSeconds{kCeremonyTime}, {}};
  PendingBlob pending = begin_blob(bytes_of(blob.jws), expectations).value();
  ASSERT_EQ(pending.obligations().size(), 3U);
  const std::vector<SignatureVerdict> two(2, SignatureVerdict::valid);
  const Result<VerifiedBlob> refused = std::move(pending).finish(two);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::obligation_results_mismatch);
}

TEST(PendingBlob, FailsIfTheBackendCannotVerify) {
  const TestBlob blob = make_blob();
  const std::vector<Certificate> anchors{parse_certificate(blob.root.der).value()};
  const BlobExpectations expectations{
      anchors, {}, RevocationMode::off, "", UnixSeconds{kCeremonyTime}, {}};
  constexpr std::string_view kExpected[] = {
      "metadata_signing_chain/algorithm_unsupported_by_backend",
      "metadata_signing_chain/algorithm_unsupported_by_backend",
      "metadata_signature/algorithm_unsupported_by_backend",
  };
  for (std::size_t i = 0; i < std::size(kExpected); ++i) {
    PendingBlob pending = begin_blob(bytes_of(blob.jws), expectations).value();
    std::vector<SignatureVerdict> verdicts(3, SignatureVerdict::valid);
    verdicts[i] = SignatureVerdict::unsupported;
    const Result<VerifiedBlob> refused = std::move(pending).finish(verdicts);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(describe(refused.error()), kExpected[i]);
  }
}

// Looking ahead

TEST(PeekBlobNumber, ReadsTheNumberOfAnyInput) {
  BlobOptions options;
  options.number = 4711;
  options.entries.assign(200, blob_entry(kAaguid));
  const std::string jws = make_blob(options).jws;
  EXPECT_EQ(peek_blob_number(bytes_of(jws)), 4711U);
  // Unverified: the beginning of the payload will do.
  const std::string cut = jws.substr(0, jws.find('.') + 1 + limits::kMaxBlobPeekCharacters) + ".x";
  EXPECT_EQ(peek_blob_number(bytes_of(cut)), 4711U);
}

TEST(PeekBlobNumber, NothingIfItCannotBeReadCheaply) {
  const auto peek = [](const std::string& payload) {
    return peek_blob_number(bytes_of("e30." + to_base64url(bytes(payload)) + ".AAAA"));
  };
  EXPECT_EQ(peek("{\"no\":7}"), 7U);
  for (const char* payload : {"", "{}", "[7]", "{\"no\":\"7\"}", "{\"no\":-7}", "{\"no\":7.0}",
                              "{\"no\":9223372036854775808}", "<html>", "{\"no\":7"}) {
    EXPECT_FALSE(peek(payload).has_value()) << payload;
  }
  EXPECT_FALSE(peek("{\"x\":\"" + std::string(limits::kMaxBlobPeekCharacters, 'x') + "\",\"no\":7}")
                   .has_value());
  for (const std::string_view text : {"", ".", "e30.eyJubyI6N30", "<html>.</html>.!"}) {
    EXPECT_FALSE(peek_blob_number(bytes_of(text)).has_value()) << text;
  }
}

TEST(FindCrlLocations, NamesTheListsOfAllButAnchors) {
  BlobOptions options;
  options.edit_signer = [](auto& o) {
    o.extensions.push_back({oids::kCrlDistributionPoints, false,
                            der::sequence({distribution_point("http://crl.example.org/ca.crl")})});
  };
  options.edit_x5c = [](auto& x5c) { x5c.push_back(make_blob().root.der); };
  const TestBlob blob = make_blob(options);
  const std::vector<Certificate> anchors{parse_certificate(blob.root.der).value()};
  const auto locations = find_crl_locations(bytes_of(blob.jws), anchors);
  ASSERT_TRUE(locations.has_value());
  ASSERT_EQ(locations->size(), 2U);
  EXPECT_TRUE(equal((*locations)[0].certificate.encoded(), blob.signer.der));
  EXPECT_EQ((*locations)[0].urls, std::vector<std::string>{"http://crl.example.org/ca.crl"});
  EXPECT_TRUE((*locations)[1].urls.empty());
  EXPECT_FALSE(find_crl_locations(bytes_of("<html>"), anchors).has_value());
}

}  // namespace
}  // namespace countersign::testing
