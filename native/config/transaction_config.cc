#include "native/config/transaction_config.h"

#include <algorithm>
#include <filesystem>

#include "base/limits.h"
#include "native/config/config.h"
#include "native/config/walk.h"
#include "native/metadata/fetcher.h"
#include "service/policy_decision.h"
#include "transaction/amount.h"

namespace countersign {
namespace {

constexpr std::int64_t kMinBlockSeconds = 60;  // [below, guessing goes on]
constexpr std::int64_t kMaxBlockSeconds = 7 * 86400;

using AddDocument = Status (TransactionCatalog::*)(std::string_view json, const Hasher& hasher);

// In the order of their names, so that the first problem is always the same.
std::variant<std::vector<std::string>, ConfigProblem> json_files(const std::string& folder,
                                                                 const std::string& path) {
  std::error_code problem;
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".json") && !name.starts_with('.')) {
      files.push_back(entry->path().string());
    }
  }
  if (problem) {
    return ConfigProblem{ErrorCode::config_value_invalid, path, folder + " cannot be read"};
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<ConfigProblem> add_folder(TransactionCatalog& catalog, const std::string& folder,
                                        const std::string& path, const Hasher& hasher,
                                        AddDocument add) {
  std::variant<std::vector<std::string>, ConfigProblem> files = json_files(folder, path);
  if (auto* problem = std::get_if<ConfigProblem>(&files)) {
    return std::move(*problem);
  }
  for (const std::string& file : std::get<std::vector<std::string>>(files)) {
    const Result<std::string> text = read_regular_file(file, limits::kMaxTemplateBytes);
    if (!text.has_value()) {
      return ConfigProblem{ErrorCode::config_value_invalid, path, file + " cannot be read"};
    }
    if (const Status added = (catalog.*add)(*text, hasher); !added.has_value()) {
      return ConfigProblem{added.error().code, path,
                           file + ": " + std::string(error_message(added.error().code))};
    }
  }
  return std::nullopt;
}

void check_session_inputs(Walk& walk, const JsonValue& inputs, const std::string& path) {
  for (const PolicyCeremony ceremony :
       {PolicyCeremony::transaction_approve, PolicyCeremony::beneficiary_add,
        PolicyCeremony::limit_change, PolicyCeremony::account_access,
        PolicyCeremony::credential_add}) {
    if (!inputs.is_object() ||
        !read_backend_inputs(inputs_for(inputs, ceremony), ceremony).has_value()) {
      walk.invalid(path, "must be an object of inputs that a backend may say");
    }
  }
}

}  // namespace

TransactionConfig read_transaction_config(Walk& walk, const JsonValue& tenant,
                                          const std::string& path) {
  TransactionConfig config;
  const JsonValue* value = tenant.find("transactions");
  const std::string at = path + ".transactions";
  if (value == nullptr ||
      !walk.check_object(*value, at,
                         {"templates", "locales", "baseCurrency", "blockSeconds", "lifetimeSeconds",
                          "creation", "sessionInputs", "approvalOrigins", "browserBoundKeys"})) {
    return config;
  }
  if (const std::optional<std::string> folder = walk.text(*value, "templates", at)) {
    config.template_folder = walk.file_path(*folder);
  }
  if (const std::optional<std::string> folder = walk.text(*value, "locales", at)) {
    config.locale_folder = walk.file_path(*folder);
  }
  config.base_currency = walk.text(*value, "baseCurrency", at).value_or("");
  if (!config.base_currency.empty() && !currency_exponent(config.base_currency)) {
    walk.invalid(at + ".baseCurrency", "must be a currency of ISO 4217 that has a minor unit");
  }
  config.block_seconds =
      walk.integer(*value, "blockSeconds", at, kMinBlockSeconds, kMaxBlockSeconds)
          .value_or(config.block_seconds);
  config.lifetime_seconds =
      walk.integer(*value, "lifetimeSeconds", at, kMinTransactionSeconds, kMaxTransactionSeconds)
          .value_or(config.lifetime_seconds);
  const std::string creation = walk.text(*value, "creation", at).value_or("backend");
  if (creation == "session") {
    config.creation = TransactionCreation::session;
  } else if (creation != "backend") {
    walk.invalid(at + ".creation", "must be backend or session");
  }
  if (const JsonValue* inputs = value->find("sessionInputs")) {
    check_session_inputs(walk, *inputs, at + ".sessionInputs");
    config.session_inputs = *inputs;
    if (config.creation != TransactionCreation::session) {
      walk.invalid(at + ".sessionInputs", "is for creation by sessions");
    }
  }
  config.approval_origins = walk.texts(*value, "approvalOrigins", at);
  const std::string keys = walk.text(*value, "browserBoundKeys", at).value_or("whenRegistered");
  if (keys == "required") {
    config.browser_bound_keys = BrowserBoundKeyRule::required;
  } else if (keys == "optional") {
    config.browser_bound_keys = BrowserBoundKeyRule::optional;
  } else if (keys != "whenRegistered") {
    walk.invalid(at + ".browserBoundKeys", "must be required, whenRegistered or optional");
  }
  return config;
}

std::variant<TransactionSettingsByTenant, ConfigProblem> read_transaction_settings(
    const Config& config, const Hasher& hasher) {
  TransactionSettingsByTenant all;
  const TransactionCatalog shipped = TransactionCatalog::shipped(hasher);
  for (std::size_t i = 0; i < config.tenants.size(); ++i) {
    const TransactionConfig& given = config.tenants[i].transactions;
    const std::string at = "tenants[" + std::to_string(i) + "].transactions";
    TransactionSettings settings;
    settings.catalog = shipped;
    // The packs first: templates may have texts for them.
    if (given.locale_folder) {
      if (auto problem = add_folder(settings.catalog, *given.locale_folder, at + ".locales", hasher,
                                    &TransactionCatalog::add_pack)) {
        return std::move(*problem);
      }
    }
    if (given.template_folder) {
      if (auto problem = add_folder(settings.catalog, *given.template_folder, at + ".templates",
                                    hasher, &TransactionCatalog::add_template)) {
        return std::move(*problem);
      }
    }
    settings.base_currency = given.base_currency;
    settings.block_seconds = given.block_seconds;
    settings.transaction_seconds = given.lifetime_seconds;
    settings.creation = given.creation;
    settings.session_inputs = given.session_inputs;
    settings.approval_origins = given.approval_origins;
    settings.browser_bound_keys = given.browser_bound_keys;
    settings.core_version = COUNTERSIGN_VERSION;
    all.emplace(config.tenants[i].tenant.id, std::move(settings));
  }
  return all;
}

std::vector<TenantId> tenants_without_base_currency(const Config& config) {
  const auto makes_transactions = [](const ApiKey& key) {
    return std::find(key.scopes.begin(), key.scopes.end(), Scope::transactions) != key.scopes.end();
  };
  std::vector<TenantId> tenants;
  for (const TenantConfig& tenant : config.tenants) {
    if (tenant.transactions.base_currency.empty() &&
        (tenant.transactions.creation == TransactionCreation::session ||
         std::any_of(tenant.api_keys.begin(), tenant.api_keys.end(), makes_transactions))) {
      tenants.push_back(tenant.tenant.id);
    }
  }
  return tenants;
}

}  // namespace countersign
