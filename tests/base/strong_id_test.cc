#include "base/strong_id.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace countersign {
namespace {

TEST(StrongId, OneKindDoesNotConvertIntoAnother) {
  EXPECT_FALSE((std::is_convertible_v<CredentialId, UserHandle>));
  EXPECT_FALSE((std::is_constructible_v<CredentialId, UserHandle>));
  EXPECT_FALSE((std::is_convertible_v<ByteVector, CredentialId>));
  EXPECT_FALSE((std::is_convertible_v<CredentialId, ByteVector>));
}

TEST(StrongId, ComparesByValue) {
  const CredentialId a(ByteVector{1, 2});
  EXPECT_EQ(a, CredentialId(ByteVector{1, 2}));
  EXPECT_NE(a, CredentialId(ByteVector{1, 3}));
  EXPECT_LT(a, CredentialId(ByteVector{1, 2, 0}));
  EXPECT_EQ(TenantId("bank"), TenantId("bank"));
  EXPECT_TRUE(CredentialId().value.empty());
}

}  // namespace
}  // namespace countersign
