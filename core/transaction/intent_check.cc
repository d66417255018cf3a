// A frozen intent against its template. The same for an intent that was just frozen and for one
// that was read back years later.

#include <algorithm>

#include "base/limits.h"
#include "base/time.h"
#include "transaction/account.h"
#include "transaction/amount.h"
#include "transaction/bound.h"
#include "transaction/intent.h"
#include "transaction/payee_name.h"
#include "transaction/recorded.h"

namespace countersign {
namespace {

using Type = CanonicalValue::Type;
using Problem = std::optional<IntentProblem>;

Problem problem(ErrorCode code, std::string field) {
  return IntentProblem{{code, Check::none, 0}, std::move(field), 0};
}

Problem text_problem(const TextProblem& found, std::string field) {
  return IntentProblem{{found.code, Check::none, found.offset}, std::move(field), found.code_point};
}

// Of what is made now, or of what was made and signed by whatever rules there were.
enum class Reading : std::uint8_t { made_now, recorded };

template <Reading kReading>
Problem check_amount(const Field& field, const CanonicalValue& value, const std::string& path) {
  const Result<Amount> amount = make_amount(value);
  if (!amount) {
    return problem(amount.error().code, path);
  }
  if (kReading == Reading::made_now && !currency_exponent(amount->currency)) {
    return problem(ErrorCode::currency_not_usable, path);
  }
  return amount->minor == 0 && !field.may_be_zero ? problem(ErrorCode::amount_not_positive, path)
                                                  : std::nullopt;
}

template <Reading kReading>
Problem check_amounts(const Field& field, const CanonicalValue& value, const std::string& path) {
  if (!value.is(Type::array)) {
    return problem(ErrorCode::intent_field_type_mismatch, path);
  }
  if (value.items.empty() || value.items.size() > limits::kMaxBatchCurrencies) {
    return problem(ErrorCode::intent_value_out_of_range, path);
  }
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const std::string item = path + "[" + std::to_string(i) + "]";
    if (const Problem found = check_amount<kReading>(field, value.items[i], item)) {
      return found;
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (value.items[j].find("currency")->text == value.items[i].find("currency")->text) {
        return problem(ErrorCode::intent_constraint_violated, item);
      }
    }
  }
  return std::nullopt;
}

template <Reading kReading>
Problem check_text(const Field& field, const CanonicalValue& value, const std::string& path) {
  if (value.text.size() > limits::kMaxTextBytes) {
    return problem(ErrorCode::text_length_wrong, path);
  }
  if (kReading == Reading::recorded) {
    return std::nullopt;
  }
  if (const std::optional<TextProblem> found = find_text_problem(value.text, field.text_kind)) {
    return text_problem(*found, path);
  }
  if (count_graphemes(value.text) > static_cast<std::size_t>(field.max_graphemes)) {
    return problem(ErrorCode::text_length_wrong, path);
  }
  if (field.role == FieldRole::payee && field.text_kind == TextKind::name) {
    if (const std::optional<TextProblem> found = find_value_in_name(value.text)) {
      return text_problem(*found, path);
    }
  }
  return std::nullopt;
}

Problem check_account(const CanonicalValue& value, Reading reading, const std::string& path) {
  Result<PaymentAccount> account = make_account(value);
  if (account && reading == Reading::made_now) {
    account = make_account(account->scheme, account->id);
  }
  return account ? std::nullopt : problem(account.error().code, path);
}

bool is_date(std::string_view text, Reading reading) {
  constexpr std::size_t kSize = 10;
  // [what people bank about: no date in it has a year that could be read as something else]
  const bool is_usual = text >= "1900" && text < "2200";
  return text.size() == kSize && (is_usual || reading == Reading::recorded) &&
         parse_rfc3339_date(text).has_value();
}

template <Reading kReading>
Problem check_fields(const std::vector<Field>& fields, const CanonicalValue& map,
                     const std::string& prefix);

template <Reading kReading>
Problem check_list(const Field& field, const CanonicalValue& value, const std::string& path) {
  if (value.items.empty() || value.items.size() > static_cast<std::size_t>(field.max)) {
    return problem(ErrorCode::intent_value_out_of_range, path);
  }
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const std::string prefix = path + "[" + std::to_string(i) + "].";
    if (const Problem found = check_fields<kReading>(field.fields, value.items[i], prefix)) {
      return found;
    }
  }
  return std::nullopt;
}

