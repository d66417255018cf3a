#include "codec/base64url.h"

#include <gtest/gtest.h>

#include "tests/support/encoding.h"

namespace countersign {
namespace {

struct Refusal {
  std::string_view text;
  std::uint32_t offset;
};

TEST(Base64Url, DecodesTheVectorsOfRfc4648WithoutPadding) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    const Result<ByteVector> bytes = parse_base64url(encoded);
    ASSERT_TRUE(bytes.has_value()) << encoded;
    EXPECT_EQ(text_of(*bytes), plain);
    EXPECT_EQ(encode_base64url(bytes_of(plain)), encoded);
  }
}

TEST(Base64Url, RoundTripsEveryLengthAndOctet) {
  for (std::size_t size = 0; size < 300; ++size) {
    const ByteVector bytes = testing::seeded_bytes("base64url", size);
    const std::string text = encode_base64url(bytes);
    EXPECT_EQ(text, testing::to_base64url(bytes));
    const Result<ByteVector> back = parse_base64url(text);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, bytes);
  }
  EXPECT_EQ(encode_base64url(ByteVector{0xfb, 0xff, 0xbf}), "-_-_");
}

TEST(Base64Url, FailsWithTheOffsetOfTheFirstForeignCharacter) {
  using namespace std::string_view_literals;
  const Refusal refusals[] = {{"Zg==", 2},    {"Zm8=", 3},      {"Zm9v=", 4},    {"=", 0},
                              {"Zm9+", 3},    {"Zm/v", 2},      {"Zm9v\n", 4},   {"Zm9v\r\n", 4},
                              {" Zm9v", 0},   {"Zm 9v", 2},     {"Zm9v\0"sv, 4}, {"Zm9\x80", 3},
                              {"Zm9\xff", 3}, {"Zm9v.Zm9v", 4}, {"Zm9v\t", 4}};
  for (const Refusal& refusal : refusals) {
    const Result<ByteVector> bytes = parse_base64url(refusal.text);
    ASSERT_FALSE(bytes.has_value()) << refusal.text;
    EXPECT_EQ(bytes.error(), error_at(ErrorCode::base64url_invalid, refusal.offset))
        << refusal.text;
  }
}

TEST(Base64Url, AcceptsExactlyTheAlphabet) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int octet = 0; octet < 256; ++octet) {
    const std::string text = {'A', 'A', 'A', static_cast<char>(octet)};
    const bool is_known = kAlphabet.find(static_cast<char>(octet)) != std::string_view::npos;
    EXPECT_EQ(parse_base64url(text).has_value(), is_known) << octet;
  }
}

TEST(Base64Url, FindsAForeignCharacterAtEveryPlace) {
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const char foreign : {'=', '+', '/', '\n', '\0', ' ', '\x80', '\xff'}) {
        std::string text(size, 'A');
        text[at] = foreign;
        const Result<ByteVector> bytes = parse_base64url(text);
        ASSERT_FALSE(bytes.has_value());
        EXPECT_EQ(bytes.error(),
                  error_at(ErrorCode::base64url_invalid, static_cast<std::uint32_t>(at)));
      }
    }
  }
}

TEST(Base64Url, FailsIfTheLengthLeavesOneCharacter) {
  const Refusal refusals[] = {{"A", 0}, {"AAAAA", 4}, {"Zm9vZ", 4}};
  for (const Refusal& refusal : refusals) {
    const Result<ByteVector> bytes = parse_base64url(refusal.text);
    ASSERT_FALSE(bytes.has_value()) << refusal.text;
    EXPECT_EQ(bytes.error(), error_at(ErrorCode::base64url_invalid, refusal.offset));
  }
}

TEST(Base64Url, FailsIfTrailingBitsAreNotZero) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (std::size_t last = 0; last < kAlphabet.size(); ++last) {
    const std::string two = {'Z', kAlphabet[last]};
    const Result<ByteVector> one_octet = parse_base64url(two);
    EXPECT_EQ(one_octet.has_value(), last % 16 == 0) << two;
    if (!one_octet) {
      EXPECT_EQ(one_octet.error(), error_at(ErrorCode::base64url_invalid, 1));
    }
    const std::string three = {'Z', 'm', kAlphabet[last]};
    const Result<ByteVector> two_octets = parse_base64url(three);
    EXPECT_EQ(two_octets.has_value(), last % 4 == 0) << three;
    if (!two_octets) {
      EXPECT_EQ(two_octets.error(), error_at(ErrorCode::base64url_invalid, 2));
    }
  }
}

TEST(Base64, DecodesTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    const Result<ByteVector> bytes = parse_base64(encoded);
    ASSERT_TRUE(bytes.has_value()) << encoded;
    EXPECT_EQ(text_of(*bytes), plain);
    EXPECT_EQ(encode_base64(bytes_of(plain)), encoded);
  }
}

TEST(Base64, FailsIfPaddingIsNotExact) {
  const Refusal refusals[] = {{"Zg", 2},       {"Zg=", 2},      {"Zg===", 2},    {"Zm8", 3},
                              {"Zm9v=", 4},    {"Zm9v==", 4},   {"Zm9v====", 4}, {"====", 0},
                              {"Z===", 1},     {"Zg==Zg==", 2}, {"=", 0},        {"Z=g=", 1},
                              {"Zm8=Zm8=", 3}, {"A", 0},        {"AA==\n", 2}};
  for (const Refusal& refusal : refusals) {
    const Result<ByteVector> bytes = parse_base64(refusal.text);
    ASSERT_FALSE(bytes.has_value()) << refusal.text;
    EXPECT_EQ(bytes.error(), error_at(ErrorCode::base64_invalid, refusal.offset)) << refusal.text;
  }
}

TEST(Base64, FailsForTheOtherAlphabetWhiteSpaceAndTrailingBits) {
  const Refusal refusals[] = {{"Zm9-", 3},    {"Zm_v", 2}, {"Zm9v\nZm9", 4},
                              {" Zm9vZm", 0}, {"Zh==", 1}, {"Zm9=", 2}};
  for (const Refusal& refusal : refusals) {
    const Result<ByteVector> bytes = parse_base64(refusal.text);
    ASSERT_FALSE(bytes.has_value()) << refusal.text;
    EXPECT_EQ(bytes.error(), error_at(ErrorCode::base64_invalid, refusal.offset)) << refusal.text;
  }
}

TEST(Base64, RoundTripsEveryLength) {
  for (std::size_t size = 0; size < 300; ++size) {
    const ByteVector bytes = testing::seeded_bytes("base64", size);
    EXPECT_EQ(encode_base64(bytes), testing::to_base64(bytes));
    const Result<ByteVector> back = parse_base64(encode_base64(bytes));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, bytes);
  }
}

}  // namespace
}  // namespace countersign
