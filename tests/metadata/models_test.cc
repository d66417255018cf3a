#include "metadata/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "backends/openssl/openssl_backend.h"
#include "codec/der_reader.h"
#include "tests/metadata/metadata_json.h"
#include "tests/support/pki.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Type = AttestationType;
using Listed = MetadataAttestationType;
using Level = CertificationLevel;

constexpr UnixSeconds kNow{kCeremonyTime};
constexpr Aaguid kModel{1, 2, 3};
constexpr Aaguid kOtherModel{4, 5, 6};

const Hasher& hasher() {
  static const OpenSslHasher value;
  return value;
}

Certificate parse(const TestCertificate& certificate) {
  return parse_certificate(certificate.der).value();
}

/// A vendor's root with an intermediate and a leaf.
struct Vendor {
  explicit Vendor(std::string_view name) {
    ChainOptions options;
    options.intermediates = 1;
    options.leaf.key = TestKey::make(KeyKind::p256, name);
    options.root = authority_options(name, TestKey::make(KeyKind::p256, std::string(name) + "r"));
    chain = make_chain(options);
    root = parse(*chain.root);
    path = {parse(*chain.leaf), parse(chain.intermediates.front())};
  }
  TestChain chain;
  Certificate root{nullptr};
  std::vector<Certificate> path;
};
const Vendor& vendor() {
  static const Vendor value("vendor");
  return value;
}
const Vendor& stranger() {
  static const Vendor value("stranger");
  return value;
}

StatusReport report(AuthenticatorStatus status) {
  StatusReport out;
  out.status = status;
  return out;
}

/// What metadata say of kModel; a case changes it.
MetadataEntry known_model() {
  MetadataEntry entry;
  entry.aaguid = kModel;
  MetadataStatement& statement = entry.statement.emplace();
  statement.description = "Model";
  statement.attestation_types = {Listed::basic_full};
  statement.algorithms = {CoseAlgorithm::es256};
  statement.anchors = {vendor().root};
  entry.reports = {report(AuthenticatorStatus::fido_certified_l2)};
  return entry;
}

/// A registration as the formats' verifiers leave it.
struct Seen {
  std::string_view format = "packed";
  Type type = Type::basic;
  std::vector<Certificate> path = vendor().path;
  std::optional<CoseAlgorithm> algorithm = CoseAlgorithm::es256;
  CoseAlgorithm credential_algorithm = CoseAlgorithm::es256;
  Aaguid aaguid = kModel;
};
Seen self_attested() { return {"packed", Type::self, {}, CoseAlgorithm::es256}; }
Seen unattested() { return {"none", Type::none, {}, std::nullopt}; }

struct World {
  std::vector<MetadataEntry> entries = {known_model()};
  std::vector<FormatAnchors> format_anchors;
  MetadataRules rules;

  MetadataModels models() const {
    MetadataCatalogueBuilder builder;
    builder.add(entries);
    return {std::move(builder).build(1),
            std::make_shared<const std::vector<FormatAnchors>>(format_anchors), rules, hasher()};
  }
  MetadataEntry& entry() { return entries.front(); }
  MetadataStatement& statement() { return *entry().statement; }
};

AttestationStatementResult statement_of(const Seen& seen) {
  AttestationStatementResult out;
  out.format = seen.format;
  out.type = seen.type;
  out.trust_path = seen.path;
  out.algorithm = seen.algorithm;
  return out;
}

/// Steps 23 and 24 as a ceremony walks them.
Result<ModelAssessment> judge(const World& world, const Seen& seen) {
  const MetadataModels models = world.models();
  const AttestationStatementResult statement = statement_of(seen);
  const ModelQuery query{statement, seen.aaguid, seen.credential_algorithm, kNow};
  const std::vector<Certificate> anchors = models.find_anchors(query);
  std::vector<SignatureObligation> obligations;
  const TrustCandidates candidates = find_trust_candidates(statement, {anchors, kNow}, obligations);
  static const OpenSslVerifier verifier;
  std::vector<bool> holds;
  for (const SignatureVerdict verdict : discharge(obligations, verifier)) {
    holds.push_back(verdict == SignatureVerdict::valid);
  }
  const TrustAssessment trust = assess_trust(candidates, holds);
  return models.assess(query, trust, trust.anchor ? &anchors[*trust.anchor] : nullptr);
}

