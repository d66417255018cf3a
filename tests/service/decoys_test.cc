#include "service/decoys.h"

#include <gtest/gtest.h>

#include <set>

#include "backends/openssl/openssl_backend.h"
#include "service/ceremony_flow.h"

namespace countersign {
namespace {

Secret<32> make_secret(std::uint8_t fill) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(fill);
  return Secret<32>(bytes);
}

TEST(HmacTest, AgreesWithRfc4231) {
  // Test case 1: a key of 20 octets 0b; zero padding to the block makes a longer key the same.
  std::array<std::uint8_t, 32> key{};
  std::fill(key.begin(), key.begin() + 20, std::uint8_t{0x0b});
  const OpenSslHasher hasher;
  const Digest256 expected{0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf,
                           0xce, 0xaf, 0x0b, 0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83,
                           0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf, 0xf7};
  EXPECT_EQ(hmac_sha256(hasher, Secret<32>(key), {bytes_of("Hi "), bytes_of("There")}), expected);
}

TEST(DecoysTest, AreTheSameForTheSameNameAndDifferOtherwise) {
  const OpenSslHasher hasher;
  const auto ids = [&](std::uint8_t secret, const char* tenant, const std::string& name) {
    std::vector<ByteVector> out;
    for (const CredentialRecord& record :
         make_decoys(hasher, make_secret(secret), TenantId(tenant), name)) {
      out.push_back(record.id.value);
    }
    return out;
  };
  EXPECT_EQ(ids(1, "t", "ada"), ids(1, "t", "ada"));
  EXPECT_NE(ids(1, "t", "ada"), ids(1, "t", "adb"));
  EXPECT_NE(ids(1, "t", "ada"), ids(1, "u", "ada"));
  EXPECT_NE(ids(1, "t", "ada"), ids(2, "t", "ada"));
  std::set<ByteVector> all;
  std::set<std::size_t> counts;
  std::set<std::size_t> sizes;
  for (int i = 0; i < 200; ++i) {
    const std::vector<ByteVector> made = ids(1, "t", "name " + std::to_string(i));
    counts.insert(made.size());
    for (const ByteVector& id : made) {
      EXPECT_TRUE(all.insert(id).second);
      sizes.insert(id.size());
    }
  }
  EXPECT_EQ(counts, (std::set<std::size_t>{1, 2}));
  EXPECT_EQ(sizes, (std::set<std::size_t>{16, 20, 32, 48}));
}

TEST(NameTest, HasCharactersAndNoControls) {
  EXPECT_TRUE(is_name("Ada", 3));
  EXPECT_TRUE(is_name("☃☃☃", 3));
  EXPECT_FALSE(is_name("", 3));
  EXPECT_FALSE(is_name("Adam", 3));
  for (const char* bad : {"a\nb", "\x7f", "\x1b[0m", "\xc2\x85"}) {
    EXPECT_FALSE(is_name(bad, 10));
  }
  EXPECT_TRUE(is_name("\xc2\xa0", 10));
}

}  // namespace
}  // namespace countersign
