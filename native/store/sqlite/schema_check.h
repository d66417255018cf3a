#pragma once
// Holds the schema of a file against the one that this program's migrations make. Whoever writes to
// the database can change that, too: an index that lies answers for rows that are not so.

#include <cstdint>
#include <set>
#include <string>

#include "native/store/sqlite/database.h"

namespace countersign::sqlite {

/// What a schema says of a table: columns with type, collation, default and key, indexes, triggers,
/// a line each.
class SchemaCheck {
 public:
  /// Makes an empty database in memory for it. Error: store_unavailable.
  static Result<SchemaCheck> make();

  /// Whether that file says of each of our tables what it should, and nothing else; that of the
  /// next schema may have more columns, and indexes of whole tables. Tables of others do not count.
  /// To be asked within a transaction; costs what a pragma costs while the schema stays as it was.
  /// Errors: store_corrupt, and `difference` has the line; store_unavailable.
  Status check(Database& database);
  const std::string& difference() const { return difference_; }

 private:
  std::set<std::string> tables_;
  std::set<std::string> lines_;
  std::string checked_version_;  // of the schema that was found to be right
  std::string difference_;
};

}  // namespace countersign::sqlite
