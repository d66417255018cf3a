#pragma once
// A bank with its customers on SQLite: transactions are created, approved with software
// authenticators, and altered in the store as somebody with a shell would.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "backends/openssl/openssl_backend.h"
#include "codec/base64url.h"
#include "native/ops/system.h"
#include "native/store/sqlite/sqlite_store.h"
#include "service/transaction_service.h"
#include "tests/http/server_process.h"
#include "tests/service/set_policies.h"
#include "tests/store/seals_of.h"
#include "tests/support/soft_authenticator.h"
#include "tests/transaction/documents.h"

namespace countersign::testing {

inline constexpr ErrorCode kDone{0};

inline const std::string kPay =
    R"({"id":"pay","when":{"ceremony":{"in":["transaction.approve","limit.change"]}},)"
    R"("require":{"userVerification":"required"}})";
inline const std::string kTwoPeople =
    R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":{"userVerification":)"
    R"("required","approvals":{"count":2,"distinctUsers":true}}})";

class SetClock final : public Clock {
 public:
  UnixSeconds now() const override {
    if (meanwhile && countdown-- == 0) {
      std::exchange(meanwhile, nullptr)();
    }
    return time;
  }
  UnixSeconds time{1'800'000'000};
  /// Somebody who comes in between: once, when it is asked for the `countdown`th time from now.
  mutable std::function<void()> meanwhile;
  mutable int countdown = 0;
};

class LockedAudit final : public AuditSink {
 public:
  void record(const AuditRecord& record) override {
    const std::lock_guard lock(mutex_);
    last = record;
  }
  AuditRecord last;

 private:
  std::mutex mutex_;
};

/// What a customer's browser and the bank's backend hold of a challenge.
struct Begun {
  ErrorCode error = kDone;
  std::optional<IntentRefusal> refusal;
  std::vector<std::string_view> missing;
  nlohmann::json answer;
  TransactionId id;
  ByteVector challenge;
  Caller caller;  // of the browser: with the token, or the session
};

class TransactionTest : public ::testing::Test {
 protected:
  TransactionTest() {
    Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(folder_.path("s.db"), random_);
    EXPECT_TRUE(opened.has_value());
    store_ = std::move(*opened);
    tenant_.id = TenantId("bank");
    tenant_.rp_id = "example.org";
    tenant_.rp_name = "Bank";
    tenant_.origins = {"https://example.org"};
    static const TransactionCatalog kShipped = TransactionCatalog::shipped(hasher_);
    settings_.catalog = kShipped;
    settings_.base_currency = "EUR";
    settings_.core_version = "test";
    backend_.api_key = "backend";
    policies_.set(kPay);
    enrol("ada");
    enrol("bob");
  }

  virtual PolicySource& in_force() { return policies_; }
  virtual const PolicyContext* publications() { return nullptr; }

  UnixSeconds after(std::int64_t seconds) { return UnixSeconds{clock_.time.value + seconds}; }
  UserHandle handle_of(const std::string& name) { return UserHandle(seeded_bytes(name, 32)); }
  Digest256 session_of(const std::string& name) {
    return hasher_.sha256({bytes_of("session of " + name)});
  }

