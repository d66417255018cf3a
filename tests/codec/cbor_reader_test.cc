#include "codec/cbor_reader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <limits>
#include <string>

#include "codec/cbor_writer.h"
#include "tests/support/cbor.h"
#include "tests/support/encoding.h"

namespace countersign {
namespace {

using testing::concat;
using testing::from_hex;
namespace cbor = testing::cbor;

constexpr CborOptions kAnyOrder{CborKeyOrder::any, limits::kMaxCborDepth, limits::kMaxCborItems};

void expect_refused(const ByteVector& input, ErrorCode code, std::size_t offset,
                    const CborOptions& options = {}) {
  const Result<CborValue> value = parse_cbor(input, options);
  ASSERT_FALSE(value.has_value()) << testing::to_hex(input);
  EXPECT_EQ(error_name(value.error().code), error_name(code)) << testing::to_hex(input);
  EXPECT_EQ(value.error(), error_at(code, offset)) << testing::to_hex(input);
}

void expect_refused_in_both_orders(const ByteVector& input, ErrorCode code, std::size_t offset) {
  expect_refused(input, code, offset);
  expect_refused(input, code, offset, kAnyOrder);
}

CborValue parsed(const ByteVector& input, const CborOptions& options = {}) {
  const Result<CborValue> value = parse_cbor(input, options);
  EXPECT_TRUE(value.has_value()) << testing::to_hex(input);
  return value.has_value() ? *value : CborValue{};
}

TEST(CborReader, ReadsIntegersOfTheWholeRangeOfInt64) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{23}, std::int64_t{24}, std::int64_t{255}, std::int64_t{256},
        std::int64_t{65535}, std::int64_t{65536}, std::int64_t{4294967295},
        std::int64_t{4294967296}, std::int64_t{-1}, std::int64_t{-24}, std::int64_t{-25},
        std::int64_t{-257}, std::int64_t{-65537}, std::int64_t{-4294967297},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    const CborValue read = parsed(cbor::integer(value));
    EXPECT_TRUE(read.is(CborValue::Type::integer));
    EXPECT_EQ(read.integer, value);
  }
}

TEST(CborReader, FailsIfAnIntegerDoesNotFitIntoInt64) {
  expect_refused(from_hex("1b8000000000000000"), ErrorCode::cbor_integer_range, 0);
  expect_refused(from_hex("1bffffffffffffffff"), ErrorCode::cbor_integer_range, 0);
  expect_refused(from_hex("3b8000000000000000"), ErrorCode::cbor_integer_range, 0);
  expect_refused(from_hex("813bffffffffffffffff"), ErrorCode::cbor_integer_range, 1);
}

TEST(CborReader, ReadsEveryType) {
  const ByteVector input = cbor::array(
      {cbor::byte_string(ByteVector{1, 2}), cbor::text("\xc3\xbc"), cbor::boolean(true),
       cbor::boolean(false), cbor::null(), from_hex("f97e00"), from_hex("fa47c35000"),
       from_hex("fb3ff199999999999a"), cbor::map({{cbor::integer(1), cbor::text("")}})});
  const CborValue value = parsed(input);
  ASSERT_TRUE(value.is(CborValue::Type::array));
  ASSERT_EQ(value.items.size(), 9U);
  EXPECT_TRUE(value.items[0].is(CborValue::Type::bytes));
  EXPECT_TRUE(equal(value.items[0].bytes, ByteVector{1, 2}));
  EXPECT_TRUE(value.items[1].is(CborValue::Type::text));
  EXPECT_EQ(value.items[1].text(), "\xc3\xbc");
  EXPECT_TRUE(value.items[2].is(CborValue::Type::boolean));
  EXPECT_TRUE(value.items[2].boolean);
  EXPECT_TRUE(value.items[3].is(CborValue::Type::boolean));
  EXPECT_FALSE(value.items[3].boolean);
  EXPECT_TRUE(value.items[4].is(CborValue::Type::null));
  for (const std::size_t i : {5U, 6U, 7U}) {
    EXPECT_TRUE(value.items[i].is(CborValue::Type::floating));
  }
  EXPECT_EQ(testing::to_hex(value.items[7].encoded), "fb3ff199999999999a");
  EXPECT_TRUE(value.items[8].is(CborValue::Type::map));
  ASSERT_NE(value.items[8].find(1), nullptr);
  EXPECT_EQ(value.items[8].find(1)->text(), "");
}

