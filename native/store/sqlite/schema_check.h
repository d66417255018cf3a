#pragma once
// Holds the schema of a file against the one that this program's migrations make. Whoever writes to
// the database can change that, too: a table that sorts otherwise, or an index that lies, answers
// for rows that are not so.

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "native/store/sqlite/database.h"

namespace countersign::sqlite {

/// One for each connection; copies share what was refused. What SQLite has read of a schema follows
/// from the statements in it: those of our tables, their indexes and triggers are the very ones of
/// the migrations, word for word. With that collations, affinities, generated columns, checks and
/// what is done on conflicts are.
class SchemaCheck {
 public:
  /// Makes an empty database in memory for it. Error: store_unavailable.
  static Result<SchemaCheck> make();

  /// Whether that file says of each of our tables what it should, and nothing else; that of the
  /// next schema may have more columns, and indexes of whole tables that are not unique; a file of
  /// an older one is refused. Tables of others do not count. To be asked within a transaction, as
  /// the first thing in it: what follows in it goes by the schema that was looked at. Costs what a
  /// pragma costs while the schema stays as it was. A number of a schema that was refused stays
  /// refused: what the connection has read under it is anyone's. Errors: store_corrupt, and
  /// `difference` has the statement; store_unavailable.
  Status check(Database& database);
  const std::string& difference() const { return difference_; }

 private:
  Status compare(Database& database);

  std::set<std::string> tables_;
  std::set<std::string> lines_;
  std::optional<std::int64_t> checked_version_;  // of the schema that was found to be right
  // Of all copies: what one connection has read wrongly is no reason to take it from the others.
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
  std::shared_ptr<std::atomic<std::int64_t>> refused_version_ =
      std::make_shared<std::atomic<std::int64_t>>(kNone);
  std::string difference_;
};

}  // namespace countersign::sqlite
