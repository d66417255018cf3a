#pragma once
// The configuration: one JSON file (docs/http-api.md, "Config"). Unknown keys, wrong types and
// values outside their range are refused with the path of the key.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "native/config/metadata_config.h"
#include "native/config/outbox_config.h"
#include "native/config/receipt_config.h"
#include "native/config/transaction_config.h"
#include "service/tenant.h"

namespace countersign {

enum class Profile : std::uint8_t { production, conformance };

enum class Scope : std::uint8_t {
  registrations,
  transactions,
  credentials,
  policy_draft,
  policy_publish,
  receipts,
  erase,
};

struct ApiKey {
  std::string id;
  Digest256 sha256{};  // of the key's text
  std::vector<Scope> scopes;
};

struct TenantConfig {
  Tenant tenant;
  std::string policy;  // the name of a shipped document, or a file (policy_config.h)
  std::vector<ApiKey> api_keys;
  std::optional<OutboxConfig> outbox;
  TransactionConfig transactions;
  ReceiptReaders receipt_readers = ReceiptReaders::backend;
};

struct TlsFiles {
  std::string certificate;  // PEM chain, leaf first
  std::string key;          // PEM
};

struct HttpLimits {
  std::size_t connections = 1024;  // [threads of 512 KiB stack, most of it never touched]
  std::size_t connections_per_address = 128;  // [a proxy in front needs more: configure it]
  std::int64_t request_seconds = 15;          // head and body together
  std::int64_t idle_seconds = 5;              // between requests of a connection
};

/// Who may read /metrics without an API key: nobody, or everybody who reaches the port.
enum class MetricsAccess : std::uint8_t { key, open };

struct Config {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::optional<TlsFiles> tls;
  Profile profile = Profile::production;
  std::string database = "countersign.db";
  std::string database_key_file;  // empty: beside the database, DATABASE.key
  std::vector<TenantConfig> tenants;
  std::optional<std::string> static_folder;
  std::vector<std::string> package_folders;
  HttpLimits limits;
  MetadataConfig metadata;
  MetricsAccess metrics = MetricsAccess::key;
  ReceiptConfig receipts;
};

struct ConfigProblem {
  ErrorCode code = ErrorCode::config_value_invalid;
  std::string path;    // "tenants[0].rpId"
  std::string reason;  // English, for the person who wrote the file
};

using ConfigResult = std::variant<Config, ConfigProblem>;

/// `folder` is what relative paths are relative to.
ConfigResult parse_config(std::string_view text, const std::string& folder);
ConfigResult read_config(const std::string& file);
/// SQLite in the working directory and the demo tenant on http://localhost:8080.
Config default_config();

/// Whether an address or "localhost" stays on this machine.
bool is_loopback(std::string_view host);

}  // namespace countersign
