// What lint is told of the loaded metadata: a level that nobody could prove must not make a demand
// look as if somebody could meet it.

#include "service/known_models.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "policy/lint.h"
#include "service/rendering.h"
#include "tests/service/set_policies.h"
#include "tests/support/made_models.h"
#include "tests/support/pki.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {
namespace {

constexpr UnixSeconds kNow{1'800'000'000};
constexpr const char* kListed = "ee882879-721c-4913-9775-3dfcce97072a";

class KnownModelsTest : public ::testing::Test {
 protected:
  KnownModelsTest() {
    RegistrationOptions options;
    options.format = Format::packed_x5c;
    anchor_.push_back(parse_certificate(make_registration(options).chain->root->der).value());
  }

  MetadataEntry entry(AuthenticatorStatus status, const char* aaguid = kListed) const {
    MetadataEntry made = make_model_entry(anchor_, {make_report(status)});
    made.aaguid = parse_aaguid(aaguid);
    return made;
  }
  std::vector<KnownModel> known(std::vector<MetadataEntry> entries) const {
    const auto models = make_models(std::move(entries), hasher_);
    return known_models(models.get(), kNow, hasher_).value_or(std::vector<KnownModel>());
  }
  // Whether lint says that nobody can meet it, with these models.
  bool is_unsatisfiable(const std::string& requirement,
                        const std::optional<std::vector<KnownModel>>& models) {
    const auto document = SetPolicies(hasher_).make(
        R"({"id":"all","when":{"ceremony":"authenticate"},"require":)" + requirement + "}",
        kListed);
    LintSettings settings;
    if (models) {
      settings.models = *models;
    }
    const LintReport report = lint_policy(*document, settings);
    return std::any_of(report.findings.begin(), report.findings.end(), [](const LintFinding& one) {
      return one.kind == LintKind::unsatisfiable && one.severity == Severity::error &&
             one.witness.has_value();
    });
  }

  OpenSslHasher hasher_;
  std::vector<Certificate> anchor_;
};

TEST_F(KnownModelsTest, WithoutMetadataNothingIsKnown) {
  EXPECT_FALSE(known_models(nullptr, kNow, hasher_).has_value());
  // Configured, and not loaded yet: nobody can say that a level does not exist.
  const auto empty = make_models({}, hasher_);
  EXPECT_FALSE(known_models(empty.get(), kNow, hasher_).has_value());
  EXPECT_FALSE(is_unsatisfiable(R"({"minimumCertification":"L3"})", std::nullopt));
}

TEST_F(KnownModelsTest, TheLevelIsTheOneInEffect) {
  MetadataEntry withdrawn = entry(AuthenticatorStatus::fido_certified_l2);
  withdrawn.reports = {make_report(AuthenticatorStatus::fido_certified_l2, UnixSeconds{1}),
                       make_report(AuthenticatorStatus::fido_certified_l1, UnixSeconds{2})};
  const std::vector<KnownModel> models = known({withdrawn});
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0].aaguid, kListed);
  EXPECT_EQ(models[0].certification, CertificationLevel::l1);
  EXPECT_TRUE(models[0].is_acceptable);
  EXPECT_FALSE(is_unsatisfiable(R"({"minimumCertification":"L1"})", models));
  EXPECT_TRUE(is_unsatisfiable(R"({"minimumCertification":"L1+"})", models));
}