Type frozen_type(FieldType type) {
  switch (type) {
    case FieldType::amount:
    case FieldType::account:
      return Type::map;
    case FieldType::amounts:
    case FieldType::list:
      return Type::array;
    case FieldType::text:
    case FieldType::date:
    case FieldType::enumeration:
      return Type::text;
    case FieldType::integer:
      return Type::integer;
    case FieldType::boolean:
      return Type::boolean;
  }
  return Type::null;
}

template <Reading kReading>
Problem check_value(const Field& field, const CanonicalValue& value, const std::string& path) {
  if (!value.is(frozen_type(field.type))) {
    return problem(ErrorCode::intent_field_type_mismatch, path);
  }
  switch (field.type) {
    case FieldType::amount:
      return check_amount<kReading>(field, value, path);
    case FieldType::amounts:
      return check_amounts<kReading>(field, value, path);
    case FieldType::account:
      return check_account(value, kReading, path);
    case FieldType::text:
      return check_text<kReading>(field, value, path);
    case FieldType::date:
      return is_date(value.text, kReading) ? std::nullopt
                                           : problem(ErrorCode::date_malformed, path);
    case FieldType::integer:
      return value.integer < field.min || value.integer > field.max
                 ? problem(ErrorCode::intent_value_out_of_range, path)
                 : std::nullopt;
    case FieldType::boolean:
      return std::nullopt;
    case FieldType::enumeration:
      return std::find(field.values.begin(), field.values.end(), value.text) == field.values.end()
                 ? problem(ErrorCode::intent_value_not_offered, path)
                 : std::nullopt;
    case FieldType::list:
      return check_list<kReading>(field, value, path);
  }
  return problem(ErrorCode::internal_error, path);
}

bool holds(const Condition& condition, const CanonicalValue& map) {
  const CanonicalValue* value = map.find(condition.field);
  if (value == nullptr) {
    return false;
  }
  return value->is(Type::boolean) ? condition.equals == (value->boolean ? "true" : "false")
                                  : value->is(Type::text) && value->text == condition.equals;
}

template <Reading kReading>
Problem check_field(const Field& field, const CanonicalValue& map, const std::string& path) {
  const CanonicalValue* value = map.find(field.name);
  const bool may_be_there = !field.when || holds(*field.when, map);
  if (value == nullptr) {
    return field.is_optional || !may_be_there ? std::nullopt
                                              : problem(ErrorCode::intent_field_missing, path);
  }
  if (!may_be_there) {
    return problem(ErrorCode::intent_constraint_violated, path);
  }
  if (const Problem found = check_value<kReading>(field, *value, path)) {
    return found;
  }
  if (field.constant && !are_equal(*field.constant, *value)) {
    return problem(ErrorCode::intent_constraint_violated, path);
  }
  if (!field.must_match.empty()) {
    const CanonicalValue* other = map.find(field.must_match);
    if (other == nullptr || !are_equal(*other, *value)) {
      return problem(ErrorCode::intent_constraint_violated, path);
    }
  }
  return std::nullopt;
}

template <Reading kReading>
Problem check_fields(const std::vector<Field>& fields, const CanonicalValue& map,
                     const std::string& prefix) {
  if (!map.is(Type::map)) {
    return problem(ErrorCode::intent_field_type_mismatch, prefix);
  }
  std::size_t known = 0;
  for (const Field& field : fields) {
    if (const Problem found = check_field<kReading>(field, map, prefix + field.name)) {
      return found;
    }
    known += map.find(field.name) != nullptr ? 1 : 0;
  }
  return known == map.members.size() ? std::nullopt
                                     : problem(ErrorCode::intent_field_unknown, prefix);
}

