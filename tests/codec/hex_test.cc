#include "codec/hex.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(AppendHex, WritesTwoDigitsAnOctetBehindWhatIsThere) {
  std::string out = "x";
  append_hex(out, ByteVector{0x00, 0x0f, 0xf0, 0xff, 0x9a});
  EXPECT_EQ(out, "x000ff0ff9a");
  append_hex(out, {});
  EXPECT_EQ(out, "x000ff0ff9a");
}

}  // namespace
}  // namespace countersign