// One reason each why a certified model is none that counts.
TEST_F(KnownModelsTest, WhatNobodyCouldProveIsNoModel) {
  MetadataEntry revoked = entry(AuthenticatorStatus::revoked);
  MetadataEntry no_statement = entry(AuthenticatorStatus::fido_certified_l2);
  no_statement.statement.reset();
  MetadataEntry no_anchors = entry(AuthenticatorStatus::fido_certified_l2);
  no_anchors.statement->anchors.clear();
  MetadataEntry self_only = entry(AuthenticatorStatus::fido_certified_l2);
  self_only.statement->attestation_types = {MetadataAttestationType::basic_surrogate};
  MetadataEntry outdated = entry(AuthenticatorStatus::fido_certified_l2);
  outdated.reports.push_back(make_report(AuthenticatorStatus::update_available));
  outdated.reports.back().authenticator_version = 9;
  MetadataEntry other_algorithm = entry(AuthenticatorStatus::fido_certified_l2);
  other_algorithm.statement->algorithms = {CoseAlgorithm::rs256};
  const std::string demand = R"({"minimumCertification":"L1","algorithms":["ES256"]})";
  const std::string listed = R"({"authenticators":{"allow":"keys"},"algorithms":["ES256"]})";
  ASSERT_FALSE(is_unsatisfiable(demand, known({entry(AuthenticatorStatus::fido_certified_l2)})));
  for (const MetadataEntry& bad :
       {revoked, no_statement, no_anchors, self_only, outdated, other_algorithm}) {
    EXPECT_TRUE(is_unsatisfiable(demand, known({bad})));
    EXPECT_TRUE(is_unsatisfiable(listed, known({bad})));
  }
}

TEST_F(KnownModelsTest, AliasesOfAnAlgorithmAreOne) {
  const std::vector<KnownModel> models = known({entry(AuthenticatorStatus::fido_certified_l1)});
  EXPECT_FALSE(
      is_unsatisfiable(R"({"minimumCertification":"L1","algorithms":["ESP256"]})", models));
  EXPECT_TRUE(is_unsatisfiable(R"({"minimumCertification":"L1","algorithms":["ES384"]})", models));
}

TEST_F(KnownModelsTest, ReportsOnSomeBatchesSpeakAgainstNoModel) {
  MetadataEntry leaked = entry(AuthenticatorStatus::fido_certified_l1);
  leaked.reports.push_back(make_report(AuthenticatorStatus::attestation_key_compromise));
  leaked.reports.back().keys = {ByteVector{1, 2, 3}};
  EXPECT_TRUE(known({leaked})[0].is_acceptable);
  leaked.reports.back().keys.clear();
  EXPECT_FALSE(known({leaked})[0].is_acceptable);
}

TEST_F(KnownModelsTest, ModelsOfU2fHaveTheZeroAaguid) {
  MetadataEntry u2f = entry(AuthenticatorStatus::fido_certified_l1);
  u2f.aaguid.reset();
  u2f.key_identifiers = {KeyIdentifier{1}};
  EXPECT_EQ(known({u2f})[0].aaguid, aaguid_text(Aaguid{}));
  EXPECT_FALSE(is_unsatisfiable(R"({"minimumCertification":"L1"})", known({u2f})));
  EXPECT_TRUE(is_unsatisfiable(R"({"authenticators":{"allow":"keys"}})", known({u2f})));
}

TEST_F(KnownModelsTest, AnchorsOfTheConfigurationProveModelsThatNoMetadataDescribe) {
  MetadataCatalogueBuilder builder;
  builder.add(
      {entry(AuthenticatorStatus::fido_certified_l1, "00000000-0000-0000-0000-000000000009")});
  const MetadataModels models(std::shared_ptr<const MetadataCatalogue>(std::move(builder).build(1)),
                              std::make_shared<const std::vector<FormatAnchors>>(
                                  std::vector<FormatAnchors>{{"apple", anchor_}}),
                              MetadataRules(), hasher_);
  const auto with_anchors = known_models(&models, kNow, hasher_);
  EXPECT_EQ(with_anchors->size(), 2U);
  EXPECT_FALSE(is_unsatisfiable(R"({"authenticators":{"allow":"keys"}})", with_anchors));
  // A level is what metadata alone give.
  EXPECT_TRUE(is_unsatisfiable(R"({"authenticators":{"allow":"keys"},"minimumCertification":"L1"})",
                               with_anchors));
}

}  // namespace
}  // namespace countersign::testing
