#include "service/policy_source.h"

#include "policy/shipped.h"

namespace countersign {
namespace {

constexpr std::string_view kPermissive =
    R"({"schema":"countersign-policy/1","id":"permissive","revision":1,"default":"require","rules":[]})";

constexpr std::string_view kClosed =
    R"({"schema":"countersign-policy/1","id":"unreadable","revision":1,"default":"deny","rules":[]})";

std::shared_ptr<const PolicyDocument> parse_built_in(std::string_view json, const Hasher& hasher) {
  Result<PolicyDocument> document = parse_policy(json, hasher);
  return document.has_value() ? std::make_shared<const PolicyDocument>(*std::move(document))
                              : nullptr;
}

}  // namespace

FixedPolicies::FixedPolicies(std::shared_ptr<const PolicyDocument> document)
    : others_(std::move(document)) {}

FixedPolicies::FixedPolicies(Documents documents, std::shared_ptr<const PolicyDocument> others)
    : documents_(std::move(documents)), others_(std::move(others)) {}

const std::shared_ptr<const PolicyDocument>& FixedPolicies::document_of(
    const TenantId& tenant) const {
  const auto found = documents_.find(tenant);
  return found == documents_.end() ? others_ : found->second;
}

PolicyInForce FixedPolicies::policy_for(const TenantId& tenant,
                                        const std::optional<UserHandle>&) const {
  PolicyInForce in_force;
  in_force.document = document_of(tenant);
  return in_force;
}

std::shared_ptr<const PolicyDocument> FixedPolicies::find(const TenantId& tenant,
                                                          const Digest256& digest) const {
  const std::shared_ptr<const PolicyDocument>& document = document_of(tenant);
  return equal(document->digest(), digest) ? document : nullptr;
}

void FixedPolicies::record_difference(const PolicyDifference&) {
  // There is no shadow that could differ.
}

std::shared_ptr<const PolicyDocument> make_shipped_policy(std::string_view name,
                                                          const Hasher& hasher) {
  return parse_built_in(shipped_policy(name), hasher);
}

std::shared_ptr<const PolicyDocument> make_permissive_policy(const Hasher& hasher) {
  return parse_built_in(kPermissive, hasher);
}

std::shared_ptr<const PolicyDocument> make_closed_policy(const Hasher& hasher) {
  return parse_built_in(kClosed, hasher);
}

std::string difference_rules(const PolicyDocument& document, const Decision& decision) {
  std::string text;
  std::size_t count = 0;
  for (const RuleMatch& match : decision.matches) {
    if (count == kMaxDifferenceRules) {
      return text + " +" + std::to_string(decision.matches.size() - count);
    }
    text += (text.empty() ? "" : " ") + document.rules()[match.rule].id;
    ++count;
  }
  return text;
}

}  // namespace countersign
