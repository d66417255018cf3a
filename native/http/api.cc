#include "native/http/api.h"

#include <algorithm>

#include "codec/base64url.h"
#include "codec/json_writer.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "service/ceremony_flow.h"

namespace countersign {
namespace {

constexpr std::size_t kCorrelationBytes = 12;

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool is_for_operators(std::string_view path) {
  return path == "/livez" || path == "/readyz" || path == "/metrics";
}

// "/v1/registrations/*/result" against a path; the variable segment goes to `parameter`. Where a
// pattern ends in "**", all that follows does, as it is.
bool matches(std::string_view pattern, std::string_view path, std::string& parameter) {
  if (pattern.ends_with("**")) {
    pattern.remove_suffix(2);
    parameter = path.starts_with(pattern) ? path.substr(pattern.size()) : "";
    return !parameter.empty();
  }
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == path;
  }
  const std::string_view before = pattern.substr(0, star);
  const std::string_view after = pattern.substr(star + 1);
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) ||
      !path.ends_with(after)) {
    return false;
  }
  const std::string_view segment =
      path.substr(before.size(), path.size() - before.size() - after.size());
  if (segment.find('/') != std::string_view::npos) {
    return false;
  }
  const std::optional<std::string> decoded = percent_decode(segment);
  parameter = decoded.value_or("");
  return decoded.has_value();
}

std::string_view authority_of(std::string_view origin) {
  const std::size_t at = origin.find("://");
  return at == std::string_view::npos ? std::string_view() : origin.substr(at + 3);
}

