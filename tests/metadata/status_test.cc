#include "metadata/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "backends/openssl/openssl_backend.h"
#include "tests/support/pki.h"
#include "tests/support/sanitized.h"

namespace countersign::testing {
namespace {

using enum AuthenticatorStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Level = CertificationLevel;

constexpr std::int64_t kDay = 86400;
constexpr UnixSeconds kStatusNow{kCeremonyTime};

const Hasher& status_hasher() {
  static const OpenSslHasher value;
  return value;
}

/// Days before now; negative: in the future.
StatusReport status_report(AuthenticatorStatus status, std::optional<int> effective_days_ago = {},
                           std::optional<int> sunset_days_ago = {}) {
  StatusReport out;
  out.status = status;
  if (effective_days_ago) {
    out.effective_date = UnixSeconds{kStatusNow.value - *effective_days_ago * kDay};
  }
  if (sunset_days_ago) {
    out.sunset_date = UnixSeconds{kStatusNow.value - *sunset_days_ago * kDay};
  }
  return out;
}

ModelStatus evaluate(const std::vector<StatusReport>& reports, const ModelRules& rules = {},
                     const std::vector<Digest256>& chain = {}) {
  return evaluate_status(reports, chain, kStatusNow, rules, status_hasher());
}

std::optional<ErrorCode> objection(const std::vector<StatusReport>& reports,
                                   const ModelRules& rules = {},
                                   const std::vector<Digest256>& chain = {}) {
  const ModelStatus status = evaluate(reports, rules, chain);
  return status.objection ? std::optional(status.objection->code) : std::nullopt;
}

const struct {
  AuthenticatorStatus status;
  std::optional<ErrorCode> objection;
  Level level;
} kRows[] = {
    {unknown, {}, Level::none},
    {not_fido_certified, {}, Level::none},
    {self_assertion_submitted, {}, Level::none},
    {fido_certified, {}, Level::l1},
    {fido_certified_l1, {}, Level::l1},
    {fido_certified_l1plus, {}, Level::l1plus},
    {fido_certified_l2, {}, Level::l2},
    {fido_certified_l2plus, {}, Level::l2plus},
    {fido_certified_l3, {}, Level::l3},
    {fido_certified_l3plus, {}, Level::l3plus},
    {fips140_certified_l1, {}, Level::none},
    {fips140_certified_l2, {}, Level::none},
    {fips140_certified_l3, {}, Level::none},
    {fips140_certified_l4, {}, Level::none},
    {user_verification_bypass, ErrorCode::authenticator_user_verification_bypass, Level::none},
    {attestation_key_compromise, ErrorCode::authenticator_attestation_key_compromise, Level::none},
    {user_key_remote_compromise, ErrorCode::authenticator_user_key_remote_compromise, Level::none},
    {user_key_physical_compromise, ErrorCode::authenticator_user_key_physical_compromise,
     Level::none},
    {update_available, {}, Level::none},
    {revoked, ErrorCode::authenticator_revoked, Level::none},
    {retired, ErrorCode::authenticator_retired, Level::none},
};

TEST(EvaluateStatus, KnowsEachStatus) {
  ASSERT_EQ(std::size(kRows), static_cast<std::size_t>(retired) + 1);
  for (const auto& row : kRows) {
    const std::string name(authenticator_status_name(row.status));
    EXPECT_EQ(objection({status_report(row.status, 1)}), row.objection) << name;
    EXPECT_EQ(evaluate({status_report(row.status, 1)}).certification, row.level) << name;
  }
}

TEST(EvaluateStatus, SaysNothingWithoutReports) {
  EXPECT_EQ(objection({}), std::nullopt);
  EXPECT_EQ(evaluate({}).certification, Level::none);
  EXPECT_THAT(evaluate({}).in_effect, IsEmpty());
}

TEST(EvaluateStatus, CountsFromTheEffectiveDateUntilTheSunsetDate) {
  EXPECT_TRUE(objection({status_report(revoked)}));
  EXPECT_TRUE(objection({status_report(revoked, 0)}));
  EXPECT_FALSE(objection({status_report(revoked, -1)})) << "not yet in effect";
  EXPECT_TRUE(objection({status_report(revoked, 9, -1)}));
  EXPECT_FALSE(objection({status_report(revoked, 9, 0)})) << "over at its sunset date";
  EXPECT_FALSE(objection({status_report(revoked, {}, 1)}));
  StatusReport second_before = status_report(revoked, 0);
  second_before.effective_date->value += 1;
  EXPECT_FALSE(objection({second_before}));
  StatusReport second_after = status_report(revoked, 9, 0);
  second_after.sunset_date->value += 1;
  EXPECT_TRUE(objection({second_after}));
}

TEST(EvaluateStatus, FailsIfACompromiseIsFollowedByOtherReports) {
  for (const AuthenticatorStatus status :
       {revoked, user_verification_bypass, attestation_key_compromise, user_key_remote_compromise,
        user_key_physical_compromise}) {
    const std::vector<StatusReport> reports = {
        status_report(fido_certified_l2, 300), status_report(status, 200),
        status_report(update_available, 100), status_report(fido_certified_l3, 1)};
    EXPECT_TRUE(objection(reports)) << authenticator_status_name(status);
    EXPECT_EQ(evaluate(reports).certification, Level::l3);
    std::vector<StatusReport> over = reports;
    over[1].sunset_date = UnixSeconds{kStatusNow.value - kDay};
    EXPECT_FALSE(objection(over)) << authenticator_status_name(status);
  }
}

TEST(EvaluateStatus, GivesTheGravestObjection) {
  EXPECT_EQ(
      objection({status_report(retired), status_report(user_key_physical_compromise),
                 status_report(attestation_key_compromise), status_report(user_verification_bypass),
                 status_report(user_key_remote_compromise), status_report(revoked)}),
      ErrorCode::authenticator_revoked);
  EXPECT_EQ(objection({status_report(retired), status_report(user_key_physical_compromise)}),
            ErrorCode::authenticator_user_key_physical_compromise);
  ModelRules rules;
  rules.minimum_certification = Level::l1;
  EXPECT_EQ(objection({status_report(not_fido_certified), status_report(retired)}, rules),
            ErrorCode::authenticator_retired);
}

TEST(EvaluateStatus, AcceptsRetiredModelsWhereTheRulesDo) {
  ModelRules rules;
  rules.is_retired_accepted = true;
  EXPECT_FALSE(objection({status_report(retired)}, rules));
  EXPECT_EQ(objection({status_report(retired), status_report(revoked)}, rules),
            ErrorCode::authenticator_revoked);
  EXPECT_EQ(objection({status_report(user_key_physical_compromise), status_report(retired)}, rules),
            ErrorCode::authenticator_user_key_physical_compromise);
}

TEST(EvaluateStatus, FailsIfTheLevelInEffectIsTooLow) {
  for (const auto& row : kRows) {
    for (int level = 0; level <= static_cast<int>(Level::l3plus); ++level) {
      ModelRules rules;
      rules.minimum_certification = static_cast<Level>(level);
      const std::optional<ErrorCode> expected =
          row.objection ? row.objection
          : row.level < rules.minimum_certification
              ? std::optional(ErrorCode::authenticator_not_certified)
              : std::nullopt;
      EXPECT_EQ(objection({status_report(row.status, 1)}, rules), expected)
          << authenticator_status_name(row.status) << " " << level;
    }
  }
  ModelRules rules;
  rules.minimum_certification = Level::l1;
  EXPECT_EQ(objection({}, rules), ErrorCode::authenticator_not_certified);
}

TEST(EvaluateStatus, OnlyTheCurrentReportCertifies) {
  const struct {
    std::vector<StatusReport> reports;
    Level level;
    const char* why;
  } rows[] = {
      {{status_report(fido_certified_l2, 9), status_report(fido_certified_l1, 1)},
       Level::l1,
       "a lower level"},
      {{status_report(fido_certified_l1, 1), status_report(fido_certified_l2, 9)},
       Level::l1,
       "not in order"},
      {{status_report(fido_certified_l2, 9), status_report(not_fido_certified, 1)},
       Level::none,
       "withdrawn"},
      {{status_report(fido_certified_l2, 1), status_report(fido_certified_l1, 1)},
       Level::l1,
       "same day: lower"},
      {{status_report(fido_certified_l1, 1), status_report(fido_certified_l2, 1)},
       Level::l1,
       "same day: lower"},
      {{status_report(fido_certified_l2, 9), status_report(not_fido_certified)},
       Level::none,
       "no date: now"},
      {{status_report(not_fido_certified), status_report(fido_certified_l2, 9)},
       Level::none,
       "no date: now"},
      {{status_report(fido_certified_l2), status_report(fido_certified_l1, 900)},
       Level::l1,
       "no date: lower"},
      {{status_report(fido_certified_l1), status_report(fido_certified_l2, 900)},
       Level::l1,
       "no date: lower"},
      {{status_report(fido_certified_l2), status_report(fido_certified_l1)},
       Level::l1,
       "no dates: lower"},
      {{status_report(fido_certified_l1, 9), status_report(fido_certified_l3, -1)},
       Level::l1,
       "not yet"},
      {{status_report(fido_certified_l1, 9), status_report(fido_certified_l3, 5, 1)},
       Level::l1,
       "no longer"},
      {{status_report(fido_certified_l2, 9), status_report(update_available, 1)},
       Level::none,
       "newer status"},
      {{status_report(fido_certified_l2, 9), status_report(fips140_certified_l3, 1)},
       Level::l2,
       "programme"},
      {{status_report(fido_certified_l2, 9), status_report(unknown, 1)}, Level::l2, "unknown"},
      {{status_report(fido_certified_l2, 9), status_report(fido_certified, 8),
        status_report(fido_certified_l2plus, 7)},
       Level::l2plus,
       "a history"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(evaluate(row.reports).certification, row.level) << row.why;
  }
}

TEST(EvaluateStatus, ListsWhatIsInEffectOnce) {
  EXPECT_THAT(evaluate({status_report(update_available), status_report(fido_certified_l1, 9),
                        status_report(unknown, 5), status_report(revoked, -1),
                        status_report(update_available, 3), status_report(retired, 9, 1)})
                  .in_effect,
              ElementsAre(fido_certified_l1, update_available));
}

/// Says `reports` of that source.
std::vector<StatusReport> of_source(std::uint32_t source, std::vector<StatusReport> reports) {
  for (StatusReport& one : reports) {
    one.source = source;
  }
  return reports;
}

TEST(EvaluateStatus, NoSourceRestoresWhatAnotherWithdrew) {
  const struct {
    std::vector<StatusReport> first;
    std::vector<StatusReport> second;
    Level level;
    const char* why;
  } rows[] = {
      {{status_report(fido_certified_l2, 9), status_report(not_fido_certified, 5)},
       {status_report(fido_certified_l2, 1)},
       Level::none,
       "certified later elsewhere"},
      {{status_report(not_fido_certified)},
       {status_report(fido_certified_l2)},
       Level::none,
       "no dates"},
      {{status_report(fido_certified_l1, 5)},
       {status_report(fido_certified_l2, 1)},
       Level::l1,
       "lower"},
      {{status_report(fido_certified_l2, 5), status_report(retired, 3)},
       {status_report(fido_certified_l2, 1)},
       Level::none,
       "retired"},
      {{status_report(fido_certified_l2, 5)}, {}, Level::l2, "the other says nothing"},
      {{status_report(fido_certified_l2, 5)},
       {status_report(fips140_certified_l3, 1)},
       Level::l2,
       "programme"},
      {{status_report(fido_certified_l2, 5)},
       {status_report(not_fido_certified, -1)},
       Level::l2,
       "not yet"},
      {{status_report(fido_certified_l2, 5)},
       {status_report(fido_certified_l2, 1)},
       Level::l2,
       "they agree"},
  };
  for (const auto& row : rows) {
    for (const bool is_swapped : {false, true}) {
      std::vector<StatusReport> reports = of_source(is_swapped ? 1 : 0, row.first);
      for (const StatusReport& one : of_source(is_swapped ? 0 : 1, row.second)) {
        reports.push_back(one);
      }
      EXPECT_EQ(evaluate(reports).certification, row.level) << row.why;
    }
  }
}

TEST(EvaluateStatus, ASunsetDateOfOneSourceEndsNoCompromiseOfAnother) {
  StatusReport elsewhere = status_report(revoked, 9);
  elsewhere.source = 1;
  EXPECT_FALSE(objection({status_report(revoked, 9, 1)}));
  EXPECT_EQ(objection({status_report(revoked, 9, 1), elsewhere}), ErrorCode::authenticator_revoked);
}

// Four reports of a pool of all kinds, dated, undated, over and of two sources: whatever their
// order, they say the same.
TEST(EvaluateStatus, TheOrderOfReportsDecidesNothing) {
  std::vector<StatusReport> pool;
  for (const AuthenticatorStatus status :
       {fido_certified_l1, fido_certified_l2, not_fido_certified, update_available, revoked,
        fips140_certified_l1, unknown}) {
    for (const std::optional<int> days :
         {std::optional<int>(), std::optional(9), std::optional(1)}) {
      StatusReport one = status_report(status, days);
      one.authenticator_version = days.value_or(5);
      one.source = pool.size() % 2;
      pool.push_back(one);
    }
  }
  pool.push_back(status_report(fido_certified_l3, 5, 1));
  pool.push_back(status_report(user_key_remote_compromise, -1));
  MetadataStatement statement;
  statement.authenticator_version = 4;
  const std::size_t count = pool.size();
  std::size_t decided = 0;
  for (std::size_t code = 0; code < count * count * count * count; code += 29 * stride(7)) {
    std::vector<std::size_t> order = {code % count, code / count % count,
                                      code / count / count % count, code / count / count / count};
    std::sort(order.begin(), order.end());
    std::optional<ModelStatus> first;
    std::optional<bool> is_first_outdated;
    do {
      std::vector<StatusReport> reports;
      for (const std::size_t index : order) {
        reports.push_back(pool[index]);
      }
      const ModelStatus status = evaluate(reports);
      const bool is_outdated = is_statement_outdated(statement, reports, kStatusNow);
      if (!first) {
        first = status;
        is_first_outdated = is_outdated;
        decided += status.certification != Level::none ? 1 : 0;
        continue;
      }
      ASSERT_EQ(status.certification, first->certification) << code;
      ASSERT_EQ(status.in_effect, first->in_effect) << code;
      ASSERT_EQ(status.objection ? status.objection->code : ErrorCode{},
                first->objection ? first->objection->code : ErrorCode{})
          << code;
      ASSERT_EQ(is_outdated, *is_first_outdated) << code;
    } while (std::next_permutation(order.begin(), order.end()));
  }
  EXPECT_GT(decided, 100U) << "hardly anything is certified";
}

// One more report never makes a model look better.
TEST(EvaluateStatus, AnotherSourceNeverRaisesTheLevel) {
  for (const auto& row : kRows) {
    for (const auto& other : kRows) {
      StatusReport elsewhere = status_report(other.status, 0);
      elsewhere.source = 1;
      const Level alone = evaluate({status_report(row.status, 5)}).certification;
      const Level together = evaluate({status_report(row.status, 5), elsewhere}).certification;
      if (row.status != unknown && !authenticator_status_name(row.status).starts_with("FIPS")) {
        EXPECT_LE(together, alone) << authenticator_status_name(other.status);
      }
    }
  }
}

// ---- batches

struct Batches {
  TestChain chain = make_chain(CertificateOptions{}, 1);
  ByteVector leaf = key_of(*chain.leaf);
  ByteVector intermediate = key_of(chain.intermediates.front());
  ByteVector root = key_of(*chain.root);
  ByteVector other = key_of(
      make_certificate(authority_options("Other", TestKey::make(KeyKind::p256, "other")), nullptr));
  std::vector<Digest256> digests = {digest_of(leaf), digest_of(intermediate), digest_of(root)};

  static ByteVector key_of(const TestCertificate& certificate) {
    return to_vector(parse_certificate(certificate.der).value().subject_public_key_info());
  }
  static Digest256 digest_of(const ByteVector& key) { return status_hasher().sha256({key}); }
};

StatusReport key_compromise(std::vector<ByteVector> keys) {
  StatusReport out = status_report(attestation_key_compromise, 1);
  out.keys = std::move(keys);
  return out;
}

TEST(AttestationKeyCompromise, ConcernsTheBatchByLeafIntermediateOrAnchor) {
  const Batches batches;
  for (const ByteVector& key : {batches.leaf, batches.intermediate, batches.root}) {
    EXPECT_EQ(objection({key_compromise({key})}, {}, batches.digests),
              ErrorCode::authenticator_attestation_key_compromise);
    EXPECT_TRUE(objection({key_compromise({batches.other, key})}, {}, batches.digests));
  }
}

TEST(AttestationKeyCompromise, DoesNotConcernOtherBatches) {
  const Batches batches;
  EXPECT_FALSE(objection({key_compromise({batches.other})}, {}, batches.digests));
  EXPECT_FALSE(objection({key_compromise({batches.leaf})}, {}, {}));
  const std::vector<Digest256> others = {Batches::digest_of(batches.other)};
  EXPECT_FALSE(objection({key_compromise({batches.leaf, batches.root})}, {}, others));
}

TEST(AttestationKeyCompromise, WithoutCertificateConcernsTheWholeModel) {
  const Batches batches;
  EXPECT_TRUE(objection({key_compromise({})}, {}, batches.digests));
  EXPECT_TRUE(objection({key_compromise({})}, {}, {}));
  EXPECT_TRUE(objection({key_compromise({batches.other}), key_compromise({})}, {}, {}));
}

TEST(AttestationKeyCompromise, OfAnotherBatchLeavesTheCertification) {
  const Batches batches;
  const StatusReport certified = status_report(fido_certified_l2, 9);
  const auto level = [&](const ByteVector& compromised) {
    return evaluate({certified, key_compromise({compromised})}, {}, batches.digests).certification;
  };
  EXPECT_EQ(level(batches.other), Level::l2);
  EXPECT_EQ(level(batches.leaf), Level::none);
}

// ---- UPDATE_AVAILABLE

TEST(OutdatedStatement, IsOneWhoseVersionHasNotIncreased) {
  const auto versioned = [](AuthenticatorStatus status, std::uint64_t version,
                            std::optional<int> effective_days_ago = 1) {
    StatusReport out = status_report(status, effective_days_ago);
    out.authenticator_version = version;
    return out;
  };
  const struct {
    std::vector<StatusReport> reports;
    bool is_outdated;
    const char* why;
  } rows[] = {
      {{}, false, "no report"},
      {{status_report(update_available, 1)}, false, "no version to compare with"},
      {{versioned(update_available, 5)}, false, "describes the update"},
      {{versioned(update_available, 4)}, false, "describes a later one"},
      {{versioned(update_available, 6)}, true, "describes what was before"},
      {{versioned(update_available, 6, -1)}, false, "not yet"},
      {{versioned(user_key_remote_compromise, 5), status_report(update_available, 1)},
       true,
       "same"},
      {{versioned(user_key_remote_compromise, 6), status_report(update_available, 1)},
       true,
       "lower"},
      {{versioned(user_key_remote_compromise, 4), status_report(update_available, 1)},
       false,
       "increased"},
      {{status_report(update_available, 1), versioned(user_key_remote_compromise, 5)},
       true,
       "any order"},
      {{status_report(update_available, 1), versioned(user_key_remote_compromise, 5, 0)},
       false,
       "the compromise is of the update"},
      {{status_report(update_available, 1), versioned(user_key_remote_compromise, 5, {})},
       true,
       "a compromise without date may be older"},
      {{versioned(user_verification_bypass, 5)}, false, "no update"},
      {{versioned(fido_certified_l1, 5), status_report(update_available, 1)},
       false,
       "no compromise"},
  };
  MetadataStatement statement;
  statement.authenticator_version = 5;
  for (const auto& row : rows) {
    EXPECT_EQ(is_statement_outdated(statement, row.reports, kStatusNow), row.is_outdated)
        << row.why;
  }
}

}  // namespace
}  // namespace countersign::testing
