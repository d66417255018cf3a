#include <openssl/evp.h>

#include <cstdlib>

#include "backends/openssl/openssl_backend.h"
#include "backends/openssl/openssl_handles.h"

namespace countersign {

struct OpenSslHasher::State {
  openssl::Digests digests;
};

OpenSslHasher::OpenSslHasher() : state_(std::make_unique<State>()) {}
OpenSslHasher::~OpenSslHasher() = default;

Digest256 OpenSslHasher::sha256(std::initializer_list<Bytes> parts) const {
  Digest256 out;
  const EVP_MD* md = state_->digests.of(HashAlgorithm::sha256);
  if (parts.size() == 1) {
    const Bytes part = *parts.begin();
    if (EVP_Digest(part.data(), part.size(), out.data(), nullptr, md, nullptr) != 1) {
      std::abort();
    }
    return out;
  }
  const openssl::MdContext context(EVP_MD_CTX_new());
  bool is_good = context != nullptr && EVP_DigestInit_ex2(context.get(), md, nullptr) == 1;
  for (const Bytes part : parts) {
    is_good = is_good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  // Only the lack of memory gets here; a digest that was not computed must never be used.
  if (!is_good || EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1) {
    std::abort();
  }
  return out;
}

ByteVector OpenSslHasher::digest(HashAlgorithm hash, Bytes message) const {
  ByteVector out(digest_size(hash));
  if (EVP_Digest(message.data(), message.size(), out.data(), nullptr, state_->digests.of(hash),
                 nullptr) != 1) {
    std::abort();
  }
  return out;
}

}  // namespace countersign
