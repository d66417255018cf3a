#include "native/store/sqlite/row_seals.h"

#include <sqlite3.h>

#include <span>

namespace countersign::sqlite {
namespace {

using Values = std::span<sqlite3_value*>;

Bytes bytes_of_value(sqlite3_value* value) {
  const void* blob = sqlite3_value_blob(value);  // before the size
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
  return {static_cast<const std::uint8_t*>(blob), blob == nullptr ? 0 : size};
}

void append_number(ByteVector& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(number >> shift));
  }
}

// Each value by its type and length: no two rows have the same text. No column is real.
ByteVector encode_row(Values values) {
  ByteVector out;
  for (sqlite3_value* value : values) {
    const int type = sqlite3_value_type(value);
    out.push_back(static_cast<std::uint8_t>(type));
    if (type == SQLITE_INTEGER) {
      append_number(out, static_cast<std::uint64_t>(sqlite3_value_int64(value)));
    } else if (type != SQLITE_NULL) {
      const Bytes content = bytes_of_value(value);
      append_number(out, content.size());
      out.insert(out.end(), content.begin(), content.end());
    }
  }
  return out;
}

std::string_view text_of_value(sqlite3_value* value) {
  const Bytes content = bytes_of_value(value);
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

// Nothing thrown crosses SQLite.
template <class Body>
void guarded(sqlite3_context* context, Body body) noexcept {
  try {
    body(*static_cast<const RowSeals*>(sqlite3_user_data(context)));
  } catch (...) {
    sqlite3_result_error_nomem(context);
  }
}

void seal(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  guarded(context, [&](const RowSeals& rows) {
    const Digest256 made =
        rows.seals.seal_row(encode_row(Values(values, static_cast<std::size_t>(count))));
    sqlite3_result_blob(context, made.data(), static_cast<int>(made.size()), SQLITE_TRANSIENT);
  });
}

void is_sealed(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  guarded(context, [&](const RowSeals& rows) {
    constexpr std::size_t kNamed = 4;  // seal, kind, tenant, key
    const Values all(values, static_cast<std::size_t>(count));
    const bool is_whole = all.size() >= kNamed &&
                          constant_time_equal(bytes_of_value(all[0]),
                                              rows.seals.seal_row(encode_row(all.subspan(1))));
    // Of an outer join that found nothing there is no row.
    if (!is_whole && rows.listener && all.size() >= kNamed &&
        sqlite3_value_type(all[3]) != SQLITE_NULL) {
      rows.listener(text_of_value(all[1]), text_of_value(all[2]), bytes_of_value(all[3]));
    }
    sqlite3_result_int(context, is_whole ? 1 : 0);
  });
}

// Whether a column is that, by type and content. A partial index that claims so does not make
// SQLite leave the question out, as it does for what a function of its own or none asks.
void holds(sqlite3_context* context, int /*two*/, sqlite3_value** values) noexcept {
  guarded(context, [&](const RowSeals& /*unused*/) {
    const Values both(values, 2);
    const bool is_same = encode_row(both.first(1)) == encode_row(both.subspan(1));
    sqlite3_result_int(context, is_same ? 1 : 0);
  });
}

}  // namespace

Status RowSeals::attach(Database& database) {
  constexpr int kAnyCount = -1;
  // Not SQLITE_DETERMINISTIC, which an index could be made of.
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
  const auto add = [&](const char* name, int count, auto function) {
    return sqlite3_create_function_v2(database.handle(), name, count, kFlags, this, function,
                                      nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  return add("seal", kAnyCount, &seal) && add("is_sealed", kAnyCount, &is_sealed) &&
                 add("holds", 2, &holds)
             ? ok()
             : Status(ErrorCode::store_unavailable);
}

Status seal_rows(Database& database) {
  for (const char* sql : {
           "UPDATE accounts SET seal = seal(" ACCOUNT_SEALED_COLUMNS ")",
           "UPDATE credentials SET seal = seal(" CREDENTIAL_SEALED_COLUMNS(
               "") "), state_seal = "
                   "seal(" CREDENTIAL_STATE_COLUMNS("") ")",
           "UPDATE policy_revisions SET seal = seal(" REVISION_SEALED_COLUMNS("") ")",
           "UPDATE ceremonies SET seal = seal(" CEREMONY_BEGUN_COLUMNS(
               "") "user_handle, state, finished_at, credential, user_verified, error_code)",
           "UPDATE sessions SET seal = seal(" SESSION_SEALED_COLUMNS ")",
           "UPDATE activations SET seal = seal(" ACTIVATION_SEALED_COLUMNS ")",
       }) {
    CS_TRY(database.execute(sql));
  }
  return ok();
}

Status seal_payments(Database& database) {
  CS_TRY(database.execute(
      "UPDATE payment_credentials SET seal = seal('payment', tenant, credential)"));
  return database.execute("UPDATE browser_bound_keys SET seal = " BROWSER_KEY_SEAL("trusted_at"));
}

Status reseal_revisions(Database& database) {
  return database.execute("UPDATE policy_revisions SET seal = seal(" REVISION_SEALED_COLUMNS(
      "") ") WHERE is_sealed(seal, " REVISION_OF_16_COLUMNS("") ")");
}

Status seal_transactions(Database& database) {
  return database.execute("UPDATE transactions SET seal = seal(" TRANSACTION_HEAD_COLUMNS(
      "") "), content_seal = seal(" TRANSACTION_CONTENT_COLUMNS("") "), "
                                                                    "state_seal = "
                                                                    "seal(" TRANSACTION_STATE_COLUMNS(
                                                                        "") ")");
}

}  // namespace countersign::sqlite
