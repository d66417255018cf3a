// The review on the store that keeps its progress: it survives a kill, two of them share the work,
// and no registration slips through beside it.

#include "service/model_review.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

#include "backends/openssl/openssl_backend.h"
#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "native/ops/system.h"
#include "native/store/sqlite/sqlite_store.h"
#include "service/registration_service.h"
#include "tests/http/server_process.h"
#include "tests/support/made_models.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {
namespace {

class SetClock final : public Clock {
 public:
  UnixSeconds now() const override { return UnixSeconds{seconds}; }
  std::atomic<std::int64_t> seconds{kCeremonyTime};
};

class SharedAudit final : public AuditSink {
 public:
  void record(const AuditRecord& record) override {
    const std::lock_guard lock(mutex_);
    records_.push_back(record);
  }
  std::size_t count(std::string_view event) const {
    return static_cast<std::size_t>(
        std::count_if(records_.begin(), records_.end(),
                      [&](const AuditRecord& record) { return record.event == event; }));
  }

 private:
  std::mutex mutex_;
  std::vector<AuditRecord> records_;
};

class ModelReview : public ::testing::Test {
 protected:
  ModelReview() {
    tenant_.id = TenantId("bank");
    tenant_.rp_id = "example.org";
    tenant_.rp_name = "Bank";
    tenant_.origins = {"https://example.org"};
    caller_.api_key = "backend";
    open();
  }

  void open() {
    store_.reset();
    store_ = SqliteStore::open(folder_.path("s.db"), random_).value();
  }
  ServiceContext context() {
    return {*store_, *store_,  clock_, random_, audit_, hasher_, verifier_, store_->decoy_secret(),
            source_, policies_};
  }

  // Runs SQL beside the store; the value of the first row, or 0.
  std::int64_t sql(const std::string& text) {
    sqlite3* raw = nullptr;
    EXPECT_EQ(sqlite3_open(folder_.path("s.db").c_str(), &raw), SQLITE_OK);
    sqlite3_busy_timeout(raw, 5000);
    std::int64_t value = 0;
    const auto take = [](void* out, int, char** columns, char**) {
      *static_cast<std::int64_t*>(out) = columns[0] != nullptr ? std::stoll(columns[0]) : 0;
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(raw, text.c_str(), take, &value, nullptr), SQLITE_OK)
        << sqlite3_errmsg(raw);
    sqlite3_close(raw);
    return value;
  }
  // Credentials of a model, as a program of the first schema would have stored them.
  void insert_many(int count, std::uint8_t model) {
    const std::string handle = "x'" + std::string(64, 'a') + "'";
    sql("INSERT OR IGNORE INTO accounts (tenant, handle, username, display_name, created_at) "
        "VALUES ('bank', " +
        handle +
        ", NULL, 'A person', 1); "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(count) +
        ") INSERT INTO credentials (tenant, id, account, public_key, sign_count, transports, "
        "uv_initialized, backup_eligible, backed_up, aaguid, algorithm, name, "
        "attestation_format, attestation_type, attestation_trust, created_at, sequence) "
        "SELECT 'bank', CAST(printf('%02d %08d', " +
        std::to_string(model) + ", i) AS BLOB), " + handle + ", x'00', 0, '', 1, 0, 0, x'" +
        std::string(30, '1') + "0" + std::to_string(model) +
        "', -7, 'k', 'none', 'none', 'none', 1, i FROM n");
  }
  static Aaguid aaguid_of(std::uint8_t model) {
    Aaguid aaguid;
    aaguid.fill(0x11);
    aaguid.back() = model;
    return aaguid;
  }
  std::shared_ptr<const MetadataModels> models_of(std::uint8_t model,
                                                  std::vector<StatusReport> reports) {
    MetadataEntry entry = make_model_entry({}, std::move(reports));
    entry.aaguid = aaguid_of(model);
    return make_models({entry}, hasher_);
  }
  std::shared_ptr<const MetadataModels> revoked(std::uint8_t model) {
    return models_of(model, {make_report(AuthenticatorStatus::revoked)});
  }

