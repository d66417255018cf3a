#include <algorithm>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "native/cli/action_help.h"
#include "native/cli/commands.h"
#include "native/cli/line_answers.h"
#include "native/cli/policy_refusal.h"
#include "native/cli/policy_schema.h"
#include "native/cli/whole_file.h"
#include "policy/enrolled_reader.h"
#include "policy/policy_pages.h"
#include "policy/shipped.h"
#include "policy/simulation_pages.h"
#include "service/policy_case.h"
#include "service/policy_review.h"

namespace countersign::cli {
namespace {

// [a year's decisions of a bank are cut into files; memory is a few times the text]
constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;

struct PolicyCall {
  std::string_view action;
  std::vector<std::string> files;
  bool is_json = false;
  bool is_table = false;  // show
  std::optional<Phase> phase;
  std::string inputs;                 // explain: JSON; simulate: a file
  std::vector<std::string> policies;  // decide
  std::string active;                 // simulate
  std::string credentials;            // simulate
  std::string models;
  std::string time;
  std::string currency = "EUR";
  DisplayTiers tiers = kServerTiers;
  std::optional<std::int64_t> administrators;
  ExemptionTerms exemptions;
};

int report(const CommandIo& io, std::string_view file, std::string_view what) {
  write_all(io.err, "countersign policy: " + std::string(file) + ": " + std::string(what) + '\n');
  return kFailed;
}

std::optional<std::string> read_file(const CommandIo& io, const std::string& file) {
  return read_whole_file(io, "policy", file, kMaxFileBytes);
}

int refuse(const CommandIo& io, const std::string& file, std::string_view text,
           const Error& error) {
  write_all(io.err, refusal_page(file, text, error));
  return kNegative;
}

// A file, or a policy that ships ("shipped:retail").
Result<PolicyDocument> load(const CommandIo& io, const std::string& file, int& code) {
  constexpr std::string_view kShipped = "shipped:";
  std::optional<std::string> text;
  if (file.starts_with(kShipped)) {
    const std::string_view name = std::string_view(file).substr(kShipped.size());
    if (!shipped_policy(name).empty()) {
      text = shipped_policy(name);
    } else {
      report(io, file, "no policy of that name ships");
    }
  } else {
    text = read_file(io, file);
  }
  if (!text) {
    code = kFailed;
    return ErrorCode::internal_error;
  }
  const OpenSslHasher hasher;
  Result<PolicyDocument> document = parse_policy(*text, hasher);
  if (!document) {
    code = refuse(io, file, *text, document.error());
  }
  return document;
}

int print(const CommandIo& io, const std::string& text) {
  return write_all(io.out, text) ? kDone : kFailed;
}

// read_call has let no other currency in.
Money money(const PolicyCall& call) { return money_of(call.currency).value_or(Money()); }

int run_lint(const PolicyCall& call, const CommandIo& io) {
  LintSettings settings;
  settings.time = call.time.empty() ? UnixSeconds{static_cast<std::int64_t>(std::time(nullptr))}
                                    : parse_rfc3339(call.time);
  if (!settings.time) {
    return usage_error(io, "policy", "--time takes an RFC 3339 time", call.time);
  }
  settings.money = money(call);
  settings.tiers = call.tiers;
  settings.administrators = call.administrators;
  settings.caps = exemption_caps(call.currency, call.exemptions);
  std::vector<KnownModel> models;
  if (!call.models.empty()) {
    const std::optional<std::string> text = read_file(io, call.models);
    if (!text) {
      return kFailed;
    }
    Result<std::vector<KnownModel>> parsed = parse_known_models(*text);
    if (!parsed) {
      return refuse(io, call.models, *text, parsed.error());
    }
    models = std::move(*parsed);
    settings.models = models;
  }
  int code = kDone;
  std::string page;
  for (const std::string& file : call.files) {
    const Result<PolicyDocument> document = load(io, file, code);
    if (!document) {
      continue;
    }
    const LintReport found = lint_policy(*document, settings);
    page +=
        call.is_json ? lint_json(file, *document, found) + '\n' : lint_page(file, *document, found);
    code = code == kDone && !found.is_clean() ? kNegative : code;
  }
  const int printed = print(io, page);
  return printed == kDone ? code : printed;
}

int run_show(const PolicyCall& call, const CommandIo& io) {
  int code = kDone;
  const Result<PolicyDocument> document = load(io, call.files.front(), code);
  if (!document) {
    return code;
  }
  if (call.is_table) {
    return print(io, overview_page(*document, money(call)));
  }
  const std::string& text = document->text();
  return print(io, text.ends_with('\n') ? text : text + '\n');
}

int run_explain(const PolicyCall& call, const CommandIo& io) {
  int code = kDone;
  const Result<PolicyDocument> document = load(io, call.files.front(), code);
  if (!document) {
    return code;
  }
  const bool is_text = call.inputs.find('{') != std::string::npos;
  const std::optional<std::string> text =
      is_text ? std::optional(call.inputs) : read_file(io, call.inputs);
  if (!text) {
    return kFailed;
  }
  const Result<PolicyInputs> inputs = parse_policy_inputs(*text);
  if (!inputs) {
    return refuse(io, is_text ? "--inputs" : call.inputs, *text, inputs.error());
  }
  const Phase phase = call.phase.value_or(Phase::options);
  return print(io, call.is_json ? explain_json(*document, phase, *inputs, money(call)) + '\n'
                                : explain_page(*document, phase, *inputs, money(call)));
}

int run_diff(const PolicyCall& call, const CommandIo& io) {
  int code = kDone;
  const Result<PolicyDocument> before = load(io, call.files[0], code);
  const Result<PolicyDocument> after = load(io, call.files[1], code);
  if (!before || !after) {
    return code;
  }
  const DiffReport found = diff_policies(*before, *after);
  const int printed = print(io, call.is_json ? diff_json(*before, *after, found) + '\n'
                                             : diff_page(*before, *after, found, money(call)));
  return printed == kDone && found.may_be_weaker() ? kNegative : printed;
}

int run_simulate(const PolicyCall& call, const CommandIo& io) {
  int code = kDone;
  const Result<PolicyDocument> draft = load(io, call.files.front(), code);
  const Result<PolicyDocument> active = load(io, call.active, code);
  if (!draft || !active) {
    return code;
  }
  const std::optional<std::string> text = read_file(io, call.inputs);
  if (!text) {
    return kFailed;
  }
  const Phase phase = call.phase.value_or(Phase::options);
  const Result<PolicyRecords> read = parse_policy_decisions(*text, phase);
  if (!read) {
    return refuse(io, call.inputs, *text, read.error());
  }
  const SimulationReport counts = simulate_policy(*active, *draft, read->rows);
  std::optional<std::vector<LockoutForecast>> forecast;
  if (!call.credentials.empty()) {
    const std::optional<std::string> enrolled = read_file(io, call.credentials);
    if (!enrolled) {
      return kFailed;
    }
    Result<std::vector<EnrolledCredential>> credentials = parse_enrolled_credentials(*enrolled);
    if (!credentials) {
      return refuse(io, call.credentials, *enrolled, credentials.error());
    }
    if (!call.models.empty()) {
      const std::optional<std::string> known = read_file(io, call.models);
      if (!known) {
        return kFailed;
      }
      const Result<std::vector<KnownModel>> models = parse_known_models(*known);
      if (!models) {
        return refuse(io, call.models, *known, models.error());
      }
      recheck_credentials(*credentials, *models);
    }
    std::vector<PolicyInputs> situations = situations_of(read->rows);
    add_plain_situations(*active, *draft, situations);
    forecast = forecast_lockout(*active, *draft, situations, *credentials, call.tiers);
  }
  return print(
      io, call.is_json
              ? simulation_json(*active, *draft, counts, read->skipped, forecast) + '\n'
              : simulation_page(*active, *draft, counts, read->skipped, forecast, money(call)));
}

int run_decide(const PolicyCall& call, const CommandIo& io) {
  const OpenSslHasher hasher;
  KeptPolicies policies(kMaxKeptPolicies);
  int code = kDone;
  for (const std::string& file : call.policies) {
    Result<PolicyDocument> document = load(io, file, code);
    if (!document) {
      return code;
    }
    const Digest256 digest = document->digest();
    policies.keep(digest, std::move(*document));
  }
  return answer_files("policy", call.files, kMaxPolicyCaseBytes, io, [&](std::string_view line) {
    return decide_case(line, policies, hasher, money(call));
  });
}

int run_review(const PolicyCall& call, const CommandIo& io) {
  const OpenSslHasher hasher;
  return answer_files("policy", call.files, kMaxReviewBytes, io,
                      [&](std::string_view line) { return review_case(line, hasher); });
}

bool read_integer(std::string_view text, std::optional<std::int64_t>& out) {
  constexpr std::size_t kMaxDigits = 9;
  if (text.empty() || text.size() > kMaxDigits ||
      text.find_first_not_of("0123456789") != std::string_view::npos) {
    return false;
  }
  out = std::stoll(std::string(text));
  return true;
}

// "D1,D2"; "D0" alone: none beside it.
bool read_tiers(std::string_view text, DisplayTiers& out) {
  unsigned tiers = 0;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    if (name.size() != 2 || name[0] != 'D' || name[1] < '0' ||
        name[1] - '0' > limits::kMaxDisplayTier || text.ends_with(',')) {
      return false;
    }
    tiers |= name == "D0" ? 0U : tier_bit(static_cast<unsigned>(name[1] - '0'));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
  }
  out = static_cast<DisplayTiers>(tiers);
  return true;
}

// As `exemptionCaps` of the configuration.
bool read_caps(std::string_view text, std::optional<ExemptionAmounts>& out) {
  const Result<JsonValue> json = parse_json(text, JsonOptions{});
  if (!json) {
    return false;
  }
  const Result<ExemptionAmounts> amounts = read_exemption_amounts(*json);
  if (amounts) {
    out = *amounts;
  }
  return amounts.has_value();
}

/// Nothing of `call` counts unless kDone comes back.
int read_call(Arguments arguments, const CommandIo& io, PolicyCall& call) {
  call.action = arguments.front();
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "-" || !argument.starts_with('-')) {
      call.files.emplace_back(argument);
      continue;
    }
    if (argument == "--json") {
      call.is_json = true;
      continue;
    }
    if (argument == "--table") {
      call.is_table = true;
      continue;
    }
    const std::string_view value = i + 1 < arguments.size() ? arguments[i + 1] : "";
    bool is_valid = !value.empty();
    if (argument == "--phase") {
      is_valid = value == "options" || value == "verdict";
      call.phase = value == "verdict" ? Phase::verdict : Phase::options;
    } else if (argument == "--inputs") {
      call.inputs = value;
    } else if (argument == "--policy") {
      call.policies.emplace_back(value);
    } else if (argument == "--active") {
      call.active = value;
    } else if (argument == "--credentials") {
      call.credentials = value;
    } else if (argument == "--models") {
      call.models = value;
    } else if (argument == "--time") {
      call.time = value;
    } else if (argument == "--card-fraud-ppm") {
      is_valid = read_integer(value, call.exemptions.card_fraud_ppm);
    } else if (argument == "--transfer-fraud-ppm") {
      is_valid = read_integer(value, call.exemptions.transfer_fraud_ppm);
    } else if (argument == "--currency") {
      is_valid = money_of(value).has_value();
      call.currency = value;
    } else if (argument == "--tiers") {
      is_valid = is_valid && read_tiers(value, call.tiers);
    } else if (argument == "--administrators") {
      is_valid = read_integer(value, call.administrators) && *call.administrators > 0;
    } else if (argument == "--exemption-caps") {
      is_valid = read_caps(value, call.exemptions.amounts);
    } else {
      return usage_error(io, "policy", "unknown option", argument);
    }
    if (!is_valid) {
      return usage_error(io, "policy", "the option lacks a value that it takes", argument);
    }
    ++i;
  }
  if (call.exemptions.amounts && call.currency == "EUR") {
    return usage_error(io, "policy", "--exemption-caps is for currencies other than EUR");
  }
  return kDone;
}

}  // namespace