TEST(CborReader, TellsWhereEachItemStands) {
  const ByteVector input = from_hex("a2616101616282182a6163");
  const CborValue value = parsed(input);
  EXPECT_TRUE(equal(value.encoded, input));
  EXPECT_EQ(value.offset, 0U);
  EXPECT_EQ(value.members[1].first.offset, 4U);
  const CborValue& list = value.members[1].second;
  EXPECT_EQ(list.offset, 6U);
  EXPECT_EQ(testing::to_hex(list.encoded), "82182a6163");
  EXPECT_EQ(list.items[1].offset, 9U);
}

TEST(CborReader, FindsMembersByTextAndByIntegerOnly) {
  const CborValue value = parsed(from_hex("a301022003416104"));
  EXPECT_EQ(value.find(1)->integer, 2);
  EXPECT_EQ(value.find(-1)->integer, 3);
  EXPECT_EQ(value.find("a"), nullptr) << "the key is a byte string";
  EXPECT_EQ(value.find(2), nullptr);
  EXPECT_EQ(parsed(from_hex("00")).find("a"), nullptr) << "no map";
}

TEST(CborReader, FailsIfAnythingIsCut) {
  const ByteVector whole = cbor::map(
      {{cbor::text("a"), cbor::array({cbor::integer(1000), cbor::byte_string(ByteVector(30, 7))})},
       {cbor::text("b"), from_hex("fb3ff199999999999a")}});
  ASSERT_TRUE(parse_cbor(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Result<CborValue> value = parse_cbor(Bytes(whole).first(size));
    ASSERT_FALSE(value.has_value()) << size;
    EXPECT_EQ(value.error().code, ErrorCode::cbor_truncated) << size;
    EXPECT_LE(value.error().offset, size);
  }
}

TEST(CborReader, FailsIfAHeadIsCutWithTheOffsetOfItsItem) {
  for (const std::string_view hex : {"",         "18",
                                     "19",       "1900",
                                     "1a",       "1a000000",
                                     "1b",       "1b00000000000000",
                                     "38",       "3b00",
                                     "58",       "59ff",
                                     "5affffff", "5bffffffffffffff",
                                     "78",       "7b",
                                     "98",       "9a",
                                     "b8",       "bb00",
                                     "f9",       "f900",
                                     "fa000000", "fb00000000000000",
                                     "41",       "61",
                                     "81",       "a1",
                                     "a100",     "5a00000001"}) {
    const bool is_in_content = hex.empty() || hex == "81" || hex == "a1" || hex == "a100";
    expect_refused(from_hex(hex), ErrorCode::cbor_truncated, 0);
    if (is_in_content) {
      continue;
    }
    expect_refused(concat({ByteVector{0x82, 0x00}, from_hex(hex)}), ErrorCode::cbor_truncated, 2);
  }
}

TEST(CborReader, FailsIfADeclaredLengthExceedsTheBytesLeftBeforeAnythingIsAllocated) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::string_view hex :
       {"9a3fffffff", "9affffffff", "9b0000000100000001", "9bffffffffffffffff", "ba7fffffff",
        "baffffffff", "bb8000000000000000", "bbffffffffffffffff", "5affffffff",
        "5bffffffffffffffff", "7b0000000100000000", "7bffffffffffffffff", "5b0000000100000000"}) {
    expect_refused_in_both_orders(from_hex(hex), ErrorCode::cbor_truncated, 0);
    // A length of 2^32 + 1 must not become 1 where lengths are 32 bits wide.
    expect_refused_in_both_orders(concat({from_hex(hex), ByteVector(64, 0)}),
                                  ErrorCode::cbor_truncated, 0);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

/// Of the process so far, in KB; 0 where the system does not say.
std::size_t peak_address_space() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmPeak:")) {
      return std::stoul(line.substr(7));
    }
  }
  return 0;
}

// Each of 47 arrays in one another claims all items that there could be: 631 MB, were they
// believed.
TEST(CborReader, ReservesLittleForWhatContainersClaim) {
  constexpr std::size_t kLevels = 47;
  constexpr std::size_t kItems = 131072;
  const CborOptions options{CborKeyOrder::canonical, kLevels + 1, kItems};
  ByteVector input;
  for (std::size_t i = 0; i < kLevels; ++i) {
    input.insert(input.end(), {0x9a, 0x00, 0x01, 0xff, 0x00});
  }
  input.resize(2 * kItems, 0xff);
  const std::size_t before = peak_address_space();
  expect_refused(input, ErrorCode::cbor_indefinite, kLevels * 5, options);
  if (before == 0) {
    GTEST_SKIP() << "no /proc/self/status";
  }
  EXPECT_LT(peak_address_space() - before, 65536U);
}