  ReviewProgress step(const MetadataModels& models) {
    const auto progress = review_step(context(), *store_, models);
    EXPECT_TRUE(progress.has_value()) << error_name(progress.error().code);
    return progress.has_value() ? *progress : ReviewProgress();
  }
  // Steps until nothing is left, or somebody else is at it.
  ReviewProgress run(const MetadataModels& models) {
    ReviewProgress sum;
    while (true) {
      const ReviewProgress one = step(models);
      sum.stage = one.stage;
      sum.examined += one.examined;
      sum.flagged += one.flagged;
      sum.cleared += one.cleared;
      if (one.stage != ReviewStage::working) {
        return sum;
      }
    }
  }
  std::int64_t flagged() {
    return sql("SELECT count(*) FROM credentials WHERE model_objection = " +
               std::to_string(static_cast<int>(ErrorCode::authenticator_revoked)));
  }

  // A registration of a model's authenticator, judged by `models`.
  Result<RegistrationOutcome> enrol(const std::string& name,
                                    std::shared_ptr<const MetadataModels> models,
                                    RegistrationOptions options) {
    source_.current = std::move(models);
    RegistrationRequest request;
    request.username = name;
    const JsonValue begun =
        parse_json(begin_registration_ceremony(context(), tenant_, caller_, request, std::nullopt)
                       .value()
                       .answer)
            .value();
    options.challenge = parse_base64url(begun.find("options")->find("challenge")->string).value();
    options.credential_id = seeded_bytes(name, 32);
    return finish_registration_ceremony(context(), tenant_, caller_,
                                        CeremonyId(begun.find("id")->string),
                                        make_registration(options).json)
        .outcome;
  }

