#include "policy/policy_pages.h"

#include <algorithm>

#include "codec/json_time.h"
#include "policy/diff_ranking.h"
#include "policy/overview.h"
#include "policy/page_parts.h"

namespace countersign {
namespace {

constexpr Strictness kUrgency[] = {Strictness::weaker, Strictness::incomparable,
                                   Strictness::stricter};

// [two such columns, a ceremony and a rule's name fit on a sheet]
constexpr std::size_t kCellWidth = 50;

// Words in lines of about that width; those after the first are set in.
void fill(std::string_view text, std::vector<std::string>& lines) {
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.size() + 1 + word.size() > kCellWidth) {
      lines.push_back(std::move(line));
      line = "  ";
    } else if (!line.empty()) {
      line += ' ';
    }
    line += word;
  }
  lines.push_back(std::move(line));
}

// Of a condition that is too long, each part that `and` or `or` joins begins a line.
std::vector<std::string> wrap_condition(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t at = 0; at < text.size() && text.size() > kCellWidth; ++at) {
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    const std::string_view rest = text.substr(at);
    if (depth == 0 && (rest.starts_with(" and ") || rest.starts_with(" or "))) {
      fill(text.substr(begin, at - begin), lines);
      begin = at + 1;
    }
  }
  fill(text.substr(begin), lines);
  return lines;
}

// Of demands, as many as fit in each line.
std::vector<std::string> wrap_demands(std::string_view text) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t comma = text.find(", ");
    const std::size_t end = comma == std::string_view::npos ? text.size() : comma + 1;
    const std::string_view demand = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.size() + 1 + demand.size() > kCellWidth) {
      fill(line, lines);
      line.clear();
    }
    line += line.empty() ? "" : " ";
    line += demand;
  }
  fill(line, lines);
  return lines;
}

std::string names(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) {
    text += (text.empty() ? "" : ", ") + id;
  }
  return text.empty() ? "-" : text;
}

std::string rule_ids(const PolicyDocument& document, const std::vector<std::uint32_t>& rules) {
  constexpr std::size_t kShown = 6;  // [a line on a page]
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < rules.size() && i < kShown; ++i) {
    ids.push_back(document.rules()[rules[i]].id);
  }
  if (rules.size() > kShown) {
    ids.push_back("and " + std::to_string(rules.size() - kShown) + " more");
  }
  return names(ids);
}

void write_names(JsonWriter& json, std::string_view member, const std::vector<std::string>& ids) {
  json.member(member).begin_array();
  for (const std::string& id : ids) {
    json.string(id);
  }
  json.end_array();
}

constexpr InputMask kEverything = ~InputMask{0};

// Of a finding. [it names the first ones in words, and their number]
constexpr std::size_t kMaxListedRules = 20;

// Models that come, and those that go. [the documents have them all]
constexpr std::size_t kMaxListedModels = 100;

void write_models(JsonWriter& json, std::string_view member,
                  const std::vector<std::string>& models) {
  const std::size_t count = std::min(models.size(), kMaxListedModels);
  write_names(json, member, {models.begin(), models.begin() + static_cast<std::ptrdiff_t>(count)});
}

void write_list_change(JsonWriter& json, const ListChange& change) {
  json.begin_object();
  json.member("name").string(change.name);
  write_models(json, "added", change.added);
  write_models(json, "removed", change.removed);
  const std::size_t unlisted =
      change.added.size() - std::min(change.added.size(), kMaxListedModels) +
      change.removed.size() - std::min(change.removed.size(), kMaxListedModels);
  json.member("unlisted").integer(static_cast<std::int64_t>(unlisted));
  write_optional_time(json, "expiresBefore", change.expires_before);
  write_optional_time(json, "expiresAfter", change.expires_after);
  json.end_object();
}

}  // namespace