bool is_json(std::string_view content_type) {
  std::string_view type =
      content_type.substr(0, std::min(content_type.find(';'), content_type.size()));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) {
    type.remove_suffix(1);
  }
  constexpr std::string_view kJson = "application/json";
  return type.size() == kJson.size() &&
         std::equal(type.begin(), type.end(), kJson.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

// The first cookie of that name.
std::optional<std::string> cookie_of(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (!pair.empty() && pair.front() == ' ') {
      pair.remove_prefix(1);
    }
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return std::string(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace

HttpResponse json_answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

const Api::Route Api::kRoutes[] = {
    {"POST", "/v1/registrations", &Api::create_registration, Scope::registrations,
     CallerRule::anybody, false, http_limits::kMaxCreatingBodyBytes},
    {"POST", "/v1/registrations/*/result", &Api::finish_registration, Scope::registrations,
     CallerRule::anybody, false, http_limits::kMaxBodyBytes},
    {"GET", "/v1/registrations/*", &Api::read_registration, Scope::registrations,
     CallerRule::api_key, false, 0},
    {"POST", "/v1/authentications", &Api::create_authentication, Scope::registrations,
     CallerRule::anybody, false, http_limits::kMaxCreatingBodyBytes},
    {"POST", "/v1/authentications/*/result", &Api::finish_authentication, Scope::registrations,
     CallerRule::anybody, false, http_limits::kMaxBodyBytes},
    {"GET", "/v1/authentications/*", &Api::read_authentication, Scope::registrations,
     CallerRule::api_key, false, 0},
    {"GET", "/v1/session", &Api::read_session_state, Scope::credentials, CallerRule::anybody, false,
     0, "", RouteOrigins::tenant, SessionUse::look},
    {"DELETE", "/v1/session", &Api::delete_session, Scope::credentials, CallerRule::anybody, false,
     0},
    {"GET", "/v1/credentials", &Api::list_credentials, Scope::credentials, CallerRule::anybody,
     false, 0, "username"},
    {"PATCH", "/v1/credentials/*", &Api::rename_credential, Scope::credentials, CallerRule::anybody,
     false, http_limits::kMaxCreatingBodyBytes, "username"},
    {"DELETE", "/v1/credentials/*", &Api::revoke_credential, Scope::credentials,
     CallerRule::anybody, false, 0, "username"},
    {"GET", "/v1/credentials/*/browser-bound-keys", &Api::list_browser_bound_keys,
     Scope::credentials, CallerRule::anybody, false, 0, "username"},
    {"POST", "/v1/credentials/*/browser-bound-keys", &Api::change_browser_bound_key,
     Scope::credentials, CallerRule::api_key, false, http_limits::kMaxCreatingBodyBytes,
     "username"},
    {"POST", "/v1/activations", &Api::create_activation, Scope::registrations, CallerRule::api_key,
     false, http_limits::kMaxCreatingBodyBytes},
    {"GET", "/v1/activations/*", &Api::read_activation, Scope::registrations, CallerRule::api_key,
     false, 0},
    {"POST", "/v1/recoveries", &Api::create_recovery, Scope::registrations, CallerRule::api_key,
     false, http_limits::kMaxCreatingBodyBytes},
    {"GET", "/v1/accounts/*", &Api::read_account, Scope::credentials, CallerRule::api_key, false,
     0},
    {"POST", "/v1/accounts/*/revoke-all", &Api::revoke_account, Scope::credentials,
     CallerRule::api_key, false, http_limits::kMaxCreatingBodyBytes},
    {"GET", "/v1/events", &Api::list_events, Scope::credentials, CallerRule::api_key, false, 0,
     "after limit"},
    {"POST", "/v1/decisions", &Api::create_decision, Scope::transactions, CallerRule::api_key,
     false, http_limits::kMaxCreatingBodyBytes},
    {"POST", "/v1/exemptions", &Api::create_exemption, Scope::transactions, CallerRule::api_key,
     false, http_limits::kMaxCreatingBodyBytes},
    {"POST", "/attestation/options", &Api::conformance_creation_options, Scope::registrations,
     CallerRule::anybody, true, http_limits::kMaxCreatingBodyBytes},
    {"POST", "/attestation/result", &Api::conformance_creation_result, Scope::registrations,
     CallerRule::anybody, true, http_limits::kMaxBodyBytes},
    {"POST", "/assertion/options", &Api::conformance_request_options, Scope::registrations,
     CallerRule::anybody, true, http_limits::kMaxCreatingBodyBytes},
    {"POST", "/assertion/result", &Api::conformance_request_result, Scope::registrations,
     CallerRule::anybody, true, http_limits::kMaxBodyBytes},
    {"GET", "/v1/metadata", &Api::read_metadata, std::nullopt, CallerRule::api_key, false, 0},
    {"GET", "/.well-known/webauthn", &Api::related_origins, Scope::registrations,
     CallerRule::anybody, false, 0},
};

Api::Api(const ServiceContext& context, const CustomerStores& stores,
         std::vector<TenantConfig> tenants, StaticFiles files, Settings settings)
    : context_(context),
      stores_(stores),
      tenants_(std::move(tenants)),
      files_(std::move(files)),
      settings_(std::move(settings)) {}

HttpResponse Api::handle(const HttpRequest& request) const {
  const std::string correlation_id = random_text(context_.random, kCorrelationBytes);
  HttpResponse response = dispatch(request, correlation_id);
  add_security_headers(response);
  if (!response.has_header("Cache-Control")) {
    response.headers.emplace_back("Cache-Control", "no-store");
  }
  if (settings_.is_tls) {
    response.headers.emplace_back("Strict-Transport-Security", "max-age=63072000");
  }
  return response;
}

HttpResponse Api::refuse(ErrorCode code) const {
  ProblemContext context;
  const std::string correlation_id = random_text(context_.random, kCorrelationBytes);
  context.correlation_id = correlation_id;
  if (tenants_.size() == 1) {
    context.detail = tenants_.front().tenant.error_detail;
  }
  HttpResponse response = make_problem(Error{code, Check::none, 0}, context);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

HttpResponse Api::dispatch(const HttpRequest& request, const std::string& correlation_id) const {
  const auto failure = [&](ErrorCode code) {
    ProblemContext context;
    context.correlation_id = correlation_id;
    if (tenants_.size() == 1) {
      context.detail = tenants_.front().tenant.error_detail;
    }
    return make_problem(Error{code, Check::none, 0}, context);
  };
  if (is_read(request.method) && is_for_operators(request.path)) {
    const Status known = check_query(request.query, {});
    const Result<HttpResponse> answer =
        known.has_value() ? operations_answer(request) : Result<HttpResponse>(known.error());
    return answer.has_value() ? *answer : failure(answer.error().code);
  }
  const bool has_conformance_calls =
      std::any_of(tenants_.begin(), tenants_.end(), [](const TenantConfig& config) {
        return config.tenant.conformance_calls == ConformanceCalls::present;
      });
  std::string allowed;
  for (const std::span<const Route> routes :
       {std::span<const Route>(kRoutes), policy_routes(), transaction_routes(), outbox_routes(),
        receipt_routes()}) {
    for (const Route& route : routes) {
      std::string parameter;
      if ((route.is_conformance && !has_conformance_calls) ||
          !matches(route.path, request.path, parameter)) {
        continue;
      }
      if (route.method != request.method && !(route.method == "GET" && request.method == "HEAD")) {
        allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
        continue;
      }
      Result<Call> call = identify(request, route, correlation_id);
      if (!call.has_value()) {
        const bool is_conformance_answer =
            route.is_conformance && call.error().code != ErrorCode::route_not_found;
        return is_conformance_answer
                   ? make_conformance_failure(call.error(), CeremonyKind::registration)
                   : failure(call.error().code);
      }
      if (const Status known = check_query(request.query, route.query); !known.has_value()) {
        return route.is_conformance
                   ? make_conformance_failure(known.error(), CeremonyKind::registration)
                   : backend_problem(*call, known.error());
      }
      call->parameter = std::move(parameter);
      return (this->*route.handler)(*call);
    }
  }
  if (!allowed.empty()) {
    HttpResponse response = failure(ErrorCode::method_not_allowed);
    response.headers.emplace_back("Allow", allowed);
    return response;
  }
  if (is_read(request.method)) {
    if (std::optional<HttpResponse> file = files_.find(request)) {
      return std::move(*file);
    }
  }
  return failure(ErrorCode::route_not_found);
}

Result<Api::Call> Api::identify(const HttpRequest& request, const Route& route,
                                const std::string& correlation_id) const {
  Call call;
  call.request = &request;
  call.caller.correlation_id = correlation_id;
  if (request.is_repeated("authorization") || request.is_repeated("origin") ||
      request.is_repeated("countersign-ceremony") || request.is_repeated("idempotency-key")) {
    return ErrorCode::request_malformed;
  }
  if (request.body.size() > std::max<std::size_t>(route.max_body, 1024)) {
    return ErrorCode::body_too_large;
  }
  const std::optional<std::string> authorization = request.header("authorization");
  if (authorization && !route.is_conformance) {
    CS_TRY(check_api_key(call, *authorization, route.scope));
  } else if (route.caller_rule == CallerRule::api_key) {
    return ErrorCode::api_key_invalid;
  } else {
    CS_TRY(identify_tenant(call));
  }
  if (route.is_conformance) {
    if (call.tenant().conformance_calls == ConformanceCalls::absent) {
      return ErrorCode::route_not_found;
    }
    call.caller.is_conformance_call = true;
  }
  CS_TRY(check_browser_rules(call, route));
  if (!call.caller.api_key) {
    CS_TRY(read_session(call, route.session_use));
  }
  if (const std::optional<std::string> token = request.header("countersign-ceremony")) {
    call.caller.token_digest = context_.hasher.sha256({bytes_of(*token)});
  }
  return call;
}

Status Api::identify_tenant(Call& call) const {
  const std::optional<std::string> origin = call.request->header("origin");
  const std::optional<std::string> host = call.request->header("host");
  for (const TenantConfig& candidate : tenants_) {
    for (const std::vector<std::string>* origins :
         {&candidate.tenant.origins, &candidate.transactions.approval_origins}) {
      for (const std::string& own : *origins) {
        if (origin ? own == *origin : host && authority_of(own) == *host) {
          call.tenant_config = &candidate;
          return ok();
        }
      }
    }
    // The RP ID's own site need not be an origin; /.well-known/webauthn is asked for there.
    if (!origin && host && host->substr(0, host->find(':')) == candidate.tenant.rp_id) {
      call.tenant_config = &candidate;
      return ok();
    }
  }
  if (tenants_.size() == 1) {
    call.tenant_config = &tenants_.front();  // a foreign Origin is refused where it matters
    return ok();
  }
  return ErrorCode::tenant_not_found;
}

Status Api::check_api_key(Call& call, std::string_view authorization,
                          std::optional<Scope> scope) const {
  constexpr std::string_view kBearer = "Bearer ";
  if (!authorization.starts_with(kBearer)) {
    return ErrorCode::api_key_invalid;
  }
  const Digest256 digest = context_.hasher.sha256({bytes_of(authorization.substr(kBearer.size()))});
  const ApiKey* found = nullptr;
  for (const TenantConfig& candidate : tenants_) {
    for (const ApiKey& key : candidate.api_keys) {
      if (constant_time_equal(key.sha256, digest)) {
        found = &key;
        call.tenant_config = &candidate;
      }
    }
  }
  if (found == nullptr) {
    return ErrorCode::api_key_invalid;
  }
  if (scope &&
      std::find(found->scopes.begin(), found->scopes.end(), *scope) == found->scopes.end()) {
    note_missing_scope(call, *found);
    return ErrorCode::api_key_scope_missing;
  }
  call.caller.api_key = found->id;
  return ok();
}

// A genuine key that tries what it may not: somebody else's hands, perhaps.
void Api::note_missing_scope(const Call& call, const ApiKey& key) const {
  AuditRecord record;
  record.event = "key.refused";
  record.tenant = call.tenant().id;
  record.actor = "key:" + key.id;
  record.correlation_id = call.caller.correlation_id;
  record.error = Error{ErrorCode::api_key_scope_missing, Check::none, 0};
  record.time = context_.clock.now();
  context_.audit.record(record);
}

Status Api::check_browser_rules(const Call& call, const Route& route) const {
  const HttpRequest& request = *call.request;
  if (is_read(request.method)) {
    return ok();
  }
  const bool is_lab = route.is_conformance && call.tenant().is_conformance_profile;
  const std::optional<std::string> origin = request.header("origin");
  const auto is_one_of = [&origin](const std::vector<std::string>& allowed) {
    return std::find(allowed.begin(), allowed.end(), *origin) != allowed.end();
  };
  // The lab's client is a desktop program that sends whatever origin it has.
  if (origin && !is_lab && !is_one_of(call.tenant().origins) &&
      !(route.origins == RouteOrigins::approval &&
        is_one_of(call.tenant_config->transactions.approval_origins))) {
    return ErrorCode::request_origin_not_allowed;
  }
  if (!is_lab && request.header("sec-fetch-site").value_or("") == "cross-site") {
    return ErrorCode::request_origin_not_allowed;
  }
  if (route.method != "DELETE" && !is_json(request.header("content-type").value_or(""))) {
    return ErrorCode::media_type_unsupported;
  }
  return ok();
}

Status Api::read_session(Call& call, SessionUse use) const {
  const std::optional<std::string> header = call.request->header("cookie");
  if (!header) {
    return ok();
  }
  const std::optional<std::string> cookie = cookie_of(*header, cookie_name(call.tenant()));
  if (!cookie) {
    return ok();
  }
  const Result<ByteVector> value = parse_base64url(*cookie);
  if (!value.has_value() || value->size() != SessionValue().size()) {
    return ok();  // not one of ours: as if there were none
  }
  call.caller.session_digest = context_.hasher.sha256({*value});
  CS_ASSIGN(call.caller.session,
            use_session(context_, call.tenant(), *call.caller.session_digest, use));
  return ok();
}

bool Api::has_secure_cookie(const Tenant& tenant) const {
  return settings_.is_tls ||
         std::none_of(tenant.origins.begin(), tenant.origins.end(),
                      [](const std::string& origin) { return origin.starts_with("http://"); });
}

std::string Api::cookie_name(const Tenant& tenant) const {
  return has_secure_cookie(tenant) ? "__Host-countersign" : "countersign";
}

void Api::set_session_cookie(const Call& call, HttpResponse& response, const SessionValue& value,
                             std::optional<std::int64_t> max_age) const {
  std::string cookie = cookie_name(call.tenant()) + "=" + encode_base64url(value) +
                       "; Path=/; HttpOnly; SameSite=Lax";
  if (has_secure_cookie(call.tenant())) {
    cookie += "; Secure";
  }
  if (max_age) {
    cookie += "; Max-Age=" + std::to_string(*max_age);
  }
  response.headers.emplace_back("Set-Cookie", cookie);
}

HttpResponse Api::related_origins(Call& call) const {
  if (call.tenant().related_origins.empty()) {
    return problem(call, Error{ErrorCode::route_not_found, Check::none, 0},
                   CeremonyKind::registration);
  }
  JsonWriter json;
  json.begin_object();
  json.member("origins").begin_array();
  for (const std::string& origin : call.tenant().related_origins) {
    json.string(origin);
  }
  json.end_array();
  json.end_object();
  HttpResponse response = json_answer(200, std::move(json).take());
  response.headers.emplace_back("Cache-Control", "public, max-age=3600");
  return response;
}

}  // namespace countersign
