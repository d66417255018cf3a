#include "service/intent_values.h"

#include <algorithm>

namespace countersign {
namespace {

// Adds to the sum of its currency.
Status add_to_sums(const CanonicalValue& frozen, std::vector<Amount>& sums) {
  CS_ASSIGN(Amount amount, make_amount(frozen));
  const auto sum = std::find_if(sums.begin(), sums.end(), [&](const Amount& other) {
    return other.currency == amount.currency;
  });
  if (sum == sums.end()) {
    sums.push_back(std::move(amount));
    return ok();
  }
  CS_ASSIGN(*sum, add(*sum, amount));
  return ok();
}

void add_payees(const std::vector<Field>& fields, const CanonicalValue& values, FieldType type,
                std::vector<const CanonicalValue*>& payees) {
  for (const Field& field : fields) {
    const CanonicalValue* value = values.find(field.name);
    if (value == nullptr) {
      continue;
    }
    if (field.type == type && field.role == FieldRole::payee) {
      payees.push_back(value);
    }
    for (const CanonicalValue& item : value->items) {
      if (field.type == FieldType::list) {
        add_payees(field.fields, item, type, payees);
      }
    }
  }
}

}  // namespace

Result<std::vector<Amount>> sums_of(const Template& source, const CanonicalValue& fields) {
  std::vector<Amount> sums;
  for (const Field& field : source.fields) {
    const CanonicalValue* value = fields.find(field.name);
    if (value != nullptr && field.type == FieldType::amount) {
      CS_TRY(add_to_sums(*value, sums));
    } else if (value != nullptr && field.type == FieldType::amounts) {
      for (const CanonicalValue& total : value->items) {
        CS_TRY(add_to_sums(total, sums));
      }
    }
  }
  return sums;
}

std::vector<const CanonicalValue*> payees_of(const std::vector<Field>& fields,
                                             const CanonicalValue& values, FieldType type) {
  std::vector<const CanonicalValue*> payees;
  add_payees(fields, values, type, payees);
  return payees;
}

}  // namespace countersign