void expect_refused(const World& world, const Seen& seen, ErrorCode code) {
  const Result<ModelAssessment> result = judge(world, seen);
  ASSERT_FALSE(result.has_value()) << error_name(code);
  EXPECT_EQ(error_name(result.error().code), error_name(code));
  EXPECT_EQ(result.error().check, Check::authenticator_model_acceptable);
}

ModelAssessment accepted(const World& world, const Seen& seen) {
  const Result<ModelAssessment> result = judge(world, seen);
  if (!result.has_value()) {
    ADD_FAILURE() << error_name(result.error().code);
    return {};
  }
  return *result;
}

// ---- chained attestation of a known model

TEST(MetadataModels, ProveAModelThatChainsToItsAnchors) {
  const ModelAssessment out = accepted({}, {});
  EXPECT_TRUE(out.is_known);
  EXPECT_TRUE(out.is_proved);
  EXPECT_EQ(out.description, "Model");
  EXPECT_EQ(out.certification, "L2");
  EXPECT_THAT(out.statuses, ElementsAre("FIDO_CERTIFIED_L2"));
}

TEST(MetadataModels, FailIfTheChainLeadsToAnotherModelsRoot) {
  World world;
  MetadataEntry other = known_model();
  other.aaguid = kOtherModel;
  other.statement->anchors = {stranger().root};
  world.entries.push_back(other);
  Seen seen;
  seen.path = stranger().path;
  expect_refused(world, seen, ErrorCode::certificate_path_not_found);
  seen.aaguid = kOtherModel;
  EXPECT_TRUE(accepted(world, seen).is_proved);
}

TEST(MetadataModels, FailIfTheRootCameWithTheChain) {
  Seen seen;
  seen.path = stranger().path;
  seen.path.push_back(stranger().root);
  expect_refused({}, seen, ErrorCode::certificate_path_not_found);
}

TEST(MetadataModels, TellWhyAChainIsUntrusted) {
  const MetadataModels models = World().models();
  const AttestationStatementResult statement = statement_of({});
  const auto code_for = [&](std::optional<Error> reason) {
    const Result<ModelAssessment> result =
        models.assess({statement, kModel, CoseAlgorithm::es256, kNow},
                      {AttestationTrust::untrusted, reason, std::nullopt}, nullptr);
    EXPECT_EQ(result.error().check, Check::authenticator_model_acceptable);
    return result.error().code;
  };
  for (const ErrorCode code : {ErrorCode::certificate_expired, ErrorCode::certificate_chain_order,
                               ErrorCode::certificate_chain_signature_invalid}) {
    EXPECT_EQ(code_for(Error{code, Check::attestation_chain_trusted, 0}), code);
  }
  EXPECT_EQ(code_for(std::nullopt), ErrorCode::attestation_untrusted);
}

TEST(MetadataModels, AcceptIntermediatesAndLeavesAsAnchors) {
  World world;
  world.statement().anchors = {stranger().root, vendor().path[1]};
  Seen seen;
  seen.path = {vendor().path[0]};
  EXPECT_TRUE(accepted(world, seen).is_proved);
  world.statement().anchors = {vendor().path[0]};
  EXPECT_TRUE(accepted(world, seen).is_proved);
}

TEST(MetadataModels, FailIfTheStatementHasNoAnchor) {
  World world;
  world.statement().anchors = {};
  expect_refused(world, {}, ErrorCode::certificate_path_not_found);
}

TEST(MetadataModels, TakeAModelWithoutStatementForAnUnknownOne) {
  World world;
  world.entry().statement.reset();
  EXPECT_FALSE(accepted(world, {}).is_proved);
  world.rules.unknown = UnknownAuthenticators::reject;
  expect_refused(world, {}, ErrorCode::authenticator_unknown);
  world.entry().reports.push_back(report(AuthenticatorStatus::revoked));
  expect_refused(world, {}, ErrorCode::authenticator_revoked);
}

