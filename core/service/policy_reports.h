#pragma once
// What is worked out of policies more than once: comparisons and lints cost up to seconds, and a
// publication asks for the same ones at its beginning and at each approval.

#include <memory>

#include "policy/diff.h"
#include "policy/lint.h"

namespace countersign {

/// A port, so that a server may keep them. Never null.
class PolicyReports {
 public:
  virtual ~PolicyReports() = default;
  /// diff_policies.
  virtual std::shared_ptr<const DiffReport> compare(const PolicyDocument& before,
                                                    const PolicyDocument& after) = 0;
  /// lint_policy.
  virtual std::shared_ptr<const LintReport> lint(const PolicyDocument& document,
                                                 const LintSettings& settings) = 0;
};

/// Works each out anew.
class FreshReports final : public PolicyReports {
 public:
  std::shared_ptr<const DiffReport> compare(const PolicyDocument& before,
                                            const PolicyDocument& after) override {
    return std::make_shared<const DiffReport>(diff_policies(before, after));
  }
  std::shared_ptr<const LintReport> lint(const PolicyDocument& document,
                                         const LintSettings& settings) override {
    return std::make_shared<const LintReport>(lint_policy(document, settings));
  }
};

}  // namespace countersign
