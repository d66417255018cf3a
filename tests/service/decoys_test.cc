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
