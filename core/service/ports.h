#pragma once
// What the use cases need of the world. One method of a store is one atomic and, when it returns,
// durable transaction; a store never runs a use case's rules outside of one.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "metadata/models.h"
#include "service/records.h"

namespace countersign {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixSeconds now() const = 0;
};

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// Fills with bytes fit for keys; never returns without having done so.
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

/// One line of the audit: no names, handles, addresses or credential ids.
struct AuditRecord {
  std::string_view event;  // "registration.begin", "authentication.result", …
  TenantId tenant;
  /// Who asked: "key:ID" of an API key; else how a browser came: "session" (signed in), "token" (a
  /// one-time token came along), "browser" (a cookie that is not signed in, or nothing). Never a
  /// token or a session. "server": nobody asked.
  std::string actor = "server";
  CeremonyId ceremony;       // or transaction
  std::string receipt;       // "TRANSACTION.STEP", where it is about one
  std::string outbox_event;  // likewise
  std::string correlation_id;
  std::string backend;         // who discharged the signatures, if anybody
  std::optional<Error> error;  // nothing: it went well
  std::string_view step;       // of the standard, where a check failed
  /// What metadata hold against the credential's model; then it is flagged, or was refused for it.
  std::optional<ErrorCode> objection;
  /// What the policy decided (policy_decision.h), a JSON object; empty where nothing was decided.
  std::string decision;
  /// A revision of the policy that somebody moves on, and what is active meanwhile.
  std::optional<Digest256> revision;
  std::optional<Digest256> replaces;
  UnixSeconds time;
};

/// What is known about authenticator models at this moment.
class ModelSource {
 public:
  virtual ~ModelSource() = default;
  /// Takes no lock and does no I/O. Null: no metadata are configured.
  virtual std::shared_ptr<const MetadataModels> models() const = 0;
};

/// None are configured.
class NoModels final : public ModelSource {
 public:
  std::shared_ptr<const MetadataModels> models() const override { return nullptr; }
};

class AuditSink {
 public:
  virtual ~AuditSink() = default;
  virtual void record(const AuditRecord& record) = 0;
};

struct FinishedRegistration {
  StoredCredential credential;
  Account account;                 // created if the ceremony's rule says so
  std::optional<Session> session;  // to sign the browser in
  std::optional<Digest256>
      session_needed;  // must be signed in to the account, else session_required
  /// Of the metadata that judged it (model_review.h). The credential is marked for the review where
  /// that is not the key of the current one.
  std::optional<Digest256> review_key{};
  /// The passkey may confirm payments (payment_store.h).
  bool is_for_payments = false;
  std::optional<ByteVector> browser_bound_key{};  // proved; trusted from the beginning
};

/// What becomes of a counter that did not advance. `accepted`: a rule of the policy says so; the
/// larger count is kept.
enum class CounterRule : std::uint8_t { must_advance, accepted };

struct FinishedAuthentication {
  CredentialRecord record;  // sign count and backup state as they shall be
  bool is_user_verified = false;
  std::optional<Session> session;
  std::optional<Digest256> session_replaced;  // signed out in the same step
  CounterRule counter = CounterRule::must_advance;
};

class ChallengeStore {
 public:
  virtual ~ChallengeStore() = default;

  /// Inserts the ceremony, and the account and remembered answer where given (an account whose name
  /// exists is left as it is). Error: idempotency_key_reused when the answer's key exists.
  virtual Status create_ceremony(const Ceremony& ceremony, const std::optional<Account>& account,
                                 const std::optional<IdempotentAnswer>& answer) = 0;
  virtual Result<std::optional<Ceremony>> find_ceremony(const TenantId& tenant, CeremonyKind kind,
                                                        const CeremonyId& id) = 0;
  virtual Result<std::optional<Ceremony>> find_ceremony_by_challenge(const TenantId& tenant,
                                                                     CeremonyKind kind,
                                                                     Bytes challenge) = 0;
  /// The youngest of that binding: for conformance results whose challenge is not ours.
  virtual Result<std::optional<Ceremony>> find_ceremony_by_binding(const TenantId& tenant,
                                                                   CeremonyKind kind,
                                                                   const Digest256& digest) = 0;
  virtual Result<std::optional<IdempotentAnswer>> find_answer(const TenantId& tenant,
                                                              const Digest256& caller,
                                                              std::string_view route,
                                                              std::string_view key) = 0;

