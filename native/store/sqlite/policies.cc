// Revisions of policies: every change holds the tenant's version against the one that was seen.

#include <algorithm>

#include "native/store/sqlite/policy_rows.h"
#include "native/store/sqlite/row_seals.h"
#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/sqlite_store.h"
#include "native/store/sqlite/transaction_rows.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

// Of a row `r`: it was never in shadow, canary or active. A long history always has one of these.
#define UNDECIDED_REVISION                                                      \
  "(r.state IN (0, 1, 5) AND r.was_active = 0 AND NOT EXISTS (SELECT 1 FROM "   \
  "policy_transitions t WHERE t.tenant = r.tenant AND t.digest = r.digest AND " \
  "t.after IN (2, 3, 4)))"

// With all that speaks of it. Ceremonies that are under way find no revision.
Status remove_revision(Database& database, const TenantId& tenant, const Digest256& digest) {
  for (const char* sql : {"DELETE FROM policy_revisions WHERE tenant = ? AND digest = ?",
                          "DELETE FROM policy_transitions WHERE tenant = ? AND digest = ?"}) {
    CS_ASSIGN(Statement remove, database.prepare(sql));
    CS_TRY(remove.bind(std::string_view(tenant.value)).bind(Bytes(digest)).run());
  }
  return sqlite::advance_policies(database, tenant);
}

