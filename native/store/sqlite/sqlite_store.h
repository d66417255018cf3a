#pragma once
// The store ports on SQLite: WAL, synchronous=FULL, one writer that commits in groups, readers of
// their own. A call that changes something returns after the sync of its commit.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/secret.h"
#include "native/store/sqlite/database.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/writer.h"
#include "service/customer_ports.h"
#include "service/outbox_store.h"
#include "service/payment_store.h"
#include "service/policy_store.h"
#include "service/ports.h"
#include "service/receipt_log.h"
#include "service/transaction_store.h"

namespace countersign {

class SqliteStore final : public ChallengeStore,
                          public CredentialStore,
                          public ReviewStore,
                          public ActivationStore,
                          public AccountStore,
                          public NoticeStore,
                          public ExemptionStore,
                          public PolicyStore,
                          public OutboxStore,
                          public TransactionStore,
                          public PaymentStore,
                          public ReceiptStore {
 public:
  /// Opens or creates the file and brings its schema up to date. `key_file` (empty: PATH.key) holds
  /// the key of the seals; it is made where there is none and the database has none, and then seals
  /// what a program without seals has written, once. KEY_FILE.sealed and
  /// KEY_FILE.sealed-transactions are made beside it: that the rows of this key are sealed, so that
  /// none are again. Errors: store_unavailable, store_not_durable, store_schema_newer;
  /// config_value_invalid (the database has another key, the file holds none, or rows should be
  /// sealed and are not); config_unreadable (the key's folder cannot be written); store_corrupt,
  /// where its schema is not what this program makes, with the first thing that differs in
  /// `difference`, if that is given: printable, for who operates.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path, RandomSource& random,
                                                   const std::string& key_file = "",
                                                   std::string* difference = nullptr);
  ~SqliteStore() override;

  /// The secret behind made-up credentials: made once, kept in the store.
  const Secret<32>& decoy_secret() const { return decoy_secret_; }
  /// Told of each row (row_seals.h) that is passed over because no server with the
  /// key wrote it as it stands, whenever it is asked for. By any thread; set before there are
  /// others.
  void tell_unsealed(sqlite::RowSeals::Listener listener) {
    row_seals_.listener = std::move(listener);
  }
  /// A read and a durable write. Error: store_unavailable.
  Status check_ready();

  Status create_ceremony(const Ceremony& ceremony, const std::optional<Account>& account,
                         const std::optional<IdempotentAnswer>& answer) override;
  Result<std::optional<Ceremony>> find_ceremony(const TenantId& tenant, CeremonyKind kind,
                                                const CeremonyId& id) override;
  Result<std::optional<Ceremony>> find_ceremony_by_challenge(const TenantId& tenant,
                                                             CeremonyKind kind,
                                                             Bytes challenge) override;
  Result<std::optional<Ceremony>> find_ceremony_by_binding(const TenantId& tenant,
                                                           CeremonyKind kind,
                                                           const Digest256& digest) override;
  Result<std::optional<IdempotentAnswer>> find_answer(const TenantId& tenant,
                                                      const Digest256& caller,
                                                      std::string_view route,
                                                      std::string_view key) override;
  Status refuse_ceremony(const Ceremony& ceremony, UnixSeconds now, Error error,
                         std::string_view correlation_id,
                         const std::optional<CredentialId>& counter_of) override;
  Status finish_registration(const Ceremony& ceremony, UnixSeconds now,
                             const FinishedRegistration& finished,
                             std::string_view correlation_id) override;
  Status finish_authentication(const Ceremony& ceremony, UnixSeconds now,
                               const FinishedAuthentication& finished,
                               std::string_view correlation_id) override;
  Status sweep(UnixSeconds unfinished_before, UnixSeconds finished_before) override;

  Result<std::optional<Account>> find_account(const TenantId& tenant,
                                              const UserHandle& handle) override;
  Result<std::optional<Account>> find_account_by_username(const TenantId& tenant,
                                                          std::string_view username) override;
  Result<std::optional<StoredCredential>> find_credential(const TenantId& tenant,
                                                          const CredentialId& id) override;
  Result<std::vector<StoredCredential>> list_credentials(const TenantId& tenant,
                                                         const UserHandle& account) override;
  Result<std::optional<UnixSeconds>> find_last_recovery(const TenantId& tenant,
                                                        const UserHandle& account) override;
  Status rename_credential(const TenantId& tenant, const UserHandle& account,
                           const CredentialId& id, std::string_view name, UnixSeconds now,
                           const std::optional<Digest256>& session_needed) override;
  Status revoke_credential(const TenantId& tenant, const UserHandle& account,
                           const CredentialId& id, UnixSeconds now,
                           const std::optional<Digest256>& session_needed) override;
  Result<std::optional<Session>> find_session(const TenantId& tenant, const Digest256& digest,
                                              UnixSeconds now) override;
  Status move_session_end(const TenantId& tenant, const Session& session, UnixSeconds end) override;
  Status delete_session(const TenantId& tenant, const Digest256& digest) override;

