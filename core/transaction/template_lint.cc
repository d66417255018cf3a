// The rules that a template is held to, one function each.

#include <algorithm>

#include "base/limits.h"
#include "transaction/template.h"

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

bool is_amount(const Field& field) {
  return field.type == FieldType::amount || field.type == FieldType::amounts;
}

// A hidden amount or payee is at no level at all. Names and accounts must say whose they are.
Status check_level(const Field& field) {
  const bool has_role = field.role != FieldRole::none;
  const bool is_party = field.type == FieldType::account ||
                        (field.type == FieldType::text && field.text_kind == TextKind::name);
  if (is_party != has_role) {
    return refused(ErrorCode::template_malformed);
  }
  if (!is_amount(field) && field.role != FieldRole::payee) {
    return ok();
  }
  return field.display && field.display->level == 1
             ? ok()
             : Status(refused(ErrorCode::template_level_too_low));
}

// What may be absent may be hidden by whoever makes the intent.
Status check_condition(const Field& field, const std::vector<Field>& siblings) {
  const bool is_level_1 = field.display && field.display->level == 1;
  if ((is_level_1 || field.type == FieldType::list) && (field.is_optional || field.when)) {
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

template <class Predicate>
bool any_field(const std::vector<Field>& fields, const Predicate& is_wanted) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return is_wanted(field) || any_field(field.fields, is_wanted);
  });
}

// A payment shows what is paid and to whom, and does not pay nothing.
Status check_payment(const Template& source) {
  if (!source.is_payment()) {
    return ok();
  }
  if (!any_field(source.fields, is_amount) ||
      !any_field(source.fields, [](const Field& f) { return f.role == FieldRole::payee; })) {
    return refused(ErrorCode::template_level_too_low);
  }
  return any_field(source.fields, [](const Field& f) { return is_amount(f) && f.may_be_zero; })
             ? Status(refused(ErrorCode::template_malformed))
             : ok();
}

Status check_batch(const Template& source) {
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

Status check_text(const std::string* text, std::size_t max_graphemes) {
  if (text == nullptr || text->empty()) {
    return refused(ErrorCode::template_text_missing);
  }
  CS_TRY(check_display_text(*text, TextKind::plain));
  return text->size() > limits::kMaxTextBytes || count_graphemes(*text) > max_graphemes
             ? Status(refused(ErrorCode::template_text_too_long))
             : ok();
}

Status check_field_texts(const Field& field, const TemplateTexts& texts) {
  if (!field.display) {
    for (const Field& inner : field.fields) {
      CS_TRY(check_field_texts(inner, texts));
    }
    return ok();
  }
  CS_TRY(check_text(texts.label(field.display->label), limits::kMaxLabelGraphemes));
  std::vector<std::string> values = field.values;
  if (field.type == FieldType::boolean) {
    values = {"true", "false"};
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string* text = texts.value_text(field.name, values[i]);
    CS_TRY(check_text(text, limits::kMaxLabelGraphemes));
    // Two values that read the same would be one to the customer.
    for (std::size_t j = 0; j < i; ++j) {
      if (*texts.value_text(field.name, values[j]) == *text) {
        return refused(ErrorCode::template_text_missing);
      }
    }
  }
  return ok();
}

Status check_texts(const Template& source, const TemplateTexts& texts) {
  CS_TRY(check_text(&texts.title, limits::kMaxTitleGraphemes));
  CS_TRY(check_text(&texts.affirm, limits::kMaxActionGraphemes));
  CS_TRY(check_text(&texts.deny, limits::kMaxActionGraphemes));
  if (texts.affirm == texts.deny) {
    return refused(ErrorCode::template_text_missing);
  }
  for (const Field& field : source.fields) {
    CS_TRY(check_field_texts(field, texts));
  }
  return ok();
}

}  // namespace

Status lint_template(const Template& source) {
  CS_TRY(check_fields(source.fields));
  CS_TRY(check_payment(source));
  CS_TRY(check_batch(source));
  if (source.texts.empty()) {
    return refused(ErrorCode::template_text_missing);
  }
  for (const TemplateTexts& texts : source.texts) {
    CS_TRY(check_texts(source, texts));
  }
  return ok();
}

}  // namespace countersign
