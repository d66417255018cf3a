#pragma once
// `tenants[].transactions`: what a tenant's transactions may say, and who creates them.

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crypto/hasher.h"
#include "service/transaction_service.h"

namespace countersign {

struct Config;
struct ConfigProblem;
struct JsonValue;
class Walk;

struct TransactionConfig {
  std::optional<std::string> template_folder;  // "*.json", beside those that ship
  std::optional<std::string> locale_folder;
  std::string base_currency;
  std::int64_t block_seconds = kApprovalBlockSeconds;
  std::int64_t lifetime_seconds = kTransactionSeconds;
  TransactionCreation creation = TransactionCreation::backend;
  std::optional<JsonValue> session_inputs;
  std::vector<std::string> approval_origins;
  BrowserBoundKeyRule browser_bound_keys = BrowserBoundKeyRule::where_trusted;
};

/// The defaults where the tenant has none. Origins are checked by the caller.
TransactionConfig read_transaction_config(Walk& walk, const JsonValue& tenant,
                                          const std::string& path);

using TransactionSettingsByTenant = std::map<TenantId, TransactionSettings>;

/// With the templates and locale packs of the files; lint refuses them as `countersign` does those
/// that ship.
std::variant<TransactionSettingsByTenant, ConfigProblem> read_transaction_settings(
    const Config& config, const Hasher& hasher);

/// Who makes transactions without a base currency: there nothing compares what the backend says of
/// an order's amount with the order.
std::vector<TenantId> tenants_without_base_currency(const Config& config);

}  // namespace countersign
