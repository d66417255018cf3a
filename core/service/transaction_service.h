#pragma once
// Use cases of transactions: a backend has an intent frozen and rendered, the customer approves
// exactly that, once, and the backend gets exactly that back. docs/transactions.md, "On the
// server".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json_reader.h"
#include "policy/enforcement.h"
#include "service/customer_ports.h"
#include "service/intent_refusal.h"
#include "service/registration_service.h"
#include "service/transaction_catalog.h"
#include "service/transaction_store.h"
#include "transaction/payment_assertion.h"

namespace countersign {

/// How long a customer's approvals stay blocked. [RTS Art. 4(3)(b) leaves it to the bank: long
/// enough that guessing is hopeless, short enough that nobody has to call]
inline constexpr std::int64_t kApprovalBlockSeconds = 900;
/// How long a transaction waits for its approvals unless the backend says otherwise. [a customer
/// who reads what they sign; WebAuthn L3 §5.4 recommends 300 to 600 s for a ceremony]
inline constexpr std::int64_t kTransactionSeconds = 600;
/// [an approver who comes back from a weekend; prices and balances are older then]
inline constexpr std::int64_t kMaxTransactionSeconds = 7 * 86400;
inline constexpr std::int64_t kMinTransactionSeconds = 30;
/// How long a challenge can be answered; however long its transaction waits, each is begun anew.
/// [one sitting; confirmTransaction() of the npm package asks nobody to sign for longer unless it
/// is told to (maximumLifetime)]
inline constexpr std::int64_t kChallengeSeconds = 900;

/// Who creates transactions: the backend alone, or a signed-in browser too, for its own account. A
/// session's intents are what the customer entered, with nothing that a backend has checked.
enum class TransactionCreation : std::uint8_t { backend, session };

/// Of one tenant. Filled by the configuration, read-only afterwards.
struct TransactionSettings {
  TransactionCatalog catalog;
  /// Of amount.base; empty: no amount is derived from an intent.
  std::string base_currency;
  std::int64_t block_seconds = kApprovalBlockSeconds;
  std::int64_t transaction_seconds = kTransactionSeconds;
  TransactionCreation creation = TransactionCreation::backend;
  /// What the policy takes for granted of a session's transactions, as `policyInputs` of a backend.
  std::optional<JsonValue> session_inputs;
  /// Dedicated to approvals, with no script of others: display tier 1.
  std::vector<std::string> approval_origins;
  std::string core_version;  // for the evidence record
  BrowserBoundKeyRule browser_bound_keys = BrowserBoundKeyRule::where_trusted;
};

struct PolicyContext;

/// Borrowed; `main` owns the parts.
struct TransactionContext {
  const ServiceContext& service;
  TransactionStore& store;
  ExemptionStore& exemptions;  // what was paid without strong authentication
  const TransactionSettings& settings;
  PaymentStore* payments = nullptr;         // null: no payment is shown in the browser's dialog
  const PolicyContext* policies = nullptr;  // null: no publication is approved
};

/// Display tiers that approvals at this tenant can have.
DisplayTiers offered_tiers(const TransactionContext& context);

/// A session gives an intent and a locale, no more (with open enrolment also approvers): the
/// customer is its own.
struct CreateTransactionRequest {
  std::optional<std::string> username;
  const JsonValue* intent = nullptr;  // `{"type","fields"}`, the API's form
  std::string locale;                 // "de-CH": as the catalog has it
  const JsonValue* policy_inputs = nullptr;
  /// Names of payees that the customer knows: payee.confusable is computed from them. Strings, at
  /// most kMaxKnownPayees.
  const JsonValue* known_payees = nullptr;
  /// User names; at most kMaxNamedApprovers (Transaction::approvers).
  std::vector<std::string> approvers;
  /// A finished authentication of the customer, for what the policy asks of the session.
  std::optional<CeremonyId> authentication;
  std::optional<std::int64_t> seconds;  // kMinTransactionSeconds..kMaxTransactionSeconds
  /// To be shown in the browser's payment dialog, display tier 2 (read_payment_page). The answer
  /// then has `payment`, the arguments of `new PaymentRequest()`, instead of `options`, and its
  /// passkeys are those for payments. Errors also: payment_not_displayable, payment_malformed,
  /// those of check_display_text.
  const JsonValue* payment = nullptr;
};

/// By a backend, or a session where TransactionSettings::creation says so. Freezes, renders,
/// decides, and begins the customer's own approval (step 1), with a one-time token for a backend.
/// `{"id","state","type","expiresAt","approval":[step,of],"view","intent","policy",
/// "options","binding","token"}`: `expiresAt` is the challenge's (kChallengeSeconds), `options` is
/// a PublicKeyCredentialRequestOptionsJSON; `binding` is the input of `countersign transaction
/// bind` without `intent`, template and locale as digests in hexadecimal; `policy` is what the
/// client may see of the decision. With outcome `exempt` a signature is not needed: POST
/// /v1/exemptions would do; here it is asked for all the same. A repeated call gets the same
/// answer. Errors: caller_not_allowed, request_member_invalid, idempotency_key_reused,
/// account_not_found, transaction_type_unknown, transaction_type_reserved,
/// transaction_locale_unknown, those of freeze_intent, find_intent_problem and find_amount_in_words
/// (with `refusal`), policy_inputs_*, policy_input_value_invalid, policy_denied, step_up_required,
/// policy_requirement_unmet (also: the customer has no passkey that would do),
/// transaction_display_tier_unmet, approvals_blocked, transaction_limit_reached, those of the
/// store.
struct CreatedTransaction {
  Result<BeganCeremony> began;
  /// Where the intent is refused; "/approvers" where those are, being too few people.
  std::optional<IntentRefusal> refusal;
  /// With policy_denied, policy_requirement_unmet and request_member_invalid: what the backend did
  /// not say, where that alone made it a refusal.
  std::vector<std::string_view> missing_inputs;
};
CreatedTransaction create_transaction(const TransactionContext& context, const Tenant& tenant,
                                      const Caller& caller, const CreateTransactionRequest& request,
                                      const std::optional<IdempotencyKey>& idempotency);

/// A challenge for the step that is due: for another approver, or for a customer who comes back.
/// By a backend for `username` (with a token of its own), who must be the customer or, where any
/// were named, a named approver; or by a signed-in session for its own user, who must be the
/// customer or a named approver. The answer is that of create_transaction; `token` only for a
/// backend. Errors: transaction_not_found, transaction_expired, transaction_state_mismatch,
/// transaction_approver_not_allowed, transaction_approver_repeated, transaction_step_changed,
/// transaction_limit_reached, transaction_store_mismatch, transaction_type_reserved
/// (begin_policy_approval), approvals_blocked, account_not_found, session_required,
/// request_member_invalid, policy_denied, policy_changed, policy_requirement_unmet, those of the
/// store.
Result<BeganCeremony> begin_transaction_approval(const TransactionContext& context,
                                                 const Tenant& tenant, const Caller& caller,
                                                 const TransactionId& id,
                                                 const std::optional<std::string>& username);

/// An AuthenticationResponseJSON for one of the transaction's challenges, with the session or token
/// that it was issued to (a backend's key does not replace them). In the order of the
/// specification; a refusal leaves the challenge usable, and counts where the evidence failed.
/// `{"id","state","approval":[given,of],"receipt"}`. Errors: transaction_not_found,
/// transaction_state_mismatch, transaction_expired, transaction_foreign,
/// transaction_step_changed, transaction_approver_not_allowed, transaction_approver_repeated,
/// approvals_blocked, transaction_display_tier_unmet, those of the verification,
/// credential_unknown, counter_not_advanced, credential_model_compromised,
/// transaction_store_mismatch, policy_denied, policy_requirement_unmet, policy_changed,
/// session_required, those of plan_publication (policy_approval.h) for a publication, those of the
/// store.
Result<std::string> approve_transaction(const TransactionContext& context, const Tenant& tenant,
                                        const Caller& caller, const TransactionId& id,
                                        std::string_view response);

/// By whoever holds a session or token of one of its challenges: final. `{"id","state"}`. Errors:
/// transaction_not_found, transaction_foreign, transaction_expired, transaction_state_mismatch,
/// those of the store.
Result<std::string> decline_transaction(const TransactionContext& context, const Tenant& tenant,
                                        const Caller& caller, const TransactionId& id);
/// By the backend. Errors: caller_not_allowed, transaction_type_reserved, and as above.
Result<std::string> cancel_transaction(const TransactionContext& context, const Tenant& tenant,
                                       const Caller& caller, const TransactionId& id);

/// For a backend, the customer's or a named approver's session, or a token of one of its
/// challenges. `{"id","type","state","approval":[given,of],"createdAt","expiresAt","finishedAt",
/// "finishedBy","executedAt","displayTier","locale","policy","user","createdBy","approvers","intent",
/// "intentDigest","intentCbor","view","approvals":[{"step","userHandle","credentialId",
/// "approvedAt","receipt"}]}`; `approvers`, accounts as `user` is one, for a backend alone; so
/// `createdBy`: `{"apiKey"}`, or `{"userHandle"}` of the customer whose session created it.
/// `finishedBy` is `{"userHandle"}` of who declined, to backends `{"apiKey"}` of what cancelled,
/// else null. Of an approved one every approval is verified again, and they stand there as their
/// records say. Of an erased one the state `erased`, times, `finishedBy`, `createdBy` and
/// `erasedAt` alone.
/// Errors: transaction_not_found, transaction_foreign, transaction_store_mismatch, receipt_erased,
/// those of the store.
Result<std::string> read_transaction(const TransactionContext& context, const Tenant& tenant,
                                     const Caller& caller, const TransactionId& id);

enum class ViewForm : std::uint8_t { json, text, html, svg };
/// The stored view as it is drawn; who may see it: as read_transaction. Error also: receipt_erased.
Result<std::string> render_transaction(const TransactionContext& context, const Tenant& tenant,
                                       const Caller& caller, const TransactionId& id,
                                       ViewForm form);

/// For the back office, newest first.
struct TransactionQuery {
  std::optional<std::string> username = std::nullopt;
  std::optional<TransactionState> state = std::nullopt;
  std::optional<std::string> type = std::nullopt;
  std::optional<UnixSeconds> created_from = std::nullopt;
  std::optional<UnixSeconds> created_before = std::nullopt;
  /// Of all amounts of the order together, "9000.00" and "EUR": both or none.
  std::optional<std::string> amount = std::nullopt;
  std::optional<std::string> currency = std::nullopt;
  /// Names that read alike are one, whatever their capitals.
  std::optional<std::string> payee = std::nullopt;
  std::optional<std::string> payee_account = std::nullopt;  // parse_account_key
  std::optional<std::int64_t> before = std::nullopt;        // `next` of the page before
  std::size_t limit = 50;                                   // 1..kMaxTransactionsInPage
};
// [a screen; each has at most some 6 KB here, rarely more than 1]
inline constexpr std::size_t kMaxTransactionsInPage = 200;
/// By a backend. `{"transactions":[{"id","type","state","approval","createdAt","expiresAt",
/// "finishedAt","finishedBy","title","summary":{"rows","omitted"},"user"}],"next"}`; `next` is null
/// on the last page, `summary` of an erased one. Errors: caller_not_allowed, account_not_found,
/// request_member_invalid, those of the store.
Result<std::string> list_transactions(const TransactionContext& context, const Tenant& tenant,
                                      const Caller& caller, const TransactionQuery& query);

/// Of inputs as a backend says them, those that the ceremony has: for read_backend_inputs.
JsonValue inputs_for(const JsonValue& given, PolicyCeremony ceremony);

/// Writes down which transactions of all tenants have expired, with their events. How many.
Result<std::size_t> expire_transactions(const ServiceContext& context, TransactionStore& store);

/// By a backend, once: what was frozen, verified again, to be carried out; within kExecutionSeconds
/// of the last approval. A repeated call with the same key gets the same answer.
/// `{"id","type","userHandle","executedAt","intent","intentDigest","intentCbor","approvals"}`.
/// Errors: caller_not_allowed, idempotency_key_reused, transaction_not_found,
/// transaction_type_reserved, transaction_required (it is not approved), transaction_state_mismatch
/// (it was handed over before), transaction_expired (it is too late), transaction_store_mismatch,
/// receipt_erased, those of the store.
Result<std::string> execute_transaction(const TransactionContext& context, const Tenant& tenant,
                                        const Caller& caller, const TransactionId& id,
                                        const std::optional<IdempotencyKey>& idempotency);

/// What `session` of B is: an opaque handle that follows from the digest of the cookie or token and
/// says nothing of it.
std::string session_handle_of(const Hasher& hasher, const TenantId& tenant,
                              const Digest256& holder_digest);

}  // namespace countersign
