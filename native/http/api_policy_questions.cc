// What would be decided: policies compared, explained, replayed over situations, and what the
// shadow has recorded. Nothing changes by a question.

#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "native/http/policy_answers.h"
#include "native/http/policy_requests.h"
#include "policy/policy_json.h"
#include "policy/policy_pages.h"
#include "policy/simulation.h"
#include "policy/simulation_pages.h"
#include "policy/table_reader.h"
#include "service/policy_forecast.h"

namespace countersign {
namespace {

// [each is decided twice; some 10 us each]
constexpr std::size_t kMaxSimulatedRows = 1000;

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

Money base_money(const Tenant& tenant) { return money_of(tenant.base_currency).value_or(Money()); }

}  // namespace

HttpResponse Api::diff_policy(Call& call) const {
  const std::string against = query_value(call.request->query, "against").value_or("active");
  const std::string format = query_value(call.request->query, "format").value_or("json");
  if (format != "json" && format != "text") {
    return backend_problem(call, kMemberInvalid);
  }
  const auto document = [&](std::string_view name) {
    return find_policy_document(*settings_.policies, call.tenant(), name);
  };
  const Result<std::shared_ptr<const PolicyDocument>> before = document(against);
  const Result<std::shared_ptr<const PolicyDocument>> after = document(call.parameter);
  if (!before.has_value() || !after.has_value()) {
    return located_problem(call, before.has_value() ? after.error() : before.error());
  }
  const std::shared_ptr<const DiffReport> compared =
      settings_.policies->reports.compare(**before, **after);
  const DiffReport& report = *compared;
  if (format == "text") {
    HttpResponse response;
    response.content_type = "text/plain; charset=utf-8";
    response.body = diff_page(**before, **after, report, base_money(call.tenant()));
    return response;
  }
  return json_answer(200, diff_json(**before, **after, report));
}

HttpResponse Api::explain_policy(Call& call) const {
  const auto explain = [&]() -> Result<std::string> {
    CS_ASSIGN(const auto document,
              find_policy_document(*settings_.policies, call.tenant(), call.parameter));
    CS_ASSIGN(const JsonValue json, read_body(call.request->body, {"phase", "inputs"}));
    CS_ASSIGN(const Phase phase, read_phase(json));
    const JsonValue* value = json.find("inputs");
    if (value == nullptr) {
      return kMemberInvalid;
    }
    CS_ASSIGN(const PolicyInputs inputs, read_policy_inputs(*value));
    return explain_json(*document, phase, inputs, base_money(call.tenant()));
  };
  const Result<std::string> explained = explain();
  return explained.has_value() ? json_answer(200, *explained)
                               : located_problem(call, explained.error(), call.request->body);
}

HttpResponse Api::simulate_policy(Call& call) const {
  const auto simulate = [&]() -> Result<std::string> {
    CS_ASSIGN(const auto draft,
              find_policy_document(*settings_.policies, call.tenant(), call.parameter));
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
    CS_ASSIGN(
        const auto active,
        find_policy_document(*settings_.policies, call.tenant(),
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
                               : located_problem(call, simulated.error(), call.request->body);
}

HttpResponse Api::read_differences(Call& call) const {
  const PolicyContext& policies = *settings_.policies;
  const auto read = [&]() -> Result<std::string> {
    CS_ASSIGN(const Digest256 digest, parse_policy_digest(call.parameter));
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
  return answer.has_value() ? json_answer(200, *answer) : located_problem(call, answer.error());
}

}  // namespace countersign
