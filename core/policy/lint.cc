#include "policy/lint.h"

#include "policy/exemption_articles.h"
#include "policy/linter.h"
#include "policy/silence.h"

namespace countersign {
namespace {

// Where exemptions are held against their articles, cells begin at what those do not allow. Of a
// name the axis is there, whether or not a condition speaks of it.
std::vector<ExtraCut> article_cuts(const PolicyDocument& document, const ExemptionCaps& caps) {
  std::vector<ExtraCut> cuts;
  for (const PolicyRule& rule : document.rules()) {
    if (rule.effect != Outcome::exempt) {
      continue;
    }
    for (const ExemptionBreach& breach : find_exemption_article(rule.label)->breaches(caps).list) {
      for (const BreachPart& part : breach.parts) {
        cuts.push_back({part.input, part.value + (part.kind == BreachPart::Kind::above ? 1 : 0)});
      }
    }
  }
  return cuts;
}

}  // namespace

std::string_view lint_kind_name(LintKind kind) {
  switch (kind) {
    case LintKind::never_holds:
      return "never-holds";
    case LintKind::redundant:
      return "redundant";
    case LintKind::gap:
      return "gap";
    case LintKind::exemption_above_cap:
      return "exemption-above-cap";
    case LintKind::exemption_basis:
      return "exemption-basis";
    case LintKind::exemption_denied:
      return "exemption-denied";
    case LintKind::unsatisfiable:
      return "unsatisfiable";
    case LintKind::not_monotonic:
      return "not-monotonic";
    case LintKind::advisory_binding:
      return "advisory-binding";
    case LintKind::single_approver:
      return "single-approver";
    case LintKind::publish_locked_out:
      return "publish-locked-out";
    case LintKind::expired_list:
      return "expired-list";
    case LintKind::unsaid_denied:
      return "unsaid-denied";
    case LintKind::never_known:
      return "never-known";
    case LintKind::counter_accepted:
      return "counter-accepted";
    case LintKind::revision_repeated:
      return "revision-repeated";
    case LintKind::undecided:
      return "undecided";
  }
  return "undecided";
}

std::optional<LintKind> find_lint_kind(std::string_view name) {
  for (std::size_t i = 0; i < kLintKinds; ++i) {
    if (lint_kind_name(static_cast<LintKind>(i)) == name) {
      return static_cast<LintKind>(i);
    }
  }
  return std::nullopt;
}

std::string_view severity_name(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

Linter::Linter(const PolicyDocument& document, const LintSettings& settings)
    : document_(document),
      settings_(settings),
      documents_{&document},
      cuts_(article_cuts(document, settings.caps)),
      verdict_(documents_, Phase::verdict, cuts_),
      options_(documents_, Phase::options, cuts_),
      publish_(documents_, Phase::verdict, {}, never_known_inputs(PolicyCeremony::policy_publish)),
      publish_asks_(documents_, Phase::options, {},
                    never_known_inputs(PolicyCeremony::policy_publish)),
      budget_(settings.boxes, settings.question_boxes) {}

LintReport Linter::run() && {
  check_rules();
  check_gaps();
  check_exemptions();
  check_requirements();
  check_publishing();
  check_monotony();
  check_lists();
  check_silence();
  check_never_known();
  check_counters();
  for (std::size_t kind = 0; kind < kLintKinds; ++kind) {
    for (const Severity severity : {Severity::error, Severity::warning}) {
      const std::size_t count = counts_[kind][static_cast<std::size_t>(severity)];
      if (count > kMaxFindingsOfAKind) {
        report_.omitted.push_back(
            {static_cast<LintKind>(kind), severity, count - kMaxFindingsOfAKind});
      }
    }
  }
  report_.boxes = settings_.boxes - budget_.left();
  return std::move(report_);
}

LintReport lint_policy(const PolicyDocument& document, const LintSettings& settings) {
  return Linter(document, settings).run();
}

std::size_t LintReport::count(Severity severity) const {
  std::size_t count = 0;
  for (const LintFinding& finding : findings) {
    count += finding.severity == severity ? 1 : 0;
  }
  for (const OmittedFindings& more : omitted) {
    count += more.severity == severity ? more.count : 0;
  }
  return count;
}

void Linter::add(LintFinding finding) {
  const auto kind = static_cast<std::size_t>(finding.kind);
  if (++counts_[kind][static_cast<std::size_t>(finding.severity)] <= kMaxFindingsOfAKind) {
    report_.findings.push_back(std::move(finding));
  }
}

std::string Linter::situation(const PolicyInputs& inputs, InputMask shown) const {
  return describe_situation(inputs, shown, settings_.money);
}

std::string Linter::decided(const PolicyInputs& inputs, Phase phase) const {
  const Decision decision = evaluate(document_, phase, inputs);
  return situation(inputs, decision.inputs_used) + " " + describe_decision(document_, decision);
}

std::string Linter::rule_names(std::span<const std::uint32_t> rules) const {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < rules.size() && i < kShown; ++i) {
    text += (i == 0 ? "\"" : ", \"") + rule(rules[i]).id + "\"";
  }
  if (rules.size() > kShown) {
    text += " and " + std::to_string(rules.size() - kShown) + " more";
  }
  return text;
}

std::string Linter::input_names(InputMask inputs) {
  std::string names;
  for (const InputRow& row : policy_inputs()) {
    if ((inputs & mask_of(row.id)) != 0) {
      names += (names.empty() ? "" : ", ") + std::string(row.name);
    }
  }
  return names;
}

void Linter::add_undecided(std::vector<std::uint32_t> rules, std::string_view question,
                           const Space& space, const Box& box) {
  LintFinding finding;
  finding.kind = LintKind::undecided;
  finding.phase = space.phase();
  finding.witness = space.sample(box);
  finding.message = "not decided within the budget: " + std::string(question) + " (rules " +
                    rule_names(rules) + ")";
  finding.rules = std::move(rules);
  add(std::move(finding));
}

void Linter::check_lists() {
  if (!settings_.time) {
    return;
  }
  for (std::size_t i = 0; i < document_.lists().size(); ++i) {
    const PolicyList& list = document_.lists()[i];
    if (!list.expires || *list.expires > *settings_.time) {
      continue;
    }
    LintFinding finding;
    finding.kind = LintKind::expired_list;
    for (std::uint32_t k = 0; k < document_.rules().size(); ++k) {
      const Requirements& demanded = rule(k).requirements;
      const std::uint64_t named =
          demanded.allow_lists | demanded.deny_lists | rule(k).condition_lists;
      if ((named >> i & 1U) != 0) {
        finding.rules.push_back(k);
      }
    }
    finding.message = "the list \"" + list.name + "\" expired at " + encode_rfc3339(*list.expires);
    add(std::move(finding));
  }
}

void Linter::leave_out_clones(const Space& space, Box& box) {
  if (const auto counter = space.axis_of(PolicyInput::authentication_counter)) {
    box[*counter].high = space.axes()[*counter].cell_of(kNotAdvanced) - 1;
  }
}

Linter::Look Linter::any_of_effect(const BoxTruths& truths, Outcome effect,
                                   std::uint32_t but) const {
  Look look;
  for (std::uint32_t i = 0; i < truths.size(); ++i) {
    if (i == but || rule(i).effect != effect || truths[i] == BoxTruth::no) {
      continue;
    }
    if (truths[i] == BoxTruth::yes) {
      return {BoxTruth::yes, {}};
    }
    if (look.truth == BoxTruth::no) {
      look = {BoxTruth::mixed, cut_rule(i, false)};
    }
  }
  return look;
}

Linter::Look Linter::counter_denial(const Space& space, const Box& box, const BoxTruths& truths,
                                    std::uint32_t but) const {
  constexpr InputMask kCounter = mask_of(PolicyInput::authentication_counter);
  const InputRow& row = row_of(PolicyInput::authentication_counter);
  const std::optional<std::size_t> axis = space.axis_of(row.id);
  // A document that does not speak of it is looked at for counters that advance.
  if (!axis || row.phase > space.phase() ||
      !exists_in(row, static_cast<PolicyCeremony>(box[0].low))) {
    return {};
  }
  const std::vector<std::string>& names = space.axes()[*axis].names;
  const CellRange range = box[*axis];
  if (range.low != range.high) {
    return {BoxTruth::mixed, cut_axis({*axis, range.low + 1})};
  }
  if (names[range.low] != row.choices.back()) {
    return {};
  }
  for (std::uint32_t i = 0; i < truths.size(); ++i) {
    if (i != but && rule(i).effect != Outcome::deny && (rule(i).inputs & kCounter) != 0) {
      if (truths[i] == BoxTruth::mixed) {
        return {BoxTruth::mixed, cut_rule(i, false)};
      }
      if (truths[i] == BoxTruth::yes) {
        const ResolvedInputs inputs = resolve_inputs(document_, space.phase(), space.sample(box));
        if (accepts_counter(document_, rule(i), inputs)) {
          return {};
        }
      }
    }
  }
  return {BoxTruth::yes, {}};
}

Linter::Look Linter::denial(const Space& space, const Box& box, const BoxTruths& truths,
                            std::uint32_t but) const {
  const Look ruled = any_of_effect(truths, Outcome::deny, but);
  if (ruled.truth == BoxTruth::yes) {
    return ruled;
  }
  const Look counted = counter_denial(space, box, truths, but);
  if (counted.truth == BoxTruth::yes) {
    return counted;
  }
  return ruled.truth == BoxTruth::mixed ? ruled : counted;
}

Linter::Demands Linter::demands(const BoxTruths& truths, std::uint32_t but) const {
  Demands demands;
  for (std::uint32_t i = 0; i < truths.size(); ++i) {
    if (i == but || rule(i).effect != Outcome::require || truths[i] == BoxTruth::no) {
      continue;
    }
    demands.may_have_any = true;
    join(demands.most, rule(i).requirements);
    if (truths[i] == BoxTruth::yes) {
      demands.has_any = true;
      join(demands.least, rule(i).requirements);
    }
  }
  return demands;
}

}  // namespace countersign
