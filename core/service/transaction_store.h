#pragma once
// What the use cases of transactions need of the store. As in ports.h, one method is one atomic
// and, when it returns, durable transaction of conditional updates; events and notices of what it
// did are part of it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "service/outbox_store.h"
#include "service/policy_update.h"
#include "service/ports.h"
#include "service/receipt_log.h"
#include "service/transaction_records.h"

namespace countersign {

/// What an accepted approval changes.
struct ApprovalCommit {
  TransactionApproval approval;
  UnixSeconds now;
  CredentialRecord record;  // sign count and backup state as they shall be
  CounterRule counter = CounterRule::must_advance;
  std::int64_t approvals_needed = 1;  // the step that reaches it approves the transaction
  UserHandle customer;                // of the transaction: the first step is theirs
  bool resets_sca_counter = false;    // the customer's
  StoredReceipt receipt;
  Digest256 record_digest{};         // of the receipt's record: `previous` of the next step
  std::optional<OutboxEvent> event;  // of the last step
  /// What the last step of a publication carries out, in the same database transaction.
  std::optional<PolicyUpdate> publication;
};

/// Whose passkey a credential is.
struct CredentialKey {
  UserHandle account;
  ByteVector public_key;  // encoded COSE_Key
};

/// A refused approval that counts against its customer.
struct ApprovalFailure {
  TenantId tenant;
  UserHandle account;
  UnixSeconds now;
  std::int64_t block_seconds = 0;
  OutboxEvent blocked;  // written when this failure is the one that blocks
};

/// Newest first. Members that are nothing filter nothing.
struct TransactionFilter {
  std::optional<UserHandle> subject;
  std::optional<TransactionState> state;  // as it is at `now`
  std::optional<std::string> type;
  std::optional<UnixSeconds> created_from;
  std::optional<UnixSeconds> created_before;
  std::optional<std::int64_t> before;  // only smaller sequence numbers
  TransactionKeys keys = {};           // an amount only with its currency
  UnixSeconds now;
};

/// Transactions are sealed: what is given out of one, and goes on, stands as a server with the key
/// of the database wrote it. Of one that does not, whatever is asked of it is
/// transaction_store_mismatch, with the check transaction_recomputed; lists leave it out.
class TransactionStore {
 public:
  virtual ~TransactionStore() = default;

  /// Inserts the transaction, the first step's challenge, the documents that are not there yet and
  /// the remembered answer. One of kReservedType advances the version of the tenant's policies, so
  /// that no change of them overlooks it. Errors, nothing changed: idempotency_key_reused;
  /// transaction_limit_reached (kMaxOpenTransactions of that customer, not for a kReservedType).
  virtual Status create_transaction(const Transaction& transaction,
                                    const TransactionApproval& approval,
                                    const std::optional<IdempotentAnswer>& answer) = 0;
  /// Another challenge for the step that is due. Errors, nothing changed: transaction_not_found,
  /// transaction_expired, transaction_state_mismatch, transaction_step_changed (another step or
  /// another previous record is due), transaction_limit_reached (kMaxChallengedPeople have one).
  /// Beyond kMaxApprovalChallenges of this person the oldest of theirs makes room.
  virtual Status add_transaction_approval(const TransactionApproval& approval) = 0;

  virtual Result<std::optional<Transaction>> find_transaction(const TenantId& tenant,
                                                              const TransactionId& id) = 0;
  virtual Result<std::optional<TransactionApproval>> find_transaction_approval(
      const TenantId& tenant, const Digest256& challenge) = 0;
  /// Every challenge of it that is kept.
  virtual Result<std::vector<TransactionApproval>> list_transaction_approvals(
      const TenantId& tenant, const TransactionId& id) = 0;
  /// In the order of their steps.
  virtual Result<std::vector<GivenApproval>> list_given_approvals(const TenantId& tenant,
                                                                  const TransactionId& id) = 0;
  virtual Result<std::vector<TransactionHead>> list_transactions(const TenantId& tenant,
                                                                 const TransactionFilter& filter,
                                                                 std::size_t limit) = 0;

  /// Counts the approval: of all answers for a step one finds it due. False, and nothing changed,
  /// where the policies that it is to change are not those seen. Errors, nothing changed:
  /// transaction_state_mismatch, transaction_expired, transaction_step_changed,
  /// transaction_approver_not_allowed (the first step, by somebody else than the customer; a
  /// further one by somebody who was not named, where others were), transaction_approver_repeated,
  /// approvals_blocked, session_required (the session that the challenge was issued to has ended),
  /// credential_unknown (revoked meanwhile), counter_not_advanced.
  virtual Result<bool> commit_approval(const ApprovalCommit& commit) = 0;
  /// Errors, nothing changed: transaction_not_found; transaction_state_mismatch: it is not pending;
  /// transaction_expired: its time is over (declined, cancelled), or is not (expired).
  virtual Status close_transaction(const TransactionClosing& closing) = 0;
  /// Pending ones of any tenant whose time is over.
  virtual Result<std::vector<TransactionHead>> list_overdue_transactions(UnixSeconds now,
                                                                         std::size_t limit) = 0;

  virtual Result<ApprovalStanding> read_approval_standing(const TenantId& tenant,
                                                          const UserHandle& account) = 0;
  /// The standing after it. While a customer is blocked nothing is counted; the
  /// kMaxApprovalFailures-th blocks, with a notice and the event, and counting starts anew.
  virtual Result<ApprovalStanding> count_approval_failure(const ApprovalFailure& failure) = 0;
  /// A refused approval that counts against its transaction: the kMaxApprovalFailures-th ends it as
  /// `ending` says, with its event. True: this was the one. What is not open stays as it is.
  virtual Result<bool> count_transaction_failure(const TransactionClosing& ending) = 0;

  /// As ReceiptStore's.
  virtual Result<std::vector<KeptReceipt>> list_receipts(const TenantId& tenant,
                                                         const TransactionId& transaction) = 0;
  /// Revoked ones, too.
  virtual Result<std::optional<CredentialKey>> find_credential_key(const TenantId& tenant,
                                                                   const CredentialId& id) = 0;

  /// Marks an approved transaction as handed over, once, and remembers the answer. Errors, nothing
  /// changed: idempotency_key_reused; transaction_state_mismatch (it was handed over before, or is
  /// not approved).
  virtual Status execute_transaction(const TenantId& tenant, const TransactionId& id,
                                     UnixSeconds now,
                                     const std::optional<IdempotentAnswer>& answer) = 0;

  /// Deletes challenges that expired before. Transactions and receipts stay: they are evidence.
  virtual Status sweep_transaction_approvals(UnixSeconds expired_before) = 0;
};

}  // namespace countersign