TEST(MetadataModels, DoNotUseAnOutdatedStatement) {
  World world;
  world.rules.unknown = UnknownAuthenticators::reject;
  StatusReport update = report(AuthenticatorStatus::update_available);
  update.authenticator_version = 2;
  world.statement().authenticator_version = 1;
  world.entry().reports.push_back(update);
  expect_refused(world, {}, ErrorCode::authenticator_unknown);
  world.statement().authenticator_version = 2;
  EXPECT_TRUE(accepted(world, {}).is_proved);
}

TEST(MetadataModels, HoldTheTypeAgainstThoseListed) {
  const struct {
    std::string_view format;
    Type type;
    std::vector<Listed> fitting;
  } rows[] = {
      {"packed", Type::basic, {Listed::basic_full, Listed::attca}},
      {"fido-u2f", Type::basic, {Listed::basic_full, Listed::attca}},
      {"android-key", Type::basic, {Listed::basic_full, Listed::attca, Listed::anonca}},
      {"android-safetynet", Type::basic, {Listed::basic_full, Listed::attca, Listed::anonca}},
      {"tpm", Type::attca, {Listed::basic_full, Listed::attca}},
      {"apple", Type::anonca, {Listed::anonca}},
      {"packed", Type::self, {Listed::basic_surrogate}},
  };
  for (const auto& row : rows) {
    Seen seen;
    seen.format = row.format;
    seen.type = row.type;
    if (row.type == Type::self) {
      seen.path = {};
    }
    for (const Listed listed : {Listed::basic_full, Listed::basic_surrogate, Listed::attca,
                                Listed::anonca, Listed::ecdaa, Listed::none}) {
      SCOPED_TRACE(std::string(row.format) + " " + std::to_string(static_cast<int>(listed)));
      World world;
      world.entry().key_identifiers = {key_identifier_of(vendor().path[0], hasher())};
      world.statement().attestation_types = {listed};
      if (std::find(row.fitting.begin(), row.fitting.end(), listed) != row.fitting.end()) {
        EXPECT_TRUE(accepted(world, seen).is_known);
      } else {
        expect_refused(world, seen, ErrorCode::attestation_type_not_in_metadata);
      }
    }
  }
}

TEST(MetadataModels, FailIfFullAttestationComesFromASurrogateModel) {
  World world;
  world.statement().attestation_types = {Listed::basic_surrogate};
  expect_refused(world, {}, ErrorCode::attestation_type_not_in_metadata);
  world.statement().attestation_types = {};
  expect_refused(world, {}, ErrorCode::attestation_type_not_in_metadata);
}

TEST(MetadataModels, FailIfAnAlgorithmIsNotListed) {
  Seen seen;
  seen.algorithm = CoseAlgorithm::es384;
  expect_refused({}, seen, ErrorCode::algorithm_not_in_metadata);
  seen = {};
  seen.credential_algorithm = CoseAlgorithm::es256k;
  expect_refused({}, seen, ErrorCode::algorithm_not_in_metadata);
  seen.credential_algorithm = CoseAlgorithm::ed25519;
  expect_refused({}, seen, ErrorCode::algorithm_not_in_metadata);
  World world;
  world.statement().algorithms = {};
  expect_refused(world, {}, ErrorCode::algorithm_not_in_metadata);
}

TEST(MetadataModels, KnowTheAliasesOfAlgorithms) {
  World world;
  world.statement().algorithms = {CoseAlgorithm::es256, CoseAlgorithm::eddsa};
  Seen seen;
  seen.algorithm = CoseAlgorithm::esp256;
  seen.credential_algorithm = CoseAlgorithm::ed25519;
  EXPECT_TRUE(accepted(world, seen).is_proved);
  seen.credential_algorithm = CoseAlgorithm::ed448;
  expect_refused(world, seen, ErrorCode::algorithm_not_in_metadata);
}

