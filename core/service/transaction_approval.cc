// Verifying an approval, in the order of the specification. Everything that takes time is done
// before the store's one transaction.

#include <algorithm>

#include "service/ceremony_flow.h"
#include "service/model_facts.h"
#include "service/payment_approval.h"
#include "service/policy_approval.h"
#include "service/transaction_binding.h"
#include "service/transaction_display.h"
#include "service/transaction_evidence.h"
#include "service/transaction_failures.h"
#include "service/transaction_inputs.h"
#include "service/transaction_json.h"
#include "service/transaction_steps.h"

namespace countersign {
namespace {

Status find_attempt(const TransactionContext& context, const Tenant& tenant,
                    const TransactionId& id, std::string_view text, Attempt& attempt) {
  CS_ASSIGN(const JsonValue body, parse_json(text));
  CS_ASSIGN(attempt.response, parse_authentication_response(body));
  CS_ASSIGN(attempt.client_data, parse_client_data(attempt.response.client_data_json));
  Digest256 challenge{};
  if (attempt.client_data.challenge.size() != challenge.size()) {
    return ErrorCode::transaction_not_found;
  }
  std::copy(attempt.client_data.challenge.begin(), attempt.client_data.challenge.end(),
            challenge.begin());
  CS_ASSIGN(std::optional<TransactionApproval> approval,
            context.store.find_transaction_approval(tenant.id, challenge));
  if (!approval || approval->transaction != id) {
    return ErrorCode::transaction_not_found;
  }
  attempt.approval = std::move(*approval);
  CS_ASSIGN(attempt.transaction, get_transaction(context, tenant, id));
  return ok();
}

Status check_current(const Attempt& attempt) {
  const bool is_current =
      attempt.approval.issued_at <= attempt.now && attempt.now <= attempt.approval.expires_at;
  return is_current ? ok()
                    : Status(Error{ErrorCode::transaction_expired, Check::transaction_current, 0});
}

Status check_step(const TransactionContext& context, Attempt& attempt) {
  const Transaction& transaction = attempt.transaction;
  if (attempt.approval.step != transaction.approvals + 1 ||
      attempt.approval.previous != transaction.previous) {
    return Error{ErrorCode::transaction_step_changed, Check::transaction_step_follows, 0};
  }
  CS_TRY(check_turn(transaction, attempt.approval.step, attempt.approval.subject));
  // The event and the next record rest on them.
  CS_ASSIGN(attempt.given, read_given(context, transaction));
  const bool has_approved =
      std::any_of(attempt.given.begin(), attempt.given.end(), [&](const GivenApproval& one) {
        return one.step < attempt.approval.step && one.approver == attempt.approval.subject;
      });
  return has_approved ? Status(Error{ErrorCode::transaction_approver_repeated,
                                     Check::transaction_approver_allowed, 0})
                      : ok();
}

Status find_credential(const TransactionContext& context, Attempt& attempt) {
  CS_ASSIGN(
      std::optional<StoredCredential> credential,
      context.service.credentials.find_credential(attempt.transaction.tenant, attempt.response.id));
  if (!credential) {
    return Error{ErrorCode::credential_unknown, Check::credential_known, 0};
  }
  if (credential->record.user_handle != attempt.approval.subject) {
    return Error{ErrorCode::transaction_approver_not_allowed, Check::transaction_approver_allowed,
                 0};
  }
  attempt.credential = std::move(*credential);
  return ok();
}

// Who is asking, and whether it is their turn.
Status check_request(const TransactionContext& context, const Tenant& tenant, const Caller& caller,
                     Attempt& attempt, Blame& blame) {
  const auto run = [&](Check check, const Status& status) -> Status {
    CS_TRY(status);
    attempt.checks.push_back(check);
    return ok();
  };
  CS_TRY(run(Check::transaction_pending, check_open(attempt.transaction, attempt.now)));
  CS_TRY(run(Check::transaction_current, check_current(attempt)));
  if (!is_held_by(attempt.approval, caller)) {
    return Error{ErrorCode::transaction_foreign, Check::transaction_issued_to, 0};
  }
  attempt.checks.push_back(Check::transaction_issued_to);
  CS_TRY(run(Check::transaction_customer_not_blocked,
             check_not_blocked(context, tenant, attempt.approval.subject, attempt.now)));
  CS_TRY(run(Check::transaction_step_follows, check_step(context, attempt)));
  CS_TRY(run(Check::transaction_approver_allowed, find_credential(context, attempt)));
  attempt.checks.push_back(Check::credential_known);
  const bool is_of_itself =
      !attempt.transaction.payment.empty() || attempt.transaction.type.starts_with(kReservedType);
  blame = is_of_itself ? Blame::transaction : Blame::customer;
  return ok();
}

// Origins that B has and the tenant still accepts.
std::vector<std::string> accepted_origins(const TransactionContext& context, const Tenant& tenant,
                                          const Attempt& attempt) {
  const std::vector<std::string> current =
      approval_origins(tenant, context.settings, attempt.transaction.display_tier);
  std::vector<std::string> origins;
  std::copy_if(attempt.approval.origins.begin(), attempt.approval.origins.end(),
               std::back_inserter(origins), [&](const std::string& origin) {
                 return std::find(current.begin(), current.end(), origin) != current.end();
               });
  return origins;
}

AuthenticationExpectations make_expectations(const TransactionContext& context,
                                             const Tenant& tenant, const Attempt& attempt) {
  AuthenticationExpectations expectations;
  expectations.rp_id = tenant.rp_id;
  expectations.origins = accepted_origins(context, tenant, attempt);
  expectations.top_origins = accepted_top_origins(tenant, attempt);
  expectations.challenge = to_vector(attempt.approval.challenge);
  expectations.user_verification = UserVerification::required;
  expectations.time = attempt.now;
  expectations.allow_credentials = attempt.approval.allow_credentials;
  expectations.user_handle = attempt.approval.subject;
  return expectations;
}

Result<VerifiedAssertion> verify_page(const TransactionContext& context,
                                      const AuthenticationExpectations& expectations,
                                      Attempt& attempt) {
  CS_ASSIGN(attempt.display, assess_display(context.settings, attempt.transaction.display_tier,
                                            attempt.client_data));
  attempt.checks.push_back(Check::transaction_display_tier);
  CS_ASSIGN(PendingAuthentication pending,
            begin_authentication(expectations, attempt.credential.record, attempt.response,
                                 context.service.hasher));
  CS_ASSIGN(VerifiedAssertion assertion,
            std::move(pending).finish(discharge(pending.obligations(), context.service.verifier)));
  const std::vector<Check>& checks = assertion.checks();
  attempt.checks.insert(attempt.checks.end(), checks.begin(), checks.end());
  return assertion;
}

Result<VerifiedAssertion> verify(const TransactionContext& context, const Tenant& tenant,
                                 Attempt& attempt) {
  AuthenticationExpectations expectations = make_expectations(context, tenant, attempt);
  CS_ASSIGN(VerifiedAssertion assertion,
            attempt.transaction.payment.empty()
                ? verify_page(context, expectations, attempt)
                : verify_payment(context, std::move(expectations), attempt));
  // Where a policy has no word for it, nobody could say otherwise.
  if (assertion.counter() == CounterOutcome::not_advanced &&
      !exists_in(row_of(PolicyInput::authentication_counter),
                 attempt.transaction.policy.ceremony)) {
    return Error{ErrorCode::counter_not_advanced, Check::signature_counter_advanced, 0};
  }
  if (assertion.counter() != CounterOutcome::not_advanced) {
    attempt.checks.push_back(Check::signature_counter_advanced);
  }
  return assertion;
}

Status decide(const TransactionContext& context, const Tenant& tenant, Attempt& attempt,
              const VerifiedAssertion& assertion, PolicyTrace& trace) {
  StoredCredential credential = attempt.credential;
  credential.record.is_backed_up = assertion.updated_record().is_backed_up;
  update_objection(context.service.models.models().get(), attempt.now, credential);
  attempt.credential.model = credential.model;
  if (credential.model.objection &&
      tenant.compromised_credentials == CompromisedCredentials::refuse) {
    return Error{ErrorCode::credential_model_compromised, Check::credential_model_sound, 0};
  }
  if (!credential.model.objection) {
    attempt.checks.push_back(Check::credential_model_sound);
  }
  CS_ASSIGN(PolicyQuestion question, make_question(attempt.transaction));
  question.transaction->display_tier = display_tier_of(attempt.display.kind);
  const Status decided =
      decide_verdict(context.service, tenant, question, attempt.transaction.policy,
                     {credential, assertion.authenticator_data().flags.is_user_verified(),
                      assertion.counter(), std::nullopt, attempt.now},
                     trace);
  if (decided.has_value()) {
    attempt.checks.push_back(Check::transaction_policy);
    return ok();
  }
  const bool is_counter = decided.error().code == ErrorCode::counter_not_advanced;
  return is_of_the_store(decided.error())
             ? decided.error()
             : Error{decided.error().code,
                     is_counter ? Check::signature_counter_advanced : Check::transaction_policy, 0};
}

// Exactly what was frozen, and who approved it.
OutboxEvent approved_event(const TransactionContext& context, const Attempt& attempt,
                           const OpenedTransaction& opened, const Digest256& record) {
  const Transaction& transaction = attempt.transaction;
  std::vector<GivenApproval> approvals = attempt.given;
  approvals.push_back({attempt.approval.step, attempt.approval.subject,
                       attempt.credential.record.id, record, attempt.now});
  return make_transaction_event(make_event_id(context.service), transaction,
                                TransactionState::approved, attempt.now, [&](JsonWriter& json) {
                                  write_frozen_intent(json, context.service.hasher, opened.source,
                                                      opened.intent, transaction.intent);
                                  json.member("approvals");
                                  write_given_approvals(json, transaction.id, approvals);
                                });
}

std::string encode_outcome(const Attempt& attempt, bool is_last) {
  JsonWriter json;
  json.begin_object();
  json.member("id").string(attempt.transaction.id.value);
  json.member("state").string(
      transaction_state_name(is_last ? TransactionState::approved : TransactionState::pending));
  json.member("approval");
  write_progress(json, attempt.approval.step, attempt.transaction.approvals_needed);
  json.member("receipt").string(receipt_id(attempt.transaction.id, attempt.approval.step));
  json.end_object();
  return std::move(json).take();
}

// What was signed is what the documents say, and nobody's approval before was taken back.
Status check_published(const TransactionContext& context, const Tenant& tenant,
                       const Attempt& attempt, const OpenedTransaction& opened) {
  if (!attempt.transaction.type.starts_with(kReservedType)) {
    return ok();
  }
  if (context.policies == nullptr) {
    return ErrorCode::transaction_type_reserved;
  }
  CS_TRY(check_publication(*context.policies, tenant, attempt.transaction, opened.intent));
  return check_passkeys_there(context, attempt.transaction, attempt.given);
}

// The store's one transaction. A publication is planned by the revisions as they are, and again
// where somebody else changed them meanwhile.
Status store(const TransactionContext& context, const Tenant& tenant, const Caller& caller,
             const Attempt& attempt, const OpenedTransaction& opened, ApprovalCommit& commit) {
  const Transaction& transaction = attempt.transaction;
  const bool is_publication = transaction.type.starts_with(kReservedType);
  for (int tries = 0; tries < kPolicyUpdateTries; ++tries) {
    PublicationPlan plan;
    if (is_publication) {
      CS_ASSIGN(plan,
                plan_publication(*context.policies, tenant, transaction, opened.intent,
                                 attempt.approval.subject, attempt.now, offered_tiers(context)));
      if (commit.event) {
        commit.publication = plan.update;
      }
    }
    CS_ASSIGN(const bool is_done, context.store.commit_approval(commit));
    if (is_done && commit.publication) {
      note_publication(*context.policies, tenant, caller, transaction.id, plan);
    }
    if (is_done) {
      return ok();
    }
  }
  return ErrorCode::store_unavailable;
}

// What was verified becomes what is stored.
Result<std::string> commit(const TransactionContext& context, const Tenant& tenant,
                           const Caller& caller, const Attempt& attempt,
                           const OpenedTransaction& opened, const VerifiedAssertion& assertion,
                           const PolicyTrace& trace) {
  const Transaction& transaction = attempt.transaction;
  ApprovalCommit commit;
  commit.approval = attempt.approval;
  commit.now = attempt.now;
  commit.record = assertion.updated_record();
  if (assertion.counter() == CounterOutcome::not_advanced) {
    commit.counter = CounterRule::accepted;  // the verdict let it pass
  }
  commit.approvals_needed = transaction.approvals_needed;
  commit.customer = transaction.subject;
  const bool is_last = attempt.approval.step == transaction.approvals_needed;
  commit.resets_sca_counter = is_last && opened.source.is_payment();
  CS_ASSIGN(commit.receipt, make_receipt(context, tenant, attempt, trace));
  commit.record_digest = record_digest(context.service.hasher, commit.receipt.record);
  if (is_last) {
    commit.event = approved_event(context, attempt, opened, commit.record_digest);
  }
  CS_TRY(store(context, tenant, caller, attempt, opened, commit));
  return encode_outcome(attempt, is_last);
}

Result<std::string> judge(const TransactionContext& context, const Tenant& tenant,
                          const Caller& caller, Attempt& attempt, Blame& blame,
                          PolicyTrace& trace) {
  CS_TRY(check_request(context, tenant, caller, attempt, blame));
  const Result<VerifiedAssertion> verified = verify(context, tenant, attempt);
  if (!verified.has_value()) {
    // Everything else held: a new browser of the customer's. Or what is stored is not what was.
    if (verified.error().code == ErrorCode::browser_bound_key_unknown ||
        verified.error().code == ErrorCode::transaction_store_mismatch) {
      blame = Blame::nobody;
    }
    return verified.error();
  }
  const VerifiedAssertion& assertion = *verified;
  // The signature was the customer's: what is refused now is no failed attempt.
  blame = Blame::nobody;
  CS_ASSIGN(const OpenedTransaction opened,
            open_transaction(context.service.hasher, attempt.transaction));
  CS_TRY(check_recomputed(context.service.hasher, tenant, attempt.transaction, opened,
                          attempt.approval));
  CS_TRY(check_intent_inputs(opened.source, opened.intent, context.settings.base_currency,
                             attempt.transaction));
  attempt.checks.push_back(Check::transaction_recomputed);
  CS_TRY(decide(context, tenant, attempt, assertion, trace));
  CS_TRY(check_published(context, tenant, attempt, opened));
  return commit(context, tenant, caller, attempt, opened, assertion, trace);
}

Result<std::string> approve(const TransactionContext& context, const Tenant& tenant,
                            const Caller& caller, const TransactionId& id, std::string_view text,
                            PolicyTrace& trace) {
  Attempt attempt;
  attempt.now = context.service.clock.now();
  CS_TRY(find_attempt(context, tenant, id, text, attempt));
  Blame blame = Blame::nobody;
  Result<std::string> outcome = judge(context, tenant, caller, attempt, blame, trace);
  if (outcome.has_value() || is_of_the_store(outcome.error()) ||
      error_class(outcome.error().code) == ErrorClass::malformed) {
    return outcome;  // what cannot be read is no attempt
  }
  if (blame == Blame::nobody && outcome.error().code != ErrorCode::counter_not_advanced) {
    return outcome;
  }
  // Of several at once the slower ones may see the counter that the fastest has left: that is a
  // race, and nobody's failure.
  CS_ASSIGN(attempt.transaction, get_transaction(context, tenant, id));
  CS_TRY(check_open(attempt.transaction, attempt.now));
  CS_TRY(check_step(context, attempt));
  CS_TRY(count_failure(context, tenant, caller, attempt, blame));
  return outcome;
}

}  // namespace

Result<std::string> approve_transaction(const TransactionContext& context, const Tenant& tenant,
                                        const Caller& caller, const TransactionId& id,
                                        std::string_view response) {
  PolicyTrace trace;
  Result<std::string> outcome = approve(context, tenant, caller, id, response, trace);
  audit_transaction(context.service, "transaction.approval.result", tenant, caller, id,
                    error_of(outcome), trace);
  return outcome;
}

}  // namespace countersign