TEST(CborReader, FailsIfACountOfPairsExceedsHalfTheBytesLeft) {
  expect_refused(from_hex("a2010203"), ErrorCode::cbor_truncated, 0);
  expect_refused(from_hex("84010203"), ErrorCode::cbor_truncated, 0);
}

TEST(CborReader, FailsIfBytesFollow) {
  expect_refused(from_hex("0000"), ErrorCode::cbor_trailing_bytes, 1);
  expect_refused(from_hex("a1616101ff"), ErrorCode::cbor_trailing_bytes, 4);
  expect_refused(from_hex("4101f6"), ErrorCode::cbor_trailing_bytes, 2);
}

TEST(CborReader, FailsIfAnArgumentIsNotInItsShortestForm) {
  for (const unsigned major : {0U, 1U, 2U, 3U, 4U, 5U}) {
    for (const auto& [argument, size] : {std::pair<std::uint64_t, std::size_t>{0, 1},
                                         {23, 1},
                                         {0, 2},
                                         {24, 2},
                                         {255, 2},
                                         {0, 4},
                                         {256, 4},
                                         {65535, 4},
                                         {0, 8},
                                         {65536, 8},
                                         {4294967295, 8}}) {
      // The length is honest: enough octets follow where there is a content.
      const ByteVector content(argument < 70000 ? 2 * argument : 0, 0);
      const ByteVector input = concat({cbor::long_head(major, argument, size), content});
      expect_refused_in_both_orders(input, ErrorCode::cbor_not_minimal, 0);
      if (argument >= 70000 && major >= 2) {
        continue;
      }
      expect_refused_in_both_orders(concat({ByteVector{0x82, 0x00}, input}),
                                    ErrorCode::cbor_not_minimal, 2);
    }
  }
}

TEST(CborReader, AcceptsEveryArgumentFromTheFirstThatNeedsItsWidth) {
  for (const std::uint64_t length : {24U, 255U, 256U, 65535U, 65536U}) {
    const ByteVector content(length, 'x');
    EXPECT_EQ(parsed(cbor::byte_string(content)).bytes.size(), length);
    EXPECT_EQ(parsed(cbor::text(text_of(content))).bytes.size(), length);
  }
  for (const std::size_t count : {24U, 255U, 256U, 4095U}) {
    const std::vector<ByteVector> items(count, cbor::integer(0));
    EXPECT_EQ(parsed(cbor::array(items)).items.size(), count);
  }
}

TEST(CborReader, FailsForIndefiniteLengths) {
  for (const std::string_view hex : {"5f4101ff", "7f6161ff", "9fff", "9f01ff", "bfff", "bf616101ff",
                                     "ff", "5f", "7f", "9f", "bf"}) {
    expect_refused_in_both_orders(from_hex(hex), ErrorCode::cbor_indefinite, 0);
    expect_refused_in_both_orders(concat({ByteVector{0x81}, from_hex(hex)}),
                                  ErrorCode::cbor_indefinite, 1);
  }
}

TEST(CborReader, FailsForTagsSimpleValuesAndReservedForms) {
  // By initial octet alone: whatever follows cannot make it right.
  for (unsigned initial = 0; initial <= 0xff; ++initial) {
    const unsigned major = initial >> 5U;
    const unsigned information = initial & 0x1fU;
    const bool is_tag = major == 6 && information < 24;
    const bool is_simple =
        major == 7 && (information < 20 || information == 23 || information == 24);
    const bool is_reserved = information >= 28 && information <= 30;
    const bool is_no_break = information == 31 && (major < 2 || major == 6);
    if (is_tag || is_simple || is_reserved || is_no_break) {
      ByteVector input(40, 0);
      input[0] = static_cast<std::uint8_t>(initial);
      expect_refused_in_both_orders(input, ErrorCode::cbor_unsupported, 0);
      expect_refused_in_both_orders(concat({ByteVector{0x81}, input}), ErrorCode::cbor_unsupported,
                                    1);
    }
  }
  for (const std::string_view hex : {"d81801", "d9d9f700", "da0000000100", "db000000000000000100",
                                     "f7", "f0", "f818", "f8ff", "c100", "c24101"}) {
    expect_refused_in_both_orders(from_hex(hex), ErrorCode::cbor_unsupported, 0);
  }
}

