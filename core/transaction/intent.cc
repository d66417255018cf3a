#include "transaction/intent.h"

#include <algorithm>

#include "transaction/account.h"
#include "transaction/amount.h"
#include "transaction/bound.h"
#include "transaction/canonical_parts.h"

namespace countersign {
namespace {

Error at(ErrorCode code, const JsonValue& value) { return {code, Check::none, value.offset}; }

Error at(const Error& error, const JsonValue& value) { return at(error.code, value); }

Error mismatch(const JsonValue& value) { return at(ErrorCode::intent_field_type_mismatch, value); }

// The strings of an object that has these members and no other.
const std::string* string_of(const JsonValue& value, std::string_view name) {
  const JsonValue* member = value.is_object() ? value.find(name) : nullptr;
  return member != nullptr && member->is_string() ? &member->string : nullptr;
}

Result<CanonicalValue> freeze_amount(const JsonValue& value) {
  const std::string* currency = string_of(value, "currency");
  const std::string* number = string_of(value, "value");
  if (currency == nullptr || number == nullptr || value.members.size() != 2) {
    return mismatch(value);
  }
  const Result<Amount> amount = parse_amount(*currency, *number);
  return amount ? Result<CanonicalValue>(encode_amount(*amount))
                : Result<CanonicalValue>(at(amount.error(), value));
}

Result<CanonicalValue> freeze_account(const JsonValue& value) {
  const std::string* iban = string_of(value, "iban");
  const std::string* scheme = string_of(value, "scheme");
  const std::string* id = string_of(value, "id");
  const bool is_iban = iban != nullptr && value.members.size() == 1;
  const bool is_other = scheme != nullptr && id != nullptr && value.members.size() == 2;
  if (!is_iban && !is_other) {
    return mismatch(value);
  }
  const bool is_printed_iban = is_iban || *scheme == "iban";
  const Result<PaymentAccount> account =
      is_printed_iban ? parse_iban(is_iban ? *iban : *id) : make_account(*scheme, *id);
  return account ? Result<CanonicalValue>(encode_account(*account))
                 : Result<CanonicalValue>(at(account.error(), value));
}

Result<CanonicalValue> freeze_fields(const std::vector<Field>& fields, const JsonValue& object);

Result<CanonicalValue> freeze_items(const Field& field, const JsonValue& value) {
  if (!value.is_array()) {
    return mismatch(value);
  }
  CanonicalValue items = CanonicalValue::make_array({});
  items.items.reserve(value.items.size());
  for (const JsonValue& item : value.items) {
    CS_ASSIGN(CanonicalValue frozen, field.type == FieldType::amounts
                                         ? freeze_amount(item)
                                         : freeze_fields(field.fields, item));
    add_item(items, std::move(frozen));
  }
  return items;
}

Result<CanonicalValue> freeze_value(const Field& field, const JsonValue& value) {
  switch (field.type) {
    case FieldType::amount:
      return freeze_amount(value);
    case FieldType::amounts:
    case FieldType::list:
      return freeze_items(field, value);
    case FieldType::account:
      return freeze_account(value);
    case FieldType::text:
    case FieldType::date:
    case FieldType::enumeration:
      return value.is_string() ? Result<CanonicalValue>(CanonicalValue::make_text(value.string))
                               : Result<CanonicalValue>(mismatch(value));
    case FieldType::integer:
      return value.is_integer() && !value.is_unsigned_64
                 ? Result<CanonicalValue>(CanonicalValue::make_integer(value.integer))
                 : Result<CanonicalValue>(mismatch(value));
    case FieldType::boolean:
      return value.is_boolean()
                 ? Result<CanonicalValue>(CanonicalValue::make_boolean(value.boolean))
                 : Result<CanonicalValue>(mismatch(value));
  }
  return ErrorCode::internal_error;
}

Result<CanonicalValue> freeze_fields(const std::vector<Field>& fields, const JsonValue& object) {
  if (!object.is_object()) {
    return mismatch(object);
  }
  CanonicalValue map = CanonicalValue::make_map({});
  map.members.reserve(object.members.size());
  for (const auto& [name, value] : object.members) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&wanted = name](const Field& f) { return f.name == wanted; });
    if (field == fields.end()) {
      return at(ErrorCode::intent_field_unknown, value);
    }
    CS_ASSIGN(CanonicalValue frozen, freeze_value(*field, value));
    add_member(map, name, std::move(frozen));
  }
  return map;
}

}  // namespace

Result<CanonicalValue> freeze_intent(const Template& source, const JsonValue& intent) {
  const std::string* type = string_of(intent, "type");
  const JsonValue* fields = intent.is_object() ? intent.find("fields") : nullptr;
  if (type == nullptr || fields == nullptr || !fields->is_object() || intent.members.size() != 2) {
    return at(ErrorCode::intent_malformed, intent);
  }
  if (*type != source.type) {
    return at(ErrorCode::intent_type_mismatch, *intent.find("type"));
  }
  CS_ASSIGN(CanonicalValue frozen, freeze_fields(source.fields, *fields));
  CanonicalValue whole = CanonicalValue::make_map({});
  whole.members.reserve(2);
  add_member(whole, "type", CanonicalValue::make_text(*type));
  add_member(whole, "fields", std::move(frozen));
  return whole;
}

Result<CanonicalValue> make_intent(const Template& source, const JsonValue& intent) {
  CS_ASSIGN(CanonicalValue frozen, freeze_intent(source, intent));
  CS_TRY(check_intent(source, frozen));
  return frozen;
}

}  // namespace countersign
