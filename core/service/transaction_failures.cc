#include "service/transaction_failures.h"

#include "service/ceremony_flow.h"
#include "service/transaction_json.h"
#include "service/transaction_steps.h"

namespace countersign {
namespace {

OutboxEvent blocked_event(const TransactionContext& context, const Attempt& attempt) {
  JsonWriter json;
  json.begin_object();
  json.member("userHandle").base64url(attempt.approval.subject.value);
  json.member("transaction").string(attempt.transaction.id.value);
  json.member("until").string(
      encode_rfc3339(UnixSeconds{attempt.now.value + context.settings.block_seconds}));
  json.end_object();
  return {make_event_id(context.service), "approvals.blocked", attempt.transaction.id.value,
          std::move(json).take(), attempt.now};
}

Status count_against_customer(const TransactionContext& context, const Tenant& tenant,
                              const Caller& caller, const Attempt& attempt) {
  CS_ASSIGN(const ApprovalStanding standing,
            context.store.count_approval_failure({tenant.id, attempt.approval.subject, attempt.now,
                                                  context.settings.block_seconds,
                                                  blocked_event(context, attempt)}));
  if (standing.is_blocked(attempt.now)) {
    audit_transaction(context.service, "approvals.blocked", tenant, caller, attempt.transaction.id,
                      std::nullopt);
  }
  return ok();
}

// The last one ends it, and the backend is told why.
Status count_against_transaction(const TransactionContext& context, const Tenant& tenant,
                                 const Caller& caller, const Attempt& attempt) {
  const Transaction& transaction = attempt.transaction;
  OutboxEvent event = make_transaction_event(
      make_event_id(context.service), transaction, TransactionState::cancelled, attempt.now,
      [](JsonWriter& json) { json.member("reason").string("failures"); });
  CS_ASSIGN(const bool has_ended, context.store.count_transaction_failure(
                                      {tenant.id, transaction.id, TransactionState::cancelled,
                                       attempt.now, std::nullopt, std::move(event)}));
  if (has_ended) {
    audit_transaction(context.service, "transaction.failed", tenant, caller, transaction.id,
                      std::nullopt);
  }
  return ok();
}

}  // namespace

Status count_failure(const TransactionContext& context, const Tenant& tenant, const Caller& caller,
                     const Attempt& attempt, Blame blame) {
  switch (blame) {
    case Blame::nobody:
      return ok();
    case Blame::customer:
      return count_against_customer(context, tenant, caller, attempt);
    case Blame::transaction:
      return count_against_transaction(context, tenant, caller, attempt);
  }
  return ok();
}

}  // namespace countersign
