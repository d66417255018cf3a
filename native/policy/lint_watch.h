#pragma once
// Lint of the policies that decide, for all or some or in the shadow, when the server starts and
// whenever something that they were held against is another one: metadata come, the date of a list
// passes, administrators lose passkeys. A policy with errors goes on to decide; somebody has to
// hear of it.

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "native/ops/system.h"
#include "native/policy/policy_alarm.h"
#include "service/policy_lint.h"

namespace countersign {

class PolicyLintWatch {
 public:
  struct Subject {
    const Tenant* tenant = nullptr;
    DisplayTiers tiers = 0;  // offered_tiers
  };
  /// Borrows the context, the tenants and the log.
  PolicyLintWatch(const PolicyContext& policies, std::vector<Subject> subjects, JsonLog& log);

  /// Looks at each revision in force, in canary and in shadow of which the document, the metadata,
  /// the number of expired lists or the hour are not those of its last look. [what administrators
  /// have enrolled is not told: an hour late is soon enough] A look that fails is repeated after a
  /// minute. Logs `policy.alarm`, `policy.alarm_over` and `policy.warning`, each once for what it
  /// says. To be called by one thread, now and then: a look takes some milliseconds, and the budget
  /// of lint at most.
  void check(const std::function<bool()>& is_stopping);

  /// Of the revisions with errors, as of the last look.
  std::vector<PolicyAlarm> alarms(const TenantId& tenant) const;
  /// In the text format of Prometheus.
  std::string metrics() const;

 private:
  static constexpr std::array<RevisionState, 3> kStates{
      RevisionState::active, RevisionState::canary, RevisionState::shadow};

  struct Moment {
    Digest256 policy{};
    std::uint64_t metadata = 0;  // generation; 0: none
    std::size_t expired = 0;
    std::int64_t hour = 0;
    friend bool operator==(const Moment&, const Moment&) = default;
  };
  struct Look {
    Moment moment;
    std::int64_t failed_minute = 0;  // 0: it was looked at
  };
  struct Told {
    std::string id;
    std::int64_t revision = 0;
    PolicyAlarm errors;
    PolicyAlarm warnings;
    std::vector<LintKind> error_kinds;
    std::vector<LintKind> warning_kinds;
  };

  void look(const Subject& subject, RevisionState state, const PolicyDocument& document,
            Look& last);
  void tell(const TenantId& tenant, Told fresh);
  void forget(const TenantId& tenant, RevisionState state);
  void write(std::string_view level, std::string_view event, const TenantId& tenant,
             const Told& told, const std::vector<LintKind>& kinds, const PolicyAlarm* alarm);

  const PolicyContext& policies_;
  const std::vector<Subject> subjects_;
  JsonLog& log_;
  std::vector<std::array<Look, kStates.size()>> looks_;  // of each subject
  mutable std::mutex telling_;
  std::map<TenantId, std::map<RevisionState, Told>> told_;
};

}  // namespace countersign
