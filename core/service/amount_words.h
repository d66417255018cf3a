#pragma once
// Names of payees that say an amount in words: "250 Euro". Asked where a transaction is created: a
// page that binds one has no room for the words.

#include "transaction/intent.h"

namespace countersign {

/// The first payee's name, also of a list, that is a number and a common word for a currency and
/// nothing else ("250 euros", "Dollar 1,000"), or has such a word beside a number that is written
/// with separators ("Total 1.000,00 Euro"): text_character_forbidden, at its beginning.
/// Codes and signs of currencies find_value_in_name has found before. Nothing for "1 Euro Shop",
/// "Euro Truck 24", "50 Cent".
std::optional<IntentProblem> find_amount_in_words(const Template& source,
                                                  const CanonicalValue& frozen);

}  // namespace countersign
