#pragma once
// Holds the schema of a file against the one that this program's migrations make. Whoever writes to
// the database can change that, too: a table that sorts otherwise, or an index that lies, answers
// for rows that are not so.

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "native/store/sqlite/database.h"

namespace countersign::sqlite {

/// One for each connection. What SQLite has read of a schema follows from the statements in it:
/// those of our tables, their indexes and triggers are the very ones of the migrations, word for
/// word. With that collations, affinities, generated columns, checks and what is done on conflicts
/// are.
class SchemaCheck {
 public:
  /// Makes an empty database in memory for it. Error: store_unavailable.
  static Result<SchemaCheck> make();

  /// Whether that file says of each of our tables what it should, and nothing else; that of the
  /// next schema may have more columns, and indexes of whole tables. Tables of others do not count.
  /// To be asked within a transaction, as the first thing in it: what follows in it goes by the
  /// schema that was looked at. Costs what a pragma costs while the schema stays as it was. A
  /// number of a schema that was refused stays refused: what the connection has read under it is
  /// anyone's. Errors: store_corrupt, and `difference` has the statement; store_unavailable.
  Status check(Database& database);
  const std::string& difference() const { return difference_; }

 private:
  Status compare(Database& database);

  std::set<std::string> tables_;
  std::set<std::string> lines_;
  std::optional<std::int64_t> checked_version_;  // of the schema that was found to be right
  std::optional<std::int64_t> refused_version_;
  std::string difference_;
};

}  // namespace countersign::sqlite
