#include "native/store/sqlite/schema_check.h"

#include <algorithm>

#include "native/store/sqlite/schema.h"

namespace countersign::sqlite {
namespace {

struct Closing {
  void operator()(sqlite3* handle) const { sqlite3_close(handle); }
};
struct Finalizing {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// [table, line]. Defaults as they are written; the order of columns is of no account.
constexpr const char* kLines =
    "SELECT m.name, 'table ' || m.name || ' ' || l.type || ' ' || l.wr || ' ' || l.strict "
    "FROM sqlite_schema m JOIN pragma_table_list(m.name) l ON l.schema = 'main' "
    "WHERE m.type = 'table' "
    "UNION ALL SELECT m.name, 'column ' || m.name || '.' || c.name || ' ' || c.type || ' ' || "
    "c.\"notnull\" || ' ' || c.pk || ' ' || c.hidden || ' ' || coalesce(c.dflt_value, '') "
    "FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table' "
    "UNION ALL SELECT tbl_name, type || ' ' || name || ' on ' || tbl_name || ' ' || "
    "coalesce(sql, '') FROM sqlite_schema WHERE type <> 'table' "
    "UNION ALL SELECT m.tbl_name, 'sorting of ' || m.name || ' ' || x.seqno || ' ' || "
    "coalesce(x.name, '') || ' ' || x.coll FROM sqlite_schema m JOIN pragma_index_xinfo(m.name) x "
    "WHERE m.type = 'index' AND x.key = 1";

struct Description {
  std::set<std::string> tables;
  std::set<std::string> lines;
};

std::string text_of(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text != nullptr ? text : "";
}

// Of all tables, or of those that are named.
Result<Description> describe(sqlite3* handle, const std::set<std::string>* tables) {
  sqlite3_stmt* raw = nullptr;
  const int prepared = sqlite3_prepare_v2(handle, kLines, -1, &raw, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalizing> statement(raw);
  if (prepared != SQLITE_OK) {
    return ErrorCode::store_unavailable;
  }
  Description description;
  int code = sqlite3_step(raw);
  for (; code == SQLITE_ROW; code = sqlite3_step(raw)) {
    std::string table = text_of(raw, 0);
    std::transform(table.begin(), table.end(), table.begin(),  // SQLite's names have no case
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (tables == nullptr || tables->contains(table)) {
      description.lines.insert(text_of(raw, 1));
      description.tables.insert(std::move(table));
    }
  }
  return code == SQLITE_DONE ? Result<Description>(std::move(description))
                             : ErrorCode::store_unavailable;
}

// The first line that only one of them has and that counts.
template <class Counts>
const std::string* find_missing(const std::set<std::string>& from, const std::set<std::string>& in,
                                Counts counts) {
  const auto found = std::find_if(from.begin(), from.end(), [&](const std::string& line) {
    return !in.contains(line) && counts(line);
  });
  return found == from.end() ? nullptr : &*found;
}

bool always(const std::string& /*line*/) { return true; }

// What the next program may not add, for all that is known of it.
bool is_no_addition(const std::string& line) {
  return line.starts_with("trigger ") || line.starts_with("view ") ||
         (line.starts_with("index ") && !line.starts_with("index sqlite_autoindex_") &&
          line.find(')') + 1 != line.size());
}

// What somebody has written there is shown to who operates.
std::string printable(std::string_view line) {
  constexpr std::size_t kMaxShown = 200;  // [three lines of a terminal]
  std::string shown(line.substr(0, kMaxShown));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  return shown;
}

}  // namespace

Result<SchemaCheck> SchemaCheck::make() {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open(":memory:", &raw);
  const std::unique_ptr<sqlite3, Closing> handle(raw);
  if (opened != SQLITE_OK) {
    return ErrorCode::store_unavailable;
  }
  for (const char* migration : kMigrations) {
    if (sqlite3_exec(raw, migration, nullptr, nullptr, nullptr) != SQLITE_OK) {
      return ErrorCode::store_unavailable;
    }
  }
  CS_ASSIGN(Description description, describe(raw, nullptr));
  SchemaCheck check;
  check.tables_ = std::move(description.tables);
  check.lines_ = std::move(description.lines);
  return check;
}

Status SchemaCheck::check(Database& database) {
  CS_ASSIGN(std::string version, database.pragma("PRAGMA schema_version"));
  if (version == checked_version_) {
    return ok();
  }
  CS_ASSIGN(const std::string migrations, database.pragma("PRAGMA user_version"));
  CS_ASSIGN(const Description found, describe(database.handle(), &tables_));
  const std::string* different = find_missing(lines_, found.lines, always);
  if (different == nullptr) {
    const bool is_ours = migrations == std::to_string(kMigrations.size());
    different = find_missing(found.lines, lines_, is_ours ? always : is_no_addition);
  }
  if (different != nullptr) {
    difference_ = printable(*different);
    return ErrorCode::store_corrupt;
  }
  checked_version_ = std::move(version);
  return ok();
}

}  // namespace countersign::sqlite
