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

std::string_view first_message(const LintReport& report, Severity severity) {
  const auto first =
      std::find_if(report.findings.begin(), report.findings.end(),
                   [&](const auto& finding) { return finding.severity == severity; });
  return first == report.findings.end() ? std::string_view() : first->message;
}

}  // namespace

PolicyLintWatch::PolicyLintWatch(const PolicyContext& policies, std::vector<Subject> subjects,
                                 JsonLog& log)
    : policies_(policies), subjects_(std::move(subjects)), log_(log), looks_(subjects_.size()) {}

void PolicyLintWatch::check(const std::function<bool()>& is_stopping) {
  for (std::size_t i = 0; i < subjects_.size() && !is_stopping(); ++i) {
    const PolicyInForce in_force =
        policies_.service.policies.policy_for(subjects_[i].tenant->id, std::nullopt);
    if (!in_force.is_unreadable) {  // else there is an alarm already
      look(subjects_[i], *in_force.document, looks_[i]);
    }
  }
}

void PolicyLintWatch::look(const Subject& subject, const PolicyDocument& document, Look& last) {
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
    tell(subject.tenant->id, document, lint->report);
  }
}

void PolicyLintWatch::tell(const TenantId& tenant, const PolicyDocument& document,
                           const LintReport& report) {
  const Told fresh{document.digest(), kinds_of(report, Severity::error),
                   kinds_of(report, Severity::warning), report.count(Severity::error)};
  Told before;
  {
    const std::lock_guard lock(telling_);
    before = std::exchange(told_[tenant], fresh);
  }
  const bool is_same_policy = before.policy == fresh.policy;
  if (!fresh.errors.empty() && !(is_same_policy && before.errors == fresh.errors)) {
    write("error", "policy.alarm", tenant, document, fresh.errors,
          first_message(report, Severity::error));
  } else if (fresh.errors.empty() && !before.errors.empty()) {
    write("info", "policy.alarm_over", tenant, document, before.errors, "");
  }
  if (!fresh.warnings.empty() && !(is_same_policy && before.warnings == fresh.warnings)) {
    write("warning", "policy.warning", tenant, document, fresh.warnings,
          first_message(report, Severity::warning));
  }
}

void PolicyLintWatch::write(std::string_view level, std::string_view event, const TenantId& tenant,
                            const PolicyDocument& document, const std::vector<LintKind>& kinds,
                            std::string_view example) {
  JsonWriter json;
  json.begin_object();
  json.member("tenant").string(tenant.value);
  json.member("id").string(document.id());
  json.member("revision").integer(document.revision());
  json.member("digest").base64url(document.digest());
  json.member("kinds").begin_array();
  for (const LintKind kind : kinds) {
    json.string(lint_kind_name(kind));
  }
  json.end_array();
  if (!example.empty()) {
    json.member("example").string(example);
  }
  json.end_object();
  const std::string text = std::move(json).take();
  log_.write(level, event, std::string_view(text).substr(1, text.size() - 2));
}

std::vector<LintKind> PolicyLintWatch::alarms(const TenantId& tenant) const {
  const std::lock_guard lock(telling_);
  const auto told = told_.find(tenant);
  return told == told_.end() ? std::vector<LintKind>() : told->second.errors;
}

std::string PolicyLintWatch::metrics() const {
  std::string text =
      "# HELP countersign_policy_lint_errors Errors that lint finds in the policy in force.\n"
      "# TYPE countersign_policy_lint_errors gauge\n";
  const std::lock_guard lock(telling_);
  for (const auto& [tenant, told] : told_) {
    text += "countersign_policy_lint_errors{tenant=" + quoted_label(tenant.value) + "} " +
            std::to_string(told.error_count) + "\n";
  }
  return text;
}

}  // namespace countersign
