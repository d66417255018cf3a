#pragma once
// What the parts of the store share: rows as records, and jobs of the writer.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/store/sqlite/database.h"
#include "native/store/sqlite/writer.h"
#include "service/ports.h"

namespace countersign::sqlite {

/// Lists inside one column: base64url or tokens, none of which has a blank.
std::string join(const std::vector<std::string>& words);
std::vector<std::string> split(std::string_view text);

std::optional<UnixSeconds> time_of(const std::optional<std::int64_t>& seconds);

/// False, and nothing copied, where the size differs.
template <std::size_t N>
bool copy_exactly(const ByteVector& from, std::array<std::uint8_t, N>& to) {
  if (from.size() != N) {
    return false;
  }
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

/// All rows that are left, each as `read` (Statement& to Result<Record>) has it; its first error
/// ends that.
template <class Record, class Read>
Result<std::vector<Record>> read_rows(Statement& rows, Read read) {
  std::vector<Record> records;
  while (true) {
    CS_ASSIGN(const bool has_row, rows.step());
    if (!has_row) {
      return records;
    }
    CS_ASSIGN(Record record, read(rows));
    records.push_back(std::move(record));
  }
}

/// The body of a job: a Result inside, so that CS_TRY works; any error undoes the job.
template <class Body>
Writer::Job make_job(Body body) {
  return [body = std::move(body)](Database& database) -> JobResult {
    const Result<JobResult> result = body(database);
    return result.has_value() ? *result : JobResult::undone(result.error());
  };
}

/// In the order that read_credential_row expects, from column 0.
#define CREDENTIAL_COLUMNS                                                             \
  "id, account, public_key, sign_count, transports, uv_initialized, backup_eligible, " \
  "backed_up, aaguid, algorithm, name, attestation_format, attestation_type, "         \
  "attestation_trust, created_at, last_used_at, aaguid_signed, key_identifier, "       \
  "chain, model_objection, model_evaluated_at, model_known, model_proved, "            \
  "model_description, model_certification, model_statuses, recovered_at, "             \
  "attestation_conveyance, discoverable"
Result<StoredCredential> read_credential_row(const Statement& row);

/// `inserted`: 0 where the name or handle is taken.
Status insert_account(Database& database, const TenantId& tenant, const Account& account,
                      std::int64_t& inserted);
/// `inserted`: 0 where the id is taken.
Status insert_credential(Database& database, const TenantId& tenant,
                         const FinishedRegistration& finished, std::int64_t& inserted);
/// From aaguid_signed, key_identifier (of all fido-u2f statements, one behind the other) and chain,
/// which stand in this order from `column` on. Error: store_corrupt.
Result<RegisteredModel> read_registered_model(const Statement& row, int column,
                                              const Aaguid& aaguid);
std::optional<ErrorCode> error_code_of(const std::optional<std::int64_t>& number);
Status remove_session(Database& database, const TenantId& tenant, const Digest256& digest);

}  // namespace countersign::sqlite
