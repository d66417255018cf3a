// The life of a policy's revisions over HTTP. Whoever calls holds a key with the scope policy:draft
// or policy:publish, so that every error is told with code and position. What is asked of them is
// in api_policy_questions.cc.

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "native/http/policy_answers.h"
#include "native/http/policy_requests.h"
#include "policy/policy_pages.h"
#include "service/policy_approval.h"

namespace countersign {
namespace {

constexpr std::string_view kGivenUp =
    "this document was given up as a draft: write another revision, or delete the draft first";

// Thousandths of the users; `whole`: that all of them may be meant, and are where nothing is said.
enum class ShareRange : std::uint8_t { part, whole };
Result<std::uint16_t> read_share(const JsonValue& json, ShareRange range) {
  const JsonValue* value = json.find("share");
  if (value == nullptr && range == ShareRange::whole) {
    return kWholeShare;
  }
  if (value == nullptr || !value->is_integer() || value->is_unsigned_64 || value->integer < 1 ||
      value->integer >= kWholeShare) {
    return kMemberInvalid;
  }
  return static_cast<std::uint16_t>(value->integer);
}

}  // namespace

std::span<const Api::Route> Api::policy_routes() {
  constexpr auto kDraft = Scope::policy_draft;
  constexpr auto kPublish = Scope::policy_publish;
  constexpr auto kKey = CallerRule::api_key;
  constexpr std::size_t kSmall = http_limits::kMaxCreatingBodyBytes;
  constexpr std::size_t kLarge = http_limits::kMaxBodyBytes;
  static const Route kRoutes[] = {
      {"POST", "/v1/policies", &Api::create_policy, kDraft, kKey, false, kLarge},
      {"GET", "/v1/policies", &Api::list_policies, kDraft, kKey, false, 0},
      {"GET", "/v1/policies/*", &Api::read_policy, kDraft, kKey, false, 0},
      {"DELETE", "/v1/policies/*", &Api::delete_policy, kDraft, kKey, false, 0},
      {"POST", "/v1/policies/*/validate", &Api::validate_policy, kDraft, kKey, false, kSmall},
      {"GET", "/v1/policies/*/diff", &Api::diff_policy, kDraft, kKey, false, 0, "against format"},
      {"POST", "/v1/policies/*/explain", &Api::explain_policy, kDraft, kKey, false, kSmall},
      {"POST", "/v1/policies/*/simulate", &Api::simulate_policy, kDraft, kKey, false, kLarge},
      {"GET", "/v1/policies/*/differences", &Api::read_differences, kDraft, kKey, false, 0},
      {"POST", "/v1/policies/*/shadow", &Api::shadow_policy, kPublish, kKey, false, kSmall},
      {"POST", "/v1/policies/*/canary", &Api::canary_policy, kPublish, kKey, false, kSmall},
      {"POST", "/v1/policies/*/withdraw", &Api::withdraw_policy, kPublish, kKey, false, kSmall},
      {"POST", "/v1/policies/*/retire", &Api::retire_policy, kPublish, kKey, false, kSmall},
      {"POST", "/v1/policies/*/approvals", &Api::create_approval, kPublish, kKey, false, kSmall},
  };
  return kRoutes;
}

HttpResponse Api::create_policy(Call& call) const {
  const std::string& body = call.request->body;
  const Result<LintedPolicy> created = countersign::create_policy(
      *settings_.policies, call.tenant(), call.caller, body, offered_tiers(transactions_of(call)));
  if (!created.has_value()) {
    const bool is_given_up = created.error().code == ErrorCode::policy_revision_state_mismatch;
    return located_problem(call, created.error(), body, {}, is_given_up ? kGivenUp : "");
  }
  JsonWriter json;
  json.begin_object();
  write_revision_members(json, created->revision);
  json.member("lint");
  write_lint_summary(json, *created);
  json.end_object();
  return json_answer(201, std::move(json).take());
}

HttpResponse Api::list_policies(Call& call) const {
  const PolicyContext& policies = *settings_.policies;
  const Result<PolicyLife> life = policies.store.read_policy_life(call.tenant().id);
  if (!life.has_value()) {
    return located_problem(call, life.error());
  }
  JsonWriter json;
  json.begin_object();
  json.member("active").base64url(active_digest(*life, configured_digest(policies, call.tenant())));
  json.member("configured").base64url(configured_digest(policies, call.tenant()));
  json.member("applied").boolean(is_applied(policies, call.tenant(), *life));
  json.member("alarms").begin_array();
  if (settings_.policy_alarms) {
    for (const PolicyAlarm& alarm : settings_.policy_alarms(call.tenant().id)) {
      json.begin_object();
      json.member("policy").base64url(alarm.policy);
      json.member("state").string(revision_state_name(alarm.state));
      write_told_findings(json, alarm);
      json.end_object();
    }
  }
  json.end_array();
  json.member("policies").begin_array();
  for (const PolicyRevision& revision : life->revisions) {
    write_revision(json, revision);
  }
  json.end_array();
  json.end_object();
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::read_policy(Call& call) const {
  const auto read = [&]() -> Result<std::string> {
    const PolicyContext& policies = *settings_.policies;
    CS_ASSIGN(const auto document, find_policy_document(policies, call.tenant(), call.parameter));
    const Digest256& digest = document->digest();
    const Result<PolicyView> view = countersign::read_policy(policies, call.tenant(), digest);
    if (view.has_value()) {
      return encode_policy_view(*view);
    }
    if (view.error().code != ErrorCode::policy_revision_not_found) {
      return view.error();
    }
    CS_ASSIGN(const PolicyLife life, policies.store.read_policy_life(call.tenant().id));
    const bool is_active = equal(active_digest(life, digest), digest);
    return encode_configured_policy(*document, is_active ? "active" : "configured");
  };
  const Result<std::string> view = read();
  return view.has_value() ? json_answer(200, *view) : located_problem(call, view.error());
}

HttpResponse Api::delete_policy(Call& call) const {
  const auto remove = [&]() -> Status {
    CS_ASSIGN(const Digest256 digest, parse_policy_digest(call.parameter));
    return countersign::delete_policy(*settings_.policies, call.tenant(), call.caller, digest);
  };
  const Status removed = remove();
  if (!removed.has_value()) {
    return located_problem(call, removed.error());
  }
  return no_content();
}

HttpResponse Api::validate_policy(Call& call) const {
  const auto validate = [&]() -> Result<ValidatedPolicy> {
    CS_ASSIGN(const Digest256 digest, parse_policy_digest(call.parameter));
    CS_ASSIGN(const JsonValue json, read_body(call.request->body, {"acknowledge"}));
    std::vector<std::string> acknowledged;
    const JsonValue* kinds = json.find("acknowledge");
    if (kinds != nullptr && !kinds->is_array()) {
      return kMemberInvalid;
    }
    for (std::size_t i = 0; kinds != nullptr && i < kinds->items.size(); ++i) {
      if (!kinds->items[i].is_string() || !find_lint_kind(kinds->items[i].string)) {
        return kMemberInvalid;
      }
      acknowledged.push_back(kinds->items[i].string);
    }
    return countersign::validate_policy(*settings_.policies, call.tenant(), call.caller, digest,
                                        acknowledged, offered_tiers(transactions_of(call)));
  };
  const Result<ValidatedPolicy> validated = validate();
  if (!validated.has_value()) {
    return located_problem(call, validated.error());
  }
  const LintedPolicy& linted = validated->linted;
  const std::string findings = findings_json(*linted.document, linted.lint);
  if (!validated->is_validated) {
    return located_problem(call, Error{ErrorCode::policy_lint_failed, Check::none, 0}, {},
                           findings);
  }
  JsonWriter json;
  json.begin_object();
  write_revision_members(json, linted.revision);
  write_models_member(json, linted.models);
  json.member("findings").raw(findings);
  json.member("omitted").raw(omitted_json(linted.lint));
  json.end_object();
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::change_policy(Call& call, RevisionAction action) const {
  const auto change = [&]() -> Result<ChangedPolicy> {
    CS_ASSIGN(const Digest256 digest, parse_policy_digest(call.parameter));
    std::uint16_t share = kWholeShare;
    if (action == RevisionAction::canary) {
      CS_ASSIGN(const JsonValue json, read_body(call.request->body, {"share"}));
      CS_ASSIGN(share, read_share(json, ShareRange::part));
    } else {
      CS_TRY(read_body(call.request->body, {}));
    }
    return countersign::change_policy(*settings_.policies, call.tenant(), call.caller, action,
                                      digest, share);
  };
  const Result<ChangedPolicy> changed = change();
  if (!changed.has_value()) {
    return located_problem(call, changed.error());
  }
  JsonWriter json;
  json.begin_object();
  write_revision_members(json, changed->revision);
  json.member("applied").boolean(changed->is_applied);
  json.end_object();
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::shadow_policy(Call& call) const {
  return change_policy(call, RevisionAction::shadow);
}
HttpResponse Api::canary_policy(Call& call) const {
  return change_policy(call, RevisionAction::canary);
}
HttpResponse Api::withdraw_policy(Call& call) const {
  return change_policy(call, RevisionAction::withdraw);
}
HttpResponse Api::retire_policy(Call& call) const {
  return change_policy(call, RevisionAction::retire);
}

HttpResponse Api::create_approval(Call& call) const {
  const auto begin = [&]() -> Result<BeganCeremony> {
    ApprovalRequest request;
    CS_ASSIGN(request.revision, parse_policy_digest(call.parameter));
    CS_ASSIGN(const JsonValue json,
              read_body(call.request->body, {"administrator", "share", "locale"}));
    CS_ASSIGN(request.share, read_share(json, ShareRange::whole));
    CS_ASSIGN(request.administrator, required_text(json, "administrator"));
    CS_ASSIGN(const std::optional<std::string> locale, optional_text(json, "locale"));
    request.locale = locale.value_or(request.locale);
    return begin_policy_approval(*settings_.policies, transactions_of(call), call.tenant(),
                                 call.caller, request);
  };
  const Result<BeganCeremony> result = begin();
  return result.has_value() ? json_answer(201, result->answer)
                            : located_problem(call, result.error());
}

}  // namespace countersign