int run_policy(Arguments arguments, const CommandIo& io) {
  if (arguments.empty()) {
    return usage_error(
        io, "policy",
        "say what to do: lint, show, explain, decide, diff, simulate, review or schema");
  }
  PolicyCall call;
  if (const int code = read_call(arguments, io, call); code != kDone) {
    return code;
  }
  if (call.action == "schema" && call.files.empty()) {
    return print(io, policy_schema());
  }
  if (call.action == "lint" && !call.files.empty()) {
    return run_lint(call, io);
  }
  if (call.action == "show" && call.files.size() == 1) {
    return run_show(call, io);
  }
  if (call.action == "explain" && call.files.size() == 1 && !call.inputs.empty()) {
    return run_explain(call, io);
  }
  if (call.action == "decide" && call.policies.size() <= kMaxKeptPolicies) {
    return run_decide(call, io);
  }
  if (call.action == "review") {
    return run_review(call, io);
  }
  if (call.action == "diff" && call.files.size() == 2) {
    return run_diff(call, io);
  }
  if (call.action == "simulate" && call.files.size() == 1 && !call.inputs.empty() &&
      !call.active.empty()) {
    return run_simulate(call, io);
  }
  const auto rows = commands();
  const auto own = std::find_if(rows.begin(), rows.end(),
                                [](const Command& one) { return one.name == "policy"; });
  const std::string usage = action_usage(own->help, call.action);
  return usage.empty() ? usage_error(io, "policy", "unknown action", call.action)
                       : usage_error(io, "policy", "files or options are missing, or too many",
                                     "usage: " + usage);
}

}  // namespace countersign::cli
