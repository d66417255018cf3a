#include "native/store/sqlite/row_seals.h"

#include <sqlite3.h>

#include <span>
#include <vector>

namespace countersign::sqlite {
namespace {

using Values = std::span<sqlite3_value*>;

// Text as UTF-8, whatever a file says of its encoding: the same octets are other names in another.
Bytes bytes_of_value(sqlite3_value* value) {
  const void* blob = sqlite3_value_type(value) == SQLITE_TEXT
                         ? static_cast<const void*>(sqlite3_value_text(value))
                         : sqlite3_value_blob(value);  // before the size
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

constexpr std::size_t kPlace = 3;  // kind, tenant, key

// Whether tenant and key come from whoever asks. A column would be what an index says of it.
bool is_place_bound(Values place) {
  return place.size() >= kPlace && sqlite3_value_frombind(place[1]) != 0 &&
         sqlite3_value_frombind(place[2]) != 0;
}

void refuse_place(sqlite3_context* context) {
  sqlite3_result_error(context, "tenant and key of a seal are bound", -1);
}

void set_blob(sqlite3_context* context, const Digest256& digest) {
  sqlite3_result_blob(context, digest.data(), static_cast<int>(digest.size()), SQLITE_TRANSIENT);
}

void seal_as_it_is(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  guarded(context, [&](const RowSeals& rows) {
    set_blob(context,
             rows.seals.seal_row(encode_row(Values(values, static_cast<std::size_t>(count)))));
  });
}

void seal(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  if (is_place_bound(Values(values, static_cast<std::size_t>(count)))) {
    seal_as_it_is(context, count, values);
  } else {
    refuse_place(context);
  }
}

// Of a row that is none is told who listens.
bool is_row_sealed(const RowSeals& rows, sqlite3_value* seal, Values row) {
  if (row.size() < kPlace) {
    return false;
  }
  const bool is_whole =
      constant_time_equal(bytes_of_value(seal), rows.seals.seal_row(encode_row(row)));
  // Of an outer join that found nothing there is no row.
  if (!is_whole && rows.listener && sqlite3_value_type(row[2]) != SQLITE_NULL) {
    rows.listener(text_of_value(row[0]), text_of_value(row[1]), bytes_of_value(row[2]));
  }
  return is_whole;
}

void is_whole(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  guarded(context, [&](const RowSeals& rows) {
    const Values all(values, static_cast<std::size_t>(count));
    const bool is_it = !all.empty() && is_row_sealed(rows, all[0], all.subspan(1));
    sqlite3_result_int(context, is_it ? 1 : 0);
  });
}

void is_sealed(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  const Values all(values, static_cast<std::size_t>(count));
  if (!all.empty() && is_place_bound(all.subspan(1))) {
    is_whole(context, count, values);
  } else {
    refuse_place(context);
  }
}

enum class Broken : std::uint8_t { fails, is_null };

// Both halves are of one row as one look sees it: that is why they are one call.
template <Broken kBroken>
void reseal(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
  guarded(context, [&](const RowSeals& rows) {
    const Values all(values, static_cast<std::size_t>(count));
    constexpr std::size_t kFirst = kPlace + 1;
    if (all.size() <= kFirst || all.size() % 2 != 0 || !is_place_bound(all.subspan(1))) {
      refuse_place(context);
      return;
    }
    const std::size_t columns = (all.size() - kFirst) / 2;
    const Values before = all.subspan(1, kPlace + columns);
    if (!is_row_sealed(rows, all[0], before)) {
      if (kBroken == Broken::fails) {
        sqlite3_result_error_code(context, SQLITE_CORRUPT);
      } else {
        sqlite3_result_null(context);
      }
      return;
    }
    const auto place = all.begin() + 1;
    std::vector<sqlite3_value*> after(place, place + kPlace);
    after.insert(after.end(), all.end() - static_cast<std::ptrdiff_t>(columns), all.end());
    set_blob(context, rows.seals.seal_row(encode_row(after)));
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

// Not SQLITE_DETERMINISTIC, which an index could be made of.
constexpr int kFunctionFlags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
constexpr int kAnyCount = -1;
constexpr const char* kSealAsItIs = "seal_as_it_is";

}  // namespace

Status RowSeals::attach(Database& database) {
  const auto add = [&](const char* name, int count, auto function) {
    return sqlite3_create_function_v2(database.handle(), name, count, kFunctionFlags, this,
                                      function, nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  return add("seal", kAnyCount, &seal) && add("is_sealed", kAnyCount, &is_sealed) &&
                 add("is_whole", kAnyCount, &is_whole) &&
                 add("reseal", kAnyCount, &reseal<Broken::fails>) &&
                 add("reseal_if_whole", kAnyCount, &reseal<Broken::is_null>) &&
                 add("holds", 2, &holds)
             ? ok()
             : Status(ErrorCode::store_unavailable);
}

Status RowSeals::attach_for_upgrade(Database& database) {
  CS_TRY(attach(database));
  return sqlite3_create_function_v2(database.handle(), kSealAsItIs, kAnyCount, kFunctionFlags, this,
                                    &seal_as_it_is, nullptr, nullptr, nullptr) == SQLITE_OK
             ? ok()
             : Status(ErrorCode::store_unavailable);
}

Status RowSeals::end_upgrade(Database& database) {
  return sqlite3_create_function_v2(database.handle(), kSealAsItIs, kAnyCount, kFunctionFlags,
                                    nullptr, nullptr, nullptr, nullptr, nullptr) == SQLITE_OK
             ? ok()
             : Status(ErrorCode::store_unavailable);
}

Status seal_rows(Database& database) {
  for (const char* sql : {
           "UPDATE accounts SET seal = seal_as_it_is(" ACCOUNT_SEALED_COLUMNS ")",
           "UPDATE credentials SET seal = seal_as_it_is(" CREDENTIAL_SEALED_COLUMNS
           "), state_seal = seal_as_it_is(" CREDENTIAL_STATE_COLUMNS ")",
           "UPDATE policy_revisions SET seal = seal_as_it_is(" REVISION_SEALED_COLUMNS ")",
           "UPDATE ceremonies SET seal = seal_as_it_is(" CEREMONY_SEALED_COLUMNS ")",
           "UPDATE sessions SET seal = seal_as_it_is(" SESSION_SEALED_COLUMNS ")",
           "UPDATE activations SET seal = seal_as_it_is(" ACTIVATION_SEALED_COLUMNS ")",
       }) {
    CS_TRY(database.execute(sql));
  }
  return ok();
}

Status seal_payments(Database& database) {
  CS_TRY(database.execute(
      "UPDATE payment_credentials SET seal = seal_as_it_is('payment', tenant, credential)"));
  return database.execute("UPDATE browser_bound_keys SET seal = seal_as_it_is(" BROWSER_KEY_PLACE(
      "tenant", "credential", "key") BROWSER_KEY_REST("trusted_at") ")");
}

Status reseal_revisions(Database& database) {
  return database.execute(
      "UPDATE policy_revisions SET seal = seal_as_it_is(" REVISION_SEALED_COLUMNS
      ") WHERE is_whole(seal, " REVISION_OF_16_COLUMNS ")");
}

Status seal_transactions(Database& database) {
  return database.execute("UPDATE transactions SET seal = seal_as_it_is(" TRANSACTION_HEAD_COLUMNS
                          "), content_seal = seal_as_it_is(" TRANSACTION_CONTENT_COLUMNS
                          "), state_seal = seal_as_it_is(" TRANSACTION_STATE_COLUMNS ")");
}

}  // namespace countersign::sqlite