std::string lint_page(std::string_view file, const PolicyDocument& document,
                      const LintReport& report) {
  std::string text = std::string(file) + ": " + title(document) + ", " +
                     std::to_string(document.rules().size()) + " rules: ";
  if (report.is_clean()) {
    return text + "nothing found\n";
  }
  text += std::to_string(report.count(Severity::error) + report.count(Severity::warning)) +
          " findings\n";
  std::vector<Row> rows = {{"SEVERITY", "FINDING", "RULES", "EXAMPLE"}};
  for (const LintFinding& finding : report.findings) {
    rows.push_back({std::string(severity_name(finding.severity)),
                    std::string(lint_kind_name(finding.kind)), rule_ids(document, finding.rules),
                    finding.message});
  }
  for (const OmittedFindings& more : report.omitted) {
    rows.push_back({std::string(severity_name(more.severity)),
                    std::string(lint_kind_name(more.kind)), "-",
                    "and " + std::to_string(more.count) + " more"});
  }
  return text + table(rows);
}

std::string lint_json(std::string_view file, const PolicyDocument& document,
                      const LintReport& report) {
  JsonWriter json;
  json.begin_object();
  json.member("file").string(file);
  write_title(json, "policy", document);
  json.member("findings").raw(findings_json(document, report));
  if (!report.omitted.empty()) {
    json.member("omitted").raw(omitted_json(report));
  }
  json.end_object();
  return std::move(json).take();
}

std::string omitted_json(const LintReport& report) {
  JsonWriter json;
  json.begin_array();
  for (const OmittedFindings& more : report.omitted) {
    json.begin_object();
    json.member("kind").string(lint_kind_name(more.kind));
    json.member("severity").string(severity_name(more.severity));
    json.member("count").integer(static_cast<std::int64_t>(more.count));
    json.end_object();
  }
  json.end_array();
  return std::move(json).take();
}

std::string findings_json(const PolicyDocument& document, const LintReport& report) {
  JsonWriter json;
  json.begin_array();
  for (const LintFinding& finding : report.findings) {
    json.begin_object();
    json.member("kind").string(lint_kind_name(finding.kind));
    json.member("severity").string(severity_name(finding.severity));
    json.member("rules").begin_array();
    const std::size_t listed = std::min(finding.rules.size(), kMaxListedRules);
    for (std::size_t i = 0; i < listed; ++i) {
      json.string(document.rules()[finding.rules[i]].id);
    }
    json.end_array();
    if (listed < finding.rules.size()) {
      json.member("moreRules").integer(static_cast<std::int64_t>(finding.rules.size() - listed));
    }
    json.member("phase").string(phase_name(finding.phase));
    json.member("message").string(finding.message);
    if (finding.witness) {
      json.member("witness");
      write_policy_inputs(json, *finding.witness, kEverything, nullptr);
    }
    if (finding.larger_witness) {
      json.member("largerWitness");
      write_policy_inputs(json, *finding.larger_witness, kEverything, nullptr);
    }
    json.end_object();
  }
  json.end_array();
  return std::move(json).take();
}

std::string overview_page(const PolicyDocument& document, const Money& money) {
  std::vector<Row> rows = {{"CEREMONY", "WHEN", "DEMANDS", "RULE"}};
  std::optional<PolicyCeremony> last;
  for (const OverviewRow& row : list_overview(document, money)) {
    const std::vector<std::string> when = wrap_condition(row.condition);
    const std::vector<std::string> demands = wrap_demands(row.demand);
    for (std::size_t i = 0; i < std::max(when.size(), demands.size()); ++i) {
      const bool is_named = i == 0 && row.ceremony != last;
      Row line = {is_named ? std::string(policy_ceremony_name(row.ceremony)) : "",
                  i < when.size() ? when[i] : ""};
      if (i < demands.size()) {
        line.push_back(demands[i]);
      }
      if (i == 0) {
        line.push_back(row.rule.empty() ? "(default)" : row.rule);
      }
      rows.push_back(std::move(line));
    }
    last = row.ceremony;
  }
  return title(document) + ", " + std::to_string(document.rules().size()) +
         " rules; all that match combine: denied before demands before no signature\n\n" +
         table(rows);
}

std::string explain_page(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs,
                         const Money& money) {
  const Decision decision = decide(document, phase, inputs);
  std::string text = explain_in_a_sentence(document, decision, inputs, money) + "\n" +
                     title(document) + ", phase " + std::string(phase_name(phase)) + "\n\n";
  std::vector<Row> rows = {{"RULE", "EFFECT", "TRUTH", "CONDITION"}};
  for (const RuleExplanation& explained : explain_rules(document, phase, inputs, money)) {
    const PolicyRule& rule = document.rules()[explained.rule];
    bool is_first = true;
    for (const ConditionExplanation& condition : explained.conditions) {
      rows.push_back({is_first ? rule.id : "",
                      is_first ? std::string(outcome_name(rule.effect)) : "",
                      std::string(truth_name(condition.truth)),
                      std::string(2 * condition.depth, ' ') + condition.text});
      is_first = false;
    }
  }
  return text + table(rows);
}

