#pragma once
// Hashing and signature arithmetic by Crypto++ 8.7, for the WebAssembly modules and as the second
// opinion in native tests. Each class is a translation unit of its own, so that a module links
// nothing else. The classes have no state and are safe to share between threads;
// exceptions of Crypto++ end here.

#include "crypto/hasher.h"
#include "crypto/signature.h"

namespace countersign {

class CryptoppHasher final : public Hasher {
 public:
  Digest256 sha256(std::initializer_list<Bytes> parts) const override;
  ByteVector digest(HashAlgorithm hash, Bytes message) const override;
};

/// SHA-256 and nothing else, for a module that needs no other: `digest` of another hash ends the
/// program.
class CryptoppSha256 final : public Hasher {
 public:
  Digest256 sha256(std::initializer_list<Bytes> parts) const override;
  ByteVector digest(HashAlgorithm hash, Bytes message) const override;
};

/// Every algorithm of the table but Ed448, which Crypto++ does not have: `unsupported`.
class CryptoppVerifier final : public SignatureVerifier {
 public:
  std::string_view name() const override { return "cryptopp"; }
  SignatureVerdict verify(SignatureAlgorithm algorithm, const PublicKey& key, Bytes message,
                          Bytes signature) const override;
};

}  // namespace countersign
