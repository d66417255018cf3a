#include "native/config/tenant_config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/config/policy_config.h"
#include "native/config/walk.h"
#include "service/session_use.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// A registrable-looking domain in lower case, or localhost. IP addresses are no RP IDs.
bool is_rp_id(std::string_view text) {
  if (text == "localhost") {
    return true;
  }
  if (text.empty() || text.size() > 253 || text.front() == '.' || text.back() == '.' ||
      text.find('.') == std::string_view::npos || text.find("..") != std::string_view::npos ||
      !std::all_of(text.begin(), text.end(), is_host_character)) {
    return false;
  }
  const std::string_view last = text.substr(text.rfind('.') + 1);
  return std::any_of(last.begin(), last.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

struct OriginParts {
  std::string scheme;
  std::string host;
};

// scheme://host[:port] as browsers serialise it: lower case, no default port, no path.
std::optional<OriginParts> split_origin(std::string_view origin) {
  const std::size_t colon = origin.find("://");
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  OriginParts parts;
  parts.scheme = std::string(origin.substr(0, colon));
  std::string_view rest = origin.substr(colon + 3);
  const std::size_t port_at = rest.find(':');
  if (port_at != std::string_view::npos) {
    const std::string_view port = rest.substr(port_at + 1);
    const bool is_digits =
        !port.empty() && port.size() <= 5 && port.front() != '0' &&
        std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool is_default =
        (parts.scheme == "https" && port == "443") || (parts.scheme == "http" && port == "80");
    if (!is_digits || is_default) {
      return std::nullopt;
    }
    rest = rest.substr(0, port_at);
  }
  if (rest.empty() || !std::all_of(rest.begin(), rest.end(), is_host_character)) {
    return std::nullopt;
  }
  parts.host = std::string(rest);
  return parts;
}

bool is_within(std::string_view host, std::string_view domain) {
  return host == domain || (host.size() > domain.size() && host.ends_with(domain) &&
                            host[host.size() - domain.size() - 1] == '.');
}

void check_web_origin(Walk& walk, const std::string& origin, const std::string& path) {
  const std::optional<OriginParts> parts = split_origin(origin);
  if (!parts || (parts->scheme != "https" &&
                 !(parts->scheme == "http" && is_within(parts->host, "localhost")))) {
    walk.invalid(path,
                 "must be https://host or http://localhost, with a port unless it is the "
                 "default one, in lower case, without a path");
  }
}

void check_origins(Walk& walk, const Tenant& tenant, const std::string& path) {
  for (std::size_t i = 0; i < tenant.origins.size(); ++i) {
    const std::string& origin = tenant.origins[i];
    const std::string at = path + ".origins[" + std::to_string(i) + "]";
    if (origin.starts_with("android:apk-key-hash:") || origin.starts_with("ios:bundle-id:")) {
      continue;  // apps name themselves; the standard takes them as they are
    }
    check_web_origin(walk, origin, at);
    const std::optional<OriginParts> parts = split_origin(origin);
    if (parts && !is_within(parts->host, tenant.rp_id)) {
      walk.invalid(at, "is outside rpId; other sites belong into relatedOrigins");
    }
  }
  for (std::size_t i = 0; i < tenant.top_origins.size(); ++i) {
    check_web_origin(walk, tenant.top_origins[i], path + ".topOrigins[" + std::to_string(i) + "]");
  }
  for (std::size_t i = 0; i < tenant.related_origins.size(); ++i) {
    check_web_origin(walk, tenant.related_origins[i],
                     path + ".relatedOrigins[" + std::to_string(i) + "]");
  }
}

// Passkeys of rpId work there, and nothing else of the tenant's runs there.
void check_approval_origins(Walk& walk, const TenantConfig& config, const std::string& path) {
  const std::vector<std::string>& origins = config.transactions.approval_origins;
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const std::string at = path + ".approvalOrigins[" + std::to_string(i) + "]";
    check_web_origin(walk, origins[i], at);
    const std::optional<OriginParts> parts = split_origin(origins[i]);
    if (parts && !is_within(parts->host, config.tenant.rp_id)) {
      walk.invalid(at, "is outside rpId");
    }
    const std::vector<std::string>& others = config.tenant.origins;
    if (std::find(others.begin(), others.end(), origins[i]) != others.end()) {
      walk.invalid(at, "is one of origins: approvals need an origin of their own");
    }
  }
}

std::optional<UserVerification> verification_of(std::string_view text) {
  for (const UserVerification value :
       {UserVerification::required, UserVerification::preferred, UserVerification::discouraged}) {
    const std::string_view name = value == UserVerification::required    ? "required"
                                  : value == UserVerification::preferred ? "preferred"
                                                                         : "discouraged";
    if (text == name) {
      return value;
    }
  }
  return std::nullopt;
}

void read_verification(Walk& walk, const JsonValue& object, std::string_view name,
                       const std::string& path, UserVerification& out) {
  const std::optional<std::string> text = walk.text(object, name, path);
  if (!text) {
    return;
  }
  const std::optional<UserVerification> value = verification_of(*text);
  if (!value) {
    walk.invalid(Walk::join(path, name), "must be required, preferred or discouraged");
    return;
  }
  out = *value;
}

std::optional<Scope> scope_of(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Scope>, 7> kScopes{{
      {"registrations", Scope::registrations},
      {"transactions", Scope::transactions},
      {"credentials", Scope::credentials},
      {"policy:draft", Scope::policy_draft},
      {"policy:publish", Scope::policy_publish},
      {"receipts", Scope::receipts},
      {"erase", Scope::erase},
  }};
  for (const auto& [name, scope] : kScopes) {
    if (name == text) {
      return scope;
    }
  }
  return std::nullopt;
}

void read_api_key(Walk& walk, const JsonValue& value, const std::string& path, ApiKey& key) {
  if (!walk.check_object(value, path, {"id", "sha256", "scopes"})) {
    return;
  }
  key.id = walk.required_text(value, "id", path);
  const std::string digest = walk.required_text(value, "sha256", path);
  const Result<Digest256> parsed = parse_digest(digest);
  if (!parsed.has_value()) {
    walk.invalid(path + ".sha256", "must be 64 lower-case hexadecimal digits");
    return;
  }
  key.sha256 = *parsed;
  for (const std::string& name : walk.texts(value, "scopes", path)) {
    const std::optional<Scope> scope = scope_of(name);
    if (!scope) {
      walk.invalid(path + ".scopes", "has a scope that is not known");
      return;
    }
    key.scopes.push_back(*scope);
  }
}

// `true`, `false`, or an object: then there are some.
void read_sessions(Walk& walk, const JsonValue& value, const std::string& path, Tenant& tenant) {
  const JsonValue* sessions = value.find("sessions");
  if (sessions == nullptr || !sessions->is_object()) {
    tenant.has_sessions =
        walk.boolean(value, "sessions", path).value_or(tenant.enrolment == Enrolment::open);
    return;
  }
  tenant.has_sessions = true;
  const std::string at = path + ".sessions";
  if (walk.check_object(*sessions, at, {"idleSeconds"})) {
    tenant.session_idle_seconds =
        walk.integer(*sessions, "idleSeconds", at, kMinSessionIdleSeconds, kSessionSeconds)
            .value_or(tenant.session_idle_seconds);
  }
}

void read_tenant(Walk& walk, const JsonValue& value, const std::string& path,
                 TenantConfig& config) {
  if (!walk.check_object(value, path,
                         {"id", "rpId", "rpName", "origins", "topOrigins", "relatedOrigins",
                          "enrolment", "sessions", "userVerification", "apiKeys", "policy",
                          "policyAdministrators", "policyApprovals", "fraudRates", "exemptionCaps",
                          "outbox", "transactions", "receipts"})) {
    return;
  }
  Tenant& tenant = config.tenant;
  tenant.id = TenantId(walk.required_text(value, "id", path));
  tenant.rp_id = walk.required_text(value, "rpId", path);
  if (!is_rp_id(tenant.rp_id)) {
    walk.invalid(path + ".rpId", "must be a domain in lower case, or localhost");
  }
  tenant.rp_name = walk.text(value, "rpName", path).value_or(tenant.rp_id);
  tenant.origins = walk.texts(value, "origins", path);
  tenant.top_origins = walk.texts(value, "topOrigins", path);
  tenant.related_origins = walk.texts(value, "relatedOrigins", path);
  if (tenant.origins.empty()) {
    walk.invalid(path + ".origins", "must list at least one origin");
  }
  check_origins(walk, tenant, path);

  const std::string enrolment = walk.text(value, "enrolment", path).value_or("backend");
  if (enrolment == "open") {
    if (tenant.rp_id != "localhost") {
      walk.invalid(path + ".enrolment", "open lets anybody enrol: only for rpId localhost");
    }
    tenant.enrolment = Enrolment::open;
  } else if (enrolment != "backend") {
    walk.invalid(path + ".enrolment", "must be backend or open");
  }
  read_sessions(walk, value, path, tenant);
  if (const JsonValue* verification = value.find("userVerification")) {
    const std::string at = path + ".userVerification";
    if (walk.check_object(*verification, at, {"registration", "authentication"})) {
      read_verification(walk, *verification, "registration", at, tenant.registration_verification);
      read_verification(walk, *verification, "authentication", at,
                        tenant.authentication_verification);
    }
  }
  config.policy = read_policy_name(walk, value, path);
  read_policy_people(walk, value, path, tenant);
  config.outbox = read_outbox_config(walk, value, path);
  config.transactions = read_transaction_config(walk, value, path);
  config.receipt_readers = read_receipt_readers(walk, value, path);
  if (config.receipt_readers == ReceiptReaders::customer && !tenant.has_sessions) {
    walk.invalid(path + ".receipts.readers", "customer needs sessions of ours");
  }
  if (!config.transactions.base_currency.empty()) {
    tenant.base_currency = config.transactions.base_currency;
    tenant.configured_currency = config.transactions.base_currency;
  }
  read_exemption_terms(walk, value, path, tenant);
  check_approval_origins(walk, config, path + ".transactions");
  if (config.transactions.creation == TransactionCreation::session && !tenant.has_sessions) {
    walk.invalid(path + ".transactions.creation", "session needs sessions of ours");
  }
  const JsonValue* keys = value.find("apiKeys");
  if (keys != nullptr && !keys->is_array()) {
    walk.invalid(path + ".apiKeys", "must be an array");
    return;
  }
  for (std::size_t i = 0; keys != nullptr && i < keys->items.size(); ++i) {
    config.api_keys.emplace_back();
    read_api_key(walk, keys->items[i], path + ".apiKeys[" + std::to_string(i) + "]",
                 config.api_keys.back());
  }
}

}  // namespace