// The count is the number of lines, each total the sum of the lines of its currency.
Problem check_sums(const BatchFields& batch, const CanonicalValue& fields) {
  const CanonicalValue* found_lines = fields.find(batch.lines);
  const CanonicalValue* found_total = fields.find(batch.total);
  const CanonicalValue* found_count = fields.find(batch.count);
  if (found_lines == nullptr || found_total == nullptr || found_count == nullptr) {
    return problem(ErrorCode::template_malformed, "");  // of a pinned one that nobody linted
  }
  const CanonicalValue& lines = *found_lines;
  const CanonicalValue& total = *found_total;
  if (found_count->integer != static_cast<std::int64_t>(lines.items.size())) {
    return problem(ErrorCode::intent_constraint_violated, batch.count);
  }
  std::vector<Amount> sums;  // [one a currency; more than there are totals are refused]
  const auto sum_in = [&sums](std::string_view currency) {
    return std::find_if(sums.begin(), sums.end(),
                        [&](const Amount& sum) { return sum.currency == currency; });
  };
  for (const CanonicalValue& line : lines.items) {
    const CanonicalValue* amount = line.find(batch.amount);
    const Result<Amount> read =
        amount == nullptr ? Result<Amount>(ErrorCode::intent_field_missing) : make_amount(*amount);
    if (!read) {
      return problem(read.error().code, batch.lines);
    }
    const auto sum = sum_in(read->currency);
    if (sum == sums.end()) {
      if (sums.size() == total.items.size()) {
        return problem(ErrorCode::intent_constraint_violated, batch.total);
      }
      sums.push_back(*read);
      continue;
    }
    Result<Amount> added = add(*sum, *read);
    if (!added) {
      return problem(added.error().code, batch.lines);
    }
    *sum = *std::move(added);
  }
  for (const CanonicalValue& item : total.items) {
    const Result<Amount> wanted = make_amount(item);
    if (!wanted) {
      return problem(wanted.error().code, batch.total);
    }
    const auto sum = sum_in(wanted->currency);
    if (sum == sums.end() || sum->minor != wanted->minor) {
      return problem(ErrorCode::intent_constraint_violated, batch.total);
    }
  }
  // No currency is missing: as many sums as totals, whose currencies differ.
  return sums.size() == total.items.size()
             ? std::nullopt
             : problem(ErrorCode::intent_constraint_violated, batch.total);
}

template <Reading kReading>
Problem check_frozen(const Template& source, const CanonicalValue& frozen) {
  if (!has_exactly(frozen, {"type", "fields"}) || !frozen.find("type")->is(Type::text)) {
    return problem(ErrorCode::intent_malformed, "");
  }
  if (frozen.find("type")->text != source.type) {
    return problem(ErrorCode::intent_type_mismatch, "");
  }
  const CanonicalValue& fields = *frozen.find("fields");
  if (const Problem found = check_fields<kReading>(source.fields, fields, "")) {
    return found;
  }
  return source.batch ? check_sums(*source.batch, fields) : std::nullopt;
}

}  // namespace

std::optional<IntentProblem> find_intent_problem(const Template& source,
                                                 const CanonicalValue& frozen) {
  return check_frozen<Reading::made_now>(source, frozen);
}

Status check_recorded_intent(const Template& source, const CanonicalValue& frozen) {
  const Problem found = check_frozen<Reading::recorded>(source, frozen);
  return found ? Status(found->error) : ok();
}

Status check_intent(const Template& source, const CanonicalValue& frozen) {
  if (const std::optional<IntentProblem> found = find_intent_problem(source, frozen)) {
    return found->error;
  }
  return ok();
}

}  // namespace countersign
