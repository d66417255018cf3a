#include "model/domain.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign {
namespace {

TEST(IsDomain, AcceptsLowerCaseLabels) {
  for (const char* text :
       {"localhost", "bank.example", "xn--mnchen-3ya.example", "a_b.example", "1.a"}) {
    EXPECT_TRUE(is_domain(text)) << text;
  }
}

TEST(IsDomain, RefusesAddressesAndWhatIsNoDomain) {
  for (const char* text : {"", ".", "a.", ".a", "a..b", "Bank.example", "bank.example:443",
                           "127.0.0.1", "a.0x7f", "[::1]", "b\xc3\xa4nk.example", "a b"}) {
    EXPECT_FALSE(is_domain(text)) << text;
  }
  EXPECT_FALSE(is_domain(std::string(64, 'a') + ".example"));
  EXPECT_FALSE(is_domain(std::string(254, 'a')));
}

}  // namespace
}  // namespace countersign
