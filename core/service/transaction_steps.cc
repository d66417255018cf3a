#include "service/transaction_steps.h"

#include <algorithm>

#include "service/ceremony_flow.h"
#include "service/transaction_evidence.h"
#include "service/transaction_inputs.h"
#include "service/transaction_json.h"
#include "service/transaction_summary.h"
#include "transaction/bound.h"
#include "transaction/render.h"

namespace countersign {
namespace {

constexpr std::size_t kEventIdBytes = 16;

// Whose approval the caller may begin.
Result<UserHandle> find_approver(const TransactionContext& context, const Tenant& tenant,
                                 const Caller& caller, const Transaction& transaction,
                                 const std::optional<std::string>& username) {
  if (caller.api_key) {
    if (!username) {
      return transaction.subject;
    }
    CS_ASSIGN(std::optional<Account> account,
              context.service.credentials.find_account_by_username(tenant.id, *username));
    return account ? Result<UserHandle>(std::move(account->handle)) : ErrorCode::account_not_found;
  }
  if (!caller.session) {
    return ErrorCode::session_required;
  }
  if (username) {
    return ErrorCode::request_member_invalid;  // a session speaks for its own user
  }
  const std::optional<UserHandle> party = find_party(transaction, {}, caller);
  return party ? Result<UserHandle>(*party)
               : Result<UserHandle>(Error{ErrorCode::transaction_approver_not_allowed,
                                          Check::transaction_approver_allowed, 0});
}

Status check_not_given(const TransactionContext& context, const Transaction& transaction,
                       const UserHandle& approver) {
  CS_ASSIGN(const std::vector<GivenApproval> given,
            context.store.list_given_approvals(transaction.tenant, transaction.id));
  const bool has_approved = std::any_of(given.begin(), given.end(), [&](const GivenApproval& one) {
    return one.approver == approver;
  });
  return has_approved ? Status(Error{ErrorCode::transaction_approver_repeated,
                                     Check::transaction_approver_allowed, 0})
                      : ok();
}

// Under the revision that decided and the one in force: if that one says no, or demands more, the
// transaction is begun anew.
Result<PolicyOptions> decide_again(const TransactionContext& context, const Tenant& tenant,
                                   const Transaction& transaction, const PolicyQuestion& question,
                                   PolicyTrace& trace) {
  if (context.service.policies.find(tenant.id, transaction.policy.document) == nullptr) {
    return ErrorCode::policy_changed;
  }
  const PolicyInForce in_force = context.service.policies.policy_for(tenant.id, question.user);
  Result<PolicyOptions> policy = decide_options(context.service, tenant, in_force, question, trace);
  const bool has_changed = !equal(in_force.document->digest(), transaction.policy.document);
  if (!policy.has_value() && !is_of_the_store(policy.error()) && has_changed) {
    return ErrorCode::policy_changed;
  }
  return policy;
}

Result<BeganCeremony> begin(const TransactionContext& context, const Tenant& tenant,
                            const Caller& caller, const TransactionId& id,
                            const std::optional<std::string>& username, PolicyTrace& trace) {
  CS_ASSIGN(const Transaction transaction, get_transaction(context, tenant, id));
  CS_ASSIGN(const UserHandle approver,
            find_approver(context, tenant, caller, transaction, username));
  if (transaction.type.starts_with(kReservedType)) {
    return ErrorCode::transaction_type_reserved;  // begin_policy_approval
  }
  return begin_step(context, tenant, caller, transaction, approver, trace);
}

}  // namespace

Status freeze_transaction(const CatalogTemplate& source, const CatalogPack& pack,
                          const CanonicalValue& intent, Transaction& transaction) {
  transaction.type = source.source.type;
  transaction.source = source.document;
  transaction.pack = pack.document;
  transaction.locale = pack.pack.id;
  CS_ASSIGN(transaction.intent, make_bound_cbor(intent));
  CS_ASSIGN(const View view, render_view(source.source, pack.pack, intent));
  CS_ASSIGN(transaction.view, make_bound_cbor(encode_view(view)));
  summarize(source.source, intent, view, transaction);
  transaction.policy.ceremony = policy_ceremony_of(transaction.type);
  return ok();
}

void set_identity(const ServiceContext& service, const Tenant& tenant, const Caller& caller,
                  std::int64_t seconds, Transaction& transaction) {
  transaction.id = TransactionId(random_text(service.random, kIdBytes));
  transaction.tenant = tenant.id;
  transaction.created_by = actor_of(caller);
  transaction.created_at = service.clock.now();
  transaction.expires_at = UnixSeconds{transaction.created_at.value + seconds};
}

Result<BeganCeremony> begin_step(const TransactionContext& context, const Tenant& tenant,
                                 const Caller& caller, const Transaction& transaction,
                                 const UserHandle& approver, PolicyTrace& trace) {
  const UnixSeconds now = context.service.clock.now();
  CS_TRY(check_open(transaction, now));
  if (transaction.expires_at <= now) {
    return Error{ErrorCode::transaction_expired, Check::transaction_current, 0};  // no time is left
  }
  if (!has_enough_approvers(transaction)) {
    return ErrorCode::policy_requirement_unmet;  // created before that was refused
  }
  CS_TRY(check_turn(transaction, transaction.approvals + 1, approver));
  CS_TRY(check_not_given(context, transaction, approver));
  CS_TRY(check_records_readable(context, transaction));
  CS_TRY(check_not_blocked(context, tenant, approver, now));
  CS_ASSIGN(const OpenedTransaction opened, open_transaction(context.service.hasher, transaction));
  CS_TRY(check_intent_inputs(opened.source, opened.intent, context.settings.base_currency,
                             transaction));
  CS_ASSIGN(const PolicyQuestion question, make_question(transaction));
  CS_ASSIGN(const PolicyOptions policy,
            decide_again(context, tenant, transaction, question, trace));
  CS_ASSIGN(IssuedApproval issued, issue_approval(context, tenant, caller, transaction, opened,
                                                  approver, question, policy, trace));
  CS_TRY(context.store.add_transaction_approval(issued.approval));
  return BeganCeremony{std::move(issued.options), std::move(issued.answer), std::nullopt};
}

OutboxEventId make_event_id(const ServiceContext& service) {
  return OutboxEventId(random_text(service.random, kEventIdBytes));
}

TransactionClosing make_closing(const ServiceContext& service, const TransactionHead& transaction,
                                TransactionState state, const std::optional<UserHandle>& by,
                                UnixSeconds now) {
  OutboxEvent event = make_transaction_event(make_event_id(service), transaction, state, now,
                                             [&](JsonWriter& json) {
                                               if (by) {
                                                 json.member("by").base64url(by->value);
                                               }
                                             });
  return {transaction.tenant, transaction.id, state, now, by, std::move(event)};
}

Result<BeganCeremony> begin_transaction_approval(const TransactionContext& context,
                                                 const Tenant& tenant, const Caller& caller,
                                                 const TransactionId& id,
                                                 const std::optional<std::string>& username) {
  PolicyTrace trace;
  Result<BeganCeremony> began = begin(context, tenant, caller, id, username, trace);
  audit_transaction(context.service, "transaction.approval.begin", tenant, caller, id,
                    error_of(began), trace);
  return began;
}

}  // namespace countersign
