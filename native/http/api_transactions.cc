// Transactions over HTTP. What a backend sends is answered with the precise error: it must know
// what is wrong with its intent. An approval that fails tells its class alone, whoever hands it in.

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "service/transaction_service.h"

namespace countersign {
namespace {

constexpr CeremonyKind kTransactionsKind = CeremonyKind::authentication;

// `json` must outlive the request.
Result<CreateTransactionRequest> read_creation(const JsonValue& json) {
  CreateTransactionRequest request;
  CS_ASSIGN(request.username, optional_text(json, "username"));
  CS_ASSIGN(request.locale, required_text(json, "locale"));
  CS_ASSIGN(std::optional<std::string> authentication, optional_text(json, "authentication"));
  if (authentication) {
    request.authentication = CeremonyId(std::move(*authentication));
  }
  request.intent = json.find("intent");
  request.policy_inputs = json.find("policyInputs");
  request.known_payees = json.find("knownPayees");
  request.payment = json.find("payment");
  if (const JsonValue* seconds = json.find("lifetimeSeconds")) {
    if (!seconds->is_integer() || seconds->is_unsigned_64) {
      return kMemberInvalid;
    }
    request.seconds = seconds->integer;
  }
  const JsonValue* approvers = json.find("approvers");
  if (approvers != nullptr && !approvers->is_array()) {
    return kMemberInvalid;
  }
  for (std::size_t i = 0; approvers != nullptr && i < approvers->items.size(); ++i) {
    if (!approvers->items[i].is_string()) {
      return kMemberInvalid;
    }
    request.approvers.push_back(approvers->items[i].string);
  }
  return request;
}

std::string encode_position(const IntentRefusal& refusal) {
  JsonWriter json;
  json.begin_object();
  json.member("pointer").string(refusal.pointer);
  if (refusal.code_point) {
    json.member("codePoint").integer(static_cast<std::int64_t>(*refusal.code_point));
    json.member("offset").integer(static_cast<std::int64_t>(refusal.offset));
  }
  json.end_object();
  return std::move(json).take();
}

std::string encode_names(const std::vector<std::string_view>& names) {
  JsonWriter json;
  json.begin_array();
  for (const std::string_view name : names) {
    json.string(name);
  }
  json.end_array();
  return std::move(json).take();
}

// An intent that is refused is a call that is wrong, whatever is wrong with the intent.
HttpResponse refused_creation(ProblemContext context, const Error& error,
                              const CreatedTransaction& created, const Caller& caller) {
  std::string position;
  if (created.refusal) {
    position = encode_position(*created.refusal);
    context.position = position;
    context.status = 400;
  }
  std::string missing;
  if (!created.missing_inputs.empty() && caller.api_key) {
    missing = encode_names(created.missing_inputs);
    context.missing = missing;
  }
  return make_problem(error, context);
}

// Whose offset is one of the body: those of other parts are of the intent, or of nothing.
bool is_of_policy_inputs(const Error& error) {
  return error.code == ErrorCode::policy_inputs_malformed ||
         error.code == ErrorCode::policy_input_value_invalid ||
         (error.code == ErrorCode::request_member_invalid && error.offset != 0);
}

Result<std::optional<UnixSeconds>> read_time(const HttpRequest& request, std::string_view name) {
  const std::optional<std::string> text = query_value(request.query, name);
  if (!text) {
    return std::optional<UnixSeconds>();
  }
  const std::optional<UnixSeconds> time = parse_rfc3339(*text);
  return time ? Result<std::optional<UnixSeconds>>(time)
              : Result<std::optional<UnixSeconds>>(kMemberInvalid);
}

Result<TransactionQuery> read_query(const HttpRequest& request) {
  TransactionQuery query;
  query.username = query_value(request.query, "user");
  query.type = query_value(request.query, "type");
  query.amount = query_value(request.query, "amount");
  query.currency = query_value(request.query, "currency");
  query.payee = query_value(request.query, "payee");
  query.payee_account = query_value(request.query, "payeeAccount");
  if (const std::optional<std::string> state = query_value(request.query, "state")) {
    query.state = find_transaction_state(*state);
    if (!query.state) {
      return kMemberInvalid;
    }
  }
  CS_ASSIGN(query.created_from, read_time(request, "from"));
  CS_ASSIGN(query.created_before, read_time(request, "to"));
  if (const std::optional<std::string> before = query_value(request.query, "after")) {
    query.before = parse_count(*before);
    if (!query.before) {
      return kMemberInvalid;
    }
  }
  if (const std::optional<std::string> limit = query_value(request.query, "limit")) {
    const std::optional<std::int64_t> count = parse_count(*limit);
    if (!count) {
      return kMemberInvalid;
    }
    query.limit = static_cast<std::size_t>(*count);
  }
  return query;
}

// Nothing of the page around it can reach in, and nothing in it can reach out.
HttpResponse view_answer(std::string content_type, std::string body) {
  HttpResponse response;
  response.content_type = std::move(content_type);
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                                "form-action 'none'; frame-ancestors 'none'; sandbox");
  response.body = std::move(body);
  return response;
}

}  // namespace

