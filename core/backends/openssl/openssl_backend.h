#pragma once
// Hashing and signature arithmetic by OpenSSL 3 (native targets only). Both classes are immutable
// from outside and safe to share between threads; none of their functions throws on a bad input.

#include <cstddef>
#include <memory>

#include "crypto/hasher.h"
#include "crypto/signature.h"

namespace countersign {

class OpenSslHasher final : public Hasher {
 public:
  OpenSslHasher();
  ~OpenSslHasher() override;
  OpenSslHasher(const OpenSslHasher&) = delete;
  OpenSslHasher& operator=(const OpenSslHasher&) = delete;

  Digest256 sha256(std::initializer_list<Bytes> parts) const override;
  ByteVector digest(HashAlgorithm hash, Bytes message) const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Verifies with every algorithm of the table. Keys are parsed once and kept in a bounded cache
/// that is addressed by all bytes of the key (type, curve, numbers): making an EVP_PKEY costs about
/// a quarter of a P-256 verification. The cache drops the keys that were not used for the longest
/// time; it holds public keys only, and what is in it never changes a verdict.
class OpenSslVerifier final : public SignatureVerifier {
 public:
  // [4096 parsed P-256 keys take 12 MB: the customers signing in within a minute at 70 a second]
  static constexpr std::size_t kDefaultCachedKeys = 4096;

  /// 0: no cache.
  explicit OpenSslVerifier(std::size_t cached_keys = kDefaultCachedKeys);
  ~OpenSslVerifier() override;
  OpenSslVerifier(const OpenSslVerifier&) = delete;
  OpenSslVerifier& operator=(const OpenSslVerifier&) = delete;

  std::string_view name() const override { return "openssl"; }
  SignatureVerdict verify(SignatureAlgorithm algorithm, const PublicKey& key, Bytes message,
                          Bytes signature) const override;

  /// Keys in the cache, for metrics and tests.
  std::size_t cached_keys() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace countersign
