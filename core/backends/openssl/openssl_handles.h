#pragma once
// Ownership of OpenSSL objects, for the files of this folder.

#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "crypto/algorithm.h"

namespace countersign::openssl {

struct Free {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

using Md = std::unique_ptr<EVP_MD, Free>;
using MdContext = std::unique_ptr<EVP_MD_CTX, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free>;

/// The hash functions, fetched once: fetching costs more than hashing a short message.
class Digests {
 public:
  Digests() {
    constexpr std::array<const char*, 4> kNames{"SHA1", "SHA256", "SHA384", "SHA512"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      digests_[i].reset(EVP_MD_fetch(nullptr, kNames[i], nullptr));
      if (digests_[i] == nullptr) {
        std::abort();  // an OpenSSL without its default provider: nothing here can work
      }
    }
  }

  const EVP_MD* of(HashAlgorithm hash) const {
    return digests_[static_cast<std::size_t>(hash)].get();
  }

 private:
  std::array<Md, 4> digests_;
};

}  // namespace countersign::openssl
