#include "crypto/tagged_hash.h"

#include <gtest/gtest.h>

#include "backends/cryptopp/cryptopp_backend.h"
#include "backends/openssl/openssl_backend.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

using testing::bytes;
using testing::to_hex;

TEST(TaggedHash, IsTheHashOfTheTagsHashTwiceAndTheMessage) {
  const OpenSslHasher hasher;
  // BIP 340 hashes so, too: its published tag hash of "BIP0340/challenge" begins the message.
  const Digest256 tag = hasher.sha256({bytes_of("BIP0340/challenge")});
  EXPECT_EQ(to_hex(tag), "7bb52d7a9fef58323eb1bf7a407db382d2f3f2d81bb1224f49fe518f6d48d37c");
  const Digest256 expected = hasher.sha256({tag, tag, bytes_of("message")});
  EXPECT_EQ(tagged_hash(hasher, "BIP0340/challenge", bytes_of("message")), expected);
}

TEST(TaggedHash, TellsTagsAndMessagesApart) {
  const OpenSslHasher hasher;
  const Digest256 digest = tagged_hash(hasher, "countersign/1/policy", bytes_of("m"));
  EXPECT_NE(digest, tagged_hash(hasher, "countersign/1/view", bytes_of("m")));
  EXPECT_NE(digest, tagged_hash(hasher, "countersign/1/policy", bytes_of("n")));
  EXPECT_NE(digest, tagged_hash(hasher, "countersign/1/policym", {}));
  EXPECT_NE(digest, hasher.sha256({bytes_of("m")}));
}

TEST(TaggedHash, IsTheSameInBothBackends) {
  const OpenSslHasher openssl;
  const CryptoppHasher cryptopp;
  for (const std::size_t size : {0U, 1U, 55U, 56U, 64U, 1000U}) {
    const ByteVector message(size, 0x5a);
    EXPECT_EQ(tagged_hash(openssl, "countersign/1/intent", message),
              tagged_hash(cryptopp, "countersign/1/intent", message));
  }
}

}  // namespace
}  // namespace countersign
