#pragma once
// Logs and witnesses with keys of their own, for the tests.

#include <string>

#include "backends/openssl/openssl_backend.h"
#include "receipt/checkpoint.h"
#include "tests/support/keys.h"

namespace countersign::testing {

struct TestSigner {
  explicit TestSigner(const std::string& name, NoteKeyKind kind = NoteKeyKind::log,
                      const std::string& label = "log")
      : pair(TestKey::make(KeyKind::ed25519, label)),
        key(NoteKey::make(name, kind, pair.x(), OpenSslHasher()).value()) {}

  ByteVector sign(std::string_view text) const {
    return pair.sign(Scheme::eddsa, Hash::sha512, bytes_of(text));
  }

  NoteSignature sign(const std::string& origin, const TreeHead& head) const {
    return {key.name(), key.id(), sign(checkpoint_text(origin, head))};
  }

  NoteSignature cosign(const std::string& origin, const TreeHead& head, std::uint64_t time) const {
    ByteVector value;
    for (int shift = 56; shift >= 0; shift -= 8) {
      value.push_back(static_cast<std::uint8_t>(time >> shift));
    }
    const ByteVector signature = sign(cosigned_text(origin, head, time));
    value.insert(value.end(), signature.begin(), signature.end());
    return {key.name(), key.id(), value};
  }

  TestKey pair;
  NoteKey key;
};

inline bool holds(const SignatureObligation& obligation) {
  return OpenSslVerifier().verify(obligation.algorithm, obligation.key, obligation.message,
                                  obligation.signature) == SignatureVerdict::valid;
}

}  // namespace countersign::testing