Status insert_transition(Database& database, const PolicyUpdate& update,
                         const RevisionChange& change) {
  CS_ASSIGN(Statement insert,
            database.prepare("INSERT INTO policy_transitions (tenant, digest, version, before, "
                             "after, share, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(std::string_view(update.tenant.value)).bind(Bytes(change.digest));
  insert.bind(static_cast<std::int64_t>(update.seen_version) + 1);
  insert.bind(static_cast<std::int64_t>(change.before));
  insert.bind(static_cast<std::int64_t>(change.after)).bind(std::int64_t{change.share});
  insert.bind(std::string_view(update.actor)).bind(update.time.value);
  CS_TRY(insert.run());
  CS_ASSIGN(Statement prune,
            database.prepare("DELETE FROM policy_transitions WHERE tenant = ?1 AND digest = ?2 AND "
                             "version <= (SELECT version FROM policy_transitions WHERE "
                             "tenant = ?1 AND digest = ?2 ORDER BY version DESC "
                             "LIMIT 1 OFFSET ?3)"));
  prune.bind(std::string_view(update.tenant.value)).bind(Bytes(change.digest));
  return prune.bind(static_cast<std::int64_t>(kKeptPolicyHistory)).run();
}

Status change_revision(Database& database, const TenantId& tenant, const RevisionChange& change) {
  CS_ASSIGN(
      Statement update,
      database.prepare("UPDATE policy_revisions SET state = ?1, share = ?2, "
                       "was_active = was_active OR ?1 = 4, "
                       "acknowledged = coalesce(?6, acknowledged), "
                       "seal = reseal(seal, " REVISION_PLACE("?3", "?4") REVISION_STATE(
                           "", "?5") ", ?1, ?2, was_active OR ?1 = 4, coalesce(?6, acknowledged)) "
                                     "WHERE tenant = ?3 AND digest = ?4 AND state = ?5"));
  update.bind(static_cast<std::int64_t>(change.after)).bind(std::int64_t{change.share});
  update.bind(std::string_view(tenant.value)).bind(Bytes(change.digest));
  update.bind(static_cast<std::int64_t>(change.before));
  update.bind_optional(change.acknowledged
                           ? std::optional<std::string>(sqlite::join(*change.acknowledged))
                           : std::nullopt);
  CS_TRY(update.run());
  return database.changes() == 1 ? ok() : Status(ErrorCode::store_corrupt);
}

// Adds to the row; where there is none yet, makes one unless there are too many.
Status add_difference(Database& database, const TenantId& tenant, const Digest256& revision,
                      const Digest256& active, const DifferenceCount& difference) {
  const auto upsert = [&](std::string_view active_rules, std::string_view shadow_rules,
                          std::size_t most) -> Status {
    CS_ASSIGN(Statement add,
              database.prepare(
                  "INSERT INTO policy_rule_differences (tenant, digest, active, ceremony, phase, "
                  "change, active_rules, shadow_rules, count) "
                  "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM "
                  "policy_rule_differences WHERE tenant = ?1 AND digest = ?2 AND active = ?3 AND "
                  "ceremony = ?4 AND phase = ?5 AND change = ?6 AND active_rules = ?7 AND "
                  "shadow_rules = ?8) OR (SELECT count(*) FROM policy_rule_differences WHERE "
                  "tenant = ?1 AND digest = ?2 AND active = ?3 AND active_rules <> '*') < ?10 "
                  "ON CONFLICT DO UPDATE SET count = count + excluded.count"));
    add.bind(std::string_view(tenant.value)).bind(Bytes(revision)).bind(Bytes(active));
    add.bind(static_cast<std::int64_t>(difference.ceremony));
    add.bind(static_cast<std::int64_t>(difference.phase));
    add.bind(static_cast<std::int64_t>(difference.change)).bind(active_rules).bind(shadow_rules);
    add.bind(static_cast<std::int64_t>(difference.count));
    return add.bind(static_cast<std::int64_t>(most)).run();
  };
  const bool is_other = difference.active_rules == kOtherRules;
  if (!is_other) {
    CS_TRY(upsert(difference.active_rules, difference.shadow_rules, kMaxDifferenceRows));
    if (database.changes() != 0) {
      return ok();
    }
  }
  return upsert(kOtherRules, kOtherRules, kMaxDifferenceRows + 1);
}

}  // namespace

namespace sqlite {

Result<bool> apply_policy_update(Database& database, const Seals& seals,
                                 const PolicyUpdate& update) {
  {
    CS_ASSIGN(Statement advance, database.prepare("UPDATE policy_lives SET version = version + 1 "
                                                  "WHERE tenant = ? AND version = ?"));
    advance.bind(std::string_view(update.tenant.value));
    advance.bind(static_cast<std::int64_t>(update.seen_version));
    CS_TRY(advance.run());
    if (database.changes() != 1) {
      return false;
    }
  }
  for (const RevisionChange& change : update.change.changes) {
    CS_TRY(change_revision(database, update.tenant, change));
    CS_TRY(insert_transition(database, update, change));
  }
  // Publications that are pending. Whatever has ended by itself stays so.
  for (const TransactionClosing& closing : update.closings) {
    CS_TRY(close_pending(database, seals, closing, ClosingTime::does_not_count));
  }
  return true;
}

Status advance_policies(Database& database, const TenantId& tenant) {
  CS_ASSIGN(Statement advance, database.prepare("UPDATE policy_lives SET version = version + 1 "
                                                "WHERE tenant = ?"));
  return advance.bind(std::string_view(tenant.value)).run();
}

Status sweep_drafts(Database& database, UnixSeconds before) {
  std::vector<std::pair<TenantId, Digest256>> old;
  {
    CS_ASSIGN(Statement select,
              database.prepare("SELECT r.tenant, r.digest FROM policy_revisions r WHERE "
                               "r.created_at < ?1 AND " UNDECIDED_REVISION
                               " AND NOT EXISTS (SELECT 1 FROM policy_transitions t WHERE "
                               "t.tenant = r.tenant AND t.digest = r.digest AND t.at >= ?1)"));
    select.bind(before.value);
    while (true) {
      CS_ASSIGN(const bool has_row, select.step());
      if (!has_row) {
        break;
      }
      auto& [tenant, digest] = old.emplace_back();
      tenant = TenantId(select.text(0));
      if (!copy_exactly(select.blob(1), digest)) {
        return ErrorCode::store_corrupt;
      }
    }
  }
  for (const auto& [tenant, digest] : old) {
    CS_TRY(remove_revision(database, tenant, digest));
  }
  return ok();
}

}  // namespace sqlite

Result<std::vector<TenantVersion>> SqliteStore::read_policy_versions() {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT tenant, version FROM policy_lives"));
  std::vector<TenantVersion> versions;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return versions;
    }
    versions.push_back({TenantId(select.text(0)), static_cast<std::uint64_t>(select.integer(1))});
  }
}

