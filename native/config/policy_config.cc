#include "native/config/policy_config.h"

#include <fstream>
#include <iterator>
#include <set>

#include "base/limits.h"
#include "native/config/walk.h"
#include "policy/shipped.h"

namespace countersign {
namespace {

std::variant<std::string, ConfigProblem> read_policy_text(const std::string& file,
                                                          const std::string& path) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(limits::kMaxPolicyBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || stream.gcount() == 0) {
    return ConfigProblem{ErrorCode::config_value_invalid, path, file + " cannot be read"};
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace

std::string read_policy_name(Walk& walk, const JsonValue& tenant, const std::string& path) {
  const std::optional<std::string> name = walk.text(tenant, "policy", path);
  if (!name || !shipped_policy(*name).empty()) {
    return name.value_or("");
  }
  if (name->find('/') == std::string::npos && !name->ends_with(".json")) {
    walk.invalid(path + ".policy", "must be retail, corporate or the path of a JSON file");
    return {};
  }
  return walk.file_path(*name);
}

void read_policy_people(Walk& walk, const JsonValue& value, const std::string& path,
                        Tenant& tenant) {
  tenant.policy_administrators = walk.texts(value, "policyAdministrators", path);
  tenant.policy_approvals =
      static_cast<unsigned>(walk.integer(value, "policyApprovals", path, 1, 2).value_or(1));
  const std::set<std::string> people(tenant.policy_administrators.begin(),
                                     tenant.policy_administrators.end());
  if (!people.empty() && people.size() < tenant.policy_approvals) {
    walk.invalid(path + ".policyApprovals", "is more than there are policyAdministrators");
  }
}

void read_exemption_terms(Walk& walk, const JsonValue& value, const std::string& path,
                          Tenant& tenant) {
  constexpr std::int64_t kMillion = 1000000;
  const std::string at = path + ".fraudRates";
  const JsonValue* rates = value.find("fraudRates");
  if (rates != nullptr && walk.check_object(*rates, at, {"cardPpm", "transferPpm"})) {
    tenant.exemptions.card_fraud_ppm = walk.integer(*rates, "cardPpm", at, 0, kMillion);
    tenant.exemptions.transfer_fraud_ppm = walk.integer(*rates, "transferPpm", at, 0, kMillion);
  }
  const JsonValue* given = value.find("exemptionCaps");
  if (given == nullptr) {
    return;
  }
  if (tenant.base_currency == "EUR") {
    walk.invalid(path + ".exemptionCaps", "is for other base currencies: in EUR the law has them");
    return;
  }
  const Result<ExemptionAmounts> amounts = read_exemption_amounts(*given);
  if (!amounts.has_value()) {
    walk.invalid(path + ".exemptionCaps",
                 R"(must be {"lowValue","lowValueSum","riskAnalysis":[a,b,c]}, ascending amounts, )"
                 R"(and may have both "contactless" and "contactlessSum")");
    return;
  }
  tenant.exemptions.amounts = *amounts;
}

std::variant<FixedPolicies::Documents, ConfigProblem> read_policies(const Config& config,
                                                                    const Hasher& hasher) {
  FixedPolicies::Documents documents;
  for (std::size_t i = 0; i < config.tenants.size(); ++i) {
    const TenantConfig& tenant = config.tenants[i];
    if (tenant.policy.empty()) {
      documents[tenant.tenant.id] = config.profile == Profile::conformance
                                        ? make_permissive_policy(hasher)
                                        : make_shipped_policy(kDefaultPolicy, hasher);
      continue;
    }
    if (!shipped_policy(tenant.policy).empty()) {
      documents[tenant.tenant.id] = make_shipped_policy(tenant.policy, hasher);
      continue;
    }
    const std::string path = "tenants[" + std::to_string(i) + "].policy";
    std::variant<std::string, ConfigProblem> text = read_policy_text(tenant.policy, path);
    if (auto* problem = std::get_if<ConfigProblem>(&text)) {
      return std::move(*problem);
    }
    const std::string& json = std::get<std::string>(text);
    Result<PolicyDocument> document = parse_policy(json, hasher);
    if (!document.has_value()) {
      const TextPosition at = position_of(json, document.error().offset);
      return ConfigProblem{document.error().code, path,
                           tenant.policy + ":" + std::to_string(at.line) + ":" +
                               std::to_string(at.column) + ": " +
                               std::string(error_message(document.error().code))};
    }
    documents[tenant.tenant.id] = std::make_shared<const PolicyDocument>(*std::move(document));
  }
  return documents;
}

}  // namespace countersign
