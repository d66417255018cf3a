// The rules that a template is held to, one function each.

#include <algorithm>

#include "base/transaction_limits.h"
#include "transaction/amount.h"
#include "transaction/look_alikes.h"
#include "transaction/shown_fields.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

Error refused(ErrorCode code) { return {code, Check::none, 0}; }

bool has_name_twice(const std::vector<Field>& fields) {
  for (std::size_t i = 1; i < fields.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (fields[i].name == fields[j].name) {
        return true;
      }
    }
  }
  return false;
}

// Exactly one of: shown, held to a constant, held to another field. A list is its fields.
Status check_is_shown_or_constrained(const Field& field) {
  const int ways =
      (field.display ? 1 : 0) + (field.constant ? 1 : 0) + (field.must_match.empty() ? 0 : 1);
  if (field.type == FieldType::list) {
    return ways == 0 ? ok() : Status(refused(ErrorCode::template_malformed));
  }
  if (ways == 0) {
    return refused(ErrorCode::template_field_hidden);
  }
  return ways == 1 ? ok() : Status(refused(ErrorCode::template_malformed));
}

// A hidden amount or payee is at no level at all. Names and accounts must say whose they are.
Status check_level(const Field& field) {
  const bool has_role = field.role != FieldRole::none;
  const bool is_party = field.type == FieldType::account ||
                        (field.type == FieldType::text && field.text_kind == TextKind::name);
  if (is_party != has_role) {
    return refused(ErrorCode::template_malformed);
  }
  if (field.role == FieldRole::own && field.type == FieldType::account && !field.display) {
    return refused(ErrorCode::template_field_hidden);
  }
  if (!is_amount_field(field) && field.role != FieldRole::payee) {
    return ok();
  }
  return field.display && field.display->level == 1
             ? ok()
             : Status(refused(ErrorCode::template_level_too_low));
}

// What may be absent may be hidden by whoever makes the intent.
Status check_condition(const Field& field, const std::vector<Field>& siblings) {
  const bool is_level_1 = field.display && field.display->level == 1;
  // A hidden field that may be absent is a choice that nobody sees.
  if ((is_level_1 || !field.display) && (field.is_optional || field.when)) {
    return refused(ErrorCode::template_condition_unsafe);
  }
  if (!field.when) {
    return ok();
  }
  const auto asked = std::find_if(siblings.begin(), siblings.end(), [&](const Field& sibling) {
    return sibling.name == field.when->field;
  });
  const std::string& equals = field.when->equals;
  if (field.is_optional || asked == siblings.end() || asked->is_optional || asked->when ||
      !asked->display) {
    return refused(ErrorCode::template_condition_unsafe);
  }
  const bool can_be =
      asked->type == FieldType::boolean
          ? equals == "true" || equals == "false"
          : std::find(asked->values.begin(), asked->values.end(), equals) != asked->values.end();
  return can_be ? ok() : Status(refused(ErrorCode::template_malformed));
}

// The one formatter of a type that shows all of it.
std::string_view whole_format(FieldType type) {
  switch (type) {
    case FieldType::amount:
    case FieldType::amounts:
      return "amount";
    case FieldType::account:
      return "account";
    case FieldType::text:
      return "text";
    case FieldType::date:
      return "date";
    case FieldType::integer:
      return "integer";
    case FieldType::boolean:
      return "boolean";
    case FieldType::enumeration:
      return "enum";
    case FieldType::list:
      return "";
  }
  return "";
}

Status check_formatter(const Field& field) {
  const bool is_whole = !field.display || field.display->format.empty() ||
                        field.display->format == whole_format(field.type);
  return is_whole ? ok() : Status(refused(ErrorCode::template_formatter_lossy));
}

Status check_match(const Field& field, const std::vector<Field>& siblings) {
  if (field.must_match.empty()) {
    return ok();
  }
  const auto other = std::find_if(siblings.begin(), siblings.end(), [&](const Field& sibling) {
    return sibling.name == field.must_match;
  });
  // What it repeats is shown: else two hidden fields could hold each other.
  return other != siblings.end() && other->display && other->type == field.type &&
                 !other->is_optional && !other->when
             ? ok()
             : Status(refused(ErrorCode::template_field_hidden));
}

Status check_fields(const std::vector<Field>& fields) {
  if (has_name_twice(fields)) {
    return refused(ErrorCode::template_malformed);
  }
  for (const Field& field : fields) {
    CS_TRY(check_is_shown_or_constrained(field));
    CS_TRY(check_level(field));
    CS_TRY(check_condition(field, fields));
    CS_TRY(check_formatter(field));
    CS_TRY(check_match(field, fields));
    if (field.type == FieldType::list) {
      CS_TRY(check_fields(field.fields));
    }
  }
  return ok();
}

