#include "native/config/receipt_config.h"

#include <sys/stat.h>

#include <algorithm>

#include "native/config/config.h"
#include "native/config/walk.h"
#include "receipt/limits.h"
#include "receipt/note_key.h"

namespace countersign {
namespace {

bool is_of_localhost(const Config& config) {
  return std::all_of(config.tenants.begin(), config.tenants.end(),
                     [](const TenantConfig& tenant) { return tenant.tenant.rp_id == "localhost"; });
}

}  // namespace

ReceiptReaders read_receipt_readers(Walk& walk, const JsonValue& tenant, const std::string& path) {
  const JsonValue* value = tenant.find("receipts");
  const std::string at = path + ".receipts";
  if (value == nullptr || !walk.check_object(*value, at, {"readers"})) {
    return ReceiptReaders::backend;
  }
  const std::string readers = walk.text(*value, "readers", at).value_or("backend");
  if (readers == "customer") {
    return ReceiptReaders::customer;
  }
  if (readers != "backend") {
    walk.invalid(at + ".readers", "must be backend or customer");
  }
  return ReceiptReaders::backend;
}

void read_receipt_config(Walk& walk, const JsonValue& root, Config& config) {
  ReceiptConfig& receipts = config.receipts;
  receipts.may_make_key = is_of_localhost(config);
  const JsonValue* value = root.find("receipts");
  if (value == nullptr) {
    if (receipts.may_make_key) {
      receipts.log_key_file = config.database + ".log-key.pem";
      receipts.head_prefix = receipts.log_key_file;
      receipts.origin = "localhost";
    }
    return;
  }
  if (!walk.check_object(*value, "receipts", {"logKeyFile", "headFolder", "origin", "witnesses"})) {
    return;
  }
  receipts.log_key_file = walk.file_path(walk.required_text(*value, "logKeyFile", "receipts"));
  receipts.head_prefix = receipts.log_key_file;
  if (const std::optional<std::string> folder = walk.text(*value, "headFolder", "receipts")) {
    const std::string& key_file = receipts.log_key_file;
    receipts.head_prefix =
        walk.file_path(*folder) + "/" + key_file.substr(key_file.rfind('/') + 1);  // npos + 1 is 0
  }
  receipts.origin = walk.required_text(*value, "origin", "receipts");
  receipts.witnesses = walk.texts(*value, "witnesses", "receipts");
  for (const TenantConfig& tenant : config.tenants) {
    if (!is_note_name(receipts.origin + "/" + tenant.tenant.id.value)) {
      walk.invalid("receipts.origin",
                   "must be like a URL without scheme, at most 200 visible characters without +");
    }
  }
}

std::variant<std::unique_ptr<FileLogSigner>, ConfigProblem> open_log_signer(const Config& config) {
  const ReceiptConfig& receipts = config.receipts;
  if (receipts.log_key_file.empty()) {
    return std::unique_ptr<FileLogSigner>();
  }
  constexpr const char* kPath = "receipts.logKeyFile";
  struct stat found {};
  if (::stat(receipts.log_key_file.c_str(), &found) != 0) {
    // Of a log that others trust a lost key must not be replaced in silence.
    if (!receipts.may_make_key) {
      return ConfigProblem{
          ErrorCode::config_value_invalid, kPath,
          receipts.log_key_file +
              " does not exist; make one with: openssl genpkey -algorithm ed25519"};
    }
    if (!FileLogSigner::make_key(receipts.log_key_file)) {
      return ConfigProblem{ErrorCode::config_value_invalid, kPath,
                           receipts.log_key_file + " cannot be made"};
    }
  }
  Result<std::unique_ptr<FileLogSigner>> signer = FileLogSigner::open(receipts.log_key_file);
  if (!signer.has_value()) {
    return ConfigProblem{
        signer.error().code, kPath,
        receipts.log_key_file + " must hold an Ed25519 private key in PEM, without a password"};
  }
  return *std::move(signer);
}

std::variant<std::vector<NoteKey>, ConfigProblem> read_witnesses(const Config& config,
                                                                 const Hasher& hasher) {
  constexpr std::size_t kMost = limits::kMaxNoteSignatures - 1;  // and the log's own
  std::vector<NoteKey> keys;
  for (std::size_t i = 0; i < config.receipts.witnesses.size(); ++i) {
    const Result<NoteKey> key = parse_note_key(config.receipts.witnesses[i], hasher);
    const bool is_new = key.has_value() && key->kind() == NoteKeyKind::witness &&
                        std::none_of(keys.begin(), keys.end(), [&key](const NoteKey& other) {
                          return other.name() == key->name() || other.key() == key->key();
                        });
    if (!is_new || i == kMost) {
      return ConfigProblem{ErrorCode::config_value_invalid,
                           "receipts.witnesses[" + std::to_string(i) + "]",
                           "must be the line NAME+HASH+KEY of a witness's key, each name and each "
                           "key once, at most " +
                               std::to_string(kMost)};
    }
    keys.push_back(*key);
  }
  return keys;
}

std::variant<std::unique_ptr<FileLogHeads>, ConfigProblem> open_log_heads(const Config& config,
                                                                          const Hasher& hasher) {
  const ReceiptConfig& receipts = config.receipts;
  if (receipts.log_key_file.empty()) {
    return std::unique_ptr<FileLogHeads>();
  }
  auto heads = std::make_unique<FileLogHeads>(receipts.head_prefix, hasher);
  if (!heads->check_writable().has_value()) {
    return ConfigProblem{ErrorCode::config_value_invalid, "receipts.headFolder",
                         "the folder of " + receipts.head_prefix +
                             " cannot be written: the server keeps there what it signed last"};
  }
  return heads;
}

}  // namespace countersign
