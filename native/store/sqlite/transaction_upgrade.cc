// Transactions of older programs: filled with what lists show and find them by, and sealed.

#include <map>

#include "backends/openssl/openssl_backend.h"
#include "native/store/sqlite/row_seals.h"
#include "service/transaction_catalog.h"
#include "service/transaction_summary.h"

namespace countersign::sqlite {
namespace {

// Templates that were read, by what they were read from; nothing where that is none.
using KnownTemplates = std::map<ByteVector, std::optional<Template>>;

const Template* find_template(KnownTemplates& known, const ByteVector& document) {
  const auto [entry, is_new] = known.emplace(document, std::nullopt);
  if (is_new) {
    if (Result<Template> source = read_template({{}, document}, OpenSslHasher())) {
      entry->second = *std::move(source);
    }
  }
  return entry->second ? &*entry->second : nullptr;
}

// From intent, view and template, in this order. False where they cannot be read, or are erased:
// then the row stays as it is.
bool summarize_row(const Statement& row, KnownTemplates& known, Transaction& transaction) {
  const Result<CanonicalValue> intent = parse_canonical_cbor(row.blob(1));
  const Result<CanonicalValue> frozen_view = parse_canonical_cbor(row.blob(2));
  const Template* source = find_template(known, row.blob(3));
  if (!intent.has_value() || intent->find("fields") == nullptr || !frozen_view.has_value() ||
      source == nullptr) {
    return false;
  }
  const Result<View> view = make_view(*frozen_view);
  if (!view.has_value()) {
    return false;
  }
  summarize(*source, *intent, *view, transaction);
  return true;
}

Status write_summary(Database& database, std::int64_t row, const Transaction& transaction) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE transactions SET title = ?, summary = ?, amount = ?, "
                             "currency = ?, payee = ?, payee_account = ? WHERE rowid = ?"));
  update.bind(std::string_view(transaction.title)).bind(std::string_view(transaction.summary));
  const TransactionKeys& keys = transaction.keys;
  update.bind_optional(keys.amount).bind_optional(keys.currency);
  return update.bind_optional(keys.payee).bind_optional(keys.payee_account).bind(row).run();
}

}  // namespace

Status seal_old_transactions(Database& database) {
  KnownTemplates known;
  CS_ASSIGN(Statement select,
            database.prepare("SELECT t.rowid, t.intent, t.view, s.document FROM transactions t "
                             "JOIN frozen_documents s ON s.digest = t.template"));
  for (;;) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return seal_transactions(database);
    }
    Transaction transaction;
    if (summarize_row(select, known, transaction)) {
      CS_TRY(write_summary(database, select.integer(0), transaction));
    }
  }
}

}  // namespace countersign::sqlite