TEST(CborReader, EveryInitialOctetIsEitherReadOrRefused) {
  for (unsigned initial = 0; initial <= 0xff; ++initial) {
    for (std::size_t size = 1; size < 40; ++size) {
      ByteVector input(size, 0);
      input[0] = static_cast<std::uint8_t>(initial);
      const Result<CborValue> value = parse_cbor(input);
      EXPECT_TRUE(value.has_value() || error_class(value.error().code) == ErrorClass::malformed);
    }
  }
}

TEST(CborReader, FailsIfAKeyIsDuplicate) {
  expect_refused_in_both_orders(from_hex("a2616101616102"), ErrorCode::cbor_duplicate_key, 4);
  expect_refused_in_both_orders(from_hex("a201020102"), ErrorCode::cbor_duplicate_key, 3);
  expect_refused_in_both_orders(from_hex("a2f501f501"), ErrorCode::cbor_duplicate_key, 3);
  expect_refused_in_both_orders(from_hex("a280008001"), ErrorCode::cbor_duplicate_key, 3);
  // Not neighbours: b, a, b.
  expect_refused(from_hex("a3616201616102616203"), ErrorCode::cbor_duplicate_key, 7, kAnyOrder);
  // Inside an array inside a key.
  expect_refused(from_hex("a181a361620161610261620300"), ErrorCode::cbor_duplicate_key, 9,
                 kAnyOrder);
}

TEST(CborReader, FailsWithTheFirstOfSeveralDuplicates) {
  // c a b a c: the second a stands in front of the second c.
  expect_refused(from_hex("a5616300616100616200616100616300"), ErrorCode::cbor_duplicate_key, 10,
                 kAnyOrder);
}

TEST(CborReader, TellsTextFromByteStringKeys) {
  EXPECT_EQ(parsed(from_hex("a2416101616102")).members.size(), 2U);
}

TEST(CborReader, FailsIfKeysAreNotInCtap2CanonicalOrder) {
  struct Case {
    std::string_view hex;
    std::size_t offset;
  };
  const Case cases[] = {
      {"a2616200616100", 4},        // bytes
      {"a262616100616200", 5},      // length before bytes
      {"a26161000100", 4},          // major type: integers before text
      {"a220000100", 3},            // unsigned before negative
      {"a2616100416200", 4},        // byte strings before text
      {"a21818000100", 4},          // length of an integer key
      {"a2f500616100", 3},          // simple values last
      {"a181a261620061610000", 6},  // inside a key
      {"a16161a2616200616100", 7},  // inside a value
  };
  for (const Case& each : cases) {
    expect_refused(from_hex(each.hex), ErrorCode::cbor_key_order, each.offset);
    const CborValue value = parsed(from_hex(each.hex), kAnyOrder);
    EXPECT_FALSE(value.is_canonical) << each.hex;
  }
}

TEST(CborReader, AcceptsCtap2CanonicalOrder) {
  // 10, 100, -1, "z", "aa", [100], false as RFC 8949 4.2.3 orders them, with a byte string added.
  const ByteVector input = from_hex("a80a001864002000417a00617a006261610081186400f400");
  const CborValue value = parsed(input);
  EXPECT_TRUE(value.is_canonical);
  EXPECT_TRUE(parsed(input, kAnyOrder).is_canonical);
  EXPECT_EQ(value.members.size(), 8U);
}

TEST(CborReader, OrderIsNotedOnlyWhereItIsBroken) {
  const CborValue value = parsed(from_hex("82a2616200616100a2616100616200"), kAnyOrder);
  EXPECT_FALSE(value.is_canonical);
  EXPECT_FALSE(value.items[0].is_canonical);
  EXPECT_TRUE(value.items[1].is_canonical);
}

TEST(CborReader, FailsIfTextIsNotUtf8) {
  expect_refused(from_hex("62c328"), ErrorCode::utf8_invalid, 1);
  expect_refused(from_hex("6461ff6161"), ErrorCode::utf8_invalid, 2);
  expect_refused(from_hex("a163eda08000"), ErrorCode::utf8_invalid, 2);
  expect_refused(from_hex("817818808080808080808080808080808080808080808080808080"),
                 ErrorCode::utf8_invalid, 3);
  EXPECT_TRUE(parse_cbor(from_hex("42c328")).has_value()) << "byte strings are free";
}

