#pragma once
// `policy review`: lint, comparison and simulation of documents, one JSON line in, one JSON line
// out (docs/policy.md), for pages and for lists of cases. Total: a line that cannot be read gets an
// error answer like any other.

#include <string>
#include <string_view>

#include "base/limits.h"
#include "crypto/hasher.h"

namespace countersign {

// Of a line: two documents; rows, credentials and models as text. [a page's worth of a log; more is
// for the command line]
inline constexpr std::size_t kMaxReviewTextBytes = 8388608;
inline constexpr std::size_t kMaxReviewBytes =
    2 * limits::kMaxPolicyBytes + kMaxReviewTextBytes + 1024;

/// `{"id"?,"review","page"?,…}` to `{"id","ok":true,"report":{…}}`, the report that of the command
/// of that name with `--json`; with `"page":true` also `"page"`, what it prints without. Members
/// besides, as the options of that name:
/// - `"lint"`: `"document"`, and `"file"`, `"time"` (without one, expiry is not looked at),
///   `"currency"`, `"models"`, `"tiers"` (`[1,2]`), `"administrators"`, `"cardFraudPpm"`,
///   `"transferFraudPpm"`, `"exemptionCaps"`;
/// - `"diff"`: `"before"`, `"after"`, and `"currency"`;
/// - `"simulate"`: `"active"`, `"draft"`, `"inputs"` (the text of a table or of records), and
///   `"phase"`, `"credentials"`, `"models"`, `"tiers"`, `"currency"`.
/// Documents stand there as they are, or as a string of their text, as does what the options read
/// from a file. Else
/// `{"id","ok":false,"error":{"code","member"?,"offset","line","column","message"}}`: where in that
/// member, or, without one, in the line.
std::string review_case(std::string_view line, const Hasher& hasher);

}  // namespace countersign
