#include <algorithm>

#include "policy/enforcement.h"
#include "policy/linter.h"
#include "policy/publish_limits.h"

namespace countersign {
namespace {

constexpr PolicyCeremony kPublishing = PolicyCeremony::policy_publish;
constexpr std::string_view kPublicationType = "policy.publish/1";

// What the server looks at before the verdict: which display is made, and how long it waits.
Requirements asked_first(const Requirements& demanded) {
  Requirements asked;
  asked.display_tier = demanded.display_tier;
  asked.timeout = demanded.timeout;
  return asked;
}

bool is_long_enough(std::int64_t low, std::int64_t high) {
  return low <= kMaxPublishWait && high >= low && high - low >= kMinPublishWindow;
}

}  // namespace

// Whether somebody with some passkey can approve a replacement at some hour.
void Linter::check_publishing() {
  if (!check_approvers()) {
    return;
  }
  Box start = publish_.whole(kPublishing);
  if (const auto age = publish_.axis_of(PolicyInput::authentication_age)) {
    start[*age] = {0, 0};
  }
  if (const auto type = publish_.axis_of(PolicyInput::transaction_type)) {
    const std::uint32_t cell = publish_.axes()[*type].cell_of(kPublicationType);
    start[*type] = {cell, cell};
  }
  leave_out_clones(publish_, start);
  const std::vector<std::uint32_t> relevant = publish_.possible_rules(kPublishing);
  const auto question = [&](const Box& box, const BoxTruths& truths) {
    return question_publishing(box, truths);
  };
  const SearchResult result = search(publish_, start, relevant, question, budget_);
  if (result.kind == SearchResult::Kind::undecided) {
    add_undecided(relevant, "whether an administrator could ever replace it", publish_, result.box);
  } else if (result.kind == SearchResult::Kind::nothing) {
    add(explain_lock_out(relevant, start));
  }
}

// As the server counts them before it knows when somebody approves: by every rule that may match.
bool Linter::check_approvers() {
  if (settings_.administrators.value_or(0) == 0) {
    return true;
  }
  LintFinding finding;
  finding.witness = PolicyInputs(kPublishing);
  std::size_t needed = 0;
  for (const RuleMatch& match : evaluate(document_, Phase::options, *finding.witness).matches) {
    const std::size_t approvals = rule(match.rule).requirements.approvals;
    needed = std::max(needed, approvals);
    if (approvals > *settings_.administrators) {
      finding.rules.push_back(match.rule);
    }
  }
  if (finding.rules.empty()) {
    return true;
  }
  finding.kind = LintKind::publish_locked_out;
  finding.severity = Severity::error;
  finding.phase = Phase::options;
  finding.message = "no administrator could ever replace it: " + rule_names(finding.rules) +
                    " demands " + std::to_string(needed) + " approvals, and there " +
                    (*settings_.administrators == 1
                         ? "is one administrator"
                         : "are " + std::to_string(*settings_.administrators) + " administrators");
  add(std::move(finding));
  return false;
}

Step Linter::question_publishing(const Box& box, const BoxTruths& truths) const {
  const Look denied = denial(publish_, box, truths, kNoRule);
  Demands demanded = demands(truths, kNoRule);
  const bool denies_by_default = document_.default_outcome() == Outcome::deny;
  if (denied.truth == BoxTruth::yes || (denies_by_default && !demanded.may_have_any)) {
    return prune();
  }
  // A demand that waits for the verdict is already asked for.
  std::uint32_t mixed_first = kNoRule;
  for (std::uint32_t i = 0; i < truths.size(); ++i) {
    const Requirements asked = asked_first(rule(i).requirements);
    if (rule(i).effect != Outcome::require || asked == Requirements()) {
      continue;
    }
    const BoxTruth truth = publish_asks_.truth(i, box);
    if (truth != BoxTruth::no) {
      join(demanded.most, asked);
    }
    if (truth == BoxTruth::yes) {
      join(demanded.least, asked);
    }
    mixed_first = truth == BoxTruth::mixed ? i : mixed_first;
  }
  const Space::Values tiers = publish_.values_of(PolicyInput::transaction_tier, box);
  if (tiers.high < demanded.least.display_tier ||
      !why_never_approved(demanded.least, box).empty()) {
    return prune();
  }
  if (denied.truth == BoxTruth::mixed) {
    return denied.step;
  }
  const auto any = [](std::uint32_t) { return true; };
  if (denies_by_default && !demanded.has_any) {
    return cut_rule(find_mixed(truths, any), true);
  }
  if (tiers.low <= demanded.least.display_tier && tiers.has(demanded.most.display_tier) &&
      why_never_approved(demanded.most, box).empty()) {
    return found();
  }
  if (mixed_first != kNoRule) {
    const Space::Cut cut = publish_asks_.find_cut(mixed_first, box);
    return cut_axis({cut.axis, cut.at});
  }
  const std::uint32_t mixed = find_mixed(truths, any);
  return mixed == kNoRule ? prune() : cut_rule(mixed, false);
}

// Empty where an administrator with some passkey of the box could meet them.
std::string_view Linter::why_never_approved(const Requirements& demanded, const Box& box) const {
  if (demanded.display_tier > highest_tier(kPublishing, settings_.tiers)) {
    return "no publication is shown so";
  }
  if (demanded.timeout < kMinPublishTimeout) {
    return "nobody reads and signs it in that time";
  }
  const std::string_view why = why_unsatisfiable(demanded);
  return why.empty() ? why_no_key(demanded, box) : why;
}

std::string_view Linter::why_no_key(const Requirements& demanded, const Box& box) const {
  const auto values = [&](PolicyInput input) { return publish_.values_of(input, box); };
  // Whether the box has a name of those.
  const auto has_name = [&](PolicyInput input, std::string_view name) {
    const std::optional<std::size_t> axis = publish_.axis_of(input);
    return !axis || box[*axis].has(publish_.axes()[*axis].cell_of(name));
  };
  const Space::Values age = values(PolicyInput::credential_age);
  if (!is_long_enough(std::max(age.low, demanded.cooling_off),
                      std::min(age.high, demanded.credential_age))) {
    return "no passkey gets to that age within a month and keeps it for a minute";
  }
  const Space::Values unused = values(PolicyInput::credential_last_used_age);
  if (!is_long_enough(unused.low, unused.high)) {
    return "no passkey is used so rarely, or so often";
  }
  if (!is_long_enough(unused.low, std::min(age.high, demanded.credential_age))) {
    return "no passkey is unused for longer than it exists";
  }
  const std::span<const std::string_view> algorithms =
      row_of(PolicyInput::credential_algorithm).choices;
  bool has_algorithm = false;
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    const bool is_allowed = (demanded.algorithms & settings_.algorithms) >> i & 1U;
    has_algorithm =
        has_algorithm || (is_allowed && has_name(PolicyInput::credential_algorithm, algorithms[i]));
  }
  if (!has_algorithm) {
    return "no passkey that the server enrols has such an algorithm";
  }
  if (!has_transports(demanded.transports, box)) {
    return "no passkey has such transports";
  }
  if (!has_model(demanded, box)) {
    return "no model is left";
  }
  const Space::Values level = values(PolicyInput::credential_certification);
  const Space::Values attested = values(PolicyInput::credential_attested);
  const bool is_proved = needs_proved_model(demanded) || level.low > 0 || attested.low == 1;
  if ((is_proved && !attested.has(1)) ||
      level.high < static_cast<std::int64_t>(demanded.minimum_certification)) {
    return "no model is proved and not proved at once";
  }
  const auto has_other_than = [&](PolicyInput input, std::span<const std::string_view> names) {
    const std::span<const std::string_view> choices = row_of(input).choices;
    return std::any_of(choices.begin(), choices.end(), [&](std::string_view name) {
      return std::find(names.begin(), names.end(), name) == names.end() && has_name(input, name);
    });
  };
  constexpr std::string_view kUnattested[] = {"none"};
  if ((is_proved || demanded.attestation != AttestationConveyance::none) &&
      !has_other_than(PolicyInput::credential_format, kUnattested)) {
    return "the format none attests nothing";
  }
  // As the verdict has it (review_credential): an objection of the metadata takes the proof back.
  constexpr std::string_view kObjected[] = {"compromised", "revoked"};
  constexpr PolicyInput kStatus = PolicyInput::credential_metadata_status;
  if (is_proved && !has_other_than(kStatus, kObjected)) {
    return "nothing proves a model to which the metadata object";
  }
  constexpr std::string_view kCurrent[] = {"current"};
  if (!attested.has(1) && !has_other_than(kStatus, kCurrent)) {
    return "no model is current that is not proved";
  }
  const Space::Values eligible = values(PolicyInput::credential_backup_eligible);
  const bool is_backed_up = values(PolicyInput::credential_backed_up).low == 1;
  if ((demanded.binding != KeyBinding::any && (!eligible.has(0) || is_backed_up)) ||
      (is_backed_up && !eligible.has(1))) {
    return "no passkey is bound to its device and backed up at once";
  }
  return "";
}