namespace {

// That there is one of each is the word of indexes. As policy_revisions_placed.
bool is_there_already(const PolicyLife& life, const PolicyRevision& revision) {
  const bool is_placed = revision.state == RevisionState::shadow ||
                         revision.state == RevisionState::canary ||
                         revision.state == RevisionState::active;
  return life.find(revision.digest) != nullptr ||
         (is_placed && life.in_state(revision.state) != nullptr);
}

}  // namespace

Result<PolicyLife> SqliteStore::read_policy_life(const TenantId& tenant) {
  const Reader reader(*this);
  // One statement sees one state: version and revisions fit together.
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT l.version, r.digest, r.state, r.share, r.was_active, r.name, "
                            "r.number, r.created_at, r.created_by, r.acknowledged, "
                            "is_whole(r.seal, " REVISION_PLACE("?1", "r.digest") REVISION_STATE(
                                "r.", "r.state") ") FROM policy_lives l LEFT JOIN policy_revisions "
                                                 "r ON r.tenant = l.tenant WHERE l.tenant = ?1 "
                                                 "ORDER BY r.sequence"));
  select.bind(std::string_view(tenant.value));
  PolicyLife life;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return life;
    }
    life.version = static_cast<std::uint64_t>(select.integer(0));
    if (!select.optional_blob(1)) {
      return life;  // all were deleted
    }
    PolicyRevision revision;
    if (!sqlite::copy_exactly(select.blob(1), revision.digest)) {
      return ErrorCode::store_corrupt;
    }
    revision.state = static_cast<RevisionState>(select.integer(2));
    // Nobody knows what should decide instead.
    if (select.integer(10) == 0 || is_there_already(life, revision)) {
      return ErrorCode::store_corrupt;
    }
    revision.share = static_cast<std::uint16_t>(select.integer(3));
    revision.was_active = select.integer(4) != 0;
    revision.name = select.text(5);
    revision.number = select.integer(6);
    revision.created_at = UnixSeconds{select.integer(7)};
    revision.created_by = select.text(8);
    if (const std::optional<std::string> words = select.optional_text(9)) {
      revision.acknowledged = sqlite::split(*words);
    }
    life.revisions.push_back(std::move(revision));
  }
}

Result<std::optional<std::string>> SqliteStore::find_policy_document(const TenantId& tenant,
                                                                     const Digest256& digest) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select, reader->prepare("SELECT document FROM policy_revisions "
                                              "WHERE tenant = ? AND digest = ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(digest));
  CS_ASSIGN(const bool has_row, select.step());
  return has_row ? std::optional<std::string>(select.text(0)) : std::optional<std::string>();
}

Status SqliteStore::add_policy(const TenantId& tenant, const PolicyRevision& revision,
                               std::string_view document) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    {
      CS_ASSIGN(Statement known, database.prepare("SELECT 1 FROM policy_revisions "
                                                  "WHERE tenant = ? AND digest = ?"));
      known.bind(std::string_view(tenant.value)).bind(Bytes(revision.digest));
      CS_ASSIGN(const bool is_known, known.step());
      if (is_known) {
        return JobResult::done();
      }
    }
    CS_ASSIGN(Statement insert,
              database.prepare("INSERT INTO policy_revisions (tenant, digest, document, name, "
                               "number, state, share, was_active, sequence, created_at, "
                               "created_by, seal) SELECT ?1, ?2, ?3, ?4, ?5, 0, 0, 0, "
                               "coalesce(max(sequence), -1) + 1, ?6, ?7, "
                               "seal('policy', ?1, ?2, 0, 0, 0, NULL) FROM policy_revisions r "
                               "WHERE tenant = ?1 HAVING count(*) < ?8 AND "
                               "count(*) FILTER (WHERE " UNDECIDED_REVISION ") < ?9"));
    insert.bind(std::string_view(tenant.value)).bind(Bytes(revision.digest)).bind(document);
    insert.bind(std::string_view(revision.name)).bind(revision.number);
    insert.bind(revision.created_at.value).bind(std::string_view(revision.created_by));
    insert.bind(static_cast<std::int64_t>(kMaxPolicyRevisions));
    insert.bind(static_cast<std::int64_t>(kMaxPolicyDrafts));
    CS_TRY(insert.run());
    if (database.changes() != 1) {
      return ErrorCode::policy_too_large;
    }
    CS_ASSIGN(Statement advance,
              database.prepare("INSERT INTO policy_lives (tenant, version) VALUES (?, 1) "
                               "ON CONFLICT DO UPDATE SET version = version + 1"));
    CS_TRY(advance.bind(std::string_view(tenant.value)).run());
    return JobResult::done();
  }));
}

