// How an approved transaction is handed over to be carried out: once.

#include "service/ceremony_flow.h"
#include "service/transaction_evidence.h"
#include "service/transaction_json.h"
#include "service/transaction_steps.h"

namespace countersign {
namespace {

// When it was approved stands in the record of the last approval, sealed and signed for.
Status check_executable(const std::vector<GivenApproval>& approvals, UnixSeconds now) {
  return now.value - approvals.back().time.value <= kExecutionSeconds
             ? ok()
             : Status(Error{ErrorCode::transaction_expired, Check::transaction_current, 0});
}

std::string encode_order(const TransactionContext& context, const Transaction& transaction,
                         const OpenedTransaction& opened,
                         const std::vector<GivenApproval>& approvals, UnixSeconds now) {
  JsonWriter json;
  json.begin_object();
  json.member("id").string(transaction.id.value);
  json.member("type").string(transaction.type);
  json.member("userHandle").base64url(transaction.subject.value);
  json.member("executedAt").string(encode_rfc3339(now));
  write_frozen_intent(json, context.service.hasher, opened.source, opened.intent,
                      transaction.intent);
  json.member("approvals");
  write_given_approvals(json, transaction.id, approvals);
  json.end_object();
  return std::move(json).take();
}

Result<std::string> execute(const TransactionContext& context, const Tenant& tenant,
                            const Caller& caller, const TransactionId& id, std::string_view route,
                            const std::optional<IdempotencyKey>& idempotency) {
  const ServiceContext& service = context.service;
  const UnixSeconds now = service.clock.now();
  CS_ASSIGN(const Transaction transaction, get_transaction(context, tenant, id));
  if (transaction.type.starts_with(kReservedType)) {
    return ErrorCode::transaction_type_reserved;  // its last approval carries it out
  }
  if (state_at(transaction, now) != TransactionState::approved) {
    return ErrorCode::transaction_required;
  }
  if (transaction.executed_at) {
    return ErrorCode::transaction_state_mismatch;
  }
  CS_ASSIGN(const OpenedTransaction opened, open_transaction(service.hasher, transaction));
  CS_ASSIGN(const std::vector<GivenApproval> approvals, read_signed(context, transaction));
  CS_TRY(check_executable(approvals, now));
  std::string answer = encode_order(context, transaction, opened, approvals, now);
  CS_TRY(context.store.execute_transaction(
      tenant.id, id, now,
      make_remembered(service, caller, route, idempotency, answer,
                      UnixSeconds{now.value + kRememberedSeconds})));
  return answer;
}

}  // namespace

Result<std::string> execute_transaction(const TransactionContext& context, const Tenant& tenant,
                                        const Caller& caller, const TransactionId& id,
                                        const std::optional<IdempotencyKey>& idempotency) {
  const auto once = [&]() -> Result<std::string> {
    if (!caller.api_key) {
      return ErrorCode::caller_not_allowed;
    }
    // A key is one for this transaction: no other one's order is ever the answer.
    const std::string route = execution_route(id);
    return answer_once(context.service, tenant, caller, route, idempotency,
                       [&] { return execute(context, tenant, caller, id, route, idempotency); });
  };
  Result<std::string> answer = once();
  audit_transaction(context.service, "transaction.execute", tenant, caller, id, error_of(answer));
  return answer;
}

}  // namespace countersign
