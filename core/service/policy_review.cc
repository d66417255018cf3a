#include "service/policy_review.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "codec/json_slices.h"
#include "policy/enrolled_reader.h"
#include "policy/policy_pages.h"
#include "policy/simulation_pages.h"
#include "service/case_id.h"
#include "service/policy_case.h"
#include "service/transaction_answer.h"

namespace countersign {
namespace {

constexpr std::size_t kMaxReviewMembers = 16;
constexpr std::int64_t kMaxFraudPpm = 1'000'000;
constexpr std::int64_t kMaxAdministrators = 1'000'000'000;

// The members of a line. What is read last is where an error belongs.
class ReviewCase {
 public:
  ReviewCase(std::vector<JsonMember> members, const Hasher& hasher)
      : members_(std::move(members)), hasher_(hasher) {}

  /// The member that an error is in, and its text; no name: it is of the line itself.
  const std::string& member() const { return member_; }
  std::string_view text() const { return is_text_ ? std::string_view(string_) : value_; }

  bool has(std::string_view name) const { return find(name) != nullptr; }
  Status check_members(std::initializer_list<std::string_view> own) {
    for (const JsonMember& one : members_) {
      const bool is_known = one.name == "id" || one.name == "review" || one.name == "page" ||
                            std::find(own.begin(), own.end(), one.name) != own.end();
      if (!is_known) {
        enter(one);
        return ErrorCode::policy_inputs_malformed;
      }
    }
    return ok();
  }

  Result<PolicyDocument> document(std::string_view name) {
    CS_TRY(open(name));
    if (value_.starts_with('"')) {
      CS_TRY(string(name));
    }
    return parse_policy(text(), hasher_);
  }
  Result<std::string> string(std::string_view name) {
    CS_TRY(open(name));
    JsonOptions options;
    options.max_bytes = kMaxReviewBytes;
    CS_ASSIGN(JsonValue value, parse_json(value_, options));
    if (!value.is_string()) {
      return ErrorCode::policy_inputs_malformed;
    }
    string_ = std::move(value.string);
    is_text_ = true;
    return string_;
  }
  Result<JsonValue> value(std::string_view name) {
    CS_TRY(open(name));
    return parse_json(value_, JsonOptions{});
  }
  Result<std::optional<std::int64_t>> number(std::string_view name, std::int64_t low,
                                             std::int64_t high) {
    if (!has(name)) {
      return std::optional<std::int64_t>();
    }
    CS_ASSIGN(const JsonValue value, this->value(name));
    const bool is_within = value.is_integer() && !value.is_unsigned_64 && value.integer >= low &&
                           value.integer <= high;
    return is_within ? Result<std::optional<std::int64_t>>(value.integer)
                     : Result<std::optional<std::int64_t>>(ErrorCode::policy_inputs_malformed);
  }

 private:
  const JsonMember* find(std::string_view name) const {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const JsonMember& one) { return one.name == name; });
    return found == members_.end() ? nullptr : &*found;
  }
  void enter(const JsonMember& member) {
    member_ = member.name;
    value_ = member.value;
    is_text_ = false;
  }
  // Error: policy_member_missing, in the line.
  Status open(std::string_view name) {
    const JsonMember* found = find(name);
    if (found == nullptr) {
      member_ = name;
      value_ = {};
      is_text_ = false;
      return ErrorCode::policy_member_missing;
    }
    enter(*found);
    return ok();
  }

  std::vector<JsonMember> members_;
  const Hasher& hasher_;
  std::string member_;
  std::string_view value_;
  std::string string_;
  bool is_text_ = false;
};

struct Reviewed {
  std::string report;
  std::string page;
};

Result<Money> read_money(ReviewCase& given, std::string& currency) {
  currency = "EUR";
  if (given.has("currency")) {
    CS_ASSIGN(currency, given.string("currency"));
  }
  const std::optional<Money> money = money_of(currency);
  return money ? Result<Money>(*money) : Result<Money>(ErrorCode::policy_inputs_malformed);
}