  Result<std::optional<ReviewState>> read_review() override;
  Status begin_review(const std::optional<ReviewState>& seen, const ReviewState& fresh) override;
  Result<std::vector<ReviewedCredential>> list_for_review(
      const std::optional<CredentialPlace>& after, std::size_t limit) override;
  Result<std::vector<ReviewedCredential>> list_marked(std::size_t limit) override;
  Result<bool> advance_review(const ReviewState& seen, const ReviewState& next,
                              std::span<const ReviewChange> changes) override;

  Status create_activation(const TenantId& tenant, const Activation& activation,
                           const std::optional<Account>& account,
                           const std::optional<IdempotentAnswer>& answer) override;
  Result<std::optional<Activation>> find_activation(const TenantId& tenant,
                                                    const ActivationId& id) override;
  Result<Activation> try_activation(const TenantId& tenant, const ActivationId& id,
                                    const Digest256& code, UnixSeconds now) override;

  Result<AccountState> read_account_state(const TenantId& tenant, const UserHandle& account,
                                          UnixSeconds now) override;
  Result<RevokedAll> revoke_all(const TenantId& tenant, const UserHandle& account, UnixSeconds now,
                                std::string_view correlation_id) override;
  Result<std::vector<Notice>> list_notices(const TenantId& tenant, std::int64_t after,
                                           std::size_t limit) override;

  Result<ScaCounter> read_sca_counter(const TenantId& tenant, const UserHandle& account) override;
  Result<std::optional<UnixSeconds>> find_last_verification(const TenantId& tenant,
                                                            const UserHandle& account) override;
  Status commit_exemption(const TenantId& tenant, const Exemption& exemption,
                          const SessionProof& proof, const IdempotentAnswer& answer) override;
  Status reset_sca_counter(const TenantId& tenant, const UserHandle& account,
                           UnixSeconds now) override;

  Result<std::vector<TenantVersion>> read_policy_versions() override;
  Result<PolicyLife> read_policy_life(const TenantId& tenant) override;
  Result<std::optional<std::string>> find_policy_document(const TenantId& tenant,
                                                          const Digest256& digest) override;
  Status add_policy(const TenantId& tenant, const PolicyRevision& revision,
                    std::string_view document) override;
  Status delete_policy(const TenantId& tenant, const Digest256& digest) override;
  Result<bool> update_policies(const PolicyUpdate& update) override;
  Result<std::vector<PolicyTransition>> list_policy_history(const TenantId& tenant,
                                                            const Digest256& digest) override;
  Status count_differences(const TenantId& tenant, const Digest256& revision,
                           const Digest256& active,
                           std::span<const DifferenceCount> differences) override;
  Result<std::vector<DifferenceCount>> list_differences(const TenantId& tenant,
                                                        const Digest256& revision,
                                                        const Digest256& active) override;
  Result<std::vector<StoredCredential>> list_enrolled(const TenantId& tenant,
                                                      const std::optional<UserHandle>& after,
                                                      std::size_t customers) override;

  Result<std::vector<OutboxEntry>> claim_outbox(const TenantId& tenant, UnixSeconds now,
                                                UnixSeconds leased_until,
                                                std::size_t limit) override;
  Result<bool> mark_outbox_delivered(const TenantId& tenant, const OutboxEventId& id,
                                     UnixSeconds now) override;
  Status postpone_outbox(const TenantId& tenant, const OutboxEntry& claimed,
                         UnixSeconds next_attempt_at) override;
  Result<std::vector<OutboxEntry>> list_outbox(const TenantId& tenant, OutboxFilter filter,
                                               std::int64_t after, std::size_t limit) override;
  Result<OutboxBacklog> read_outbox_backlog(const TenantId& tenant) override;
  Status sweep_outbox(UnixSeconds delivered_before) override;