TEST(MetadataModels, AcceptWhatTpmsSignAttestationsWith) {
  World world;
  world.statement().attestation_types = {Listed::attca};
  world.statement().algorithms = {CoseAlgorithm::rs256};
  Seen seen;
  seen.format = "tpm";
  seen.type = Type::attca;
  seen.algorithm = CoseAlgorithm::rs1;
  seen.credential_algorithm = CoseAlgorithm::rs256;
  EXPECT_TRUE(accepted(world, seen).is_proved);
  seen.credential_algorithm = CoseAlgorithm::rs1;
  expect_refused(world, seen, ErrorCode::algorithm_not_in_metadata);
}

TEST(MetadataModels, FailIfTheModelHasAnObjection) {
  World world;
  world.entry().reports.insert(world.entry().reports.begin(),
                               report(AuthenticatorStatus::user_verification_bypass));
  expect_refused(world, {}, ErrorCode::authenticator_user_verification_bypass);
  world.entry().reports.front().sunset_date = kNow;
  EXPECT_TRUE(accepted(world, {}).is_proved);
}

TEST(MetadataModels, FailIfTheBatchIsCompromised) {
  for (const Certificate* certificate :
       {&vendor().path[0], &vendor().path[1], &vendor().root, &stranger().root}) {
    World world;
    StatusReport compromise = report(AuthenticatorStatus::attestation_key_compromise);
    compromise.keys = {to_vector(certificate->subject_public_key_info())};
    world.entry().reports.push_back(compromise);
    if (certificate == &stranger().root) {
      EXPECT_EQ(accepted(world, {}).certification, "L2");
    } else {
      expect_refused(world, {}, ErrorCode::authenticator_attestation_key_compromise);
    }
  }
}

// ---- anchors of a format

TEST(MetadataModels, AcceptTheFormatsAnchorsWithoutProof) {
  World world;
  world.format_anchors = {{"packed", {stranger().root}}};
  Seen seen;
  seen.path = stranger().path;
  const ModelAssessment out = accepted(world, seen);
  EXPECT_TRUE(out.is_known);
  EXPECT_FALSE(out.is_proved);
  EXPECT_EQ(out.certification, "none");
  EXPECT_TRUE(accepted(world, {}).is_proved) << "the model's own anchors still prove";
}

// The same authority twice: as the model's own anchor and, cross-signed, as one of the format's.
// Which of the two fits the chain's key identifiers better decides the order of the paths.
TEST(MetadataModels, ProveAModelWhereTheFormatsAnchorsFitAsWell) {
  for (const bool is_own_first : {false, true}) {
    CertificateOptions options = authority_options("vendor", vendor().chain.root->key);
    options.has_subject_key_identifier = is_own_first;
    const Certificate own = parse(make_certificate(options, nullptr));
    options.has_subject_key_identifier = !is_own_first;
    const Certificate of_format = parse(make_certificate(options, &*stranger().chain.root));
    ASSERT_NE(own, of_format);
    World world;
    world.statement().anchors = {own};
    world.format_anchors = {{"packed", {of_format}}};
    EXPECT_TRUE(accepted(world, {}).is_proved) << is_own_first;
    world.statement().anchors = {stranger().root};
    EXPECT_FALSE(accepted(world, {}).is_proved) << is_own_first;
  }
}

TEST(MetadataModels, FailIfTheAnchorIsAnotherFormats) {
  World world;
  world.format_anchors = {{"android-key", {stranger().root}}};
  Seen seen;
  seen.path = stranger().path;
  expect_refused(world, seen, ErrorCode::certificate_path_not_found);
  world.format_anchors = {{"", {stranger().root}}};
  EXPECT_FALSE(accepted(world, seen).is_proved);
}

TEST(MetadataModels, AcceptAppleOfUnknownModels) {
  World world;
  world.rules.unknown = UnknownAuthenticators::reject;
  world.format_anchors = {{"apple", {stranger().root}}};
  Seen seen;
  seen.format = "apple";
  seen.type = Type::anonca;
  seen.path = stranger().path;
  seen.algorithm = std::nullopt;
  for (const Aaguid& aaguid : {Aaguid{}, kOtherModel}) {
    seen.aaguid = aaguid;
    const ModelAssessment out = accepted(world, seen);
    EXPECT_FALSE(out.is_known);
    EXPECT_FALSE(out.is_proved);
  }
  seen.path = vendor().path;
  expect_refused(world, seen, ErrorCode::authenticator_unknown);
}

