#include "policy/simulation_pages.h"

#include "policy/page_parts.h"
#include "policy/wording.h"

namespace countersign {
namespace {

constexpr Strictness kListedChanges[] = {Strictness::same, Strictness::stricter, Strictness::weaker,
                                         Strictness::incomparable};
constexpr Phase kPhases[] = {Phase::options, Phase::verdict};
constexpr Outcome kOutcomes[] = {Outcome::exempt, Outcome::require, Outcome::deny};

}  // namespace

std::string simulation_page(const PolicyDocument& active, const PolicyDocument& draft,
                            const SimulationReport& report, std::size_t skipped,
                            const Forecast& forecast, const Money& money) {
  std::string text =
      title(active) + " -> " + title(draft) + ": " + std::to_string(report.rows) + " decisions (";
  for (const Phase phase : kPhases) {
    text += std::to_string(report.phases[static_cast<std::size_t>(phase)]) + " in phase " +
            std::string(phase_name(phase)) + (phase == Phase::options ? ", " : ")");
  }
  if (report.incomplete != 0) {
    text += "; " + std::to_string(report.incomplete) + " without inputs that a policy asks for";
  }
  text += skipped == 0 ? "\n" : "; " + std::to_string(skipped) + " lines without one\n";
  std::vector<Row> rows = {{"CHANGE", "COUNT", "EXAMPLE"}};
  for (const Strictness change : kListedChanges) {
    const auto index = static_cast<std::size_t>(change);
    Row row = {std::string(strictness_name(change)), std::to_string(report.changes[index])};
    if (const auto& example = report.examples[index]; example && change != Strictness::same) {
      const Decision before = decide(active, example->phase, example->inputs);
      const Decision after = decide(draft, example->phase, example->inputs);
      row.push_back(
          describe_situation(example->inputs, before.inputs_used | after.inputs_used, money) + " " +
          describe_decision(active, before) + "; then it " + describe_decision(draft, after));
    } else {
      row.emplace_back("-");
    }
    rows.push_back(std::move(row));
  }
  text += table(rows) + '\n';
  rows = {{"ACTIVE \\ DRAFT", "exempt", "require", "deny"}};
  for (const Outcome before : kOutcomes) {
    Row row = {std::string(outcome_name(before))};
    for (const Outcome after : kOutcomes) {
      row.push_back(std::to_string(
          report.transitions[static_cast<std::size_t>(before)][static_cast<std::size_t>(after)]));
    }
    rows.push_back(std::move(row));
  }
  text += table(rows);
  if (forecast) {
    rows = {{"CEREMONY", "CUSTOMERS", "HINDERED", "UNSAID", "LOCKED OUT", "EXAMPLE"}};
    for (const LockoutForecast& one : *forecast) {
      rows.push_back({std::string(policy_ceremony_name(one.ceremony)),
                      std::to_string(one.customers), std::to_string(one.hindered),
                      std::to_string(one.unsaid), std::to_string(one.locked_out),
                      one.example.empty() ? "-" : one.example});
    }
    text += '\n' + table(rows);
  }
  return text;
}

void write_simulation_members(JsonWriter& json, const PolicyDocument& active,
                              const PolicyDocument& draft, const SimulationReport& report,
                              std::size_t skipped) {
  write_title(json, "active", active);
  write_title(json, "draft", draft);
  json.member("rows").integer(static_cast<std::int64_t>(report.rows));
  json.member("phases").begin_object();
  for (const Phase phase : kPhases) {
    json.member(phase_name(phase))
        .integer(static_cast<std::int64_t>(report.phases[static_cast<std::size_t>(phase)]));
  }
  json.end_object();
  json.member("skipped").integer(static_cast<std::int64_t>(skipped));
  json.member("incomplete").integer(static_cast<std::int64_t>(report.incomplete));
  json.member("changes").begin_object();
  for (const Strictness change : kListedChanges) {
    json.member(strictness_name(change))
        .integer(static_cast<std::int64_t>(report.changes[static_cast<std::size_t>(change)]));
  }
  json.end_object();
  json.member("transitions").begin_object();
  for (const Outcome before : kOutcomes) {
    json.member(outcome_name(before)).begin_object();
    for (const Outcome after : kOutcomes) {
      json.member(outcome_name(after))
          .integer(static_cast<std::int64_t>(report.transitions[static_cast<std::size_t>(before)]
                                                               [static_cast<std::size_t>(after)]));
    }
    json.end_object();
  }
  json.end_object();
}

void write_lockout_member(JsonWriter& json, const std::vector<LockoutForecast>& forecast) {
  json.member("lockout").begin_array();
  for (const LockoutForecast& one : forecast) {
    json.begin_object();
    json.member("ceremony").string(policy_ceremony_name(one.ceremony));
    json.member("customers").integer(static_cast<std::int64_t>(one.customers));
    json.member("hindered").integer(static_cast<std::int64_t>(one.hindered));
    json.member("unsaid").integer(static_cast<std::int64_t>(one.unsaid));
    json.member("lockedOut").integer(static_cast<std::int64_t>(one.locked_out));
    json.end_object();
  }
  json.end_array();
}

std::string simulation_json(const PolicyDocument& active, const PolicyDocument& draft,
                            const SimulationReport& report, std::size_t skipped,
                            const Forecast& forecast) {
  JsonWriter json;
  json.begin_object();
  write_simulation_members(json, active, draft, report, skipped);
  if (forecast) {
    write_lockout_member(json, *forecast);
  }
  json.end_object();
  return std::move(json).take();
}

}  // namespace countersign
