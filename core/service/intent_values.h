#pragma once
// What stands in a frozen intent, by what its template says of the fields. Private to core/service.

#include <vector>

#include "transaction/amount.h"
#include "transaction/template.h"

namespace countersign {

/// All amounts of the order together, one sum a currency: which of them is the one that matters,
/// nothing says. What stands in a list is in the totals of its batch. Errors: those of add,
/// make_amount.
Result<std::vector<Amount>> sums_of(const Template& source, const CanonicalValue& fields);

/// The names (FieldType::text) or accounts of payees, those in lists, too. They point into
/// `values`.
std::vector<const CanonicalValue*> payees_of(const std::vector<Field>& fields,
                                             const CanonicalValue& values, FieldType type);

}  // namespace countersign
