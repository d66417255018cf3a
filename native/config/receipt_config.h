#pragma once
// `receipts`: the key that signs the logs of this server, and what they are called.

#include <memory>
#include <string>
#include <variant>

#include "native/receipt/file_log_heads.h"
#include "native/receipt/file_log_signer.h"
#include "service/receipt_requests.h"

namespace countersign {

struct Config;
struct ConfigProblem;
struct JsonValue;
class Walk;

/// `receipts` of a tenant: `{"readers":"backend"|"customer"}`.
ReceiptReaders read_receipt_readers(Walk& walk, const JsonValue& tenant, const std::string& path);

struct ReceiptConfig {
  std::string log_key_file;  // empty: there is no log, receipts stay pending
  std::string head_prefix;   // of the files that hold what was signed last
  std::string origin;        // a log's is "ORIGIN/TENANT"
  bool may_make_key = false;
  std::vector<std::string> witnesses;  // lines NAME+HASH+KEY
};

/// After the tenants. Where `receipts` is missing and every tenant is of localhost, a key beside
/// the database does, and is made; elsewhere there is none.
void read_receipt_config(Walk& walk, const JsonValue& root, Config& config);

/// Null: no key is configured.
std::variant<std::unique_ptr<FileLogSigner>, ConfigProblem> open_log_signer(const Config& config);
/// The keys of `receipts.witnesses`.
std::variant<std::vector<NoteKey>, ConfigProblem> read_witnesses(const Config& config,
                                                                 const Hasher& hasher);
/// Null: as there.
std::variant<std::unique_ptr<FileLogHeads>, ConfigProblem> open_log_heads(const Config& config,
                                                                          const Hasher& hasher);

}  // namespace countersign
