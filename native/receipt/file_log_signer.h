#pragma once
// The log's key in a file (PKCS #8, PEM).

#include <memory>
#include <string>

#include "service/receipt_log.h"

namespace countersign {

class FileLogSigner final : public LogSigner {
 public:
  /// Errors: log_key_malformed (the file cannot be read, or holds no Ed25519 key without a
  /// password).
  static Result<std::unique_ptr<FileLogSigner>> open(const std::string& path);
  /// Makes a key where the file does not exist; of several programs that do, one makes it. Errors:
  /// store_unavailable.
  static Status make_key(const std::string& path);
  ~FileLogSigner() override;

  Bytes public_key() const override { return public_key_; }
  Result<ByteVector> sign(Bytes message) const override;

 private:
  struct Handle;
  explicit FileLogSigner(std::unique_ptr<Handle> handle, ByteVector public_key);

  std::unique_ptr<Handle> handle_;
  ByteVector public_key_;
};

}  // namespace countersign
