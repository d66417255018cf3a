#include "codec/utf8.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/encoding.h"

namespace countersign {
namespace {

// The offset at which check_utf8 refuses, nothing if it accepts.
std::optional<std::uint32_t> refusal(const ByteVector& bytes) {
  const Status status = check_utf8(bytes);
  if (status) {
    return std::nullopt;
  }
  EXPECT_EQ(status.error().code, ErrorCode::utf8_invalid);
  return status.error().offset;
}

// Encodes any number in the form of a length, also where the standard forbids it.
ByteVector encode(std::uint32_t code_point, int length) {
  if (length == 1) {
    return {static_cast<std::uint8_t>(code_point)};
  }
  constexpr std::uint8_t kPrefix[] = {0, 0, 0xc0, 0xe0, 0xf0};
  ByteVector out;
  for (int i = length - 1; i >= 0; --i) {
    const std::uint32_t bits = code_point >> (6 * i);
    out.push_back(static_cast<std::uint8_t>(i == length - 1 ? (kPrefix[length] | bits)
                                                            : (0x80U | (bits & 0x3fU))));
  }
  return out;
}

int shortest_length(std::uint32_t code_point) {
  if (code_point < 0x80) {
    return 1;
  }
  if (code_point < 0x800) {
    return 2;
  }
  return code_point < 0x10000 ? 3 : 4;
}

TEST(CheckUtf8, AcceptsEveryScalarValueInItsShortestFormOnly) {
  for (std::uint32_t code_point = 0; code_point <= 0x1fffff; ++code_point) {
    const bool is_scalar = code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
    const int shortest = shortest_length(code_point);
    for (int length = shortest; length <= 4; ++length) {
      const bool is_valid = is_scalar && length == shortest;
      const std::optional<std::uint32_t> refused = refusal(encode(code_point, length));
      ASSERT_EQ(refused, is_valid ? std::nullopt : std::optional<std::uint32_t>(0))
          << std::hex << code_point << " in " << length;
    }
  }
}

TEST(CheckUtf8, FailsIfASequenceIsCut) {
  for (const std::uint32_t code_point : {0xe9U, 0x6c34U, 0x10151U}) {
    const ByteVector whole = encode(code_point, shortest_length(code_point));
    for (std::size_t size = 1; size < whole.size(); ++size) {
      ByteVector cut{'a', 'b'};
      cut.insert(cut.end(), whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(refusal(cut), 2U);
      cut.push_back('c');
      EXPECT_EQ(refusal(cut), 2U);
    }
  }
}

TEST(CheckUtf8, FailsForOctetsThatNeverOccur) {
  for (unsigned octet = 0x80; octet <= 0xff; ++octet) {
    EXPECT_EQ(refusal({'a', static_cast<std::uint8_t>(octet)}), 1U) << octet;
  }
  for (const std::uint8_t octet : {0xc0, 0xc1, 0xf5, 0xf8, 0xfc, 0xfe, 0xff}) {
    EXPECT_EQ(refusal({octet, 0x80, 0x80, 0x80, 0x80, 0x80}), 0U);
  }
}

TEST(CheckUtf8, FindsASequenceAtEveryPlaceOfAText) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      ByteVector text(size, 'x');
      text[at] = 0x80;
      EXPECT_EQ(refusal(text), at);
      text[at] = 0xc3;
      EXPECT_EQ(refusal(text), at);
      if (at + 1 < size) {
        text[at + 1] = 0xbc;
        EXPECT_EQ(refusal(text), std::nullopt);
      }
    }
  }
}

TEST(CheckUtf8, TellsWhereTheFirstIllFormedSequenceBegins) {
  EXPECT_EQ(refusal({0xc3, 0xa9, 0xe6, 0xb0, 0xb4, 0xed, 0xa0, 0x80, 0xff}), 5U);
  EXPECT_EQ(refusal(testing::bytes("plain, and empty")), std::nullopt);
  EXPECT_EQ(refusal({}), std::nullopt);
}

TEST(IsAscii, FindsAnOctetAtEveryPlaceOfAText) {
  for (std::size_t size = 0; size <= 40; ++size) {
    ByteVector text(size, 0x7f);
    EXPECT_TRUE(is_ascii(text)) << size;
    for (std::uint8_t& octet : text) {
      octet = 0x80;
      EXPECT_FALSE(is_ascii(text)) << size;
      octet = 0;
    }
  }
}

}  // namespace
}  // namespace countersign
