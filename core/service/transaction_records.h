#pragma once
// What is kept of transactions. Everything that an approval signs is kept as the bytes that were
// bound: no later template, locale pack or configuration changes what a transaction says.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "crypto/hasher.h"
#include "receipt/evidence.h"
#include "service/outbox_store.h"
#include "service/records.h"

namespace countersign {

/// base64url of 128 random bits: names a transaction, proves nothing.
using TransactionId = StrongId<struct TransactionIdTag, std::string>;

/// All but `pending` are final. A pending transaction is expired once its time is over, whether or
/// not anybody has written that down yet; one whose content is gone is erased, whatever became of
/// it before: nothing shows that any more (state_at).
enum class TransactionState : std::uint8_t {
  pending = 0,
  approved = 1,   // by everybody whom the policy demanded
  declined = 2,   // by somebody who should have approved
  cancelled = 3,  // by the backend, or by failures
  expired = 4,
  erased = 5,  // never stored: TransactionHead::erased_at
};
/// "pending", …
std::string_view transaction_state_name(TransactionState state);
std::optional<TransactionState> find_transaction_state(std::string_view name);

/// A template or a locale pack in its frozen form: C(document).
struct FrozenDocument {
  Digest256 digest{};
  ByteVector cbor;
};

/// What an order is found by (transaction_summary.h).
struct TransactionKeys {
  std::optional<std::int64_t> amount;  // minor units of all amounts together, with their currency
  std::optional<std::string> currency;
  std::optional<std::string> payee;          // payee_key_of the only one's name
  std::optional<std::string> payee_account;  // "iban:DE89370400440532013000": the only one's
};

/// What a list shows of a transaction, and events that say how it ended.
struct TransactionHead {
  TransactionId id;
  TenantId tenant;
  std::int64_t sequence = 0;  // of the tenant, from 1 on; given by the store
  std::string type;           // "payment.credit-transfer/1"
  std::string title;          // the view's
  std::string summary;  // `{"rows":[[1,label,value,direction],…],"omitted"}`: its first rows
  UserHandle subject;  // the customer for whom the backend created it: the first approval is theirs
  std::int64_t approvals_needed = 1;
  UnixSeconds created_at;
  UnixSeconds expires_at;

  TransactionState state = TransactionState::pending;
  std::int64_t approvals = 0;  // given
  std::optional<UnixSeconds> finished_at;
  std::optional<UserHandle> finished_by;   // who declined
  std::string finished_key;                // id of the API key that cancelled
  std::optional<UnixSeconds> executed_at;  // handed over, once, to be carried out
  /// Title, summary, intent, view, keys and everything else that says what it was about are empty
  /// since then.
  std::optional<UnixSeconds> erased_at;
};

struct Transaction : TransactionHead {
  ByteVector intent;      // C(intent)
  ByteVector view;        // C(view)
  FrozenDocument source;  // the template
  FrozenDocument pack;
  std::string locale;
  /// Who else gives further approvals, in a session of ours or one that a backend begins. Empty: a
  /// backend's key may begin one for anybody, no session for any other user than the customer.
  std::vector<UserHandle> approvers;
  /// What was decided at creation: the ceremony, the revision, and the inputs as they were.
  CeremonyPolicy policy;
  std::int64_t display_tier = 0;  // demanded
  TransactionKeys keys;
  /// As the audit names whoever created it (AuditRecord::actor): "key:ID", "session". Older rows
  /// have the id alone.
  std::string created_by;
  std::optional<Digest256> previous;  // record_digest of the last approval
  /// Shown in the browser's payment dialog: what is fixed beside the intent
  /// (transaction_payment.h), as text. Empty: it is not.
  std::string payment;
};

/// The state that counts at that time.
TransactionState state_at(const TransactionHead& transaction, UnixSeconds now);

/// To what a challenge was issued: only who holds it may answer.
enum class ApprovalHolder : std::uint8_t {
  session = 0,  // the cookie with this digest
  token = 1,    // the one-time token with this digest
  key = 2,      // the key with this RFC 7638 thumbprint (pairing)
};

/// One challenge for one step. Several may be open for a step; of their answers one is counted.
struct TransactionApproval {
  TransactionId transaction;
  TenantId tenant;
  std::int64_t step = 1;
  UserHandle subject;  // whose approval it is: B's subject
  ApprovalHolder holder = ApprovalHolder::token;
  Digest256 holder_digest{};
  std::vector<std::string> origins;  // those of B, and the only ones that count
  std::vector<CredentialId> allow_credentials;
  std::optional<Digest256> previous;
  Digest256 nonce{};
  ByteVector binding;  // B
  Digest256 challenge{};
  UnixSeconds issued_at;
  UnixSeconds expires_at;
};

/// An approval that was given.
struct GivenApproval {
  std::int64_t step = 1;
  UserHandle approver;
  CredentialId credential;
  Digest256 record{};  // record_digest
  UnixSeconds time;
  /// Since then the passkey was revoked, or all that the approver was signed in with was ended.
  bool is_revoked = false;
};

/// How a pending transaction ends without its approvals.
struct TransactionClosing {
  TenantId tenant;
  TransactionId id;
  TransactionState state = TransactionState::cancelled;  // declined, cancelled or expired
  UnixSeconds now;
  std::optional<UserHandle> by;  // who declined
  OutboxEvent event;
  std::string key = {};  // id of the API key that cancelled
};

/// "TRANSACTION.STEP".
std::string receipt_id(const TransactionId& transaction, std::int64_t step);
/// The route by which it is handed over, as remembered answers name it.
std::string execution_route(const TransactionId& transaction);

/// The evidence of an approval as it is stored with it; the log takes up the leaf later. Record and
/// salt are erased together.
struct StoredReceipt {
  std::string id;
  TransactionId transaction;
  std::int64_t step = 1;
  ByteVector record;
  Salt salt{};
  Digest256 leaf{};
  UnixSeconds created_at;
};

/// How a customer stands with failed approvals, over all transactions (RTS Art. 4(3)(b)).
struct ApprovalStanding {
  std::int64_t failures = 0;  // in a row
  std::optional<UnixSeconds> blocked_until;

  bool is_blocked(UnixSeconds now) const { return blocked_until && now < *blocked_until; }
};

/// The last one blocks. [RTS Art. 4(3)(b): at most five]
inline constexpr std::int64_t kMaxApprovalFailures = 5;
/// Of one customer. [a corporate treasurer has a day's batches open; whoever has more forgets what
/// they are]
inline constexpr std::int64_t kMaxOpenTransactions = 256;
/// Of one person for one transaction: the oldest makes room. [somebody who begins again, on several
/// devices]
inline constexpr std::int64_t kMaxApprovalChallenges = 16;
/// Who have challenges of one transaction. [all whom it may name and its customer, and as many for
/// whom the backend begins; nobody takes another's place]
inline constexpr std::int64_t kMaxChallengedPeople = 34;
/// How long an approved transaction can be handed over to be carried out. [payment runs wait for a
/// long weekend; whoever approved expects nothing any more after it]
inline constexpr std::int64_t kExecutionSeconds = 7 * 86400;
/// [a bank's signatories; B allows 16 steps]
inline constexpr std::size_t kMaxNamedApprovers = 16;

}  // namespace countersign
