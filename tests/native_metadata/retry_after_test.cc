#include "native/metadata/retry_after.h"

#include <gtest/gtest.h>

namespace countersign::testing {
namespace {

TEST(RetryAfter, IsSecondsOrADate) {
  const UnixSeconds now = make_unix_seconds(2026, 11, 25, 12, 0, 0).value();
  EXPECT_EQ(parse_retry_after("120", now), 120);
  EXPECT_EQ(parse_retry_after("Wed, 25 Nov 2026 12:02:00 GMT", now), 120);
  EXPECT_EQ(parse_retry_after("Wed, 25 Nov 2020 12:02:00 GMT", now), 0);
  for (const char* text :
       {"", "-1", "-0", "1.5", "soon", "99999999999999999999", "Wed, 32 Nov 2026 12:02:00 GMT",
        "Wed, 25 ovD 2026 12:02:00 GMT", "Wed, 25 Nov 2026 12:02:00 CET"}) {
    EXPECT_EQ(parse_retry_after(text, now), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace countersign::testing