Status SqliteStore::delete_policy(const TenantId& tenant, const Digest256& digest) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    {
      CS_ASSIGN(Statement select,
                database.prepare("SELECT " UNDECIDED_REVISION " FROM policy_revisions r "
                                 "WHERE tenant = ? AND digest = ?"));
      select.bind(std::string_view(tenant.value)).bind(Bytes(digest));
      CS_ASSIGN(const bool has_row, select.step());
      if (!has_row) {
        return ErrorCode::policy_revision_not_found;
      }
      if (select.integer(0) == 0) {
        return ErrorCode::policy_revision_state_mismatch;
      }
    }
    CS_TRY(remove_revision(database, tenant, digest));
    return JobResult::done();
  }));
}

Result<bool> SqliteStore::update_policies(const PolicyUpdate& update) {
  bool is_done = false;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(is_done, sqlite::apply_policy_update(database, seals_, update));
    return JobResult::done();
  }));
  CS_TRY(status);
  return is_done;
}

Result<std::vector<PolicyTransition>> SqliteStore::list_policy_history(const TenantId& tenant,
                                                                       const Digest256& digest) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT before, after, share, actor, at FROM policy_transitions "
                            "WHERE tenant = ? AND digest = ? ORDER BY version DESC LIMIT ?"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(digest));
  select.bind(static_cast<std::int64_t>(kMaxPolicyHistory));
  std::vector<PolicyTransition> lines;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      std::reverse(lines.begin(), lines.end());
      return lines;
    }
    lines.push_back({static_cast<RevisionState>(select.integer(0)),
                     static_cast<RevisionState>(select.integer(1)),
                     static_cast<std::uint16_t>(select.integer(2)), select.text(3),
                     UnixSeconds{select.integer(4)}});
  }
}

Status SqliteStore::count_differences(const TenantId& tenant, const Digest256& revision,
                                      const Digest256& active,
                                      std::span<const DifferenceCount> differences) {
  return writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    for (const DifferenceCount& difference : differences) {
      CS_TRY(add_difference(database, tenant, revision, active, difference));
    }
    return JobResult::done();
  }));
}

Result<std::vector<DifferenceCount>> SqliteStore::list_differences(const TenantId& tenant,
                                                                   const Digest256& revision,
                                                                   const Digest256& active) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT ceremony, phase, change, count, active_rules, shadow_rules "
                            "FROM policy_rule_differences "
                            "WHERE tenant = ? AND digest = ? AND active = ? ORDER BY count DESC, "
                            "ceremony, phase, change, active_rules, shadow_rules"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(revision)).bind(Bytes(active));
  std::vector<DifferenceCount> differences;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return differences;
    }
    differences.push_back(
        {static_cast<PolicyCeremony>(select.integer(0)), static_cast<Phase>(select.integer(1)),
         static_cast<Strictness>(select.integer(2)), static_cast<std::uint64_t>(select.integer(3)),
         select.text(4), select.text(5)});
  }
}

Result<std::vector<StoredCredential>> SqliteStore::list_enrolled(
    const TenantId& tenant, const std::optional<UserHandle>& after, std::size_t customers) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare(
                "SELECT " CREDENTIAL_COLUMNS
                " FROM credentials WHERE tenant = ?1 AND " LISTED_CREDENTIAL_IS_LIVE(
                    "", "?1",
                    "account") " AND account IN (SELECT DISTINCT account FROM credentials WHERE "
                               "tenant = ?1 AND account > ?2 AND revoked_at IS NULL "
                               "ORDER BY account LIMIT ?3) ORDER BY account, sequence"));
  select.bind(std::string_view(tenant.value));
  select.bind(after ? Bytes(after->value) : Bytes()).bind(static_cast<std::int64_t>(customers));
  std::vector<StoredCredential> credentials;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return credentials;
    }
    CS_ASSIGN(StoredCredential credential, sqlite::read_credential_row(select));
    credentials.push_back(std::move(credential));
  }
}

}  // namespace countersign