std::span<const Api::Route> Api::transaction_routes() {
  constexpr auto kScope = Scope::transactions;
  constexpr auto kAnybody = CallerRule::anybody;
  constexpr auto kKey = CallerRule::api_key;
  constexpr std::size_t kSmall = http_limits::kMaxCreatingBodyBytes;
  constexpr std::size_t kLarge = http_limits::kMaxBodyBytes;
  static const Route kRoutes[] = {
      {"POST", "/v1/transactions", &Api::create_transaction, kScope, kAnybody, false, kLarge},
      {"GET", "/v1/transactions", &Api::list_transactions, kScope, kKey, false, 0,
       "user type state from to amount currency payee payeeAccount after limit"},
      {"GET", "/v1/transactions/*", &Api::read_transaction, kScope, kAnybody, false, 0},
      {"GET", "/v1/transactions/*/view", &Api::render_transaction, kScope, kAnybody, false, 0,
       "form"},
      {"POST", "/v1/transactions/*/approvals", &Api::begin_transaction_approval, kScope, kAnybody,
       false, kSmall},
      {"POST", "/v1/transactions/*/approve", &Api::approve_transaction, kScope, kAnybody, false,
       kLarge, "", RouteOrigins::approval},
      {"POST", "/v1/transactions/*/decline", &Api::decline_transaction, kScope, kAnybody, false,
       kSmall, "", RouteOrigins::approval},
      {"POST", "/v1/transactions/*/cancel", &Api::cancel_transaction, kScope, kKey, false, kSmall},
      {"POST", "/v1/transactions/*/execute", &Api::execute_transaction, kScope, kKey, false,
       kSmall},
  };
  return kRoutes;
}

TransactionContext Api::transactions_of(const Call& call) const {
  return {context_,           *settings_.transactions,
          stores_.exemptions, settings_.transaction_settings->at(call.tenant().id),
          &stores_.payments,  settings_.policies};
}

HttpResponse Api::transaction_answer(const Call& call, int status,
                                     const Result<std::string>& answer) const {
  return answer.has_value() ? json_answer(status, *answer) : backend_problem(call, answer.error());
}

HttpResponse Api::create_transaction(Call& call) const {
  CreatedTransaction created{Error{ErrorCode::internal_error, Check::none, 0}, std::nullopt, {}};
  const auto create = [&]() -> Status {
    CS_ASSIGN(const std::optional<IdempotencyKey> key,
              read_idempotency_key(*call.request, context_.hasher));
    CS_ASSIGN(const JsonValue json,
              read_body(call.request->body,
                        {"username", "intent", "locale", "policyInputs", "knownPayees", "approvers",
                         "authentication", "lifetimeSeconds", "payment"}));
    CS_ASSIGN(const CreateTransactionRequest request, read_creation(json));
    created = countersign::create_transaction(transactions_of(call), call.tenant(), call.caller,
                                              request, key);
    CS_TRY(created.began);
    return ok();
  };
  const Status done = create();
  if (done.has_value()) {
    return json_answer(201, created.began->answer);
  }
  const bool has_place = created.missing_inputs.empty() && !created.refusal;
  return is_of_policy_inputs(done.error()) && has_place
             ? located_problem(call, done.error(), call.request->body)
             : refused_creation(backend_context(call), done.error(), created, call.caller);
}

