#include "codec/cbor_reader.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

Error error_of(const ByteVector& input, const CborOptions& options = {}) {
  const Result<CborValue> value = parse_cbor(input, options);
  EXPECT_FALSE(value.has_value());
  return value.has_value() ? Error{} : value.error();
}

Error error_at(ErrorCode code, std::uint32_t offset) { return {code, Check::none, offset}; }

TEST(CborReader, FailsIfAKeyIsDuplicate) {
  EXPECT_EQ(error_of({0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02}),
            error_at(ErrorCode::cbor_duplicate_key, 4));
}

TEST(CborReader, FailsIfADeclaredCountExceedsTheBytesLeft) {
  EXPECT_EQ(error_of({0x9a, 0x3f, 0xff, 0xff, 0xff}), error_at(ErrorCode::cbor_truncated, 0));
}

}  // namespace
}  // namespace countersign
