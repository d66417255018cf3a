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
  state_->digests.digest(HashAlgorithm::sha256, parts, out.data());
  return out;
}

ByteVector OpenSslHasher::digest(HashAlgorithm hash, Bytes message) const {
  ByteVector out(digest_size(hash));
  state_->digests.digest(hash, {message}, out.data());
  return out;
}

}  // namespace countersign
