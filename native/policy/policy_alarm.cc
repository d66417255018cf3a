#include "native/policy/policy_alarm.h"

namespace countersign {

PolicyAlarm make_policy_alarm(RevisionState state, const Digest256& policy,
                              const LintReport& report, Severity severity) {
  PolicyAlarm alarm{state, policy, report.count(severity), {}};
  for (const LintFinding& finding : report.findings) {
    if (finding.severity == severity && alarm.findings.size() < kMaxToldFindings) {
      alarm.findings.push_back({finding.kind, finding.message});
    }
  }
  return alarm;
}

void write_told_findings(JsonWriter& json, const PolicyAlarm& alarm) {
  json.member("count").integer(static_cast<std::int64_t>(alarm.count));
  json.member("findings").begin_array();
  for (const PolicyAlarm::Finding& finding : alarm.findings) {
    json.begin_object();
    json.member("kind").string(lint_kind_name(finding.kind));
    json.member("message").string(finding.message);
    json.end_object();
  }
  json.end_array();
}

}  // namespace countersign
