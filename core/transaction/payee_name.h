#pragma once
// A payee's name that reads as an amount or an account would stand beside the real one.

#include <optional>
#include <string_view>

#include "transaction/display_text.h"

namespace countersign {

/// Where a display-safe name begins to say what a name does not say, as text_character_forbidden:
///
/// - An IBAN, also inside of other words: a country, two digits and what its IBANs consist of, at
///   least ten digits, whatever stands between them. Check digits do not count: nobody computes
///   them in the head.
/// - A number and a currency (code or sign) and nothing else; where the number has exactly the
///   currency's decimals also inside of other words.
/// - Without any letter: a fraction, or at least eight digits.
///
/// Nothing for other names with digits: "1&1", "3M", "Studio 54 GmbH", "7 Eleven 24", "Top 10".
std::optional<TextProblem> find_value_in_name(std::string_view name);

}  // namespace countersign