void read_tenants(Walk& walk, const JsonValue& root, Config& config) {
  const JsonValue* tenants = root.find("tenants");
  if (tenants == nullptr || !tenants->is_array() || tenants->items.empty()) {
    walk.invalid("tenants", "must be an array of at least one tenant");
    return;
  }
  for (std::size_t i = 0; i < tenants->items.size(); ++i) {
    config.tenants.emplace_back();
    read_tenant(walk, tenants->items[i], "tenants[" + std::to_string(i) + "]",
                config.tenants.back());
  }
}

void finish_tenants(Walk& walk, Config& config, std::int64_t ceremony_seconds) {
  std::vector<std::string> origins;
  std::vector<std::string> ids;
  std::vector<Digest256> keys;
  for (std::size_t i = 0; i < config.tenants.size(); ++i) {
    Tenant& tenant = config.tenants[i].tenant;
    const std::string path = "tenants[" + std::to_string(i) + "]";
    tenant.ceremony_seconds = ceremony_seconds;
    tenant.compromised_credentials = config.metadata.compromised_credentials;
    const bool is_demo = tenant.enrolment == Enrolment::open && is_loopback(config.host);
    tenant.is_conformance_profile = config.profile == Profile::conformance;
    if (is_demo || tenant.is_conformance_profile) {
      tenant.error_detail = ErrorDetail::precise;
      tenant.conformance_calls = ConformanceCalls::present;
    }
    if (tenant.enrolment == Enrolment::open && !is_loopback(config.host)) {
      walk.invalid(path + ".enrolment", "open needs listen.host on loopback");
    }
    const auto add = [&walk](auto& seen, const auto& value, const std::string& at) {
      if (std::find(seen.begin(), seen.end(), value) != seen.end()) {
        walk.invalid(at, "is there twice");
      }
      seen.push_back(value);
    };
    add(ids, tenant.id.value, path + ".id");
    for (const std::string& origin : tenant.origins) {
      add(origins, origin, path + ".origins");
    }
    for (const std::string& origin : config.tenants[i].transactions.approval_origins) {
      add(origins, origin, path + ".transactions.approvalOrigins");
    }
    for (const ApiKey& key : config.tenants[i].api_keys) {
      add(keys, key.sha256, path + ".apiKeys");
    }
  }
}

}  // namespace countersign
