#include "service/transaction_binding.h"

#include <algorithm>
#include <set>

#include "crypto/tagged_hash.h"
#include "service/ceremony_flow.h"
#include "service/transaction_inputs.h"
#include "transaction/batch.h"
#include "transaction/bound.h"
#include "transaction/recorded.h"

namespace countersign {
namespace {

Status open_payment(const Transaction& transaction, OpenedTransaction& opened) {
  if (transaction.payment.empty()) {
    return ok();
  }
  CS_ASSIGN(const JsonValue json, parse_json(transaction.payment));
  CS_ASSIGN(opened.payment, read_payment_page(json));
  CS_ASSIGN(opened.dialog,
            project_recorded_payment(opened.source, opened.intent, opened.payment->presentation));
  return ok();
}

Result<OpenedTransaction> open(const Hasher& hasher, const Transaction& transaction) {
  const ErrorCode mismatch = ErrorCode::transaction_store_mismatch;
  OpenedTransaction opened;
  CS_ASSIGN(opened.source, read_template(transaction.source, hasher));
  CS_ASSIGN(opened.pack, read_pack(transaction.pack, hasher));
  CS_ASSIGN(opened.intent, parse_canonical_cbor(transaction.intent));
  if (!equal(opened.source.digest, transaction.source.digest) ||
      !equal(opened.pack.digest, transaction.pack.digest) ||
      opened.source.type != transaction.type || opened.pack.id != transaction.locale ||
      policy_ceremony_of(transaction.type) != transaction.policy.ceremony) {
    return mismatch;
  }
  CS_ASSIGN(opened.view, render_recorded_view(opened.source, opened.pack, opened.intent));
  CS_ASSIGN(const ByteVector view, make_bound_cbor(encode_view(opened.view)));
  CS_ASSIGN(opened.batch, make_batch(hasher, opened.source, opened.intent));
  CS_TRY(open_payment(transaction, opened));
  return view == transaction.view ? Result<OpenedTransaction>(std::move(opened))
                                  : Result<OpenedTransaction>(mismatch);
}

BoundSession bound_session(const Hasher& hasher, const TransactionApproval& approval) {
  switch (approval.holder) {
    case ApprovalHolder::session:
    case ApprovalHolder::token:
      return SessionHandle{session_handle_of(hasher, approval.tenant, approval.holder_digest)};
    case ApprovalHolder::key:
      return SessionKey{approval.holder_digest};
  }
  return {};
}

bool is_named(const Transaction& transaction, const UserHandle& user) {
  return std::find(transaction.approvers.begin(), transaction.approvers.end(), user) !=
         transaction.approvers.end();
}

}  // namespace

std::string session_handle_of(const Hasher& hasher, const TenantId& tenant,
                              const Digest256& holder_digest) {
  ByteVector message = to_vector(holder_digest);
  message.insert(message.end(), tenant.value.begin(), tenant.value.end());
  return encode_hex(tagged_hash(hasher, "countersign/1/session-handle", message));
}

Result<OpenedTransaction> open_transaction(const Hasher& hasher, const Transaction& transaction) {
  Result<OpenedTransaction> opened = open(hasher, transaction);
  if (!opened.has_value()) {
    return Error{ErrorCode::transaction_store_mismatch, Check::transaction_recomputed, 0};
  }
  return opened;
}

Binding make_binding(const Hasher& hasher, const Tenant& tenant, const Transaction& transaction,
                     const OpenedTransaction& opened, const TransactionApproval& approval) {
  Binding binding;
  binding.ceremony = kApproveCeremony;
  binding.tenant = tenant.id;
  binding.rp_id = tenant.rp_id;
  binding.origins = approval.origins;
  binding.subject = approval.subject;
  binding.transaction_id = transaction.id.value;
  // A merchant's page has no session with us.
  binding.session = opened.payment ? BoundSession() : bound_session(hasher, approval);
  binding.intent = opened.intent;
  binding.view = encode_view(opened.view);
  binding.template_digest = opened.source.digest;
  binding.locale_digest = opened.pack.digest;
  binding.policy_digest = transaction.policy.document;
  binding.display_tier = transaction.display_tier;
  binding.approval_step = approval.step;
  binding.approval_of = transaction.approvals_needed;
  binding.previous = approval.previous;
  binding.batch = opened.batch;
  binding.issued_at = approval.issued_at;
  binding.expires_at = approval.expires_at;
  binding.nonce = approval.nonce;
  return binding;
}

Status check_recomputed(const Hasher& hasher, const Tenant& tenant, const Transaction& transaction,
                        const OpenedTransaction& opened, const TransactionApproval& approval) {
  const Result<BoundTransaction> bound =
      bind_transaction(hasher, make_binding(hasher, tenant, transaction, opened, approval));
  const bool is_same =
      bound.has_value() &&
      (!opened.payment || bound_origins(*opened.payment) == approval.origins) &&
      bound->binding_cbor == approval.binding && bound->intent_cbor == transaction.intent &&
      bound->view_cbor == transaction.view && equal(bound->challenge, approval.challenge);
  return is_same ? ok()
                 : Status(Error{ErrorCode::transaction_store_mismatch,
                                Check::transaction_recomputed, 0});
}

bool is_held_by(const TransactionApproval& approval, const Caller& caller) {
  switch (approval.holder) {
    case ApprovalHolder::session:
      return caller.session && caller.session->user_handle == approval.subject &&
             constant_time_equal(caller.session->digest, approval.holder_digest);
    case ApprovalHolder::token:
      return caller.token_digest &&
             constant_time_equal(*caller.token_digest, approval.holder_digest);
    case ApprovalHolder::key:
      return false;  // the pairing's flow proves it, not a request
  }
  return false;
}

std::optional<UserHandle> find_party(const Transaction& transaction,
                                     const std::vector<TransactionApproval>& approvals,
                                     const Caller& caller) {
  for (const TransactionApproval& approval : approvals) {
    if (is_held_by(approval, caller)) {
      return approval.subject;
    }
  }
  if (!caller.session) {
    return std::nullopt;
  }
  const UserHandle& user = caller.session->user_handle;
  return user == transaction.subject || is_named(transaction, user)
             ? std::optional<UserHandle>(user)
             : std::nullopt;
}

Status check_turn(const Transaction& transaction, std::int64_t step, const UserHandle& approver) {
  const bool is_customer = approver == transaction.subject;
  const bool is_asked = transaction.approvers.empty() || is_named(transaction, approver);
  return is_customer || (step > 1 && is_asked)
             ? ok()
             : Status(Error{ErrorCode::transaction_approver_not_allowed,
                            Check::transaction_approver_allowed, 0});
}

bool has_enough_approvers(const Transaction& transaction) {
  std::set<ByteVector> others;
  for (const UserHandle& approver : transaction.approvers) {
    if (approver != transaction.subject) {
      others.insert(approver.value);
    }
  }
  return transaction.approvers.empty() ||
         static_cast<std::int64_t>(others.size()) >= transaction.approvals_needed - 1;
}

Status check_open(const Transaction& transaction, UnixSeconds now) {
  switch (state_at(transaction, now)) {
    case TransactionState::pending:
      return ok();
    case TransactionState::expired:
      return Error{ErrorCode::transaction_expired, Check::transaction_current, 0};
    case TransactionState::approved:
    case TransactionState::declined:
    case TransactionState::cancelled:
    case TransactionState::erased:
      break;
  }
  return Error{ErrorCode::transaction_state_mismatch, Check::transaction_pending, 0};
}

Result<Transaction> get_transaction(const TransactionContext& context, const Tenant& tenant,
                                    const TransactionId& id) {
  CS_ASSIGN(std::optional<Transaction> found, context.store.find_transaction(tenant.id, id));
  if (!found) {
    return ErrorCode::transaction_not_found;
  }
  return std::move(*found);
}

Status check_not_blocked(const TransactionContext& context, const Tenant& tenant,
                         const UserHandle& account, UnixSeconds now) {
  CS_ASSIGN(const ApprovalStanding standing,
            context.store.read_approval_standing(tenant.id, account));
  return standing.is_blocked(now) ? Status(Error{ErrorCode::approvals_blocked,
                                                 Check::transaction_customer_not_blocked, 0})
                                  : ok();
}

void audit_transaction(const ServiceContext& context, std::string_view event, const Tenant& tenant,
                       const Caller& caller, const TransactionId& id,
                       const std::optional<Error>& error, const PolicyTrace& trace) {
  audit(context, event, tenant, caller, CeremonyKind::authentication, CeremonyId(id.value), error,
        trace);
}

}  // namespace countersign