  TemporaryFolder folder_;
  SystemRandom random_;
  SetClock clock_;
  SharedAudit audit_;
  OpenSslHasher hasher_;
  FixedPolicies policies_{make_shipped_policy("retail", hasher_)};
  OpenSslVerifier verifier_;
  SetModels source_;
  std::unique_ptr<SqliteStore> store_;
  Tenant tenant_;
  Caller caller_;
};

constexpr int kMany = static_cast<int>(kReviewBatch) * 3 + 7;

TEST_F(ModelReview, FlagsTheCredentialsOfAModelAndClearsThemWhenItIsSoundAgain) {
  insert_many(kMany, 1);
  insert_many(kMany, 2);
  const ReviewProgress first = run(*revoked(1));
  EXPECT_EQ(first.stage, ReviewStage::done);
  EXPECT_EQ(first.examined, std::size_t{2 * kMany});
  EXPECT_EQ(first.flagged, std::size_t{kMany});
  EXPECT_EQ(flagged(), kMany);
  EXPECT_EQ(sql("SELECT count(*) FROM credentials WHERE model_objection IS NOT NULL AND "
                "substr(id, 1, 2) = CAST('02' AS BLOB)"),
            0);
  EXPECT_EQ(audit_.count("credential.flagged"), std::size_t{kMany});

  const UnixSeconds ended{kCeremonyTime - 86400};
  const ReviewProgress second =
      run(*models_of(1, {make_report(AuthenticatorStatus::revoked, std::nullopt, ended)}));
  EXPECT_EQ(second.cleared, std::size_t{kMany});
  EXPECT_EQ(second.flagged, 0U);
  EXPECT_EQ(flagged(), 0);
  EXPECT_EQ(audit_.count("credential.cleared"), std::size_t{kMany});
}

TEST_F(ModelReview, DoesNothingTwiceForTheSameMetadataAlsoAfterARestart) {
  insert_many(10, 1);
  EXPECT_EQ(run(*revoked(1)).flagged, 10U);
  open();
  const ReviewProgress again = run(*revoked(1));
  EXPECT_EQ(again.stage, ReviewStage::done);
  EXPECT_EQ(again.examined, 0U);
  EXPECT_EQ(audit_.count("credential.flagged"), 10U);
}

TEST_F(ModelReview, LooksAgainWhenADateOfAReportHasPassed) {
  insert_many(3, 1);
  const auto models =
      models_of(1, {make_report(AuthenticatorStatus::revoked, UnixSeconds{kCeremonyTime + 1000},
                                UnixSeconds{kCeremonyTime + 2000})});
  EXPECT_EQ(run(*models).flagged, 0U);
  clock_.seconds += 999;
  EXPECT_EQ(run(*models).examined, 0U);
  clock_.seconds += 1;
  EXPECT_EQ(run(*models).flagged, 3U);
  clock_.seconds += 1000;
  EXPECT_EQ(run(*models).cleared, 3U);
}

TEST_F(ModelReview, GoesOnWhereAKilledProcessLeftIt) {
  insert_many(kMany, 1);
  store_.reset();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    open();
    const auto models = revoked(1);
    for (int i = 0; i < 3; ++i) {  // the beginning, and two batches
      static_cast<void>(review_step(context(), *store_, *models));
    }
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  open();
  EXPECT_EQ(flagged(), std::int64_t{2 * kReviewBatch});
  const ReviewProgress rest = run(*revoked(1));
  EXPECT_EQ(rest.stage, ReviewStage::done);
  EXPECT_EQ(rest.examined, kMany - 2 * kReviewBatch);
  EXPECT_EQ(flagged(), kMany);
}

TEST_F(ModelReview, TwoAtOnceShareTheWorkAndAuditEachCredentialOnce) {
  insert_many(kMany, 1);
  const auto models = revoked(1);
  std::atomic<std::size_t> examined = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] { examined += run(*models).examined; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(examined, std::size_t{kMany});
  EXPECT_EQ(flagged(), kMany);
  EXPECT_EQ(audit_.count("credential.flagged"), std::size_t{kMany});
}

TEST_F(ModelReview, DoesNotInterruptAnothersWalkWithOtherMetadataUnlessThatIsGone) {
  insert_many(kMany, 1);
  const auto theirs = revoked(2);
  step(*theirs);
  const auto ours = revoked(1);
  EXPECT_EQ(run(*ours).stage, ReviewStage::waiting);
  EXPECT_EQ(flagged(), 0);
  clock_.seconds += kReviewLeaseSeconds;
  EXPECT_EQ(run(*ours).stage, ReviewStage::done);
  EXPECT_EQ(flagged(), kMany);
}

TEST_F(ModelReview, LeavesRevokedCredentialsAlone) {
  insert_many(2, 1);
  sql("UPDATE credentials SET revoked_at = 1 WHERE sequence = 1");
  EXPECT_EQ(run(*revoked(1)).examined, 1U);
  EXPECT_EQ(flagged(), 1);
}

// Between the snapshot of a registration and its commit the whole walk of newer metadata fits.
TEST_F(ModelReview, ARegistrationJudgedByOlderMetadataIsLookedAtAgain) {
  RegistrationOptions options;
  options.aaguid = to_vector(aaguid_of(1));
  const auto older = models_of(1, {});
  const auto newer = revoked(1);
  EXPECT_EQ(run(*newer).stage, ReviewStage::done);
  ASSERT_TRUE(enrol("ada", older, options).has_value());
  EXPECT_EQ(flagged(), 0);
  const ReviewProgress late = run(*newer);
  EXPECT_EQ(late.examined, 1U);
  EXPECT_EQ(late.flagged, 1U);
  EXPECT_EQ(flagged(), 1);
  EXPECT_EQ(run(*newer).examined, 0U);

  // By the same ones it is refused at once, or needs no second look.
  const auto refused = enrol("bob", newer, options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::authenticator_revoked);
  EXPECT_EQ(refused.error().check, Check::authenticator_model_acceptable);
  options.aaguid = to_vector(aaguid_of(2));
  ASSERT_TRUE(enrol("eve", newer, options).has_value());
  EXPECT_EQ(run(*newer).examined, 0U);
  // And one that was judged before there were any is met by the first walk, whichever it is.
  ASSERT_TRUE(enrol("joe", nullptr, options).has_value());
  EXPECT_EQ(run(*revoked(2)).flagged, 2U);
}

TEST_F(ModelReview, KnowsABatchByTheChainThatWasRegistered) {
  RegistrationOptions options;
  options.format = Format::packed_x5c;
  options.aaguid = to_vector(aaguid_of(1));
  const Registration sample = make_registration(options);
  const std::vector<Certificate> roots{parse_certificate(sample.chain->root->der).value()};
  const auto models = [&](std::vector<StatusReport> reports) {
    MetadataEntry entry = make_model_entry(roots, std::move(reports));
    entry.aaguid = aaguid_of(1);
    return make_models({entry}, hasher_);
  };
  const auto outcome = enrol("ada", models({}), options);
  ASSERT_TRUE(outcome.has_value()) << error_name(outcome.error().code);
  EXPECT_TRUE(outcome->credential.model.at_registration.is_proved);
  EXPECT_TRUE(outcome->credential.model.registered.is_aaguid_signed);
  EXPECT_EQ(outcome->credential.model.registered.chain.size(), 2U);  // leaf and anchor
  insert_many(1, 1);                                                 // of another batch, or of none

  StatusReport report = make_report(AuthenticatorStatus::attestation_key_compromise);
  for (const ByteVector& certificate : {sample.chain->root->der, sample.chain->x5c().front()}) {
    report.keys = {to_vector(parse_certificate(certificate).value().subject_public_key_info())};
    EXPECT_EQ(run(*models({report})).flagged, 1U);
    EXPECT_EQ(sql("SELECT count(*) FROM credentials WHERE model_objection IS NOT NULL AND "
                  "attestation_format = 'packed'"),
              1);
    EXPECT_EQ(run(*models({})).cleared, 1U);
  }
}

TEST_F(ModelReview, KnowsAU2fModelByItsKeyIdentifier) {
  RegistrationOptions options;
  options.format = Format::fido_u2f;
  const Registration sample = make_registration(options);
  const Certificate leaf = parse_certificate(sample.chain->x5c().front()).value();
  const std::vector<Certificate> roots{parse_certificate(sample.chain->root->der).value()};
  KeyIdentifier identifier{};
  const ByteVector digest = hasher_.digest(HashAlgorithm::sha1, leaf.subject_public_key_octets());
  std::copy(digest.begin(), digest.end(), identifier.begin());
  const auto models = [&](std::vector<StatusReport> reports) {
    MetadataEntry entry = make_model_entry(roots, std::move(reports));
    entry.key_identifiers = {identifier};
    return make_models({entry}, hasher_);
  };
  const auto outcome = enrol("ada", models({}), options);
  ASSERT_TRUE(outcome.has_value()) << error_name(outcome.error().code);
  EXPECT_EQ(outcome->credential.model.registered.key_identifiers, std::vector{identifier});
  EXPECT_FALSE(outcome->credential.model.registered.is_aaguid_signed);
  EXPECT_EQ(run(*models({make_report(AuthenticatorStatus::revoked)})).flagged, 1U);
}

// Neither of the two statements hides what is said of the other's model.
TEST_F(ModelReview, KnowsACompoundByItsAaguidAndByEachKeyIdentifier) {
  RegistrationOptions options;
  options.format = Format::compound;
  options.aaguid = to_vector(aaguid_of(1));
  std::int64_t number = 0;
  for (const std::vector<Format>& parts : {std::vector{Format::packed_x5c, Format::fido_u2f},
                                           std::vector{Format::fido_u2f, Format::packed_x5c}}) {
    options.compound_formats = parts;
    const auto outcome = enrol("ada" + std::to_string(++number), nullptr, options);
    ASSERT_TRUE(outcome.has_value()) << error_name(outcome.error().code);
    const RegisteredModel& registered = outcome->credential.model.registered;
    EXPECT_TRUE(registered.is_aaguid_signed);
    ASSERT_EQ(registered.key_identifiers.size(), 1U);
    MetadataEntry entry =
        make_model_entry({}, {make_report(AuthenticatorStatus::user_verification_bypass)});
    entry.key_identifiers = registered.key_identifiers;
    const auto none = make_models({}, hasher_);
    EXPECT_EQ(run(*make_models({entry}, hasher_)).flagged, number);
    EXPECT_EQ(run(*none).cleared, number);
    EXPECT_EQ(run(*revoked(1)).flagged, number);
    EXPECT_EQ(run(*none).cleared, number);
  }
}

// Whoever names a good model without proof gets nothing for it.
TEST_F(ModelReview, AClaimedModelProvesNothing) {
  RegistrationOptions options;
  options.aaguid = to_vector(aaguid_of(1));
  const auto good = models_of(1, {make_report(AuthenticatorStatus::fido_certified_l2)});
  for (const Format format : {Format::none, Format::packed_self}) {
    options.format = format;
    const auto outcome = enrol(std::string(format_identifier(format)) + "1", good, options);
    ASSERT_TRUE(outcome.has_value()) << error_name(outcome.error().code);
    EXPECT_FALSE(outcome->credential.model.at_registration.is_proved);
  }
}

}  // namespace
}  // namespace countersign::testing
