#include "native/config/config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "native/config/metadata_config.h"
#include "native/config/policy_config.h"
#include "native/config/walk.h"

namespace countersign {
namespace {

constexpr std::size_t kMaxConfigBytes = 1048576;

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

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void read_api_key(Walk& walk, const JsonValue& value, const std::string& path, ApiKey& key) {
  if (!walk.check_object(value, path, {"id", "sha256", "scopes"})) {
    return;
  }
  key.id = walk.required_text(value, "id", path);
  const std::string digest = walk.required_text(value, "sha256", path);
  if (digest.size() != 2 * key.sha256.size()) {
    walk.invalid(path + ".sha256", "must be 64 lower-case hexadecimal digits");
    return;
  }
  for (std::size_t i = 0; i < key.sha256.size(); ++i) {
    const int high = hex_value(digest[2 * i]);
    const int low = hex_value(digest[2 * i + 1]);
    if (high < 0 || low < 0) {
      walk.invalid(path + ".sha256", "must be 64 lower-case hexadecimal digits");
      return;
    }
    key.sha256[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  for (const std::string& name : walk.texts(value, "scopes", path)) {
    const std::optional<Scope> scope = scope_of(name);
    if (!scope) {
      walk.invalid(path + ".scopes", "has a scope that is not known");
      return;
    }
    key.scopes.push_back(*scope);
  }
}

void read_tenant(Walk& walk, const JsonValue& value, const std::string& path,
                 TenantConfig& config) {
  if (!walk.check_object(value, path,
                         {"id", "rpId", "rpName", "origins", "topOrigins", "relatedOrigins",
                          "enrolment", "sessions", "userVerification", "apiKeys", "policy"})) {
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
    tenant.authentication_verification = UserVerification::preferred;
  } else if (enrolment != "backend") {
    walk.invalid(path + ".enrolment", "must be backend or open");
  }
  tenant.has_sessions =
      walk.boolean(value, "sessions", path).value_or(tenant.enrolment == Enrolment::open);
  if (const JsonValue* verification = value.find("userVerification")) {
    const std::string at = path + ".userVerification";
    if (walk.check_object(*verification, at, {"registration", "authentication"})) {
      read_verification(walk, *verification, "registration", at, tenant.registration_verification);
      read_verification(walk, *verification, "authentication", at,
                        tenant.authentication_verification);
    }
  }
  config.policy = read_policy_name(walk, value, path);
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

// A name may lead anywhere, whatever it looks like.
bool is_address(const std::string& text) {
  in6_addr out{};
  return inet_pton(AF_INET, text.c_str(), &out) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &out) == 1;
}

void read_listen(Walk& walk, const JsonValue& value, Config& config) {
  if (!walk.check_object(value, "listen", {"host", "port", "tls"})) {
    return;
  }
  config.host = walk.text(value, "host", "listen").value_or(config.host);
  if (!is_address(config.host) && config.host != "localhost") {
    walk.invalid("listen.host", "must be an IP address or localhost");
  }
  config.port = static_cast<std::uint16_t>(
      walk.integer(value, "port", "listen", 0, 65535).value_or(config.port));
  if (const JsonValue* tls = value.find("tls")) {
    if (walk.check_object(*tls, "listen.tls", {"certificate", "key"})) {
      config.tls = TlsFiles{
          walk.file_path(walk.required_text(*tls, "certificate", "listen.tls")),
          walk.file_path(walk.required_text(*tls, "key", "listen.tls")),
      };
    }
  }
}

void read_storage(Walk& walk, const JsonValue& value, Config& config) {
  if (!walk.check_object(value, "storage", {"url"})) {
    return;
  }
  const std::string url = walk.required_text(value, "url", "storage");
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with("postgresql:")) {
    walk.fail(ErrorCode::config_not_available, "storage.url", "this version has SQLite only");
  } else if (!url.starts_with(kSqlite) || url.size() == kSqlite.size()) {
    walk.invalid("storage.url", "must be sqlite:PATH");
  }
  config.database = walk.file_path(url.substr(std::min(kSqlite.size(), url.size())));
}

void read_limits(Walk& walk, const JsonValue& value, Config& config) {
  if (!walk.check_object(
          value, "limits",
          {"connections", "connectionsPerAddress", "requestSeconds", "idleSeconds"})) {
    return;
  }
  HttpLimits& limits = config.limits;
  const auto read = [&](std::string_view name, std::int64_t low, std::int64_t high, auto& out) {
    if (const std::optional<std::int64_t> number = walk.integer(value, name, "limits", low, high)) {
      out = static_cast<std::remove_reference_t<decltype(out)>>(*number);
    }
  };
  read("connections", 1, 16384, limits.connections);
  read("connectionsPerAddress", 1, 16384, limits.connections_per_address);
  read("requestSeconds", 1, 300, limits.request_seconds);
  read("idleSeconds", 1, 300, limits.idle_seconds);
}

void read_package(Walk& walk, const JsonValue& root, Config& config) {
  const JsonValue* package = root.find("package");
  if (package == nullptr) {
    return;
  }
  if (package->is_string()) {
    config.package_folders.push_back(walk.file_path(package->string));
    return;
  }
  for (const std::string& folder : walk.texts(root, "package", "")) {
    config.package_folders.push_back(walk.file_path(folder));
  }
}

// Rules that need the whole file.
void finish_tenants(Walk& walk, Config& config, std::int64_t timeout) {
  std::vector<std::string> origins;
  std::vector<std::string> ids;
  std::vector<Digest256> keys;
  for (std::size_t i = 0; i < config.tenants.size(); ++i) {
    Tenant& tenant = config.tenants[i].tenant;
    const std::string path = "tenants[" + std::to_string(i) + "]";
    tenant.ceremony_seconds = timeout;
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
    for (const ApiKey& key : config.tenants[i].api_keys) {
      add(keys, key.sha256, path + ".apiKeys");
    }
  }
}

}  // namespace

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

ConfigResult parse_config(std::string_view text, const std::string& folder) {
  Walk walk(folder);
  JsonOptions options;
  options.max_bytes = kMaxConfigBytes;
  const Result<JsonValue> parsed = parse_json(text, options);
  if (!parsed.has_value()) {
    return ConfigProblem{ErrorCode::config_unreadable,
                         "byte " + std::to_string(parsed.error().offset),
                         std::string(error_message(parsed.error().code))};
  }
  const JsonValue& root = *parsed;
  Config config;
  if (!walk.check_object(root, "",
                         {"listen", "profile", "tenants", "storage", "ceremony", "static",
                          "package", "limits", "metadata", "trustAnchors", "metrics"})) {
    return walk.problem();
  }
  if (const JsonValue* listen = root.find("listen")) {
    read_listen(walk, *listen, config);
  } else {
    walk.invalid("listen", "is missing");
  }
  const std::string profile = walk.text(root, "profile", "").value_or("production");
  if (profile == "conformance") {
    config.profile = Profile::conformance;
  } else if (profile != "production") {
    walk.invalid("profile", "must be production or conformance");
  }
  config.database = walk.file_path(config.database);
  if (const JsonValue* storage = root.find("storage")) {
    read_storage(walk, *storage, config);
  }
  std::int64_t timeout = Tenant().ceremony_seconds;
  if (const JsonValue* ceremony = root.find("ceremony")) {
    constexpr std::int64_t kMinSeconds = 30;   // [people look for their key]
    constexpr std::int64_t kMaxSeconds = 600;  // [WebAuthn L3 §15.1: 300 to 600 recommended]
    if (walk.check_object(*ceremony, "ceremony", {"timeoutSeconds"})) {
      timeout = walk.integer(*ceremony, "timeoutSeconds", "ceremony", kMinSeconds, kMaxSeconds)
                    .value_or(timeout);
    }
  }
  if (const std::optional<std::string> folder_text = walk.text(root, "static", "")) {
    config.static_folder = walk.file_path(*folder_text);
  }
  read_package(walk, root, config);
  if (const JsonValue* limits = root.find("limits")) {
    read_limits(walk, *limits, config);
  }
  config.metadata = read_metadata_config(walk, root, config.profile);
  config.metrics = is_loopback(config.host) ? MetricsAccess::open : MetricsAccess::key;
  if (const std::optional<std::string> metrics = walk.text(root, "metrics", "")) {
    config.metrics = *metrics == "open" ? MetricsAccess::open : MetricsAccess::key;
    if (*metrics != "open" && *metrics != "key") {
      walk.invalid("metrics", "must be key or open");
    }
  }
  const JsonValue* tenants = root.find("tenants");
  if (tenants == nullptr || !tenants->is_array() || tenants->items.empty()) {
    walk.invalid("tenants", "must be an array of at least one tenant");
  } else {
    for (std::size_t i = 0; i < tenants->items.size(); ++i) {
      config.tenants.emplace_back();
      read_tenant(walk, tenants->items[i], "tenants[" + std::to_string(i) + "]",
                  config.tenants.back());
    }
  }
  finish_tenants(walk, config, timeout);
  if (walk.has_problem()) {
    return walk.problem();
  }
  return config;
}

ConfigResult read_config(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!stream) {
    return ConfigProblem{ErrorCode::config_unreadable, file, "cannot be read"};
  }
  const std::size_t slash = file.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "" : (slash == 0 ? "/" : file.substr(0, slash));
  return parse_config(text, folder);
}

Config default_config() {
  constexpr std::string_view kText = R"({"listen":{"host":"127.0.0.1","port":8080},
    "tenants":[{"id":"demo","rpId":"localhost","rpName":"Countersign demo",
    "origins":["http://localhost:8080"],"enrolment":"open"}]})";
  return std::get<Config>(parse_config(kText, ""));
}

}  // namespace countersign
