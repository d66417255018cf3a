#include "crypto/hash_tag.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

TEST(HashTag, IsTheHashOfTheTag) {
  const OpenSslHasher hasher;
#define CS_EXPECT_TAG(text) \
  EXPECT_EQ(HashTag(text).digest(), hasher.sha256({bytes_of(text)})) << (text)
  CS_EXPECT_TAG("");
  CS_EXPECT_TAG("abc");
  CS_EXPECT_TAG("\xff\x80");
  CS_EXPECT_TAG("countersign/1/challenge");
  CS_EXPECT_TAG("1234567890123456789012345678901");
  CS_EXPECT_TAG("12345678901234567890123456789012");
  CS_EXPECT_TAG("123456789012345678901234567890123456789012345678901234");
  CS_EXPECT_TAG("1234567890123456789012345678901234567890123456789012345");
#undef CS_EXPECT_TAG
  // The example of FIPS 180-4.
  EXPECT_EQ(testing::to_hex(HashTag("abc").digest()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace countersign