// Rows are read from the top: what matters more is not below what matters less.
Status check_order(const std::vector<Field>& fields) {
  std::int64_t last = 1;
  for (const Field& field : fields) {
    if (field.type == FieldType::list) {
      // Its groups begin at level 1 again. Nothing of level 1 stands below them.
      if (last > 1) {
        return refused(ErrorCode::template_level_too_low);
      }
      last = 2;
      CS_TRY(check_order(field.fields));
    } else if (field.display) {
      if (field.display->level < last) {
        return refused(ErrorCode::template_level_too_low);
      }
      last = field.display->level;
    }
  }
  return ok();
}

// A payment shows what is paid and to whom, by name and, where there are accounts, by account, and
// does not pay nothing. In a batch each line does.
Status check_payment(const Template& source) {
  if (!source.is_payment()) {
    return ok();
  }
  const Field* lines = source.batch ? source.find(source.batch->lines) : nullptr;
  const std::vector<Field>& payment = lines == nullptr ? source.fields : lines->fields;
  bool has_amount = false;
  bool has_name = false;
  bool has_account = false;
  for (const Field& field : payment) {
    has_amount = has_amount || is_amount_field(field);
    has_account = has_account || (is_payee_field(field) && is_account_field(field));
    has_name = has_name || (is_payee_field(field) && !is_account_field(field));
  }
  if (!has_amount || !has_name || (any_field(source.fields, is_account_field) && !has_account)) {
    return refused(ErrorCode::template_level_too_low);
  }
  const auto may_be_nothing = [](const Field& f) { return is_amount_field(f) && f.may_be_zero; };
  return any_field(source.fields, may_be_nothing) ? Status(refused(ErrorCode::template_malformed))
                                                  : ok();
}

// What is in a list is summed up, and bound as a batch: the amount of its lines, and no other.
Status check_listed_amounts(const Template& source) {
  for (const Field& field : source.fields) {
    int amounts = 0;
    for (const Field& inner : field.fields) {
      amounts += is_amount_field(inner) ? 1 : 0;
    }
    const bool is_batch = source.batch && source.batch->lines == field.name;
    if (amounts > (is_batch ? 1 : 0)) {
      return refused(ErrorCode::template_malformed);
    }
  }
  return ok();
}

Status check_batch(const Template& source) {
  CS_TRY(check_listed_amounts(source));
  if (source.batch.has_value() != source.type.starts_with("payment.batch/")) {
    return refused(ErrorCode::template_malformed);
  }
  if (!source.batch) {
    return ok();
  }
  const Field* lines = source.find(source.batch->lines);
  const Field* count = source.find(source.batch->count);
  const Field* total = source.find(source.batch->total);
  const bool has_amount =
      lines != nullptr &&
      std::any_of(lines->fields.begin(), lines->fields.end(), [&](const Field& f) {
        return f.name == source.batch->amount && f.type == FieldType::amount;
      });
  // The binding document names them so.
  const bool is_whole = has_amount && count != nullptr && count->name == "count" &&
                        count->type == FieldType::integer && !count->is_optional && !count->when &&
                        count->display && total != nullptr && total->name == "total" &&
                        total->type == FieldType::amounts;
  return is_whole ? ok() : Status(refused(ErrorCode::template_malformed));
}

Status check_text(const std::string& text, std::size_t max_graphemes) {
  if (text.empty()) {
    return refused(ErrorCode::template_text_missing);
  }
  CS_TRY(check_display_text(text, TextKind::label));
  return count_graphemes(text) > max_graphemes ? Status(refused(ErrorCode::template_text_too_long))
                                               : ok();
}

bool is_digit(char32_t c) { return properties_of(c).is_digit; }

// A label or an action that has digits, or what stands around values, could be read as a value.
Status check_label(const std::string& text, std::size_t max_graphemes) {
  CS_TRY(check_text(text, max_graphemes));
  CS_ASSIGN(const std::vector<CharacterAt> characters, decode_utf8(text));
  for (const CharacterAt& character : characters) {
    constexpr std::u32string_view kAroundValues =
        U":[]"
        U"\u02d0\u02f8\u0589\u05c3\u0703\u0704\u205a\u2236\ua789\ufe13\ufe30\ufe55\uff1a\uff3b"
        U"\uff3d";
    if (is_digit(character.code_point) ||
        kAroundValues.find(character.code_point) != kAroundValues.npos) {
      return Error{ErrorCode::text_character_forbidden, Check::none, character.offset};
    }
  }
  return ok();
}