std::string explain_json(const PolicyDocument& document, Phase phase, const PolicyInputs& inputs,
                         const Money& money) {
  JsonWriter json;
  write_explanation(json, document, phase, inputs, money);
  return std::move(json).take();
}

std::string diff_page(const PolicyDocument& before, const PolicyDocument& after,
                      const DiffReport& report, const Money& money) {
  std::string text = title(before) + " -> " + title(after) + ": ";
  if (report.regions.empty()) {
    text += report.is_undecided() ? "no change found so far" : "no decision changes";
  } else {
    text += std::to_string(report.count()) + " regions change";
    std::string_view separator = " (";
    for (const Strictness change : kUrgency) {
      if (const std::size_t count = report.count(change); count != 0) {
        text += separator;
        text += std::to_string(count) + ' ' + std::string(strictness_name(change));
        separator = ", ";
      }
    }
    text += ')';
  }
  text += report.is_undecided()    ? "; not everything is compared: more may get weaker\n"
          : report.may_be_weaker() ? "; some get weaker\n"
                                   : "; nothing gets weaker\n";
  for (const UndecidedDiff& one : report.undecided) {
    text += "not compared: " + describe_undecided(one) + '\n';
  }
  for (const ListChange& change : report.lists) {
    text += "list " + change.name + ": " + describe_list_change(change, kMaxListedModels) + '\n';
  }
  if (!report.rewritten.empty()) {
    text += describe_rewritten(report) + '\n';
  }
  for (const DiffRegion& region : report.regions) {
    text += '\n' + std::string(strictness_name(region.change)) + ": " +
            describe_example(region, money) + "\n" +
            table({{"  before", describe_decision(before, region.before, region.kinds()),
                    "rules " + names(region.rules_before)},
                   {"  after", describe_decision(after, region.after, region.kinds(), report.lists),
                    "rules " + names(region.rules_after)}});
    if (region.more != 0) {
      text += "  and " + std::to_string(region.more) + " more of these rules and demands\n";
    }
  }
  return text;
}

std::string diff_json(const PolicyDocument& before, const PolicyDocument& after,
                      const DiffReport& report) {
  JsonWriter json;
  json.begin_object();
  write_title(json, "before", before);
  write_title(json, "after", after);
  json.member("undecided").boolean(report.is_undecided());
  json.member("mayBeWeaker").boolean(report.may_be_weaker());
  json.member("notCompared").begin_array();
  for (const UndecidedDiff& one : report.undecided) {
    json.begin_object();
    json.member("phase").string(phase_name(one.phase));
    json.member("ceremony").string(policy_ceremony_name(one.ceremony));
    write_names(json, "rules", one.rules);
    json.member("default").boolean(one.is_default_open);
    json.end_object();
  }
  json.end_array();
  json.member("lists").begin_array();
  for (const ListChange& change : report.lists) {
    write_list_change(json, change);
  }
  json.end_array();
  write_names(json, "rewritten", report.rewritten);
  json.member("changes").begin_object();
  for (const Strictness change : kUrgency) {
    json.member(strictness_name(change)).integer(static_cast<std::int64_t>(report.count(change)));
  }
  json.end_object();
  json.member("regions").begin_array();
  for (const DiffRegion& region : report.regions) {
    json.begin_object();
    json.member("change").string(strictness_name(region.change));
    json.member("phase").string(phase_name(region.phase));
    write_names(json, "rulesBefore", region.rules_before);
    write_names(json, "rulesAfter", region.rules_after);
    json.member("more").integer(static_cast<std::int64_t>(region.more));
    json.member("example");
    write_policy_inputs(json, region.example, kEverything, nullptr);
    json.member("before");
    write_decision(json, before, region.before, region.example);
    json.member("after");
    write_decision(json, after, region.after, region.example);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

}  // namespace countersign