Result<DisplayTiers> read_tiers(ReviewCase& given) {
  if (!given.has("tiers")) {
    return kServerTiers;
  }
  CS_ASSIGN(const JsonValue value, given.value("tiers"));
  unsigned tiers = 0;
  bool is_list = value.is_array();
  for (const JsonValue& tier : value.items) {
    is_list = is_list && tier.is_integer() && tier.integer >= 0 &&
              tier.integer <= limits::kMaxDisplayTier;
    tiers |= is_list && tier.integer > 0 ? tier_bit(static_cast<unsigned>(tier.integer)) : 0U;
  }
  return is_list ? Result<DisplayTiers>(static_cast<DisplayTiers>(tiers))
                 : Result<DisplayTiers>(ErrorCode::policy_inputs_malformed);
}

Result<std::optional<std::vector<KnownModel>>> read_models(ReviewCase& given) {
  if (!given.has("models")) {
    return std::optional<std::vector<KnownModel>>();
  }
  CS_ASSIGN(const std::string text, given.string("models"));
  CS_ASSIGN(std::vector<KnownModel> models, parse_known_models(text));
  return std::optional<std::vector<KnownModel>>(std::move(models));
}

Result<ExemptionTerms> read_terms(ReviewCase& given, std::string_view currency) {
  ExemptionTerms terms;
  CS_ASSIGN(terms.card_fraud_ppm, given.number("cardFraudPpm", 0, kMaxFraudPpm));
  CS_ASSIGN(terms.transfer_fraud_ppm, given.number("transferFraudPpm", 0, kMaxFraudPpm));
  if (given.has("exemptionCaps")) {
    CS_ASSIGN(const JsonValue value, given.value("exemptionCaps"));
    CS_ASSIGN(terms.amounts, read_exemption_amounts(value));
    if (currency == "EUR") {
      return ErrorCode::policy_inputs_malformed;  // the euro's are in the articles
    }
  }
  return terms;
}

Result<Reviewed> lint(ReviewCase& given) {
  CS_TRY(
      given.check_members({"document", "file", "time", "currency", "models", "tiers",
                           "administrators", "cardFraudPpm", "transferFraudPpm", "exemptionCaps"}));
  std::string file;
  if (given.has("file")) {
    CS_ASSIGN(file, given.string("file"));
  }
  LintSettings settings;
  if (given.has("time")) {
    CS_ASSIGN(const std::string time, given.string("time"));
    settings.time = parse_rfc3339(time);
    if (!settings.time) {
      return ErrorCode::policy_inputs_malformed;
    }
  }
  std::string currency;
  CS_ASSIGN(settings.money, read_money(given, currency));
  CS_ASSIGN(settings.tiers, read_tiers(given));
  CS_ASSIGN(settings.administrators, given.number("administrators", 1, kMaxAdministrators));
  CS_ASSIGN(const ExemptionTerms terms, read_terms(given, currency));
  settings.caps = exemption_caps(currency, terms);
  CS_ASSIGN(const std::optional<std::vector<KnownModel>> models, read_models(given));
  if (models) {
    settings.models = *models;
  }
  CS_ASSIGN(const PolicyDocument document, given.document("document"));
  const LintReport found = lint_policy(document, settings);
  return Reviewed{lint_json(file, document, found), lint_page(file, document, found)};
}

Result<Reviewed> diff(ReviewCase& given) {
  CS_TRY(given.check_members({"before", "after", "currency"}));
  std::string currency;
  CS_ASSIGN(const Money money, read_money(given, currency));
  CS_ASSIGN(const PolicyDocument before, given.document("before"));
  CS_ASSIGN(const PolicyDocument after, given.document("after"));
  const DiffReport found = diff_policies(before, after);
  return Reviewed{diff_json(before, after, found), diff_page(before, after, found, money)};
}

Result<Phase> read_phase(ReviewCase& given) {
  if (!given.has("phase")) {
    return Phase::options;
  }
  CS_ASSIGN(const std::string name, given.string("phase"));
  const Phase phase = name == phase_name(Phase::verdict) ? Phase::verdict : Phase::options;
  return name == phase_name(phase) ? Result<Phase>(phase)
                                   : Result<Phase>(ErrorCode::policy_inputs_malformed);
}