// "up to 100 EUR" of an enumeration would be an amount that is none.
Status check_value_text(const std::string& text) {
  CS_TRY(check_text(text, limits::kMaxLabelGraphemes));
  CS_ASSIGN(const std::vector<CharacterAt> characters, decode_utf8(text));
  std::u32string bare;  // without spaces
  for (const CharacterAt& character : characters) {
    if (character.code_point != ' ') {
      bare += character.code_point;
    }
  }
  const auto is_digit_at = [&](std::size_t at) { return at < bare.size() && is_digit(bare[at]); };
  for (std::size_t i = 0; i < bare.size(); ++i) {
    const char32_t c = bare[i];
    const bool is_sign = is_currency_sign(c);
    std::string code;
    for (std::size_t j = i; j < i + 3 && j < bare.size() && bare[j] < 0x80; ++j) {
      code += static_cast<char>(bare[j]);
    }
    const std::size_t size = is_sign ? 1 : 3;
    if ((is_sign || currency_exponent(code)) && (is_digit_at(i - 1) || is_digit_at(i + size))) {
      return refused(ErrorCode::text_character_forbidden);
    }
  }
  return ok();
}

constexpr std::size_t kLabels = 0;

// The texts of one locale that must not read alike: those of a group.
class Alike {
 public:
  Status add(std::size_t group, std::string_view text) {
    std::string reading = reading_of(text);
    // [64 fields of 64 values at most]
    for (const auto& [other, before] : readings_) {
      if (other == group && before == reading) {
        return refused(ErrorCode::template_text_missing);
      }
    }
    readings_.emplace_back(group, std::move(reading));
    return ok();
  }

 private:
  std::vector<std::pair<std::size_t, std::string>> readings_;
};

Status check_values(const Field& field, const TemplateTexts& texts, std::size_t group,
                    Alike& alike) {
  std::vector<const TemplateTexts::ValueText*> own;
  for (const TemplateTexts::ValueText& row : texts.values) {
    if (row.field == field.name) {
      own.push_back(&row);
    }
  }
  std::vector<std::string> values = field.values;
  if (field.type == FieldType::boolean) {
    values = {"true", "false"};
  }
  for (const std::string& value : values) {
    const auto found =
        std::find_if(own.begin(), own.end(), [&](const auto* row) { return row->value == value; });
    if (found == own.end()) {
      return refused(ErrorCode::template_text_missing);
    }
    CS_TRY(alike.add(group, (*found)->text));
  }
  return ok();
}

Status check_field_texts(const std::vector<Field>& fields, const TemplateTexts& texts,
                         std::size_t& group, Alike& alike) {
  for (const Field& field : fields) {
    CS_TRY(check_field_texts(field.fields, texts, group, alike));
    if (!field.display) {
      continue;
    }
    const std::string* label = texts.label(field.display->label);
    if (label == nullptr) {
      return refused(ErrorCode::template_text_missing);
    }
    CS_TRY(alike.add(kLabels, *label));
    CS_TRY(check_values(field, texts, ++group, alike));
  }
  return ok();
}

Status check_texts(const Template& source, const TemplateTexts& texts) {
  CS_TRY(check_text(texts.title, limits::kMaxTitleGraphemes));
  Alike alike;
  for (const std::string* action : {&texts.affirm, &texts.deny}) {
    CS_TRY(check_label(*action, limits::kMaxActionGraphemes));
  }
  // All, since what no field uses is bound all the same.
  for (const auto& [key, label] : texts.labels) {
    CS_TRY(check_label(label, limits::kMaxLabelGraphemes));
  }
  for (const TemplateTexts::ValueText& row : texts.values) {
    CS_TRY(check_value_text(row.text));
  }
  std::size_t group = kLabels;
  return check_field_texts(source.fields, texts, group, alike);
}

// What approves in one locale declines in none.
Status check_actions(const std::vector<TemplateTexts>& locales) {
  std::vector<std::string> affirming;
  for (const TemplateTexts& texts : locales) {
    affirming.push_back(reading_of(texts.affirm));
  }
  for (const TemplateTexts& texts : locales) {
    if (std::find(affirming.begin(), affirming.end(), reading_of(texts.deny)) != affirming.end()) {
      return refused(ErrorCode::template_text_missing);
    }
  }
  return ok();
}

std::size_t count_fields(const std::vector<Field>& fields) {
  std::size_t count = fields.size();
  for (const Field& field : fields) {
    count += field.fields.size();
  }
  return count;
}

}  // namespace

Status check_shown(const Template& source) {
  CS_TRY(check_fields(source.fields));
  CS_TRY(check_order(source.fields));
  CS_TRY(check_batch(source));
  return check_payment(source);
}

Status lint_template(const Template& source) {
  if (count_fields(source.fields) > limits::kMaxTemplateFields) {
    return refused(ErrorCode::template_malformed);
  }
  CS_TRY(check_shown(source));
  if (source.texts.empty()) {
    return refused(ErrorCode::template_text_missing);
  }
  for (const TemplateTexts& texts : source.texts) {
    CS_TRY(check_texts(source, texts));
  }
  return check_actions(source.texts);
}

}  // namespace countersign
