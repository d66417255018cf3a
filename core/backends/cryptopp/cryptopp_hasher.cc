#include <cryptopp/sha.h>

#include <cstdlib>

#include "backends/cryptopp/cryptopp_backend.h"

namespace countersign {
namespace {

template <class Hash>
ByteVector digest_with(Bytes message) {
  ByteVector out(Hash::DIGESTSIZE);
  Hash hash;
  hash.Update(message.data(), message.size());
  hash.Final(out.data());
  return out;
}

}  // namespace

Digest256 CryptoppHasher::sha256(std::initializer_list<Bytes> parts) const {
  Digest256 out;
  CryptoPP::SHA256 hash;
  for (const Bytes part : parts) {
    hash.Update(part.data(), part.size());
  }
  hash.Final(out.data());
  return out;
}

ByteVector CryptoppHasher::digest(HashAlgorithm hash, Bytes message) const {
  switch (hash) {
    case HashAlgorithm::sha1:
      return digest_with<CryptoPP::SHA1>(message);
    case HashAlgorithm::sha256:
      return digest_with<CryptoPP::SHA256>(message);
    case HashAlgorithm::sha384:
      return digest_with<CryptoPP::SHA384>(message);
    case HashAlgorithm::sha512:
      return digest_with<CryptoPP::SHA512>(message);
  }
  std::abort();
}

}  // namespace countersign
