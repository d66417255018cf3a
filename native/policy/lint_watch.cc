#include "native/policy/lint_watch.h"

#include <algorithm>

#include "codec/json_writer.h"
#include "metadata/models.h"
#include "native/ops/metrics.h"

namespace countersign {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;

std::size_t count_expired(const PolicyDocument& document, UnixSeconds now) {
  return static_cast<std::size_t>(
      std::count_if(document.lists().begin(), document.lists().end(),
                    [&](const PolicyList& list) { return list.expires && *list.expires <= now; }));
}

// Each kind once, in the order of the table.
std::vector<LintKind> kinds_of(const LintReport& report, Severity severity) {
  std::vector<LintKind> kinds;
  for (std::size_t i = 0; i < kLintKinds; ++i) {
    const auto kind = static_cast<LintKind>(i);
    if (std::any_of(report.findings.begin(), report.findings.end(), [&](const auto& finding) {
          return finding.kind == kind && finding.severity == severity;
        })) {
      kinds.push_back(kind);
    }
  }
  return kinds;
}

}  // namespace

PolicyLintWatch::PolicyLintWatch(const PolicyContext& policies, std::vector<Subject> subjects,
                                 JsonLog& log)
    : policies_(policies), subjects_(std::move(subjects)), log_(log), looks_(subjects_.size()) {}

void PolicyLintWatch::check(const std::function<bool()>& is_stopping) {
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    const PolicyInForce in_force =
        policies_.service.policies.policy_for(subjects_[i].tenant->id, std::nullopt);
    if (in_force.is_unreadable) {
      continue;  // there is an alarm already
    }
    const PolicyDocument* documents[] = {in_force.document.get(), in_force.canary.get(),
                                         in_force.shadow.get()};
    for (std::size_t k = 0; k < kStates.size(); ++k) {
      if (is_stopping()) {
        return;
      }
      if (documents[k] != nullptr) {
        look(subjects_[i], kStates[k], *documents[k], looks_[i][k]);
      } else {
        looks_[i][k] = Look();
        forget(subjects_[i].tenant->id, kStates[k]);
      }
    }
  }
}

void PolicyLintWatch::look(const Subject& subject, RevisionState state,
                           const PolicyDocument& document, Look& last) {
  const UnixSeconds now = policies_.service.clock.now();
  const std::shared_ptr<const MetadataModels> models = policies_.service.models.models();
  const Look fresh{{document.digest(), models == nullptr ? 0 : models->catalogue().generation(),
                    count_expired(document, now), now.value / kHour},
                   now.value / kMinute};
  if (fresh.moment == last.moment &&
      (last.failed_minute == 0 || last.failed_minute == fresh.failed_minute)) {
    return;
  }
  last = fresh;
  const Result<PolicyLint> lint =
      lint_on_server(policies_, *subject.tenant, document, subject.tiers);
  if (lint.has_value()) {
    last.failed_minute = 0;
    const LintReport& report = lint->report;
    tell(subject.tenant->id,
         {document.id(), document.revision(),
          make_policy_alarm(state, document.digest(), report, Severity::error),
          make_policy_alarm(state, document.digest(), report, Severity::warning),
          kinds_of(report, Severity::error), kinds_of(report, Severity::warning)});
  }
}

void PolicyLintWatch::tell(const TenantId& tenant, Told fresh) {
  Told before;
  {
    const std::lock_guard lock(telling_);
    before = std::exchange(told_[tenant][fresh.errors.state], fresh);
  }
  const bool is_same_policy = before.errors.policy == fresh.errors.policy;
  if (!fresh.error_kinds.empty() && !(is_same_policy && before.error_kinds == fresh.error_kinds)) {
    write("error", "policy.alarm", tenant, fresh, fresh.error_kinds, &fresh.errors);
  } else if (fresh.error_kinds.empty() && !before.error_kinds.empty()) {
    write("info", "policy.alarm_over", tenant, fresh, before.error_kinds, nullptr);
  }
  if (!fresh.warning_kinds.empty() &&
      !(is_same_policy && before.warning_kinds == fresh.warning_kinds)) {
    write("warning", "policy.warning", tenant, fresh, fresh.warning_kinds, &fresh.warnings);
  }
}

// A canary or a shadow that is none any more.
void PolicyLintWatch::forget(const TenantId& tenant, RevisionState state) {
  Told before;
  {
    const std::lock_guard lock(telling_);
    std::map<RevisionState, Told>& states = told_[tenant];
    const auto told = states.find(state);
    if (told == states.end()) {
      return;
    }
    before = std::move(told->second);
    states.erase(told);
  }
  if (!before.error_kinds.empty()) {
    write("info", "policy.alarm_over", tenant, before, before.error_kinds, nullptr);
  }
}

void PolicyLintWatch::write(std::string_view level, std::string_view event, const TenantId& tenant,
                            const Told& told, const std::vector<LintKind>& kinds,
                            const PolicyAlarm* alarm) {
  JsonWriter json;
  json.begin_object();
  json.member("tenant").string(tenant.value);
  json.member("id").string(told.id);
  json.member("revision").integer(told.revision);
  json.member("digest").base64url(told.errors.policy);
  json.member("state").string(revision_state_name(told.errors.state));
  json.member("kinds").begin_array();
  for (const LintKind kind : kinds) {
    json.string(lint_kind_name(kind));
  }
  json.end_array();
  if (alarm != nullptr) {
    write_told_findings(json, *alarm);
  }
  json.end_object();
  const std::string text = std::move(json).take();
  log_.write(level, event, std::string_view(text).substr(1, text.size() - 2));
}

std::vector<PolicyAlarm> PolicyLintWatch::alarms(const TenantId& tenant) const {
  std::vector<PolicyAlarm> alarms;
  const std::lock_guard lock(telling_);
  const auto of_tenant = told_.find(tenant);
  for (const RevisionState state : kStates) {
    if (of_tenant == told_.end()) {
      break;
    }
    const auto told = of_tenant->second.find(state);
    if (told != of_tenant->second.end() && told->second.errors.count != 0) {
      alarms.push_back(told->second.errors);
    }
  }
  return alarms;
}

std::string PolicyLintWatch::metrics() const {
  std::string text =
      "# HELP countersign_policy_lint_errors Errors that lint finds in a policy that decides, or "
      "is tried out.\n"
      "# TYPE countersign_policy_lint_errors gauge\n";
  const std::lock_guard lock(telling_);
  for (const auto& [tenant, states] : told_) {
    for (const auto& [state, told] : states) {
      text += "countersign_policy_lint_errors{tenant=" + quoted_label(tenant.value) + ",state=\"" +
              std::string(revision_state_name(state)) + "\"} " + std::to_string(told.errors.count) +
              "\n";
    }
  }
  return text;
}

}  // namespace countersign