// ---- unknown models

TEST(MetadataModels, AcceptUnknownModelsAsUnattestedWhereTheRulesDo) {
  Seen seen;
  seen.aaguid = kOtherModel;
  for (const Seen& registration : {seen, self_attested(), unattested()}) {
    Seen unknown = registration;
    unknown.aaguid = kOtherModel;
    const ModelAssessment out = accepted({}, unknown);
    EXPECT_FALSE(out.is_known);
    EXPECT_FALSE(out.is_proved);
    EXPECT_EQ(out.certification, "none");
    EXPECT_THAT(out.statuses, IsEmpty());
  }
}

TEST(MetadataModels, FailIfUnknownModelsAreRejected) {
  World world;
  world.rules.unknown = UnknownAuthenticators::reject;
  for (const Aaguid& aaguid : {Aaguid{}, kOtherModel}) {
    Seen chained;
    chained.aaguid = aaguid;
    expect_refused(world, chained, ErrorCode::authenticator_unknown);
    Seen self = self_attested();
    self.aaguid = aaguid;
    expect_refused(world, self, ErrorCode::authenticator_unknown);
    Seen none = unattested();
    none.aaguid = aaguid;
    EXPECT_FALSE(accepted(world, none).is_known);
  }
}

TEST(MetadataModels, NeverKnowTheZeroAaguid) {
  World world;
  world.entry().aaguid = Aaguid{};
  Seen seen;
  seen.aaguid = Aaguid{};
  EXPECT_FALSE(accepted(world, seen).is_known);
  world.rules.unknown = UnknownAuthenticators::reject;
  expect_refused(world, seen, ErrorCode::authenticator_unknown);
}

// ---- claims

TEST(MetadataModels, NeverProveAClaim) {
  World world;
  world.statement().attestation_types = {Listed::basic_full, Listed::basic_surrogate};
  for (const Seen& seen : {self_attested(), unattested()}) {
    const ModelAssessment out = accepted(world, seen);
    EXPECT_TRUE(out.is_known);
    EXPECT_FALSE(out.is_proved);
    EXPECT_EQ(out.certification, "none");
  }
}

TEST(MetadataModels, FailIfSelfAttestationClaimsAModelThatAttests) {
  expect_refused({}, self_attested(), ErrorCode::attestation_type_not_in_metadata);
}

TEST(MetadataModels, FailIfTheClaimedModelHasAnObjection) {
  for (const AuthenticatorStatus status :
       {AuthenticatorStatus::revoked, AuthenticatorStatus::retired,
        AuthenticatorStatus::attestation_key_compromise}) {
    World world;
    world.statement().attestation_types = {Listed::basic_surrogate};
    world.entry().reports = {report(status)};
    for (const Seen& seen : {self_attested(), unattested()}) {
      EXPECT_FALSE(judge(world, seen).has_value()) << authenticator_status_name(status);
    }
  }
}

TEST(MetadataModels, AcceptClaimsOfModelsWithACompromisedBatch) {
  World world;
  StatusReport compromise = report(AuthenticatorStatus::attestation_key_compromise);
  compromise.keys = {to_vector(vendor().root.subject_public_key_info())};
  world.entry().reports = {compromise};
  EXPECT_TRUE(accepted(world, unattested()).is_known);
}

TEST(MetadataModels, FailIfTheMinimumCertificationIsNotProved) {
  World world;
  world.statement().attestation_types = {Listed::basic_full, Listed::basic_surrogate};
  world.entry().reports = {report(AuthenticatorStatus::fido_certified_l3)};
  world.format_anchors = {{"packed", {stranger().root}}};
  world.rules.model.minimum_certification = Level::l2;
  EXPECT_EQ(accepted(world, {}).certification, "L3");
  Seen by_format;
  by_format.path = stranger().path;
  Seen unknown;
  unknown.aaguid = kOtherModel;
  for (const Seen& seen : {self_attested(), unattested(), by_format, unknown}) {
    expect_refused(world, seen, ErrorCode::authenticator_not_certified);
  }
  world.entry().reports = {report(AuthenticatorStatus::fido_certified_l1plus)};
  expect_refused(world, {}, ErrorCode::authenticator_not_certified);
}