HttpResponse Api::list_transactions(Call& call) const {
  const auto list = [&]() -> Result<std::string> {
    CS_ASSIGN(const TransactionQuery query, read_query(*call.request));
    return countersign::list_transactions(transactions_of(call), call.tenant(), call.caller, query);
  };
  return transaction_answer(call, 200, list());
}

HttpResponse Api::read_transaction(Call& call) const {
  return transaction_answer(
      call, 200,
      countersign::read_transaction(transactions_of(call), call.tenant(), call.caller,
                                    TransactionId(call.parameter)));
}

HttpResponse Api::render_transaction(Call& call) const {
  const std::string name = query_value(call.request->query, "form").value_or("json");
  const auto render = [&](ViewForm form) {
    return countersign::render_transaction(transactions_of(call), call.tenant(), call.caller,
                                           TransactionId(call.parameter), form);
  };
  const auto drawn = [&](ViewForm form, const char* content_type) {
    Result<std::string> text = render(form);
    return text.has_value() ? view_answer(content_type, std::move(*text))
                            : backend_problem(call, text.error());
  };
  if (name == "json") {
    return transaction_answer(call, 200, render(ViewForm::json));
  }
  if (name == "text") {
    return drawn(ViewForm::text, "text/plain; charset=utf-8");
  }
  if (name == "html") {
    return drawn(ViewForm::html, "text/html; charset=utf-8");
  }
  return name == "svg" ? drawn(ViewForm::svg, "image/svg+xml")
                       : backend_problem(call, kMemberInvalid);
}

HttpResponse Api::begin_transaction_approval(Call& call) const {
  const auto begin = [&]() -> Result<std::string> {
    CS_ASSIGN(const JsonValue json, read_body(call.request->body, {"username"}));
    CS_ASSIGN(const std::optional<std::string> username, optional_text(json, "username"));
    CS_ASSIGN(BeganCeremony began, countersign::begin_transaction_approval(
                                       transactions_of(call), call.tenant(), call.caller,
                                       TransactionId(call.parameter), username));
    return std::move(began.answer);
  };
  return transaction_answer(call, 201, begin());
}

HttpResponse Api::approve_transaction(Call& call) const {
  const Result<std::string> answer =
      countersign::approve_transaction(transactions_of(call), call.tenant(), call.caller,
                                       TransactionId(call.parameter), call.request->body);
  return answer.has_value() ? json_answer(200, *answer)
                            : problem(call, answer.error(), kTransactionsKind);
}

HttpResponse Api::decline_transaction(Call& call) const {
  const auto decline = [&]() -> Result<std::string> {
    CS_TRY(read_body(call.request->body, {}));
    return countersign::decline_transaction(transactions_of(call), call.tenant(), call.caller,
                                            TransactionId(call.parameter));
  };
  return transaction_answer(call, 200, decline());
}

HttpResponse Api::cancel_transaction(Call& call) const {
  const auto cancel = [&]() -> Result<std::string> {
    CS_TRY(read_body(call.request->body, {}));
    return countersign::cancel_transaction(transactions_of(call), call.tenant(), call.caller,
                                           TransactionId(call.parameter));
  };
  return transaction_answer(call, 200, cancel());
}

HttpResponse Api::execute_transaction(Call& call) const {
  const auto execute = [&]() -> Result<std::string> {
    CS_ASSIGN(const std::optional<IdempotencyKey> key,
              read_idempotency_key(*call.request, context_.hasher));
    CS_TRY(read_body(call.request->body, {}));
    return countersign::execute_transaction(transactions_of(call), call.tenant(), call.caller,
                                            TransactionId(call.parameter), key);
  };
  return transaction_answer(call, 200, execute());
}

}  // namespace countersign
