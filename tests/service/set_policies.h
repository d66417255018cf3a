#pragma once
// Policies in force as a test sets them, changed while ceremonies are under way.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "service/policy_source.h"

namespace countersign::testing {

class SetPolicies final : public PolicySource {
 public:
  explicit SetPolicies(const Hasher& hasher) : hasher_(hasher) {
    current.document = make_shipped_policy("retail", hasher);
    known[current.document->digest()] = current.document;
  }

  /// `rules` is the content of the array; the list "keys" has `model`.
  std::shared_ptr<const PolicyDocument> make(const std::string& rules,
                                             const std::string& model = kNoModel) {
    const std::string json =
        R"({"schema":"countersign-policy/1","id":"test","revision":1,"default":"deny","lists":{"keys":[")" +
        model + R"("]},"rules":[)" + rules + "]}";
    Result<PolicyDocument> document = parse_policy(json, hasher_);
    EXPECT_TRUE(document.has_value())
        << error_name(document.error().code) << " at " << json.substr(document.error().offset);
    auto shared = std::make_shared<const PolicyDocument>(*std::move(document));
    known[shared->digest()] = shared;
    return shared;
  }
  void set(const std::string& rules, const std::string& model = kNoModel) {
    current.document = make(rules, model);
  }

  /// Every user is one about whom the canary decides, where there is one.
  PolicyInForce policy_for(const TenantId&, const std::optional<UserHandle>& user) const override {
    PolicyInForce in_force = current;
    if (user && in_force.canary != nullptr) {
      in_force.others = std::exchange(in_force.document, in_force.canary);
      in_force.canary = nullptr;
    }
    // Somebody publishes again and again.
    ++calls;
    if (next != nullptr) {
      std::swap(current.document, next);
    }
    return in_force;
  }
  std::shared_ptr<const PolicyDocument> find(const TenantId&,
                                             const Digest256& digest) const override {
    const auto found = known.find(digest);
    return found == known.end() ? nullptr : found->second;
  }
  void record_difference(const PolicyDifference& difference) override {
    differences.push_back(difference);
  }

  static constexpr const char* kNoModel = "00000000-0000-0000-0000-000000000001";
  mutable PolicyInForce current;
  /// In force after the next call, and in turn after each further one.
  mutable std::shared_ptr<const PolicyDocument> next;
  mutable std::size_t calls = 0;
  std::map<Digest256, std::shared_ptr<const PolicyDocument>> known;
  std::vector<PolicyDifference> differences;

 private:
  const Hasher& hasher_;
};

}  // namespace countersign::testing
