// Policies over HTTP: revisions and their life. Whoever calls holds a key with the scope
// policy:draft or policy:publish, so that every error is told with code and position.

#include <algorithm>

#include "codec/base64url.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "native/http/policy_answers.h"
#include "native/policy/policy_pages.h"
#include "policy/policy_json.h"
#include "policy/simulation.h"
#include "policy/table_reader.h"
#include "service/policy_approval.h"
#include "service/policy_forecast.h"

namespace countersign {
namespace {

// [each is decided twice; some 10 us each]
constexpr std::size_t kMaxSimulatedRows = 1000;

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

Result<Phase> read_phase(const JsonValue& json) {
  const JsonValue* value = json.find("phase");
  if (value == nullptr) {
    return Phase::options;
  }
  if (!value->is_string() || (value->string != "options" && value->string != "verdict")) {
    return kMemberInvalid;
  }
  return value->string == "options" ? Phase::options : Phase::verdict;
}

// `rows`: inputs, recorded decisions or lines of the audit; or `table`, inputs as CSV. With a
// forecast neither has to be there. Inputs alone are of `phase`.
Result<PolicyRecords> read_situations(const JsonValue& json, Phase phase) {
  const JsonValue* values = json.find("rows");
  const JsonValue* table = json.find("table");
  if ((values != nullptr && table != nullptr) || (values != nullptr && !values->is_array()) ||
      (table != nullptr && !table->is_string()) ||
      (values == nullptr && table == nullptr && json.find("lockout") == nullptr)) {
    return kMemberInvalid;
  }
  PolicyRecords read;
  if (table != nullptr) {
    Result<std::vector<PolicyInputs>> parsed = parse_policy_table(table->string);
    if (!parsed.has_value()) {
      // Of the table's text; the place that is told is the member's.
      return Error{parsed.error().code, Check::none, table->offset};
    }
    read.rows = rows_in(phase, *std::move(parsed));
  } else if (values != nullptr) {
    for (const JsonValue& value : values->items) {
      CS_ASSIGN(std::optional<SimulatedRow> row, read_policy_record(value, phase));
      if (row) {
        read.rows.push_back(std::move(*row));
      } else {
        ++read.skipped;
      }
    }
  }
  return read.rows.size() <= kMaxSimulatedRows ? Result<PolicyRecords>(std::move(read))
                                               : kMemberInvalid;
}

Result<Digest256> parse_digest(std::string_view text) {
  Digest256 digest{};
  const Result<ByteVector> bytes = parse_base64url(text);
  if (!bytes.has_value() || bytes->size() != digest.size()) {
    return ErrorCode::policy_revision_not_found;
  }
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

Money money_of(const Tenant& tenant) {
  return countersign::money_of(tenant.base_currency).value_or(Money());
}

// "active", or a digest of the tenant's.
Result<std::shared_ptr<const PolicyDocument>> find_document(const PolicyContext& context,
                                                            const Tenant& tenant,
                                                            std::string_view name) {
  if (name == "active") {
    CS_ASSIGN(const PolicyLife life, context.store.read_policy_life(tenant.id));
    return load_active_policy(context, tenant, life);
  }
  CS_ASSIGN(const Digest256 digest, parse_digest(name));
  return load_policy(context, tenant, digest);
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
      {"GET", "/v1/policies/*/diff", &Api::diff_policy, kDraft, kKey, false, 0},
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

HttpResponse Api::policy_problem(const Call& call, const Error& error, std::string_view input,
                                 std::string_view findings) const {
  const bool is_of_request =
      error.code == ErrorCode::request_member_invalid || error.code == ErrorCode::request_malformed;
  const bool has_position = !input.empty() && error_class(error.code) == ErrorClass::malformed &&
                            (!is_of_request || error.offset != 0);
  return backend_problem(call, error, has_position ? encode_position(input, error) : std::string(),
                         findings);
}

HttpResponse Api::create_policy(Call& call) const {
  const std::string& body = call.request->body;
  const Result<LintedPolicy> created = countersign::create_policy(
      *settings_.policies, call.tenant(), call.caller, body, offered_tiers(transactions_of(call)));
  if (!created.has_value()) {
    return policy_problem(call, created.error(), body);
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
    return policy_problem(call, life.error());
  }
  JsonWriter json;
  json.begin_object();
  json.member("active").base64url(active_digest(*life, configured_digest(policies, call.tenant())));
  json.member("configured").base64url(configured_digest(policies, call.tenant()));
  json.member("applied").boolean(is_applied(policies, call.tenant(), *life));
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
    CS_ASSIGN(const auto document, find_document(policies, call.tenant(), call.parameter));
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
  return view.has_value() ? json_answer(200, *view) : policy_problem(call, view.error());
}

HttpResponse Api::delete_policy(Call& call) const {
  const auto remove = [&]() -> Status {
    CS_ASSIGN(const Digest256 digest, parse_digest(call.parameter));
    return countersign::delete_policy(*settings_.policies, call.tenant(), call.caller, digest);
  };
  const Status removed = remove();
  if (!removed.has_value()) {
    return policy_problem(call, removed.error());
  }
  HttpResponse response;
  response.status = 204;
  return response;
}

HttpResponse Api::validate_policy(Call& call) const {
  const auto validate = [&]() -> Result<ValidatedPolicy> {
    CS_ASSIGN(const Digest256 digest, parse_digest(call.parameter));
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
    return policy_problem(call, validated.error());
  }
  const LintedPolicy& linted = validated->linted;
  const std::string findings = findings_json(*linted.document, linted.lint);
  if (!validated->is_validated) {
    return policy_problem(call, Error{ErrorCode::policy_lint_failed, Check::none, 0}, {}, findings);
  }
  JsonWriter json;
  json.begin_object();
  write_revision_members(json, linted.revision);
  write_models_member(json, linted.models);
  json.member("findings").raw(findings);
  json.end_object();
  return json_answer(200, std::move(json).take());
}

HttpResponse Api::change_policy(Call& call, RevisionAction action) const {
  const auto change = [&]() -> Result<ChangedPolicy> {
    CS_ASSIGN(const Digest256 digest, parse_digest(call.parameter));
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
    return policy_problem(call, changed.error());
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

HttpResponse Api::diff_policy(Call& call) const {
  const std::string against = query_value(call.request->query, "against").value_or("active");
  const auto document = [&](std::string_view name) {
    return find_document(*settings_.policies, call.tenant(), name);
  };
  const Result<std::shared_ptr<const PolicyDocument>> before = document(against);
  const Result<std::shared_ptr<const PolicyDocument>> after = document(call.parameter);
  if (!before.has_value() || !after.has_value()) {
    return policy_problem(call, before.has_value() ? after.error() : before.error());
  }
  const DiffReport report = diff_policies(**before, **after);
  if (query_value(call.request->query, "format") == "text") {
    HttpResponse response;
    response.content_type = "text/plain; charset=utf-8";
    response.body = diff_page(**before, **after, report, money_of(call.tenant()));
    return response;
  }
  return json_answer(200, diff_json(**before, **after, report));
}

HttpResponse Api::explain_policy(Call& call) const {
  const auto explain = [&]() -> Result<std::string> {
    CS_ASSIGN(const auto document,
              find_document(*settings_.policies, call.tenant(), call.parameter));
    CS_ASSIGN(const JsonValue json, read_body(call.request->body, {"phase", "inputs"}));
    CS_ASSIGN(const Phase phase, read_phase(json));
    const JsonValue* value = json.find("inputs");
    if (value == nullptr) {
      return kMemberInvalid;
    }
    CS_ASSIGN(const PolicyInputs inputs, read_policy_inputs(*value));
    return explain_json(*document, phase, inputs, money_of(call.tenant()));
  };
  const Result<std::string> explained = explain();
  return explained.has_value() ? json_answer(200, *explained)
                               : policy_problem(call, explained.error(), call.request->body);
}

HttpResponse Api::simulate_policy(Call& call) const {
  const auto simulate = [&]() -> Result<std::string> {
    CS_ASSIGN(const auto draft, find_document(*settings_.policies, call.tenant(), call.parameter));
    CS_ASSIGN(const JsonValue json,
              read_body(call.request->body, {"phase", "against", "rows", "table", "lockout"}));
    CS_ASSIGN(const Phase phase, read_phase(json));
    const JsonValue* against = json.find("against");
    const JsonValue* lockout = json.find("lockout");
    if ((against != nullptr && !against->is_string()) ||
        (lockout != nullptr && !lockout->is_boolean())) {
      return kMemberInvalid;
    }
    CS_ASSIGN(const PolicyRecords read, read_situations(json, phase));
    CS_ASSIGN(const auto active,
              find_document(*settings_.policies, call.tenant(),
                            against == nullptr ? "active" : std::string_view(against->string)));
    JsonWriter answer;
    answer.begin_object();
    write_simulation_members(answer, *active, *draft,
                             countersign::simulate_policy(*active, *draft, read.rows),
                             read.skipped);
    if (lockout != nullptr && lockout->boolean) {
      CS_ASSIGN(const EnrolmentForecast forecast,
                forecast_enrolled(*settings_.policies, call.tenant(), *active, *draft,
                                  situations_of(read.rows), offered_tiers(transactions_of(call))));
      write_lockout_member(answer, forecast.ceremonies);
      answer.member("customers").integer(static_cast<std::int64_t>(forecast.customers));
      answer.member("partial").boolean(forecast.is_partial);
      write_models_member(answer, forecast.models);
    }
    answer.end_object();
    return std::move(answer).take();
  };
  const Result<std::string> simulated = simulate();
  return simulated.has_value() ? json_answer(200, *simulated)
                               : policy_problem(call, simulated.error(), call.request->body);
}

HttpResponse Api::read_differences(Call& call) const {
  const PolicyContext& policies = *settings_.policies;
  const auto read = [&]() -> Result<std::string> {
    CS_ASSIGN(const Digest256 digest, parse_digest(call.parameter));
    CS_ASSIGN(const PolicyLife life, policies.store.read_policy_life(call.tenant().id));
    if (life.find(digest) == nullptr) {
      return ErrorCode::policy_revision_not_found;
    }
    const Digest256 active = active_digest(life, configured_digest(policies, call.tenant()));
    CS_ASSIGN(const std::vector<DifferenceCount> counts,
              policies.store.list_differences(call.tenant().id, digest, active));
    return encode_differences(digest, active, counts);
  };
  const Result<std::string> answer = read();
  return answer.has_value() ? json_answer(200, *answer) : policy_problem(call, answer.error());
}

HttpResponse Api::create_approval(Call& call) const {
  const auto begin = [&]() -> Result<BeganCeremony> {
    ApprovalRequest request;
    CS_ASSIGN(request.revision, parse_digest(call.parameter));
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
                            : policy_problem(call, result.error());
}

}  // namespace countersign