// Whether a passkey of the box reports nothing but what is demanded.
bool Linter::has_transports(TransportMask demanded, const Box& box) const {
  const InputRow& row = row_of(PolicyInput::credential_transports);
  unsigned reported = 0;
  unsigned possible = kRealTransports;
  for (std::size_t i = 0; i < publish_.axes().size(); ++i) {
    const Axis& axis = publish_.axes()[i];
    if (axis.input == row.id) {
      const unsigned bit = 1U << find_choice(row, axis.member).value_or(0);
      reported |= box[i].low == 1 ? bit : 0;
      possible &= box[i].high == 0 ? ~bit : ~0U;
    }
  }
  return (reported & ~(demanded & kRealTransports)) == 0 &&
         (demanded == kAnyTransport || (possible & demanded) != 0);
}

bool Linter::has_model(const Requirements& demanded, const Box& box) const {
  const std::optional<std::size_t> at = publish_.axis_of(PolicyInput::credential_aaguid);
  if (!at || (demanded.allow_lists | demanded.deny_lists) == 0) {
    return true;  // lists that leave nothing are unsatisfiable themselves
  }
  const Axis& axis = publish_.axes()[*at];
  const auto is_good = [&](const std::string& model, std::uint32_t cell) {
    return box[*at].has(cell) && is_model_allowed(document_, demanded, model);
  };
  if (demanded.allow_lists == 0) {
    return box[*at].has(axis.others) ||
           std::any_of(axis.known_names.begin(), axis.known_names.end(),
                       [&](const auto& one) { return is_good(one.first, one.second); });
  }
  for (std::size_t i = 0; i < document_.lists().size(); ++i) {
    const std::vector<std::string>& models = document_.lists()[i].models;
    const bool is_allowing = (demanded.allow_lists >> i & 1U) != 0;
    if (is_allowing && std::any_of(models.begin(), models.end(), [&](const std::string& model) {
          return is_good(model, axis.cell_of(model));
        })) {
      return true;
    }
  }
  return false;
}

