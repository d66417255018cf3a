#include "service/transaction_summary.h"

#include "service/intent_values.h"
#include "service/transaction_json.h"
#include "transaction/account.h"
#include "transaction/look_alikes.h"

namespace countersign {
namespace {

// The customer's first rows are those of level 1 (lint_template).
std::string encode_summary(const View& view) {
  std::int64_t omitted = 0;
  std::size_t rows = 0;
  std::size_t bytes = 0;
  JsonWriter json;
  json.begin_object();
  json.member("rows").begin_array();
  for (const ViewRow& row : view.rows) {
    if (row.level != 1) {
      continue;
    }
    bytes += row.label.size() + row.value.size();
    if (omitted > 0 || rows == kMaxSummaryRows || bytes > kMaxSummaryBytes) {
      ++omitted;
      continue;
    }
    ++rows;
    write_view_row(json, row);
  }
  json.end_array();
  json.member("omitted").integer(omitted);
  json.end_object();
  return std::move(json).take();
}

std::string account_key_of(const PaymentAccount& account) {
  return account.scheme + ":" + account.id;
}

}  // namespace

void summarize(const Template& source, const CanonicalValue& intent, const View& view,
               Transaction& transaction) {
  transaction.title = view.title;
  transaction.summary = encode_summary(view);
  TransactionKeys keys;
  const CanonicalValue& fields = *intent.find("fields");
  if (Result<std::vector<Amount>> sums = sums_of(source, fields);
      sums.has_value() && sums->size() == 1) {
    keys.amount = sums->front().minor;
    keys.currency = std::move(sums->front().currency);
  }
  if (const auto names = payees_of(source.fields, fields, FieldType::text); names.size() == 1) {
    keys.payee = payee_key_of(names.front()->text);
  }
  if (const auto accounts = payees_of(source.fields, fields, FieldType::account);
      accounts.size() == 1) {
    if (const Result<PaymentAccount> account = make_account(*accounts.front())) {
      keys.payee_account = account_key_of(*account);
    }
  }
  transaction.keys = std::move(keys);
}

std::string payee_key_of(std::string_view name) { return folded_skeletons_of(name).of_small; }

Result<std::string> parse_account_key(std::string_view text) {
  const std::size_t colon = text.find(':');
  CS_ASSIGN(const PaymentAccount account,
            colon == text.npos ? parse_iban(text)
                               : make_account(text.substr(0, colon), text.substr(colon + 1)));
  return account_key_of(account);
}

}  // namespace countersign