  /// Consumes the challenge without an effect. Errors: ceremony_consumed when it is not pending.
  /// `counter_of` marks the credential whose signature counter gave the reason.
  virtual Status refuse_ceremony(const Ceremony& ceremony, UnixSeconds now, Error error,
                                 std::string_view correlation_id,
                                 const std::optional<CredentialId>& counter_of) = 0;
  /// Consumes the challenge and stores the credential. Errors: ceremony_consumed,
  /// ceremony_expired: nothing changed. credential_already_registered, account_exists,
  /// session_required, credential_limit_reached: the ceremony is consumed as refused.
  virtual Status finish_registration(const Ceremony& ceremony, UnixSeconds now,
                                     const FinishedRegistration& finished,
                                     std::string_view correlation_id) = 0;
  /// Consumes the challenge and advances the counter (new above old, or both zero; else see
  /// CounterRule). Errors: ceremony_consumed, ceremony_expired: nothing changed.
  /// credential_unknown (revoked meanwhile), counter_not_advanced: the ceremony is consumed as
  /// refused.
  virtual Status finish_authentication(const Ceremony& ceremony, UnixSeconds now,
                                       const FinishedAuthentication& finished,
                                       std::string_view correlation_id) = 0;
  /// Deletes sessions, remembered answers and ceremonies without a result that expired before
  /// `unfinished_before`, and ceremonies with one that expired before `finished_before`: anybody
  /// can make the former, a backend still reads the latter.
  virtual Status sweep(UnixSeconds unfinished_before, UnixSeconds finished_before) = 0;
};

class CredentialStore {
 public:
  virtual ~CredentialStore() = default;

  virtual Result<std::optional<Account>> find_account(const TenantId& tenant,
                                                      const UserHandle& handle) = 0;
  virtual Result<std::optional<Account>> find_account_by_username(const TenantId& tenant,
                                                                  std::string_view username) = 0;
  /// Not revoked ones only, oldest first.
  virtual Result<std::optional<StoredCredential>> find_credential(const TenantId& tenant,
                                                                  const CredentialId& id) = 0;
  virtual Result<std::vector<StoredCredential>> list_credentials(const TenantId& tenant,
                                                                 const UserHandle& account) = 0;
  /// The newest `recovered_at` of the account's credentials, revoked ones included.
  virtual Result<std::optional<UnixSeconds>> find_last_recovery(const TenantId& tenant,
                                                                const UserHandle& account) = 0;
  /// `session_needed`: must be signed in to the account. Errors: session_required where it is not
  /// (any more); credential_not_found unless the credential is the account's and not revoked.
  virtual Status rename_credential(const TenantId& tenant, const UserHandle& account,
                                   const CredentialId& id, std::string_view name, UnixSeconds now,
                                   const std::optional<Digest256>& session_needed) = 0;
  /// The id stays taken for ever. Sessions that it signed in end. Errors: as above.
  virtual Status revoke_credential(const TenantId& tenant, const UserHandle& account,
                                   const CredentialId& id, UnixSeconds now,
                                   const std::optional<Digest256>& session_needed) = 0;

  virtual Result<std::optional<Session>> find_session(const TenantId& tenant,
                                                      const Digest256& digest, UnixSeconds now) = 0;
  /// It ends then, instead of when the session says. Nothing changes where it has ended, or
  /// somebody else was faster.
  virtual Status move_session_end(const TenantId& tenant, const Session& session,
                                  UnixSeconds end) = 0;
  virtual Status delete_session(const TenantId& tenant, const Digest256& digest) = 0;
};

class ReviewStore {
 public:
  virtual ~ReviewStore() = default;

  virtual Result<std::optional<ReviewState>> read_review() = 0;
  /// Nothing happens where the state is no longer the one seen (nothing: there is none yet).
  virtual Status begin_review(const std::optional<ReviewState>& seen, const ReviewState& fresh) = 0;
  /// In their order, from the one after the cursor on; revoked ones left out.
  virtual Result<std::vector<ReviewedCredential>> list_for_review(
      const std::optional<CredentialPlace>& after, std::size_t limit) = 0;
  /// Those that finish_registration marked.
  virtual Result<std::vector<ReviewedCredential>> list_marked(std::size_t limit) = 0;
  /// Writes the changes, which take the marks away, and the state. False, and nothing written,
  /// where the state is no longer the one seen.
  virtual Result<bool> advance_review(const ReviewState& seen, const ReviewState& next,
                                      std::span<const ReviewChange> changes) = 0;
};

}  // namespace countersign
