#include "native/receipt/file_log_signer.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace countersign {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(FILE* file) const { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using File = std::unique_ptr<FILE, Free>;

constexpr std::size_t kPublicBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

// A key with a password would wait for somebody at a terminal.
int no_password(char*, int, int, void*) { return -1; }

Key read_private_key(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"));
  return Key(file == nullptr ? nullptr
                             : PEM_read_PrivateKey(file.get(), nullptr, no_password, nullptr));
}

bool write_key(int descriptor, EVP_PKEY* key) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_fd(descriptor, BIO_NOCLOSE));
  return bio != nullptr &&
         PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) ==
             1 &&
         ::fsync(descriptor) == 0;
}

}  // namespace

struct FileLogSigner::Handle {
  Key key;
};

FileLogSigner::FileLogSigner(std::unique_ptr<Handle> handle, ByteVector public_key)
    : handle_(std::move(handle)), public_key_(std::move(public_key)) {}
FileLogSigner::~FileLogSigner() = default;

Result<std::unique_ptr<FileLogSigner>> FileLogSigner::open(const std::string& path) {
  auto handle = std::make_unique<Handle>(Handle{read_private_key(path)});
  ByteVector public_key(kPublicBytes);
  std::size_t size = public_key.size();
  if (handle->key == nullptr || EVP_PKEY_get_id(handle->key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(handle->key.get(), public_key.data(), &size) != 1 ||
      size != kPublicBytes) {
    return ErrorCode::log_key_malformed;
  }
  return std::unique_ptr<FileLogSigner>(
      new FileLogSigner(std::move(handle), std::move(public_key)));
}

Status FileLogSigner::make_key(const std::string& path) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::string unfinished = path + ".XXXXXX";
  const int descriptor = key == nullptr ? -1 : ::mkostemp(unfinished.data(), O_CLOEXEC);
  if (descriptor < 0) {
    return ErrorCode::store_unavailable;
  }
  // Whole or not at all, and never over a key that is there: that one may have signed.
  const bool is_written = write_key(descriptor, key.get());
  ::close(descriptor);
  const bool is_named = is_written && ::link(unfinished.c_str(), path.c_str()) == 0;
  ::unlink(unfinished.c_str());
  struct stat found {};
  return is_named || ::stat(path.c_str(), &found) == 0 ? ok()
                                                       : Status(ErrorCode::store_unavailable);
}

Result<ByteVector> FileLogSigner::sign(Bytes message) const {
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  ByteVector signature(kSignatureBytes);
  std::size_t size = signature.size();
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, handle_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1 ||
      size != kSignatureBytes) {
    return ErrorCode::store_unavailable;
  }
  return signature;
}

}  // namespace countersign
