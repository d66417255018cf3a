// How transactions end without their approvals.

#include "service/ceremony_flow.h"
#include "service/transaction_json.h"
#include "service/transaction_steps.h"

namespace countersign {
namespace {

// Of one sweep. [each is a commit: a second's work]
constexpr std::size_t kMaxExpiredAtOnce = 500;

Status close(const ServiceContext& service, TransactionStore& store,
             const TransactionHead& transaction, TransactionState state,
             const std::optional<UserHandle>& by) {
  return store.close_transaction(
      make_closing(service, transaction, state, by, service.clock.now()));
}

std::string encode_end(const TransactionId& id, TransactionState state) {
  JsonWriter json;
  json.begin_object();
  json.member("id").string(id.value);
  json.member("state").string(transaction_state_name(state));
  json.end_object();
  return std::move(json).take();
}

Result<std::string> decline(const TransactionContext& context, const Tenant& tenant,
                            const Caller& caller, const TransactionId& id) {
  CS_ASSIGN(const Transaction transaction, get_transaction(context, tenant, id));
  CS_ASSIGN(const std::vector<TransactionApproval> approvals,
            context.store.list_transaction_approvals(tenant.id, id));
  const std::optional<UserHandle> party = find_party(transaction, approvals, caller);
  if (!party) {
    return Error{ErrorCode::transaction_foreign, Check::transaction_issued_to, 0};
  }
  CS_TRY(check_open(transaction, context.service.clock.now()));
  CS_TRY(close(context.service, context.store, transaction, TransactionState::declined, party));
  return encode_end(id, TransactionState::declined);
}

Result<std::string> cancel(const TransactionContext& context, const Tenant& tenant,
                           const Caller& caller, const TransactionId& id) {
  if (!caller.api_key) {
    return ErrorCode::caller_not_allowed;
  }
  CS_ASSIGN(const Transaction transaction, get_transaction(context, tenant, id));
  if (transaction.type.starts_with(kReservedType)) {
    return ErrorCode::transaction_type_reserved;  // the operator's, not the backend's
  }
  CS_TRY(check_open(transaction, context.service.clock.now()));
  TransactionClosing closing =
      make_closing(context.service, transaction, TransactionState::cancelled, std::nullopt,
                   context.service.clock.now());
  closing.key = *caller.api_key;
  CS_TRY(context.store.close_transaction(closing));
  return encode_end(id, TransactionState::cancelled);
}

// Somebody was faster: it has ended all the same.
bool has_ended(const Error& error) {
  return error.code == ErrorCode::transaction_state_mismatch ||
         error.code == ErrorCode::transaction_expired;
}

}  // namespace

Result<std::string> decline_transaction(const TransactionContext& context, const Tenant& tenant,
                                        const Caller& caller, const TransactionId& id) {
  Result<std::string> answer = decline(context, tenant, caller, id);
  audit_transaction(context.service, "transaction.decline", tenant, caller, id, error_of(answer));
  return answer;
}

Result<std::string> cancel_transaction(const TransactionContext& context, const Tenant& tenant,
                                       const Caller& caller, const TransactionId& id) {
  Result<std::string> answer = cancel(context, tenant, caller, id);
  audit_transaction(context.service, "transaction.cancel", tenant, caller, id, error_of(answer));
  return answer;
}

Result<std::size_t> expire_transactions(const ServiceContext& context, TransactionStore& store) {
  CS_ASSIGN(const std::vector<TransactionHead> overdue,
            store.list_overdue_transactions(context.clock.now(), kMaxExpiredAtOnce));
  std::size_t expired = 0;
  for (const TransactionHead& transaction : overdue) {
    const Status closed =
        close(context, store, transaction, TransactionState::expired, std::nullopt);
    if (!closed.has_value() && !has_ended(closed.error())) {
      return closed.error();
    }
    expired += closed.has_value() ? 1 : 0;
  }
  return expired;
}

}  // namespace countersign
