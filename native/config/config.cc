#include "native/config/config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "native/config/metadata_config.h"
#include "native/config/tenant_config.h"
#include "native/config/walk.h"

namespace countersign {
namespace {

constexpr std::size_t kMaxConfigBytes = 1048576;

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
  if (!walk.check_object(value, "storage", {"url", "keyFile"})) {
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
  if (const std::optional<std::string> file = walk.text(value, "keyFile", "storage")) {
    config.database_key_file = walk.file_path(*file);
  }
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
  if (!walk.check_object(
          root, "",
          {"listen", "profile", "tenants", "storage", "ceremony", "static", "package", "limits",
           "metadata", "trustAnchors", "metrics", "receipts"})) {
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
  read_tenants(walk, root, config);
  finish_tenants(walk, config, timeout);
  read_receipt_config(walk, root, config);
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
    "origins":["http://localhost:8080"],"enrolment":"open",
    "transactions":{"creation":"session","baseCurrency":"EUR","sessionInputs":{"risk.score":10,
    "payee.known":false,"payee.trusted":false,"payee.confusable":false}},
    "receipts":{"readers":"customer"}}]})";
  return std::get<Config>(parse_config(kText, ""));
}

}  // namespace countersign
