#pragma once
// Ownership of OpenSSL objects, for the files of this folder.

#include <openssl/evp.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <utility>

#include "base/bytes.h"
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

/// Room for one object that is ready for use. Whoever takes it has it alone; others find the place
/// empty and make their own.
template <class Owner>
class Spare {
 public:
  Spare() = default;
  ~Spare() { Owner(spare_.load()); }
  Spare(const Spare&) = delete;
  Spare& operator=(const Spare&) = delete;

  Owner take() { return Owner(spare_.exchange(nullptr)); }
  void put(Owner object) { Owner(spare_.exchange(object.release())); }

 private:
  std::atomic<typename Owner::pointer> spare_{nullptr};
};

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

  /// Writes digest_size(hash) octets. Making a context costs more than hashing client data, so
  /// each hash keeps one. Aborts where OpenSSL cannot hash (no memory): a digest that was not
  /// computed must never be used.
  void digest(HashAlgorithm hash, std::initializer_list<Bytes> parts, std::uint8_t* out) const {
    Spare<MdContext>& spare = spares_[static_cast<std::size_t>(hash)];
    MdContext context = spare.take();
    if (context == nullptr) {
      context.reset(EVP_MD_CTX_new());
    }
    bool is_good = context != nullptr && EVP_DigestInit_ex2(context.get(), of(hash), nullptr) == 1;
    for (const Bytes part : parts) {
      is_good = is_good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    }
    if (!is_good || EVP_DigestFinal_ex(context.get(), out, nullptr) != 1) {
      std::abort();
    }
    spare.put(std::move(context));
  }

 private:
  std::array<Md, 4> digests_;
  mutable std::array<Spare<MdContext>, 4> spares_;
};

}  // namespace countersign::openssl
