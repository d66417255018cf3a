#include "native/http/policy_answers.h"

#include <algorithm>

#include "policy/policy_pages.h"

namespace countersign {

namespace {

// Words with a blank between them, as an array.
void write_words(JsonWriter& json, std::string_view name, std::string_view words) {
  json.member(name).begin_array();
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    json.string(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  json.end_array();
}

// Of a validation: null where nobody kept it.
void write_acknowledged(JsonWriter& json, const std::optional<std::vector<std::string>>& kinds) {
  json.member("acknowledged");
  if (!kinds) {
    json.null();
    return;
  }
  json.begin_array();
  for (const std::string& kind : *kinds) {
    json.string(kind);
  }
  json.end_array();
}

void write_approvals(JsonWriter& json, const PendingPublication& pending) {
  for (const GivenApproval& approval : pending.approvals) {
    json.begin_object();
    json.member("administrator").base64url(approval.approver.value);
    json.member("transaction").string(pending.id.value);
    json.member("receipt").string(receipt_id(pending.id, approval.step));
    json.member("time").string(encode_rfc3339(approval.time));
    json.end_object();
  }
}

void write_publication(JsonWriter& json, const PendingPublication& pending) {
  json.begin_object();
  json.member("transaction").string(pending.id.value);
  json.member("replaces").base64url(pending.publication.replaces);
  if (pending.publication.share != kWholeShare) {
    json.member("share").integer(pending.publication.share);
  }
  json.member("approvals").integer(static_cast<std::int64_t>(pending.approvals.size()));
  json.member("approvalsNeeded").integer(pending.approvals_needed);
  json.member("createdAt").string(encode_rfc3339(pending.created_at));
  json.member("expiresAt").string(encode_rfc3339(pending.expires_at));
  json.end_object();
}

}  // namespace

void write_revision_members(JsonWriter& json, const PolicyRevision& revision) {
  json.member("digest").base64url(revision.digest);
  json.member("id").string(revision.name);
  json.member("revision").integer(revision.number);
  json.member("state").string(revision_state_name(revision.state));
  if (revision.state == RevisionState::canary) {
    json.member("share").integer(revision.share);
  }
  json.member("createdAt").string(encode_rfc3339(revision.created_at));
  json.member("createdBy").string(revision.created_by);
}

void write_revision(JsonWriter& json, const PolicyRevision& revision) {
  json.begin_object();
  write_revision_members(json, revision);
  json.end_object();
}

void write_models_member(JsonWriter& json, const std::optional<std::size_t>& models) {
  json.member("models");
  if (models) {
    json.integer(static_cast<std::int64_t>(*models));
  } else {
    json.null();
  }
}

void write_lint_summary(JsonWriter& json, const LintedPolicy& linted) {
  const auto count = [&linted](Severity severity) {
    return static_cast<std::int64_t>(linted.lint.count(severity));
  };
  json.begin_object();
  json.member("errors").integer(count(Severity::error));
  json.member("warnings").integer(count(Severity::warning));
  write_models_member(json, linted.models);
  json.member("findings").raw(findings_json(*linted.document, linted.lint));
  json.member("omitted").raw(omitted_json(linted.lint));
  json.end_object();
}

std::string encode_policy_view(const PolicyView& view) {
  JsonWriter json;
  json.begin_object();
  write_revision_members(json, view.revision);
  json.member("document").raw(view.document);
  json.member("history").begin_array();
  // What is kept is of the last one.
  const auto is_validation = [](const PolicyTransition& line) {
    return (line.before == RevisionState::draft && line.after == RevisionState::validated) ||
           (line.before == line.after && line.after != RevisionState::canary);
  };
  const auto last_validation =
      std::find_if(view.history.rbegin(), view.history.rend(), is_validation);
  for (const PolicyTransition& line : view.history) {
    json.begin_object();
    json.member("from").string(revision_state_name(line.before));
    json.member("to").string(revision_state_name(line.after));
    if (line.after == RevisionState::canary) {
      json.member("share").integer(line.share);
    }
    if (is_validation(line)) {
      write_acknowledged(json,
                         &line == &*last_validation ? view.revision.acknowledged : std::nullopt);
    }
    json.member("actor").string(line.actor);
    json.member("time").string(encode_rfc3339(line.time));
    json.end_object();
  }
  json.end_array();
  json.member("approvals").begin_array();
  for (const PendingPublication& pending : view.publications) {
    write_approvals(json, pending);
  }
  json.end_array();
  json.member("publications").begin_array();
  for (const PendingPublication& pending : view.publications) {
    write_publication(json, pending);
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::string encode_configured_policy(const PolicyDocument& document, std::string_view state) {
  JsonWriter json;
  json.begin_object();
  json.member("digest").base64url(document.digest());
  json.member("id").string(document.id());
  json.member("revision").integer(document.revision());
  json.member("state").string(state);
  json.member("document").raw(document.text());
  json.end_object();
  return std::move(json).take();
}

std::string encode_differences(const Digest256& revision, const Digest256& active,
                               std::span<const DifferenceCount> counts) {
  JsonWriter json;
  json.begin_object();
  json.member("digest").base64url(revision);
  json.member("active").base64url(active);
  json.member("differences").begin_array();
  for (const DifferenceCount& count : counts) {
    json.begin_object();
    json.member("ceremony").string(policy_ceremony_name(count.ceremony));
    json.member("phase").string(phase_name(count.phase));
    json.member("change").string(strictness_name(count.change));
    json.member("count").integer(static_cast<std::int64_t>(count.count));
    if (count.active_rules == kOtherRules) {
      json.member("otherRules").boolean(true);
    } else {
      write_words(json, "activeRules", count.active_rules);
      write_words(json, "shadowRules", count.shadow_rules);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::string encode_position(std::string_view text, const Error& error) {
  const TextPosition at = position_of(text, error.offset);
  JsonWriter json;
  json.begin_object();
  json.member("line").integer(static_cast<std::int64_t>(at.line));
  json.member("column").integer(static_cast<std::int64_t>(at.column));
  json.member("offset").integer(error.offset);
  json.end_object();
  return std::move(json).take();
}

}  // namespace countersign