  // A customer with a passkey and a session in a browser.
  void enrol(const std::string& name,
             const std::function<void(FinishedRegistration&)>& edit = nullptr) {
    RegistrationOptions options;
    options.credential_id = seeded_bytes("key of " + name, 32);
    options.user_handle = handle_of(name).value;
    options.key = TestKey::make(KeyKind::p256, name);
    keys_[name] = make_registration(options).credential;
    keys_[name].sign_count = 1;
    Ceremony ceremony;
    ceremony.id = CeremonyId("registration of " + name);
    ceremony.tenant = tenant_.id;
    ceremony.challenge = seeded_bytes(name, 32);
    ceremony.created_at = clock_.time;
    ceremony.expires_at = after(300);
    ceremony.user_handle = handle_of(name);
    const Account account{handle_of(name), name, name, clock_.time};
    ASSERT_TRUE(store_->create_ceremony(ceremony, account, std::nullopt).has_value());
    FinishedRegistration finished;
    finished.account = account;
    StoredCredential& credential = finished.credential;
    credential.record.id = CredentialId(options.credential_id);
    credential.record.public_key = keys_[name].cose_key;
    credential.record.user_handle = account.handle;
    credential.record.sign_count = 1;
    credential.record.is_uv_initialized = true;
    credential.algorithm = -7;
    credential.name = name;
    credential.attestation_format = credential.attestation_type = "none";
    credential.attestation_trust = "none";
    credential.created_at = UnixSeconds{clock_.time.value - 3 * 86400};
    Session session;
    session.digest = session_of(name);
    session.user_handle = account.handle;
    session.credential_id = credential.record.id;
    session.authenticated_at = clock_.time;
    session.expires_at = after(kSessionSeconds);
    session.is_user_verified = true;
    finished.session = session;
    sessions_[name] = session;
    if (edit) {
      edit(finished);
    }
    ASSERT_TRUE(store_->finish_registration(ceremony, clock_.time, finished, "c").has_value());
  }

  Caller browser_of(const std::string& name) {
    Caller caller;
    caller.session_digest = session_of(name);
    caller.session = sessions_[name];
    return caller;
  }
  Caller holder_of(const std::string& token) {
    Caller caller;
    caller.token_digest = hasher_.sha256({bytes_of(token)});
    return caller;
  }

  struct Wanted {
    nlohmann::json intent = transfer_intent();
    std::string username = "ada";
    std::string locale = "en-GB";
    std::optional<std::string> policy_inputs = std::nullopt;
    std::optional<std::string> known_payees = std::nullopt;
    std::vector<std::string> approvers = {};
    std::optional<IdempotencyKey> key = std::nullopt;
    std::optional<std::int64_t> seconds = std::nullopt;
    std::optional<std::string> payment = std::nullopt;
  };

  Begun create(const Wanted& wanted) {
    const JsonValue intent = parse_json(wanted.intent.dump()).value();
    JsonValue inputs;
    JsonValue payees;
    CreateTransactionRequest request;
    request.username = wanted.username;
    request.intent = &intent;
    request.locale = wanted.locale;
    if (wanted.policy_inputs) {
      inputs = parse_json(*wanted.policy_inputs).value();
      request.policy_inputs = &inputs;
    }
    if (wanted.known_payees) {
      payees = parse_json(*wanted.known_payees).value();
      request.known_payees = &payees;
    }
    JsonValue payment;
    if (wanted.payment) {
      payment = parse_json(*wanted.payment).value();
      request.payment = &payment;
    }
    request.approvers = wanted.approvers;
    request.seconds = wanted.seconds;
    CreatedTransaction created =
        create_transaction(context_, tenant_, backend_, request, wanted.key);
    Begun begun = read(created.began, Caller());
    begun.refusal = created.refusal;
    begun.missing = created.missing_inputs;
    return begun;
  }
  Begun create() { return create(Wanted()); }

  Begun begin_as(const TransactionId& id, const Caller& caller,
                 const std::optional<std::string>& username = std::nullopt) {
    return read(begin_transaction_approval(context_, tenant_, caller, id, username), caller);
  }

  Begun read(const Result<BeganCeremony>& began, const Caller& caller) {
    Begun out;
    out.caller = caller;
    if (!began.has_value()) {
      out.error = began.error().code;
      return out;
    }
    out.answer = nlohmann::json::parse(began->answer);
    out.id = TransactionId(out.answer["id"]);
    const nlohmann::json& asked = out.answer.contains("payment")
                                      ? out.answer["payment"]["methodData"][0]["data"]
                                      : out.answer["options"];
    out.challenge = parse_base64url(asked["challenge"].get<std::string>()).value();
    if (out.answer.contains("token")) {
      out.caller = holder_of(out.answer["token"]);
    }
    return out;
  }

