// How transactions begin.

#include <algorithm>

#include "base/limits.h"
#include "policy/policy_json.h"
#include "service/amount_words.h"
#include "service/ceremony_flow.h"
#include "service/payment_facts.h"
#include "service/transaction_challenge.h"
#include "service/transaction_display.h"
#include "service/transaction_inputs.h"
#include "service/transaction_steps.h"

namespace countersign {
namespace {

constexpr std::string_view kTransactionRoute = "POST /v1/transactions";

Result<std::shared_ptr<const CatalogTemplate>> find_source(const TransactionContext& context,
                                                           const JsonValue* intent) {
  const JsonValue* type = intent != nullptr && intent->is_object() ? intent->find("type") : nullptr;
  if (type == nullptr || !type->is_string()) {
    return ErrorCode::intent_malformed;
  }
  if (type->string.starts_with(kReservedType)) {
    return ErrorCode::transaction_type_reserved;
  }
  std::shared_ptr<const CatalogTemplate> source =
      context.settings.catalog.find_template(type->string);
  return source != nullptr ? Result<std::shared_ptr<const CatalogTemplate>>(std::move(source))
                           : ErrorCode::transaction_type_unknown;
}

// Freezes and renders: from here on nothing but these bytes counts.
Result<OpenedTransaction> freeze(const TransactionContext& context,
                                 const CreateTransactionRequest& request, Transaction& transaction,
                                 std::optional<IntentRefusal>& refusal) {
  const Hasher& hasher = context.service.hasher;
  CS_ASSIGN(const std::shared_ptr<const CatalogTemplate> source,
            find_source(context, request.intent));
  const std::shared_ptr<const CatalogPack> pack =
      context.settings.catalog.find_pack(request.locale);
  if (pack == nullptr || source->source.texts_in(request.locale) == nullptr) {
    return ErrorCode::transaction_locale_unknown;
  }
  const Result<CanonicalValue> frozen = freeze_intent(source->source, *request.intent);
  if (!frozen.has_value()) {
    refusal = refusal_at(*request.intent, frozen.error());
    return frozen.error();
  }
  const CanonicalValue& intent = *frozen;
  std::optional<IntentProblem> problem = find_intent_problem(source->source, intent);
  if (!problem) {
    problem = find_amount_in_words(source->source, intent);
  }
  if (problem) {
    refusal = refusal_of(*problem);
    return problem->error;
  }
  CS_TRY(freeze_transaction(*source, *pack, intent, transaction));
  if (request.payment != nullptr) {
    CS_ASSIGN(const PaymentPage page, read_payment_page(*request.payment));
    CS_TRY(project_payment(source->source, intent, page.presentation));
    transaction.payment = encode_payment_page(page);
  }
  // What is stored is what is shown and signed.
  return open_transaction(hasher, transaction);
}

// A session's own account; of what a backend says it may say nothing. Naming others tells who is a
// customer: only where anybody may enrol.
Status check_creator(const TransactionContext& context, const Tenant& tenant, const Caller& caller,
                     const CreateTransactionRequest& request) {
  if (caller.api_key) {
    return request.username ? ok() : Status(ErrorCode::request_member_invalid);
  }
  if (context.settings.creation != TransactionCreation::session) {
    return ErrorCode::caller_not_allowed;
  }
  if (!caller.session) {
    return ErrorCode::session_required;
  }
  const bool has_more = request.username || request.policy_inputs != nullptr ||
                        request.known_payees != nullptr ||
                        (!request.approvers.empty() && tenant.enrolment != Enrolment::open) ||
                        request.authentication || request.seconds;
  return has_more ? Status(ErrorCode::request_member_invalid) : ok();
}

Result<UserHandle> find_customer(const TransactionContext& context, const Tenant& tenant,
                                 const Caller& caller, const CreateTransactionRequest& request) {
  if (!caller.api_key) {
    return caller.session->user_handle;
  }
  CS_ASSIGN(std::optional<Account> account,
            context.service.credentials.find_account_by_username(tenant.id, *request.username));
  return account ? Result<UserHandle>(std::move(account->handle)) : ErrorCode::account_not_found;
}

// Everything that the policy is asked, as one text that stays with the transaction.
Result<PolicyQuestion> ask(const TransactionContext& context, const Tenant& tenant,
                           const Caller& caller, const CreateTransactionRequest& request,
                           const Transaction& transaction, const OpenedTransaction& opened,
                           PolicyTrace& trace) {
  PolicyQuestion question;
  question.ceremony = transaction.policy.ceremony;
  question.user = transaction.subject;
  question.asked_at = transaction.created_at;
  question.authentication_age = 0;  // the backend vouches for the customer
  if (request.policy_inputs != nullptr) {
    CS_ASSIGN(question.inputs, read_backend_inputs(*request.policy_inputs, question.ceremony));
  } else if (!caller.api_key && context.settings.session_inputs) {
    CS_ASSIGN(question.inputs,
              read_backend_inputs(inputs_for(*context.settings.session_inputs, question.ceremony),
                                  question.ceremony));
  }
  if (request.authentication) {
    CS_ASSIGN(question.session, find_authentication(context.service, tenant, transaction.subject,
                                                    *request.authentication));
  } else if (!caller.api_key) {
    question.session = caller.session;
  }
  if (question.session) {
    question.authentication_age = std::max<std::int64_t>(
        0, question.asked_at.value - question.session->authenticated_at.value);
  }
  CS_ASSIGN(PolicyInputs inputs, make_inputs(context.service, tenant, question));
  CS_TRY(add_intent_inputs(opened.source, opened.intent, context.settings.base_currency,
                           request.known_payees, inputs));
  const Status rated = check_intent_rate(
      opened.source, opened.intent, context.settings.base_currency, request.policy_inputs, inputs);
  if (!rated.has_value()) {
    trace.missing = inputs.has(PolicyInput::amount_rate) ? 0 : mask_of(PolicyInput::amount_rate);
    return rated.error();
  }
  CS_TRY(set_since_sca(context.exemptions, tenant, transaction.subject, inputs));
  JsonWriter json;
  write_policy_inputs(json, inputs, inputs.present(), nullptr);
  question.inputs = std::move(json).take();
  question.session.reset();  // it is in the inputs
  return question;
}

// What the policy demands becomes part of the transaction.
Status settle(const TransactionContext& context, const PolicyOptions& policy,
              Transaction& transaction) {
  const Requirements& requirements = policy.requirements;
  transaction.policy = policy.bound;
  transaction.display_tier = requirements.display_tier;
  transaction.approvals_needed = std::max<std::int64_t>(1, requirements.approvals);
  if (requirements.timeout != kUnlimited) {
    transaction.expires_at.value =
        std::min(transaction.expires_at.value, transaction.created_at.value + requirements.timeout);
  }
  if (!transaction.payment.empty()) {
    transaction.display_tier =
        std::max(transaction.display_tier, display_tier_of(DisplayKind::payment_dialog));
  }
  return check_display_offered(context, transaction);
}

Result<std::vector<UserHandle>> find_approvers(const TransactionContext& context,
                                               const Tenant& tenant,
                                               const std::vector<std::string>& usernames) {
  if (usernames.size() > kMaxNamedApprovers) {
    return ErrorCode::request_member_invalid;
  }
  std::vector<UserHandle> handles;
  for (const std::string& username : usernames) {
    CS_ASSIGN(std::optional<Account> account,
              context.service.credentials.find_account_by_username(tenant.id, username));
    if (!account) {
      return ErrorCode::account_not_found;
    }
    handles.push_back(std::move(account->handle));
  }
  return handles;
}

Result<BeganCeremony> store(const TransactionContext& context, const Tenant& tenant,
                            const Caller& caller, const Transaction& transaction,
                            IssuedApproval issued,
                            const std::optional<IdempotencyKey>& idempotency) {
  // Also of what has ended: who repeats a call then wants no second transaction.
  const UnixSeconds remembered_until{
      std::max(transaction.expires_at.value, transaction.created_at.value + kRememberedSeconds)};
  const Status stored = context.store.create_transaction(
      transaction, issued.approval,
      make_remembered(context.service, caller, kTransactionRoute, idempotency, issued.answer,
                      remembered_until));
  if (!stored.has_value()) {
    if (stored.error().code == ErrorCode::idempotency_key_reused) {
      CS_ASSIGN(std::optional<std::string> winner,
                find_remembered(context.service, tenant, caller, kTransactionRoute, idempotency));
      if (winner) {
        return BeganCeremony{{}, std::move(*winner), std::nullopt, true};
      }
    }
    return stored.error();
  }
  return BeganCeremony{std::move(issued.options), std::move(issued.answer), std::nullopt};
}

Result<BeganCeremony> create(const TransactionContext& context, const Tenant& tenant,
                             const Caller& caller, const CreateTransactionRequest& request,
                             const std::optional<IdempotencyKey>& idempotency,
                             Transaction& transaction, std::optional<IntentRefusal>& refusal,
                             PolicyTrace& trace) {
  const ServiceContext& service = context.service;
  CS_TRY(check_creator(context, tenant, caller, request));
  CS_ASSIGN(std::optional<std::string> remembered,
            find_remembered(service, tenant, caller, kTransactionRoute, idempotency));
  if (remembered) {
    return BeganCeremony{{}, std::move(*remembered), std::nullopt, true};
  }
  const std::int64_t seconds = request.seconds.value_or(context.settings.transaction_seconds);
  if (seconds < kMinTransactionSeconds || seconds > kMaxTransactionSeconds) {
    return ErrorCode::request_member_invalid;
  }
  CS_ASSIGN(const OpenedTransaction opened, freeze(context, request, transaction, refusal));
  CS_ASSIGN(transaction.subject, find_customer(context, tenant, caller, request));
  CS_ASSIGN(transaction.approvers, find_approvers(context, tenant, request.approvers));
  set_identity(service, tenant, caller, seconds, transaction);
  CS_TRY(check_not_blocked(context, tenant, transaction.subject, transaction.created_at));
  CS_ASSIGN(PolicyQuestion question,
            ask(context, tenant, caller, request, transaction, opened, trace));
  // Whatever it demands of a transaction can be had, so far.
  question.transaction = TransactionFacts{limits::kMaxDisplayTier, limits::kMaxApprovalSteps};
  CS_ASSIGN(const PolicyOptions policy, decide_options(service, tenant, question, trace));
  CS_TRY(settle(context, policy, transaction));
  if (!has_enough_approvers(transaction)) {
    refusal = IntentRefusal{"/approvers", std::nullopt, 0};
    return ErrorCode::request_member_invalid;
  }
  CS_ASSIGN(question, make_question(transaction));
  CS_ASSIGN(IssuedApproval issued, issue_approval(context, tenant, caller, transaction, opened,
                                                  transaction.subject, question, policy, trace));
  return store(context, tenant, caller, transaction, std::move(issued), idempotency);
}

std::vector<std::string_view> names_of(InputMask inputs) {
  std::vector<std::string_view> names;
  for (const InputRow& row : policy_inputs()) {
    if ((inputs & mask_of(row.id)) != 0) {
      names.push_back(row.name);
    }
  }
  return names;
}

}  // namespace

JsonValue inputs_for(const JsonValue& given, PolicyCeremony ceremony) {
  JsonValue out;
  out.type = JsonValue::Type::object;
  for (const auto& member : given.members) {
    const InputRow* row = find_policy_input(member.first);
    if (row == nullptr || exists_in(*row, ceremony)) {
      out.members.push_back(member);  // what is not known is refused later
    }
  }
  return out;
}

CreatedTransaction create_transaction(const TransactionContext& context, const Tenant& tenant,
                                      const Caller& caller, const CreateTransactionRequest& request,
                                      const std::optional<IdempotencyKey>& idempotency) {
  Transaction transaction;
  std::optional<IntentRefusal> refusal;
  PolicyTrace trace;
  Result<BeganCeremony> began =
      create(context, tenant, caller, request, idempotency, transaction, refusal, trace);
  audit_transaction(context.service, "transaction.create", tenant, caller,
                    audited_id(began, transaction.id), error_of(began), trace);
  CreatedTransaction created{std::move(began), std::move(refusal), {}};
  const bool was_refused = !created.began.has_value() &&
                           (created.began.error().code == ErrorCode::policy_denied ||
                            created.began.error().code == ErrorCode::policy_requirement_unmet ||
                            created.began.error().code == ErrorCode::request_member_invalid);
  if (was_refused) {
    created.missing_inputs = names_of(trace.missing);
  }
  return created;
}

}  // namespace countersign