  Status create_transaction(const Transaction& transaction, const TransactionApproval& approval,
                            const std::optional<IdempotentAnswer>& answer) override;
  Status add_transaction_approval(const TransactionApproval& approval) override;
  Result<std::optional<Transaction>> find_transaction(const TenantId& tenant,
                                                      const TransactionId& id) override;
  Result<std::optional<TransactionApproval>> find_transaction_approval(
      const TenantId& tenant, const Digest256& challenge) override;
  Result<std::vector<TransactionApproval>> list_transaction_approvals(
      const TenantId& tenant, const TransactionId& id) override;
  Result<std::vector<GivenApproval>> list_given_approvals(const TenantId& tenant,
                                                          const TransactionId& id) override;
  Result<std::vector<TransactionHead>> list_transactions(const TenantId& tenant,
                                                         const TransactionFilter& filter,
                                                         std::size_t limit) override;
  Result<bool> commit_approval(const ApprovalCommit& commit) override;
  Status close_transaction(const TransactionClosing& closing) override;
  Result<std::vector<TransactionHead>> list_overdue_transactions(UnixSeconds now,
                                                                 std::size_t limit) override;
  Result<ApprovalStanding> read_approval_standing(const TenantId& tenant,
                                                  const UserHandle& account) override;
  Result<ApprovalStanding> count_approval_failure(const ApprovalFailure& failure) override;
  Result<bool> count_transaction_failure(const TransactionClosing& ending) override;
  Result<std::optional<CredentialKey>> find_credential_key(const TenantId& tenant,
                                                           const CredentialId& id) override;
  Status execute_transaction(const TenantId& tenant, const TransactionId& id, UnixSeconds now,
                             const std::optional<IdempotentAnswer>& answer) override;
  Status sweep_transaction_approvals(UnixSeconds expired_before) override;

  Result<std::vector<CredentialId>> list_payment_credentials(const TenantId& tenant,
                                                             const UserHandle& account) override;
  Result<std::vector<BrowserBoundKey>> list_browser_bound_keys(
      const TenantId& tenant, const UserHandle& account, const CredentialId& credential) override;
  Status note_browser_bound_key(const TenantId& tenant, const CredentialId& credential, Bytes key,
                                UnixSeconds now) override;
  Status trust_browser_bound_key(const TenantId& tenant, const CredentialId& credential, Bytes key,
                                 UnixSeconds now) override;
  Status remove_browser_bound_key(const TenantId& tenant, const CredentialId& credential,
                                  Bytes key) override;

  Result<LogState> read_log(const TenantId& tenant) override;
  Result<std::vector<WaitingLeaf>> list_waiting_leaves(const TenantId& tenant,
                                                       std::size_t limit) override;
  Result<std::size_t> count_unsealed_leaves(const TenantId& tenant) override;
  Result<ByteVector> read_log_tile(const TenantId& tenant, unsigned level,
                                   std::uint64_t index) override;
  Result<bool> append_log(const TenantId& tenant, const LogAppend& append) override;
  Result<std::vector<Digest256>> list_sealed_entries(const TenantId& tenant, std::uint64_t first,
                                                     std::size_t count) override;
  Status publish_checkpoint(const TenantId& tenant, const TreeHead& head,
                            std::string_view checkpoint) override;
  Result<bool> replace_cosigned(const TenantId& tenant, std::string_view before,
                                std::string_view after) override;
  Result<std::vector<Digest256>> list_log_entries(const TenantId& tenant, std::uint64_t first,
                                                  std::size_t count) override;
  Result<std::optional<KeptReceipt>> find_receipt(const TenantId& tenant,
                                                  std::string_view id) override;
  Result<std::vector<KeptReceipt>> list_receipts(const TenantId& tenant,
                                                 const TransactionId& transaction) override;
  Result<Erasure> erase_receipt(const TenantId& tenant, std::string_view id,
                                UnixSeconds now) override;
  Result<Erasure> erase_transaction(const TenantId& tenant, const TransactionId& id,
                                    UnixSeconds now) override;

 private:
  struct ReaderConnection {
    std::unique_ptr<sqlite::Database> database;
    sqlite::SchemaCheck schema;
  };

  // A reader connection, taken for what is asked in one transaction and given back. Where the
  // schema is not ours, nothing can be prepared (store_corrupt).
  class Reader {
   public:
    explicit Reader(SqliteStore& store);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    sqlite::Database& operator*() const { return *connection_->database; }
    sqlite::Database* operator->() const { return connection_->database.get(); }

   private:
    SqliteStore& store_;
    ReaderConnection* connection_;
  };

  // Oldest first, until `take` says no.
  Status for_each_waiting(const TenantId& tenant,
                          const std::function<bool(const WaitingLeaf&, RowSeal)>& take);

  SqliteStore() = default;

  sqlite::RowSeals row_seals_;  // before the connections that call it
  const sqlite::Seals& seals_ = row_seals_.seals;
  std::vector<std::unique_ptr<ReaderConnection>> readers_;
  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<ReaderConnection*> free_readers_;
  Secret<32> decoy_secret_;
  std::unique_ptr<sqlite::Writer> writer_;
};

}  // namespace countersign
