// Revisions of policies: every change holds the tenant's version against the one that was seen.

#include <algorithm>

#include "native/store/sqlite/policy_rows.h"
#include "native/store/sqlite/sqlite_store.h"

namespace countersign {

using sqlite::Database;
using sqlite::JobResult;
using sqlite::Statement;

namespace {

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
  return insert.run();
}

Status change_revision(Database& database, const TenantId& tenant, const RevisionChange& change) {
  CS_ASSIGN(Statement update,
            database.prepare("UPDATE policy_revisions SET state = ?1, share = ?2, "
                             "was_active = was_active OR ?1 = 4 "
                             "WHERE tenant = ?3 AND digest = ?4 AND state = ?5"));
  update.bind(static_cast<std::int64_t>(change.after)).bind(std::int64_t{change.share});
  update.bind(std::string_view(tenant.value)).bind(Bytes(change.digest));
  update.bind(static_cast<std::int64_t>(change.before));
  CS_TRY(update.run());
  return database.changes() == 1 ? ok() : Status(ErrorCode::store_corrupt);
}

Status spend_approvals(Database& database, const PolicyUpdate& update) {
  if (update.change.spent == SpentApprovals::none) {
    return ok();
  }
  CS_ASSIGN(Statement spend, database.prepare("UPDATE policy_approvals SET spent = 1 "
                                              "WHERE tenant = ? AND (digest = ? OR ?)"));
  spend.bind(std::string_view(update.tenant.value)).bind(Bytes(update.revision));
  spend.bind(std::int64_t{update.change.spent == SpentApprovals::all ? 1 : 0});
  return spend.run();
}

}  // namespace

namespace sqlite {

Result<bool> apply_policy_update(Database& database, const PolicyUpdate& update) {
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
  CS_TRY(spend_approvals(database, update));
  return true;
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

Result<PolicyLife> SqliteStore::read_policy_life(const TenantId& tenant) {
  const Reader reader(*this);
  // One statement sees one state: version and revisions fit together.
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT l.version, r.digest, r.state, r.share, r.was_active, r.name, "
                            "r.number, r.created_at, r.created_by FROM policy_lives l "
                            "JOIN policy_revisions r ON r.tenant = l.tenant "
                            "WHERE l.tenant = ? ORDER BY r.sequence"));
  select.bind(std::string_view(tenant.value));
  PolicyLife life;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return life;
    }
    life.version = static_cast<std::uint64_t>(select.integer(0));
    PolicyRevision& revision = life.revisions.emplace_back();
    if (!sqlite::copy_exactly(select.blob(1), revision.digest)) {
      return ErrorCode::store_corrupt;
    }
    revision.state = static_cast<RevisionState>(select.integer(2));
    revision.share = static_cast<std::uint16_t>(select.integer(3));
    revision.was_active = select.integer(4) != 0;
    revision.name = select.text(5);
    revision.number = select.integer(6);
    revision.created_at = UnixSeconds{select.integer(7)};
    revision.created_by = select.text(8);
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
                               "created_by) SELECT ?1, ?2, ?3, ?4, ?5, 0, 0, 0, count(*), ?6, ?7 "
                               "FROM policy_revisions WHERE tenant = ?1 HAVING count(*) < ?8"));
    insert.bind(std::string_view(tenant.value)).bind(Bytes(revision.digest)).bind(document);
    insert.bind(std::string_view(revision.name)).bind(revision.number);
    insert.bind(revision.created_at.value).bind(std::string_view(revision.created_by));
    insert.bind(static_cast<std::int64_t>(kMaxPolicyRevisions));
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

Result<bool> SqliteStore::update_policies(const PolicyUpdate& update) {
  bool is_done = false;
  const Status status = writer_->run(sqlite::make_job([&](Database& database) -> Result<JobResult> {
    CS_ASSIGN(is_done, sqlite::apply_policy_update(database, update));
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
      CS_ASSIGN(Statement add,
                database.prepare("INSERT INTO policy_differences (tenant, digest, active, "
                                 "ceremony, phase, change, count) VALUES (?, ?, ?, ?, ?, ?, ?) "
                                 "ON CONFLICT DO UPDATE SET count = count + excluded.count"));
      add.bind(std::string_view(tenant.value)).bind(Bytes(revision)).bind(Bytes(active));
      add.bind(static_cast<std::int64_t>(difference.ceremony));
      add.bind(static_cast<std::int64_t>(difference.phase));
      add.bind(static_cast<std::int64_t>(difference.change));
      CS_TRY(add.bind(static_cast<std::int64_t>(difference.count)).run());
    }
    return JobResult::done();
  }));
}

Result<std::vector<DifferenceCount>> SqliteStore::list_differences(const TenantId& tenant,
                                                                   const Digest256& revision,
                                                                   const Digest256& active) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT ceremony, phase, change, count FROM policy_differences "
                            "WHERE tenant = ? AND digest = ? AND active = ? "
                            "ORDER BY count DESC, ceremony, phase, change"));
  select.bind(std::string_view(tenant.value)).bind(Bytes(revision)).bind(Bytes(active));
  std::vector<DifferenceCount> differences;
  while (true) {
    CS_ASSIGN(const bool has_row, select.step());
    if (!has_row) {
      return differences;
    }
    differences.push_back({static_cast<PolicyCeremony>(select.integer(0)),
                           static_cast<Phase>(select.integer(1)),
                           static_cast<Strictness>(select.integer(2)),
                           static_cast<std::uint64_t>(select.integer(3))});
  }
}

Result<std::vector<StoredCredential>> SqliteStore::list_enrolled(
    const TenantId& tenant, const std::optional<UserHandle>& after, std::size_t customers) {
  const Reader reader(*this);
  CS_ASSIGN(Statement select,
            reader->prepare("SELECT " CREDENTIAL_COLUMNS
                            " FROM credentials WHERE tenant = ?1 AND revoked_at IS NULL AND "
                            "account IN (SELECT DISTINCT account FROM credentials WHERE "
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