// ---- U2F

World u2f_world() {
  World world;
  world.entry().aaguid.reset();
  world.entry().key_identifiers = {key_identifier_of(vendor().path[0], hasher())};
  world.statement().anchors = {vendor().path[1]};
  return world;
}
Seen u2f() {
  Seen seen;
  seen.format = "fido-u2f";
  seen.path = {vendor().path[0]};
  seen.aaguid = {};
  return seen;
}

TEST(MetadataModels, FindU2fByTheKeyOfItsCertificate) {
  EXPECT_TRUE(accepted(u2f_world(), u2f()).is_proved);
  const ByteVector identifier = digest(Hash::sha1, vendor().path[0].subject_public_key_octets());
  EXPECT_EQ(to_vector(key_identifier_of(vendor().path[0], hasher())), identifier);
}

TEST(MetadataModels, FailIfTheKeyIdentifierNamesARevokedModel) {
  World world = u2f_world();
  world.entry().reports = {report(AuthenticatorStatus::revoked)};
  Seen seen = u2f();
  expect_refused(world, seen, ErrorCode::authenticator_revoked);
  // An AAGUID of a good model does not help.
  world.entries.push_back(known_model());
  seen.aaguid = kModel;
  expect_refused(world, seen, ErrorCode::authenticator_revoked);
}

// Nothing signs the AAGUID beside a U2F key, so it proves nothing; whoever claims that of a
// revoked model is believed.
TEST(MetadataModels, FailIfTheAaguidBesideAU2fKeyNamesARevokedModel) {
  World world = u2f_world();
  MetadataEntry claimed = known_model();
  claimed.reports = {report(AuthenticatorStatus::revoked)};
  world.entries.push_back(claimed);
  EXPECT_TRUE(accepted(world, u2f()).is_proved);
  Seen seen = u2f();
  seen.aaguid = kModel;
  expect_refused(world, seen, ErrorCode::authenticator_revoked);
  seen.aaguid = kOtherModel;
  EXPECT_TRUE(accepted(world, seen).is_proved);
}

TEST(MetadataModels, TakeNothingFromTheAaguidBesideAU2fKey) {
  World world = u2f_world();
  world.entry().reports.clear();
  MetadataEntry claimed = known_model();
  claimed.statement->description = "Claimed";
  world.entries.push_back(claimed);
  Seen seen = u2f();
  seen.aaguid = kModel;
  const ModelAssessment out = accepted(world, seen);
  EXPECT_EQ(out.description, "Model");
  EXPECT_EQ(out.certification, "none");
  EXPECT_THAT(out.statuses, IsEmpty());
}

TEST(MetadataModels, NeverFindU2fByAnAaguid) {
  World world;
  world.rules.unknown = UnknownAuthenticators::reject;
  Seen seen = u2f();
  seen.aaguid = kModel;
  expect_refused(world, seen, ErrorCode::authenticator_unknown);
}

TEST(MetadataModels, FailIfAU2fCertificateWithAListedKeyIsOfAnotherIssuer) {
  CertificateOptions options;
  options.key = vendor().chain.leaf->key;
  Seen seen = u2f();
  seen.path = {parse(make_certificate(options, nullptr))};
  expect_refused(u2f_world(), seen, ErrorCode::certificate_path_not_found);
}

// ---- compound and odd input

TEST(MetadataModels, FailIfACompoundStatementIsAskedAboutAsAWhole) {
  Seen seen;
  seen.format = "compound";
  seen.path = {};
  expect_refused({}, seen, ErrorCode::certificate_path_not_found);
}