// With an approval that is not denied, where there is one: then it is the demands that nobody
// meets.
LintFinding Linter::explain_lock_out(std::span<const std::uint32_t> relevant, const Box& start) {
  const auto question = [&](const Box& box, const BoxTruths& truths) {
    const Look denied = denial(publish_, box, truths, kNoRule);
    const std::uint32_t mixed = find_mixed(truths, [](std::uint32_t) { return true; });
    const bool may_pass =
        document_.default_outcome() != Outcome::deny || demands(truths, kNoRule).may_have_any;
    if (denied.truth == BoxTruth::yes || !may_pass) {
      return prune();
    }
    if (denied.truth == BoxTruth::mixed) {
      return denied.step;
    }
    return mixed == kNoRule ? found() : cut_rule(mixed, false);
  };
  const SearchResult passed = search(publish_, start, relevant, question, budget_);
  const Box& box = passed.kind == SearchResult::Kind::found ? passed.box : start;
  LintFinding finding;
  finding.kind = LintKind::publish_locked_out;
  finding.severity = Severity::error;
  finding.witness = publish_.sample(box);
  (void)finding.witness->set_text(PolicyInput::transaction_type, kPublicationType);
  const Decision asked = evaluate(document_, Phase::options, *finding.witness);
  const Requirements first = asked_first(asked.requirements);
  (void)finding.witness->set_number(PolicyInput::transaction_tier, first.display_tier);
  Decision decision = evaluate(document_, Phase::verdict, *finding.witness);
  std::string_view why;
  if (decision.outcome == Outcome::deny) {
    for (const RuleMatch& match : decision.matches) {
      if (rule(match.rule).effect == Outcome::deny && match.truth >= Truth::unknown) {
        finding.rules.push_back(match.rule);
      }
    }
  } else {
    join(decision.requirements, first);
    why = why_never_approved(decision.requirements, box);
    std::vector<std::uint32_t> demanding;
    for (const RuleMatch& match : asked.matches) {
      if (rule(match.rule).effect == Outcome::require) {
        demanding.push_back(match.rule);
        if (!why_never_approved(rule(match.rule).requirements, box).empty()) {
          finding.rules.push_back(match.rule);
        }
      }
    }
    if (finding.rules.empty()) {
      finding.rules = std::move(demanding);  // together they are too much
    }
  }
  finding.message = "no administrator could ever replace it" +
                    (why.empty() ? std::string() : " (" + std::string(why) + ")") + ": " +
                    decided(*finding.witness, Phase::verdict);
  return finding;
}

}  // namespace countersign
