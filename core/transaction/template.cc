#include "transaction/template.h"

#include <algorithm>

#include "base/transaction_limits.h"
#include "transaction/bound.h"
#include "transaction/recorded.h"
#include "transaction/shown_fields.h"

namespace countersign {
namespace {

using Type = CanonicalValue::Type;

constexpr std::int64_t kMaxInteger = (std::int64_t{1} << 53) - 1;

struct TypeName {
  std::string_view name;
  FieldType type;
};
constexpr TypeName kTypes[] = {{"amount", FieldType::amount},   {"amounts", FieldType::amounts},
                               {"account", FieldType::account}, {"text", FieldType::text},
                               {"date", FieldType::date},       {"integer", FieldType::integer},
                               {"boolean", FieldType::boolean}, {"enum", FieldType::enumeration},
                               {"list", FieldType::list}};

// "creditorAccount".
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= limits::kMaxTemplateNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

// "payment.credit-transfer": what hangs on a type compares it byte by byte.
bool is_type(std::string_view text) {
  return is_name(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Takes the members of a map one by one; what is left over is unknown.
class Members {
 public:
  explicit Members(const CanonicalValue& map) : map_(map) {}

  const CanonicalValue* take(std::string_view name, Type type) {
    const CanonicalValue* value = map_.is(Type::map) ? map_.find(name) : nullptr;
    if (value == nullptr || !value->is(type)) {
      return nullptr;
    }
    ++taken_;
    return value;
  }
  bool take_name(std::string_view name, std::string& out) {
    const CanonicalValue* value = take(name, Type::text);
    if (value == nullptr || !is_name(value->text)) {
      return false;
    }
    out = value->text;
    return true;
  }
  bool take_integer(std::string_view name, std::int64_t low, std::int64_t high, std::int64_t& out) {
    const CanonicalValue* value = take(name, Type::integer);
    if (value == nullptr || value->integer < low || value->integer > high) {
      return false;
    }
    out = value->integer;
    return true;
  }
  bool take_flag(std::string_view name) {
    const CanonicalValue* value = take(name, Type::boolean);
    return value != nullptr && value->boolean;
  }
  bool are_all_taken() const { return map_.is(Type::map) && taken_ == map_.members.size(); }

 private:
  const CanonicalValue& map_;
  std::size_t taken_ = 0;
};

Error malformed() { return {ErrorCode::template_malformed, Check::none, 0}; }

Status read_display(const CanonicalValue& value, Field& field) {
  Members members(value);
  Display display;
  if (!members.take_integer("level", 1, 3, display.level) ||
      !members.take_name("label", display.label)) {
    return malformed();
  }
  members.take_name("format", display.format);
  field.display = display;
  return members.are_all_taken() ? ok() : Status(malformed());
}

Status read_hidden(const CanonicalValue& value, Field& field) {
  if (has_exactly(value, {"constant"})) {
    field.constant = *value.find("constant");
    return ok();
  }
  Members members(value);
  if (!members.take_name("mustMatch", field.must_match) || !members.are_all_taken()) {
    return malformed();
  }
  return ok();
}

Status read_when(const CanonicalValue& value, Field& field) {
  Members members(value);
  Condition condition;
  if (!members.take_name("field", condition.field) ||
      !members.take_name("equals", condition.equals) || !members.are_all_taken()) {
    return malformed();
  }
  field.when = condition;
  return ok();
}

Result<std::vector<Field>> read_fields(const CanonicalValue& list, std::size_t depth);

Status read_limits(Members& members, Field& field, std::size_t depth) {
  constexpr auto kMaxItems = static_cast<std::int64_t>(limits::kMaxBatchLines);
  constexpr auto kMaxGraphemes = static_cast<std::int64_t>(limits::kMaxTemplateGraphemes);
  switch (field.type) {
    case FieldType::amount:
    case FieldType::amounts:
      field.may_be_zero = members.take_flag("zero");
      return ok();
    case FieldType::text:
      field.text_kind = members.take_flag("isName") ? TextKind::name : TextKind::plain;
      return members.take_integer("maxGraphemes", 1, kMaxGraphemes, field.max_graphemes)
                 ? ok()
                 : Status(malformed());
    case FieldType::integer:
      return members.take_integer("min", -kMaxInteger, kMaxInteger, field.min) &&
                     members.take_integer("max", field.min, kMaxInteger, field.max)
                 ? ok()
                 : Status(malformed());
    case FieldType::enumeration: {
      const CanonicalValue* values = members.take("values", Type::array);
      if (values == nullptr || values->items.empty() ||
          values->items.size() > limits::kMaxTemplateEnumValues) {
        return malformed();
      }
      for (const CanonicalValue& value : values->items) {
        const bool is_new =
            std::find(field.values.begin(), field.values.end(), value.text) == field.values.end();
        if (!value.is(Type::text) || !is_name(value.text) || !is_new) {
          return malformed();
        }
        field.values.push_back(value.text);
      }
      return ok();
    }
    case FieldType::list: {
      const CanonicalValue* fields = members.take("fields", Type::array);
      if (depth > 0 || fields == nullptr || !members.take_integer("max", 1, kMaxItems, field.max)) {
        return malformed();  // groups in groups nobody could read
      }
      CS_ASSIGN(field.fields, read_fields(*fields, depth + 1));
      return ok();
    }
    case FieldType::account:
    case FieldType::date:
    case FieldType::boolean:
      return ok();
  }
  return ErrorCode::internal_error;
}

Result<Field> read_field(const CanonicalValue& value, std::size_t depth) {
  Members members(value);
  Field field;
  const CanonicalValue* type = members.take("type", Type::text);
  const auto* found =
      type == nullptr ? std::end(kTypes)
                      : std::find_if(std::begin(kTypes), std::end(kTypes),
                                     [&](const TypeName& row) { return row.name == type->text; });
  if (!members.take_name("name", field.name) || found == std::end(kTypes)) {
    return malformed();
  }
  field.type = found->type;
  if (const CanonicalValue* role = members.take("role", Type::text)) {
    if (role->text != "payee" && role->text != "own") {
      return malformed();
    }
    field.role = role->text == "payee" ? FieldRole::payee : FieldRole::own;
  }
  field.is_optional = members.take_flag("optional");
  CS_TRY(read_limits(members, field, depth));
  if (const CanonicalValue* display = members.take("display", Type::map)) {
    CS_TRY(read_display(*display, field));
  }
  if (const CanonicalValue* hidden = members.take("hidden", Type::map)) {
    CS_TRY(read_hidden(*hidden, field));
  }
  if (const CanonicalValue* when = members.take("when", Type::map)) {
    CS_TRY(read_when(*when, field));
  }
  return members.are_all_taken() ? Result<Field>(std::move(field)) : Result<Field>(malformed());
}

Result<std::vector<Field>> read_fields(const CanonicalValue& list, std::size_t depth) {
  if (list.items.empty() || list.items.size() > limits::kMaxTemplateFields) {
    return malformed();
  }
  std::vector<Field> fields;
  for (const CanonicalValue& item : list.items) {
    CS_ASSIGN(Field field, read_field(item, depth));
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<TemplateTexts> read_texts(const std::string& locale, const CanonicalValue& value) {
  Members members(value);
  TemplateTexts texts;
  texts.locale = locale;
  for (const auto& [name, out] :
       {std::pair("title", &texts.title), std::pair("affirm", &texts.affirm),
        std::pair("deny", &texts.deny)}) {
    if (const CanonicalValue* text = members.take(name, Type::text)) {
      *out = text->text;
    }
  }
  if (const CanonicalValue* labels = members.take("labels", Type::map)) {
    if (labels->members.size() > limits::kMaxTemplateFields) {
      return malformed();
    }
    for (const auto& [key, label] : labels->members) {
      if (!label.is(Type::text)) {
        return malformed();
      }
      texts.labels.emplace_back(key, label.text);
    }
  }
  if (const CanonicalValue* values = members.take("values", Type::map)) {
    for (const auto& [field, words] : values->members) {
      if (!words.is(Type::map) || words.members.size() > limits::kMaxTemplateEnumValues) {
        return malformed();
      }
      for (const auto& [word, text] : words.members) {
        if (!text.is(Type::text)) {
          return malformed();
        }
        texts.values.push_back({field, word, text.text});
      }
    }
  }
  return members.are_all_taken() ? Result<TemplateTexts>(std::move(texts))
                                 : Result<TemplateTexts>(malformed());
}

Result<Template> read_template(const CanonicalValue& document) {
  Members members(document);
  Template made;
  std::string id;
  std::int64_t version = 0;
  const CanonicalValue* schema = members.take("schema", Type::text);
  const CanonicalValue* fields = members.take("fields", Type::array);
  const CanonicalValue* locales = members.take("locales", Type::map);
  constexpr std::int64_t kMaxVersion = 999999;
  if (schema == nullptr || schema->text != "countersign-template/1" ||
      !members.take_name("id", id) || !is_type(id) ||
      !members.take_integer("version", 1, kMaxVersion, version) || fields == nullptr ||
      locales == nullptr || locales->members.empty() ||
      locales->members.size() > limits::kMaxTemplateLocales) {
    return malformed();
  }
  made.type = id + "/" + std::to_string(version);
  CS_ASSIGN(made.fields, read_fields(*fields, 0));
  if (const CanonicalValue* batch = members.take("batch", Type::map)) {
    Members names(*batch);
    BatchFields named;
    if (!names.take_name("lines", named.lines) || !names.take_name("amount", named.amount) ||
        !names.take_name("count", named.count) || !names.take_name("total", named.total) ||
        !names.are_all_taken()) {
      return malformed();
    }
    made.batch = named;
  }
  for (const auto& [locale, value] : locales->members) {
    CS_ASSIGN(TemplateTexts texts, read_texts(locale, value));
    made.texts.push_back(std::move(texts));
  }
  return members.are_all_taken() ? Result<Template>(std::move(made))
                                 : Result<Template>(malformed());
}

Result<Digest256> template_digest(const CanonicalValue& document, const Hasher& hasher) {
  return bound_digest(hasher, "countersign/1/template", document);
}

}  // namespace

const std::string* TemplateTexts::label(std::string_view key) const {
  for (const auto& [name, text] : labels) {
    if (name == key) {
      return &text;
    }
  }
  return nullptr;
}

const std::string* TemplateTexts::value_text(std::string_view field, std::string_view value) const {
  for (const ValueText& row : values) {
    if (row.field == field && row.value == value) {
      return &row.text;
    }
  }
  return nullptr;
}

bool is_amount_field(const Field& field) {
  return field.type == FieldType::amount || field.type == FieldType::amounts;
}

bool is_account_field(const Field& field) { return field.type == FieldType::account; }

bool is_payee_field(const Field& field) { return field.role == FieldRole::payee; }

bool any_field(const std::vector<Field>& fields, bool (*is_wanted)(const Field& field)) {
  for (const Field& field : fields) {
    if (is_wanted(field) || any_field(field.fields, is_wanted)) {
      return true;
    }
  }
  return false;
}

bool Template::is_payment() const {
  return type.starts_with("payment.") ||
         (any_field(fields, is_amount_field) && any_field(fields, is_payee_field));
}

const Field* Template::find(std::string_view name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

const TemplateTexts* Template::texts_in(std::string_view locale) const {
  const auto found = std::find_if(texts.begin(), texts.end(),
                                  [&](const TemplateTexts& t) { return t.locale == locale; });
  return found == texts.end() ? nullptr : &*found;
}

Result<Template> parse_template(std::string_view json, const Hasher& hasher) {
  CS_ASSIGN(const CanonicalValue document, parse_document(json, limits::kMaxTemplateBytes));
  return make_template(document, hasher);
}

Result<Template> make_template(const CanonicalValue& document, const Hasher& hasher) {
  // [what comes in a case or a receipt was not read by parse_template]
  CS_ASSIGN(const ByteVector encoded, make_canonical_cbor(document));
  if (encoded.size() > limits::kMaxTemplateBytes) {
    return malformed();
  }
  CS_ASSIGN(Template made, read_template(document));
  CS_TRY(lint_template(made));
  CS_ASSIGN(made.digest, template_digest(document, hasher));
  return made;
}

Result<Template> make_recorded_template(const CanonicalValue& document, const Hasher& hasher) {
  CS_ASSIGN(Template made, read_template(document));
  CS_TRY(check_shown(made));
  const bool has_one_action =
      std::any_of(made.texts.begin(), made.texts.end(),
                  [](const TemplateTexts& texts) { return texts.affirm == texts.deny; });
  if (has_one_action) {
    return ErrorCode::template_text_missing;  // nobody could have declined, for all that was shown
  }
  CS_ASSIGN(made.digest, template_digest(document, hasher));
  return made;
}

Result<Template> parse_pinned_template(std::string_view json, const Digest256& pinned,
                                       const Hasher& hasher) {
  CS_ASSIGN(const CanonicalValue document, parse_document(json, limits::kMaxTemplateBytes));
  CS_ASSIGN(const Digest256 digest, template_digest(document, hasher));
  if (digest != pinned) {
    return ErrorCode::transaction_type_unknown;
  }
  CS_ASSIGN(Template made, read_template(document));
  made.digest = digest;
  return made;
}

}  // namespace countersign