  using Edit = std::function<void(AssertionOptions&)>;
  /// What the authenticator of that name answers.
  std::string sign(const Begun& begun, const std::string& name = "ada",
                   const Edit& edit = nullptr) {
    AssertionOptions options;
    options.challenge = begun.challenge;
    options.user_handle = keys_[name].user_handle;
    options.sign_count = ++keys_[name].sign_count;
    if (edit) {
      edit(options);
    }
    return make_assertion(keys_[name], options).json;
  }
  ErrorCode send(const Begun& begun, const std::string& response) {
    return send_as(begun, begun.caller, response);
  }
  ErrorCode send_as(const Begun& begun, const Caller& caller, const std::string& response) {
    const Result<std::string> outcome =
        approve_transaction(context_, tenant_, caller, begun.id, response);
    last_error_ = outcome.has_value() ? Error() : outcome.error();
    last_answer_ = outcome.has_value() ? nlohmann::json::parse(*outcome) : nlohmann::json();
    return outcome.has_value() ? kDone : outcome.error().code;
  }
  ErrorCode approve(const Begun& begun, const std::string& name = "ada",
                    const Edit& edit = nullptr) {
    return send(begun, sign(begun, name, edit));
  }

  /// The order as the backend is handed it, to be carried out.
  Result<std::string> execute(const TransactionId& id,
                              const std::optional<IdempotencyKey>& key = std::nullopt) {
    return execute_transaction(context_, tenant_, backend_, id, key);
  }

  /// What a shell on the database does.
  void alter(const std::string& sql) { alter_database(folder_.path("s.db"), sql); }
  /// Transactions and their challenges as if a server with the key had written them: what stands
  /// behind the seals.
  void alter_sealed(const std::string& sql) {
    alter(sql);
    seal_approvals_of(folder_.path("s.db"));
  }
  static std::string blob(Bytes bytes) { return "x'" + to_hex(bytes) + "'"; }

  Transaction stored(const TransactionId& id) {
    return store_->find_transaction(tenant_.id, id).value().value();
  }
  TransactionState state_of(const TransactionId& id) { return state_at(stored(id), clock_.time); }
  ApprovalStanding standing_of(const std::string& name) {
    return store_->read_approval_standing(tenant_.id, handle_of(name)).value();
  }
  std::vector<OutboxEntry> events() {
    return store_->list_outbox(tenant_.id, OutboxFilter::all, 0, 100).value();
  }
  std::vector<std::string> event_kinds() {
    std::vector<std::string> kinds;
    for (const OutboxEntry& entry : events()) {
      kinds.push_back(entry.event.kind);
    }
    return kinds;
  }
  template <class T>
  static ErrorCode code_of(const Result<T>& result) {
    return result.has_value() ? kDone : result.error().code;
  }

  TemporaryFolder folder_;
  SystemRandom random_;
  OpenSslHasher hasher_;
  OpenSslVerifier verifier_;
  SetClock clock_;
  LockedAudit audit_;
  NoModels models_;
  SetPolicies policies_{hasher_};
  std::unique_ptr<SqliteStore> store_;
  Tenant tenant_;
  TransactionSettings settings_;
  Secret<32> secret_;
  Caller backend_;
  std::map<std::string, SoftCredential> keys_;
  std::map<std::string, Session> sessions_;
  Error last_error_;
  nlohmann::json last_answer_;

 private:
  // After the store, which the constructor opens.
  class Parts {
   public:
    explicit Parts(TransactionTest& test) : test_(test) {}
    operator TransactionContext() {
      if (!service_) {
        service_ = std::make_unique<ServiceContext>(ServiceContext{
            *test_.store_, *test_.store_, test_.clock_, test_.random_, test_.audit_, test_.hasher_,
            test_.verifier_, test_.secret_, test_.models_, test_.in_force()});
      }
      return {*service_,       *test_.store_,      *test_.store_,
              test_.settings_, test_.store_.get(), test_.publications()};
    }

   private:
    TransactionTest& test_;
    std::unique_ptr<ServiceContext> service_;
  };

 protected:
  Parts context_{*this};
  const ServiceContext& service() {
    const TransactionContext context = context_;
    return context.service;
  }
};

}  // namespace countersign::testing