TEST(CborReader, FailsIfNestedTooDeeply) {
  for (const std::string_view container : {"81", "a100"}) {
    ByteVector nested = cbor::integer(0);
    for (std::size_t depth = 1; depth <= limits::kMaxCborDepth; ++depth) {
      nested = concat({from_hex(container), nested});
      EXPECT_TRUE(parse_cbor(nested).has_value()) << depth;
    }
    nested = concat({from_hex(container), nested});
    expect_refused_in_both_orders(nested, ErrorCode::cbor_too_deep,
                                  limits::kMaxCborDepth * container.size() / 2);
  }
  // In keys too.
  expect_refused(concat({from_hex("a181a181a181a181a1"), ByteVector(20, 0)}),
                 ErrorCode::cbor_too_deep, 8);
  expect_refused(ByteVector(100000, 0x81), ErrorCode::cbor_too_deep, limits::kMaxCborDepth);
  expect_refused(ByteVector{0x80}, ErrorCode::cbor_too_deep, 0, {CborKeyOrder::canonical, 0, 9});
  EXPECT_TRUE(parse_cbor(ByteVector{0x00}, {CborKeyOrder::canonical, 0, 9}).has_value());
}

TEST(CborReader, FailsIfThereAreTooManyItems) {
  const std::vector<ByteVector> items(limits::kMaxCborItems - 1, cbor::integer(0));
  EXPECT_TRUE(parse_cbor(cbor::array(items)).has_value());
  const std::vector<ByteVector> more(limits::kMaxCborItems, cbor::integer(0));
  expect_refused(cbor::array(more), ErrorCode::cbor_too_many_items, 0);
  // Declared at once or grown in small containers: the cap is the same.
  std::vector<ByteVector> pairs(limits::kMaxCborItems / 3 + 1, from_hex("820000"));
  const Result<CborValue> value = parse_cbor(cbor::array(pairs));
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().code, ErrorCode::cbor_too_many_items);
  // Keys count.
  const CborOptions three{CborKeyOrder::canonical, 8, 3};
  EXPECT_TRUE(parse_cbor(from_hex("a10000"), three).has_value());
  expect_refused(from_hex("a200000100"), ErrorCode::cbor_too_many_items, 0, three);
  expect_refused(from_hex("a1008100"), ErrorCode::cbor_too_many_items, 2, three);
  expect_refused(from_hex("00"), ErrorCode::cbor_too_many_items, 0, {CborKeyOrder::any, 8, 0});
}

TEST(CborReader, FindsADuplicateInAHostileMapWithoutQuadraticWork) {
  // As many members as the cap allows, in descending order, the last a repetition of the first.
  const std::size_t count = limits::kMaxCborItems / 2 - 1;
  CborWriter writer;
  writer.begin_map(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = i + 1 == count ? count : count - i;
    writer.write_text(std::string(50, 'k') + std::to_string(10000 + number));
    writer.write_null();
  }
  const ByteVector input = std::move(writer).take();
  expect_refused(input, ErrorCode::cbor_duplicate_key, input.size() - 58, kAnyOrder);
}

TEST(CborReader, ConsumeReadsOneItemAndLeavesTheRest) {
  const ByteVector input = from_hex("ffa1616101f4ff");
  ByteReader reader(input);
  Bytes skipped;
  ASSERT_TRUE(reader.take(1, skipped));
  const Result<CborValue> first = consume_cbor(reader);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->offset, 1U);
  EXPECT_EQ(first->members[0].first.offset, 2U);
  EXPECT_EQ(reader.offset(), 5U);
  const Result<CborValue> second = consume_cbor(reader);
  ASSERT_TRUE(second.has_value());
  EXPECT_FALSE(second->boolean);
  EXPECT_EQ(reader.offset(), 6U);
}

TEST(CborReader, ConsumeStaysOnErrorAndCountsOffsetsFromTheBeginning) {
  const ByteVector input = from_hex("00a2616101616102");
  ByteReader reader(input);
  Bytes skipped;
  ASSERT_TRUE(reader.take(1, skipped));
  for (const CborOptions& options : {CborOptions{}, kAnyOrder}) {
    const Result<CborValue> value = consume_cbor(reader, options);
    ASSERT_FALSE(value.has_value());
    EXPECT_EQ(value.error(), error_at(ErrorCode::cbor_duplicate_key, 5));
    EXPECT_EQ(reader.offset(), 1U);
  }
}

TEST(CborReader, CopiesAndMovesKeepTheTree) {
  const ByteVector input = from_hex("a16161820102");
  CborValue value = parsed(input);
  CborValue copy = value;
  const CborValue moved = std::move(value);
  EXPECT_EQ(copy.find("a")->items.size(), 2U);
  EXPECT_EQ(moved.find("a")->items[1].integer, 2);
  copy = moved;
  EXPECT_EQ(copy.members.size(), 1U);
}

}  // namespace
}  // namespace countersign
