#include "native/store/sqlite/schema_check.h"

#include <algorithm>
#include <cstdlib>

#include "native/store/sqlite/schema.h"

namespace countersign::sqlite {
namespace {

struct Closing {
  void operator()(sqlite3* handle) const { sqlite3_close(handle); }
};
struct Finalizing {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// [table, line]. Of the schema's own table: functions of SQL that describe a table (pragma_…) are
// tables themselves, and whoever makes one of that name answers for them; and so does whoever has
// made an index of the schema's table, which SQLite would read in its place.
constexpr const char* kLines =
    "SELECT tbl_name, type || ' ' || name || CASE type WHEN 'table' THEN '' ELSE ' on ' || "
    "tbl_name END || ': ' || coalesce(sql, '') FROM main.sqlite_schema NOT INDEXED";

struct Description {
  std::set<std::string> tables;
  std::set<std::string> lines;
};

std::string text_of(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return text != nullptr ? std::string(text, size) : std::string();
}

bool is_schema_table(const std::string& table) {
  return table == "sqlite_schema" || table == "sqlite_master";
}

// Of all tables, or of those that are named and the schema's own, which has no line.
Result<Description> describe(sqlite3* handle, const std::set<std::string>* tables) {
  sqlite3_stmt* raw = nullptr;
  const int prepared = sqlite3_prepare_v2(handle, kLines, -1, &raw, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalizing> statement(raw);
  if (prepared != SQLITE_OK) {
    return (prepared & 0xff) == SQLITE_CORRUPT ? ErrorCode::store_corrupt
                                               : ErrorCode::store_unavailable;
  }
  Description description;
  int code = sqlite3_step(raw);
  for (; code == SQLITE_ROW; code = sqlite3_step(raw)) {
    std::string table = text_of(raw, 0);
    std::transform(table.begin(), table.end(), table.begin(),  // SQLite's names have no case
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (tables == nullptr || tables->contains(table) || is_schema_table(table)) {
      description.lines.insert(text_of(raw, 1));
      description.tables.insert(std::move(table));
    }
  }
  return code == SQLITE_DONE ? Result<Description>(std::move(description))
                             : ErrorCode::store_unavailable;
}

// Whole columns, in words that can neither end the statement nor hide what follows.
bool are_columns(std::string_view text) {
  int depth = 0;
  const bool is_plain = std::all_of(text.begin(), text.end(), [&](char c) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    return depth >= 0 &&
           ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            std::string_view(" _,'()=<>").find(c) != std::string_view::npos);
  });
  return is_plain && depth == 0 && text.starts_with(", ") &&
         std::count(text.begin(), text.end(), '\'') % 2 == 0;
}

// Ours, and more columns behind one of them: SQLite adds them before what concerns the whole table.
bool has_more_columns(std::string_view line, std::string_view ours) {
  if (line.size() <= ours.size()) {
    return false;
  }
  const std::size_t more = line.size() - ours.size();
  int depth = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const char c = ours[i];
    if (depth == 1 && (c == ',' || c == ')') && line.substr(i + more) == ours.substr(i) &&
        are_columns(line.substr(i, more))) {
      return true;
    }
    if (line[i] != c) {
      return false;
    }
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
  }
  return false;
}

bool is_table(const std::string& line) { return line.starts_with("table "); }

// What the next program may add, for all that is known of it: an index of whole tables that refuses
// nothing. Tables count with ours.
bool is_addition(const std::string& line) {
  return line.starts_with("index ") && line.find(": CREATE INDEX ") != std::string::npos &&
         line.find(')') + 1 == line.size();
}

enum class Program : std::uint8_t { same, next };

// What somebody has written there is shown to who operates.
std::string printable(std::string_view line) {
  constexpr std::size_t kMaxShown = 200;  // [three lines of a terminal]
  std::string shown(line.substr(0, kMaxShown));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  return shown;
}

// Of a table from where it differs.
std::string shown(const std::string& line, const std::set<std::string>& ours) {
  constexpr std::size_t kBefore = 30;
  if (!is_table(line)) {
    return printable(line);
  }
  const std::string name = line.substr(0, line.find(':') + 1);
  const auto same = ours.lower_bound(name);
  std::size_t at = name.size();
  if (same != ours.end() && same->starts_with(name)) {
    at = static_cast<std::size_t>(
        std::mismatch(line.begin(), line.end(), same->begin(), same->end()).first - line.begin());
  }
  at = std::max(name.size(), at - std::min(at, kBefore));
  return printable(name + " " + line.substr(at));
}

// The first line that only one of them has and that counts.
const std::string* find_difference(const std::set<std::string>& ours,
                                   const std::set<std::string>& found, Program program) {
  const auto is_there = [&](const std::string& line) {
    return found.contains(line) ||
           (program == Program::next && is_table(line) &&
            std::any_of(found.begin(), found.end(),
                        [&](const std::string& other) { return has_more_columns(other, line); }));
  };
  const auto is_added = [&](const std::string& line) {
    return !ours.contains(line) &&
           (program == Program::same || (!is_table(line) && !is_addition(line)));
  };
  const auto added = std::find_if(found.begin(), found.end(), is_added);
  if (added != found.end()) {
    return &*added;
  }
  const auto missing = std::find_if_not(ours.begin(), ours.end(), is_there);
  return missing == ours.end() ? nullptr : &*missing;
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
  CS_ASSIGN(const std::int64_t version, database.schema_version());
  if (version == refused_version_->load()) {
    return ErrorCode::store_corrupt;
  }
  if (version == checked_version_) {
    return ok();
  }
  checked_version_.reset();  // or it would pass again with what the connection reads in between
  const Status compared = compare(database);
  if (compared.has_value()) {
    checked_version_ = version;
  } else if (compared.error().code == ErrorCode::store_corrupt) {
    refused_version_->store(version);
  }
  return compared;
}

Status SchemaCheck::compare(Database& database) {
  // The connection may have read another schema under the same number.
  CS_TRY(database.forget_schema());
  difference_ = "a schema that cannot be read";
  CS_ASSIGN(const Description found, describe(database.handle(), &tables_));
  CS_ASSIGN(const std::string migrations, database.pragma("PRAGMA user_version"));
  CS_ASSIGN(const std::string encoding, database.pragma("PRAGMA encoding"));
  const std::int64_t ahead =
      std::atoll(migrations.c_str()) - static_cast<std::int64_t>(kMigrations.size());
  if (ahead < 0) {
    difference_ = "number of an older schema";
    return ErrorCode::store_corrupt;
  }
  if (std::any_of(found.tables.begin(), found.tables.end(), is_schema_table)) {
    difference_ = "something that belongs to the table of the schema itself";
    return ErrorCode::store_corrupt;
  }
  const Program program = ahead == 0 ? Program::same : Program::next;
  if (encoding != "UTF-8") {
    difference_ = "encoding " + printable(encoding);
    return ErrorCode::store_corrupt;
  }
  if (const std::string* different = find_difference(lines_, found.lines, program)) {
    difference_ = shown(*different, lines_);
    return ErrorCode::store_corrupt;
  }
  difference_.clear();
  return ok();
}

}  // namespace countersign::sqlite
