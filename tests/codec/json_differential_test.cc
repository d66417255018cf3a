// Our JSON reader against another one (nlohmann's) on mutations of real texts: both accept the same
// texts and read the same values. Texts on which we are stricter by design are told apart.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "codec/json_reader.h"

namespace countersign {
namespace {

using nlohmann::json;

constexpr std::string_view kSeeds[] = {
    R"({"id":"mUXzK1Qp3sU","rawId":"mUXzK1Qp3sU","response":{"clientDataJSON":"eyJ0eXBlIjoi",)"
    R"("authenticatorData":"SZYN5YgOjGh0NBcP","signature":"MEUCIQ","userHandle":null},"type":)"
    R"("public-key","clientExtensionResults":{"appid":false,"credProps":{"rk":true}}})",
    R"({"type":"webauthn.get","challenge":"AAAA","origin":"https://example.org","crossOrigin":)"
    R"(false,"tokenBinding":{"status":"supported"},"extra_keys_may_be_added_here":"\u00fc\/\\"})",
    "{\"text\":\"\xc3\xbc \xe2\x82\xac \xf0\x9d\x84\x9e \\ud834\\udd1e \\b\\f\\n\\r\\t \\\"\"}",
    " [ 0 , -1 , 1.5 , -2.25e3 , 1E+2 , 9223372036854775807 , 18446744073709551615 , true ] ",
    R"([[[[{"a":[{},[],""]}]]],-9223372036854775808,184467440737095516150,0.0e0])",
};

std::string mutate(std::string text, std::mt19937& random) {
  constexpr std::string_view kAlphabet =
      "{}[]\",:\\/ \t\n\r0123456789+-.eEtrufalsn\x01\x1f\x7f\x80\xbf\xc3\xa4\xe2\xed\xf0\xf4\xff";
  const std::size_t edits = 1 + random() % 3;
  for (std::size_t i = 0; i < edits && !text.empty(); ++i) {
    const std::size_t at = random() % text.size();
    const char c = kAlphabet[random() % kAlphabet.size()];
    switch (random() % 6) {
      case 0:
        text.erase(at, 1);
        break;
      case 1:
        text.insert(at, 1, c);
        break;
      case 2:
        text[at] = c;
        break;
      case 3:
        text.insert(at, text.substr(random() % text.size(), random() % 12));
        break;
      case 4:
        text[at] = static_cast<char>(text[at] ^ (1 << (random() % 8)));
        break;
      default:
        std::swap(text[at], text[random() % text.size()]);
        break;
    }
  }
  return text;
}

bool is_same(const JsonValue& ours, const json& theirs) {
  using Type = JsonValue::Type;
  switch (ours.type) {
    case Type::null:
      return theirs.is_null();
    case Type::boolean:
      return theirs.is_boolean() && theirs.get<bool>() == ours.boolean;
    case Type::integer:
      return ours.is_unsigned_64
                 ? theirs.is_number_unsigned() &&
                       theirs.get<std::uint64_t>() == static_cast<std::uint64_t>(ours.integer)
                 : theirs.is_number_integer() && theirs.get<std::int64_t>() == ours.integer;
    case Type::number:
      return theirs.is_number_float() && std::strtod(ours.string.c_str(), nullptr) == theirs;
    case Type::string:
      return theirs.is_string() && theirs.get_ref<const std::string&>() == ours.string;
    case Type::array: {
      bool is_equal = theirs.is_array() && theirs.size() == ours.items.size();
      for (std::size_t i = 0; is_equal && i < ours.items.size(); ++i) {
        is_equal = is_same(ours.items[i], theirs[i]);
      }
      return is_equal;
    }
    case Type::object: {
      bool is_equal = theirs.is_object() && theirs.size() == ours.members.size();
      for (const auto& [name, value] : ours.members) {
        is_equal = is_equal && theirs.contains(name) && is_same(value, theirs.at(name));
      }
      return is_equal;
    }
  }
  return false;
}

TEST(JsonDifferential, AgreesWithAnotherReaderOnMutations) {
  std::mt19937 random(8259);
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::size_t stricter = 0;
  for (int round = 0; round < 120000; ++round) {
    const std::string text =
        mutate(std::string(kSeeds[static_cast<std::size_t>(round) % std::size(kSeeds)]), random);
    const Result<JsonValue> ours = parse_json(text);
    const json theirs = json::parse(text, nullptr, false);
    if (ours.has_value()) {
      ++accepted;
      ASSERT_FALSE(theirs.is_discarded()) << text;
      ASSERT_TRUE(is_same(*ours, theirs)) << text;
    } else if (theirs.is_discarded()) {
      ++refused;
    } else {
      ++stricter;
      // The other reader takes the last of equal names and a NUL for the end.
      ASSERT_TRUE(ours.error().code == ErrorCode::json_duplicate_key ||
                  text.find('\0') != std::string::npos)
          << text;
    }
  }
  EXPECT_GT(accepted, 20000U);
  EXPECT_GT(refused, 20000U);
  EXPECT_GT(stricter, 0U);
}

}  // namespace
}  // namespace countersign