TEST(MetadataModels, HaveNoAnchorsWhereNobodyVouches) {
  World world;
  world.format_anchors = {{"", {stranger().root}}};
  const MetadataModels models = world.models();
  for (const Seen& seen : {self_attested(), unattested()}) {
    const AttestationStatementResult statement = statement_of(seen);
    EXPECT_THAT(models.find_anchors({statement, kModel, CoseAlgorithm::es256, kNow}), IsEmpty());
  }
  const AttestationStatementResult statement = statement_of({});
  EXPECT_THAT(models.find_anchors({statement, kModel, CoseAlgorithm::es256, kNow}), SizeIs(2));
}

TEST(MetadataModels, DoNotBelieveTrustInWhatHasNoChain) {
  const MetadataModels models = World{}.models();
  const AttestationStatementResult statement = statement_of(unattested());
  const TrustAssessment trust{AttestationTrust::trusted, std::nullopt, 0};
  const Result<ModelAssessment> out =
      models.assess({statement, kModel, CoseAlgorithm::es256, kNow}, trust, &vendor().root);
  ASSERT_TRUE(out.has_value());
  EXPECT_FALSE(out->is_proved);
}

// ---- stored credentials

std::optional<ErrorCode> objection(const World& world, const RegisteredModel& registered) {
  const std::optional<Error> error = world.models().objection_to(registered, kNow);
  if (error) {
    EXPECT_EQ(error->check, Check::authenticator_model_acceptable);
  }
  return error ? std::optional(error->code) : std::nullopt;
}

TEST(ObjectionToStoredCredentials, IsACompromiseOrARevocation) {
  RegisteredModel registered;
  registered.aaguid = kModel;
  World world;
  EXPECT_EQ(objection(world, registered), std::nullopt);
  world.entry().reports = {report(AuthenticatorStatus::revoked)};
  EXPECT_EQ(objection(world, registered), ErrorCode::authenticator_revoked);
  world.entry().reports.front().effective_date = UnixSeconds{kNow.value + 1};
  EXPECT_EQ(objection(world, registered), std::nullopt);
  registered.aaguid = kOtherModel;
  EXPECT_EQ(objection(world, registered), std::nullopt);
}

TEST(ObjectionToStoredCredentials, IsNotRetirementOrCertification) {
  RegisteredModel registered;
  registered.aaguid = kModel;
  World world;
  world.rules.model.minimum_certification = Level::l3;
  world.entry().reports = {report(AuthenticatorStatus::retired),
                           report(AuthenticatorStatus::not_fido_certified)};
  EXPECT_EQ(objection(world, registered), std::nullopt);
}

TEST(ObjectionToStoredCredentials, HoldsBatchesAgainstTheChain) {
  RegisteredModel registered;
  registered.aaguid = kModel;
  World world;
  StatusReport compromise = report(AuthenticatorStatus::attestation_key_compromise);
  compromise.keys = {to_vector(vendor().root.subject_public_key_info())};
  world.entry().reports = {compromise};
  EXPECT_EQ(objection(world, registered), std::nullopt);
  registered.chain = chain_digests(vendor().path, nullptr, hasher());
  EXPECT_EQ(objection(world, registered), std::nullopt);
  registered.chain = chain_digests(vendor().path, &vendor().root, hasher());
  EXPECT_EQ(objection(world, registered), ErrorCode::authenticator_attestation_key_compromise);
}

/// The certificate with the other ECDSA signature of P-256 that holds, (r, n - s): whoever has the
/// certificate can make it.
Certificate with_other_signature(const Certificate& certificate) {
  const DerElement sequence =
      parse_der(certificate.signature(), countersign::der::kSequence).value();
  DerReader numbers(sequence.content);
  const DerElement r = numbers.next(countersign::der::kInteger).value();
  const Bytes s = der_unsigned(numbers.next(countersign::der::kInteger).value()).value();
  ByteVector other = from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  int borrow = 0;
  for (std::size_t i = 0; i < other.size(); ++i) {
    const int subtrahend = i < s.size() ? s[s.size() - 1 - i] : 0;
    std::uint8_t& digit = other[other.size() - 1 - i];
    const int difference = digit - subtrahend - borrow;
    borrow = difference < 0 ? 1 : 0;
    digit = static_cast<std::uint8_t>(difference);
  }
  other.erase(other.begin(),
              std::find_if(other.begin(), other.end(), [](std::uint8_t octet) { return octet; }));
  const ByteVector signature = der::sequence({r.encoded, testing::der::unsigned_integer(other)});
  return parse_certificate(
             der::sequence({certificate.tbs(),
                            signature_algorithm_identifier({Scheme::ecdsa, Hash::sha256}),
                            der::bit_string(signature)}))
      .value();
}

