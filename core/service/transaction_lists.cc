// Transactions as they are read, listed and drawn.

#include "codec/json_time.h"
#include "service/ceremony_flow.h"
#include "service/rendering.h"
#include "service/transaction_evidence.h"
#include "service/transaction_inputs.h"
#include "service/transaction_json.h"
#include "service/transaction_summary.h"
#include "transaction/amount.h"
#include "transaction/look_alikes.h"
#include "transaction/view_renderers.h"

namespace countersign {
namespace {

// For a backend, or somebody whose transaction it is.
Result<Transaction> find_visible(const TransactionContext& context, const Tenant& tenant,
                                 const Caller& caller, const TransactionId& id) {
  CS_ASSIGN(Transaction transaction, get_transaction(context, tenant, id));
  if (caller.api_key) {
    return transaction;
  }
  CS_ASSIGN(const std::vector<TransactionApproval> approvals,
            context.store.list_transaction_approvals(tenant.id, id));
  return find_party(transaction, approvals, caller)
             ? Result<Transaction>(std::move(transaction))
             : Result<Transaction>(
                   Error{ErrorCode::transaction_foreign, Check::transaction_issued_to, 0});
}

// Who ended it and is known by name; of a backend's keys customers are not told.
void write_finisher(JsonWriter& json, const TransactionHead& transaction, const Caller& caller) {
  json.member("finishedBy");
  if (transaction.finished_by) {
    json.begin_object();
    json.member("userHandle").base64url(transaction.finished_by->value);
    json.end_object();
  } else if (caller.api_key && !transaction.finished_key.empty()) {
    json.begin_object();
    json.member("apiKey").string(transaction.finished_key);
    json.end_object();
  } else {
    json.null();
  }
}

// To backends: the key, or the customer whose session it was.
void write_creator(JsonWriter& json, const Transaction& transaction) {
  constexpr std::string_view kKey = "key:";
  const std::string_view by = transaction.created_by;
  json.member("createdBy").begin_object();
  if (by == "session") {
    json.member("userHandle").base64url(transaction.subject.value);
  } else {
    json.member("apiKey").string(by.starts_with(kKey) ? by.substr(kKey.size()) : by);
  }
  json.end_object();
}

void write_head(JsonWriter& json, const TransactionHead& transaction, const Caller& caller,
                UnixSeconds now) {
  const TransactionState state = state_at(transaction, now);
  json.member("id").string(transaction.id.value);
  json.member("type").string(transaction.type);
  json.member("state").string(transaction_state_name(state));
  json.member("approval");
  write_progress(json, transaction.approvals, transaction.approvals_needed);
  json.member("createdAt").string(encode_rfc3339(transaction.created_at));
  json.member("expiresAt").string(encode_rfc3339(transaction.expires_at));
  // Nobody has written down yet that its time was over.
  const bool has_just_expired = state == TransactionState::expired && !transaction.finished_at;
  write_optional_time(
      json, "finishedAt",
      has_just_expired ? std::optional(transaction.expires_at) : transaction.finished_at);
  write_finisher(json, transaction, caller);
}

Status write_user(const TransactionContext& context, JsonWriter& json,
                  const TransactionHead& transaction) {
  CS_ASSIGN(const std::optional<Account> account,
            context.service.credentials.find_account(transaction.tenant, transaction.subject));
  if (!account) {
    return ErrorCode::store_corrupt;
  }
  json.member("user");
  write_account(json, *account);
  return ok();
}

// Whom the backend's own call named.
Status write_approvers(const TransactionContext& context, JsonWriter& json,
                       const Transaction& transaction) {
  json.member("approvers").begin_array();
  for (const UserHandle& handle : transaction.approvers) {
    CS_ASSIGN(const std::optional<Account> account,
              context.service.credentials.find_account(transaction.tenant, handle));
    if (!account) {
      return ErrorCode::store_corrupt;
    }
    write_account(json, *account);
  }
  json.end_array();
  return ok();
}

// Nothing shows any more what it was about, nor that anybody approved it.
std::string encode_erased(const Transaction& transaction, const Caller& caller, UnixSeconds now) {
  JsonWriter json;
  json.begin_object();
  write_head(json, transaction, caller, now);
  if (caller.api_key) {
    write_creator(json, transaction);
  }
  write_optional_time(json, "executedAt", transaction.executed_at);
  write_optional_time(json, "erasedAt", transaction.erased_at);
  json.end_object();
  return std::move(json).take();
}

Result<std::string> read(const TransactionContext& context, const Tenant& tenant,
                         const Caller& caller, const TransactionId& id) {
  CS_ASSIGN(const Transaction transaction, find_visible(context, tenant, caller, id));
  if (transaction.erased_at) {
    return encode_erased(transaction, caller, context.service.clock.now());
  }
  CS_ASSIGN(const OpenedTransaction opened, open_transaction(context.service.hasher, transaction));
  // What a backend carries out, and by whom it was approved, is what was signed.
  CS_ASSIGN(const std::vector<GivenApproval> approvals,
            transaction.state == TransactionState::approved ? read_signed(context, transaction)
                                                            : read_given(context, transaction));
  JsonWriter json;
  json.begin_object();
  write_head(json, transaction, caller, context.service.clock.now());
  write_optional_time(json, "executedAt", transaction.executed_at);
  json.member("displayTier").integer(transaction.display_tier);
  json.member("locale").string(transaction.locale);
  json.member("policy").base64url(transaction.policy.document);
  CS_TRY(write_user(context, json, transaction));
  if (caller.api_key) {
    write_creator(json, transaction);
    CS_TRY(write_approvers(context, json, transaction));
  }
  write_frozen_intent(json, context.service.hasher, opened.source, opened.intent,
                      transaction.intent);
  json.member("view");
  write_view(json, opened.view);
  json.member("approvals");
  write_given_approvals(json, id, approvals);
  json.end_object();
  return std::move(json).take();
}

Result<std::string> render(const TransactionContext& context, const Tenant& tenant,
                           const Caller& caller, const TransactionId& id, ViewForm form) {
  CS_ASSIGN(const Transaction transaction, find_visible(context, tenant, caller, id));
  if (transaction.erased_at) {
    return ErrorCode::receipt_erased;
  }
  CS_ASSIGN(const OpenedTransaction opened, open_transaction(context.service.hasher, transaction));
  switch (form) {
    case ViewForm::json: {
      JsonWriter json;
      write_view(json, opened.view);
      return std::move(json).take();
    }
    case ViewForm::text:
      return render_text(opened.view);
    case ViewForm::html:
      return render_html(opened.view);
    case ViewForm::svg:
      return render_svg(opened.view);
  }
  return ErrorCode::request_member_invalid;
}

void write_summary(JsonWriter& json, const TransactionHead& transaction) {
  json.member("summary");
  if (transaction.summary.empty()) {
    json.null();
  } else {
    json.raw(transaction.summary);
  }
}

Result<TransactionKeys> make_keys(const TransactionQuery& query) {
  constexpr ErrorCode kInvalid = ErrorCode::request_member_invalid;
  TransactionKeys keys;
  if (query.amount.has_value() != query.currency.has_value()) {
    return kInvalid;
  }
  if (query.amount) {
    Result<Amount> amount = parse_amount(*query.currency, *query.amount);
    if (!amount.has_value()) {
      return kInvalid;
    }
    keys.amount = amount->minor;
    keys.currency = std::move(amount->currency);
  }
  if (query.payee) {
    if (query.payee->size() > kMaxKnownPayeeBytes) {
      return kInvalid;
    }
    // As the lists of known payees are read: what is displayed has no stray spaces.
    keys.payee = payee_key_of(name_form_of(*query.payee));
  }
  if (query.payee_account) {
    Result<std::string> account = parse_account_key(*query.payee_account);
    if (!account.has_value()) {
      return kInvalid;
    }
    keys.payee_account = *std::move(account);
  }
  return keys;
}

Result<TransactionFilter> make_filter(const TransactionContext& context, const Tenant& tenant,
                                      const TransactionQuery& query) {
  TransactionFilter filter;
  if (query.username) {
    CS_ASSIGN(const std::optional<Account> account,
              context.service.credentials.find_account_by_username(tenant.id, *query.username));
    if (!account) {
      return ErrorCode::account_not_found;
    }
    filter.subject = account->handle;
  }
  filter.state = query.state;
  filter.type = query.type;
  filter.created_from = query.created_from;
  filter.created_before = query.created_before;
  filter.before = query.before;
  CS_ASSIGN(filter.keys, make_keys(query));
  filter.now = context.service.clock.now();
  return filter;
}

Result<std::string> list(const TransactionContext& context, const Tenant& tenant,
                         const Caller& caller, const TransactionQuery& query) {
  if (!caller.api_key) {
    return ErrorCode::caller_not_allowed;
  }
  if (query.limit < 1 || query.limit > kMaxTransactionsInPage) {
    return ErrorCode::request_member_invalid;
  }
  CS_ASSIGN(const TransactionFilter filter, make_filter(context, tenant, query));
  CS_ASSIGN(std::vector<TransactionHead> found,
            context.store.list_transactions(tenant.id, filter, query.limit + 1));
  const bool has_more = found.size() > query.limit;
  if (has_more) {
    found.pop_back();
  }
  JsonWriter json;
  json.begin_object();
  json.member("transactions").begin_array();
  for (const TransactionHead& transaction : found) {
    json.begin_object();
    write_head(json, transaction, caller, filter.now);
    json.member("title").string(transaction.title);
    write_summary(json, transaction);
    CS_TRY(write_user(context, json, transaction));
    json.end_object();
  }
  json.end_array();
  json.member("next");
  if (has_more) {
    json.string(std::to_string(found.back().sequence));
  } else {
    json.null();
  }
  json.end_object();
  return std::move(json).take();
}

}  // namespace

Result<std::string> read_transaction(const TransactionContext& context, const Tenant& tenant,
                                     const Caller& caller, const TransactionId& id) {
  Result<std::string> answer = read(context, tenant, caller, id);
  audit_transaction(context.service, "transaction.read", tenant, caller, id, error_of(answer));
  return answer;
}

Result<std::string> render_transaction(const TransactionContext& context, const Tenant& tenant,
                                       const Caller& caller, const TransactionId& id,
                                       ViewForm form) {
  Result<std::string> answer = render(context, tenant, caller, id, form);
  audit_transaction(context.service, "transaction.render", tenant, caller, id, error_of(answer));
  return answer;
}

Result<std::string> list_transactions(const TransactionContext& context, const Tenant& tenant,
                                      const Caller& caller, const TransactionQuery& query) {
  Result<std::string> answer = list(context, tenant, caller, query);
  audit_transaction(context.service, "transaction.list", tenant, caller, TransactionId(),
                    error_of(answer));
  return answer;
}

}  // namespace countersign
