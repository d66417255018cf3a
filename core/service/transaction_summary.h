#pragma once
// What a back office sees of a transaction in a list, and finds it by. Made once, from what was
// frozen.

#include <string>

#include "service/transaction_records.h"
#include "transaction/template.h"
#include "transaction/view.h"

namespace countersign {

/// The rows of level 1 that a list shows of one transaction, and their texts together. [a page has
/// 200 transactions: below 1 MB, and of a batch of thousands the first payees]
inline constexpr std::size_t kMaxSummaryRows = 8;
inline constexpr std::size_t kMaxSummaryBytes = 4096;

/// Sets title, summary and keys. An order of several currencies has no amount, one of several
/// payees no payee, to be found by.
void summarize(const Template& source, const CanonicalValue& intent, const View& view,
               Transaction& transaction);

/// What a payee's name is kept and looked for by: names that read alike are one.
std::string payee_key_of(std::string_view name);
/// "iban:DE89370400440532013000"; `text` is an IBAN, as it is printed, too, or "scheme:id". Errors:
/// those of parse_iban and make_account.
Result<std::string> parse_account_key(std::string_view text);

}  // namespace countersign