Result<Forecast> read_forecast(ReviewCase& given, const PolicyDocument& active,
                               const PolicyDocument& draft, const PolicyRecords& read) {
  CS_ASSIGN(const DisplayTiers tiers, read_tiers(given));
  CS_ASSIGN(const std::optional<std::vector<KnownModel>> models, read_models(given));
  if (!given.has("credentials")) {
    return Forecast();
  }
  CS_ASSIGN(const std::string text, given.string("credentials"));
  CS_ASSIGN(std::vector<EnrolledCredential> credentials, parse_enrolled_credentials(text));
  if (models) {
    recheck_credentials(credentials, *models);
  }
  std::vector<PolicyInputs> situations = situations_of(read.rows);
  add_plain_situations(active, draft, situations);
  return Forecast(forecast_lockout(active, draft, situations, credentials, tiers));
}

Result<Reviewed> simulate(ReviewCase& given) {
  CS_TRY(given.check_members(
      {"active", "draft", "inputs", "phase", "credentials", "models", "tiers", "currency"}));
  std::string currency;
  CS_ASSIGN(const Money money, read_money(given, currency));
  CS_ASSIGN(const Phase phase, read_phase(given));
  CS_ASSIGN(const PolicyDocument draft, given.document("draft"));
  CS_ASSIGN(const PolicyDocument active, given.document("active"));
  CS_ASSIGN(const std::string text, given.string("inputs"));
  CS_ASSIGN(const PolicyRecords read, parse_policy_decisions(text, phase));
  CS_ASSIGN(const Forecast forecast, read_forecast(given, active, draft, read));
  const SimulationReport counts = simulate_policy(active, draft, read.rows);
  return Reviewed{simulation_json(active, draft, counts, read.skipped, forecast),
                  simulation_page(active, draft, counts, read.skipped, forecast, money)};
}

Result<Reviewed> review(ReviewCase& given) {
  CS_ASSIGN(const std::string kind, given.string("review"));
  return kind == "lint"       ? lint(given)
         : kind == "diff"     ? diff(given)
         : kind == "simulate" ? simulate(given)
                              : Result<Reviewed>(ErrorCode::policy_inputs_malformed);
}

Result<bool> wants_page(ReviewCase& given) {
  if (!given.has("page")) {
    return false;
  }
  CS_ASSIGN(const JsonValue value, given.value("page"));
  return value.is_boolean() ? Result<bool>(value.boolean)
                            : Result<bool>(ErrorCode::policy_inputs_malformed);
}

std::string id_of(ReviewCase& given) {
  JsonValue line;
  line.type = JsonValue::Type::object;
  if (given.has("id")) {
    Result<JsonValue> id = given.value("id");
    if (id) {
      line.members.emplace_back("id", std::move(*id));
    }
  }
  return case_id_json(line);
}

std::string refuse_review(std::string_view id, const Error& error, const std::string& member,
                          std::string_view text) {
  JsonWriter answer = begin_answer(id, false);
  write_refusal(answer, error, text, member);
  answer.end_object();
  return std::move(answer).take();
}

}  // namespace

std::string review_case(std::string_view line, const Hasher& hasher) {
  if (line.size() > kMaxReviewBytes) {
    return refuse_review("null", {ErrorCode::json_too_large, Check::none, 0}, "", line);
  }
  Result<std::vector<JsonMember>> members = slice_json_object(line, kMaxReviewMembers);
  if (!members) {
    return refuse_review("null", members.error(), "", line);
  }
  ReviewCase given(std::move(*members), hasher);
  const std::string id = id_of(given);
  const Result<bool> has_page = wants_page(given);
  const Result<Reviewed> reviewed = has_page ? review(given) : Result<Reviewed>(has_page.error());
  if (!reviewed) {
    return refuse_review(id, reviewed.error(), given.member(), given.text());
  }
  JsonWriter answer = begin_answer(id, true);
  answer.member("report").raw(reviewed->report);
  if (*has_page) {
    answer.member("page").string(reviewed->page);
  }
  answer.end_object();
  return std::move(answer).take();
}

}  // namespace countersign
