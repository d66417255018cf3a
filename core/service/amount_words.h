#pragma once
// Names of payees that say an amount in words: "250 Euro". Asked where a transaction is created: a
// page that binds one has no room for the words.

#include "transaction/intent.h"

namespace countersign {

/// The first payee's name, also of a list, that is a number, a common word for a currency behind it
/// and nothing else ("250 euros", "250-Euro"), or has such a word directly beside a number that is
/// written with two decimals or with groups of thousands ("Total 1.000,00 Euro", "Dollar 1,000"):
/// text_character_forbidden, at its beginning. Punctuation in between counts for nothing. Codes and
/// signs of currencies find_value_in_name has found before. Nothing for "1 Euro Shop", "Euro 2000",
/// "Euro 2.0 GmbH", "50 Cent".
std::optional<IntentProblem> find_amount_in_words(const Template& source,
                                                  const CanonicalValue& frozen);

}  // namespace countersign