/// The model's reports, read from a report on the batch of that certificate.
std::vector<StatusReport> compromise_of(const Certificate& certificate) {
  EntryJson json;
  json.reports =
      "[" +
      report_json({"ATTESTATION_KEY_COMPROMISE", "", "", "", to_base64(certificate.encoded())}) +
      "]";
  return parse_metadata_entry(entry_json(json)).value()->reports;
}

TEST(CompromisedBatch, IsKnownByItsKeyWhateverTheOuterSignatureOfItsCertificate) {
  World world;
  Seen seen;
  seen.path.front() = with_other_signature(vendor().path.front());
  ASSERT_FALSE(equal(seen.path.front().encoded(), vendor().path.front().encoded()));
  ASSERT_TRUE(equal(seen.path.front().tbs(), vendor().path.front().tbs()));
  EXPECT_TRUE(accepted(world, seen).is_proved) << "the other signature holds";
  world.entry().reports = compromise_of(vendor().path.front());
  expect_refused(world, seen, ErrorCode::authenticator_attestation_key_compromise);
  RegisteredModel registered;
  registered.aaguid = kModel;
  registered.chain = chain_digests(seen.path, nullptr, hasher());
  EXPECT_EQ(objection(world, registered), ErrorCode::authenticator_attestation_key_compromise);
}

TEST(CompromisedBatch, IsKnownByItsKeyWhereTheAnchorIsACrossSignedTwin) {
  World world;
  CertificateOptions options = authority_options("vendor", vendor().chain.root->key);
  const Certificate twin = parse(make_certificate(options, &*stranger().chain.root));
  ASSERT_NE(twin, vendor().root);
  world.entry().reports = compromise_of(vendor().root);
  world.statement().anchors = {twin};
  expect_refused(world, {}, ErrorCode::authenticator_attestation_key_compromise);
  world.entry().reports = compromise_of(stranger().root);
  EXPECT_TRUE(accepted(world, {}).is_proved);
}

TEST(ObjectionToStoredCredentials, GoesByEachKeyIdentifierAndTheAaguid) {
  World world = u2f_world();
  world.entry().reports = {report(AuthenticatorStatus::user_verification_bypass)};
  world.entries.push_back(known_model());
  RegisteredModel registered;
  EXPECT_EQ(objection(world, registered), std::nullopt);
  registered.aaguid = kModel;
  EXPECT_EQ(objection(world, registered), std::nullopt);
  registered.key_identifiers = {key_identifier_of(stranger().path[0], hasher())};
  EXPECT_EQ(objection(world, registered), std::nullopt);
  registered.key_identifiers.push_back(key_identifier_of(vendor().path[0], hasher()));
  EXPECT_EQ(objection(world, registered), ErrorCode::authenticator_user_verification_bypass);
  std::swap(registered.key_identifiers[0], registered.key_identifiers[1]);
  EXPECT_EQ(objection(world, registered), ErrorCode::authenticator_user_verification_bypass);
  // The graver one is told, whichever names it.
  world.entries.back().reports = {report(AuthenticatorStatus::revoked)};
  EXPECT_EQ(objection(world, registered), ErrorCode::authenticator_revoked);
  registered.key_identifiers.clear();
  EXPECT_EQ(objection(world, registered), ErrorCode::authenticator_revoked);
  registered.key_identifiers = {key_identifier_of(vendor().path[0], hasher())};
  registered.aaguid = kOtherModel;
  EXPECT_EQ(objection(world, registered), ErrorCode::authenticator_user_verification_bypass);
}

}  // namespace
}  // namespace countersign::testing
