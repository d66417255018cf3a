#include "codec/base64url.h"

#include <array>

namespace countersign {
namespace {

constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kPlainAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t kInvalid = 0xff;
using DecodeTable = std::array<std::uint8_t, 256>;

constexpr DecodeTable make_table(std::string_view alphabet) {
  DecodeTable table{};
  for (std::uint8_t& entry : table) {
    entry = kInvalid;
  }
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr DecodeTable kUrlTable = make_table(kUrlAlphabet);
constexpr DecodeTable kPlainTable = make_table(kPlainAlphabet);

Error invalid_at(ErrorCode code, std::size_t offset) {
  return {code, Check::none, static_cast<std::uint32_t>(offset)};
}

// Decodes text without padding.
Result<ByteVector> decode(std::string_view text, const DecodeTable& table, ErrorCode code) {
  ByteVector out;
  out.reserve(text.size() / 4 * 3 + 2);
  out.resize(text.size() / 4 * 3);
  // Four characters are three octets; the loop below takes the rest and finds what is wrong.
  std::size_t i = 0;
  std::uint8_t* at = out.data();
  for (; i + 4 <= text.size(); i += 4, at += 3) {
    const std::uint32_t a = table[static_cast<std::uint8_t>(text[i])];
    const std::uint32_t b = table[static_cast<std::uint8_t>(text[i + 1])];
    const std::uint32_t c = table[static_cast<std::uint8_t>(text[i + 2])];
    const std::uint32_t d = table[static_cast<std::uint8_t>(text[i + 3])];
    if (((a | b | c | d) & 0xc0U) != 0) {
      break;
    }
    at[0] = static_cast<std::uint8_t>(a << 2U | b >> 4U);
    at[1] = static_cast<std::uint8_t>(b << 4U | c >> 2U);
    at[2] = static_cast<std::uint8_t>(c << 6U | d);
  }
  out.resize(i / 4 * 3);
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (; i < text.size(); ++i) {
    const std::uint8_t value = table[static_cast<std::uint8_t>(text[i])];
    if (value == kInvalid) {
      return invalid_at(code, i);
    }
    pending = (pending << 6U) | value;
    pending_bits += 6;
    if (pending_bits >= 8) {
      pending_bits -= 8;
      out.push_back(static_cast<std::uint8_t>(pending >> pending_bits));
      pending &= (1U << pending_bits) - 1;
    }
  }
  // Six bits left are a character that holds no octet; other left bits must be zero.
  if (pending_bits == 6 || pending != 0) {
    return invalid_at(code, text.size() - 1);
  }
  return out;
}

std::string encode(Bytes bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending = (pending << 8U) | byte;
    pending_bits += 8;
    while (pending_bits >= 6) {
      pending_bits -= 6;
      out += alphabet[(pending >> pending_bits) & 0x3fU];
    }
    pending &= (1U << pending_bits) - 1;
  }
  if (pending_bits > 0) {
    out += alphabet[(pending << (6 - pending_bits)) & 0x3fU];
  }
  return out;
}

}  // namespace

Result<ByteVector> parse_base64url(std::string_view text) {
  return decode(text, kUrlTable, ErrorCode::base64url_invalid);
}

std::string encode_base64url(Bytes bytes) { return encode(bytes, kUrlAlphabet); }

Result<ByteVector> parse_base64(std::string_view text) {
  std::string_view unpadded = text;
  for (int i = 0; i < 2 && text.size() % 4 == 0 && !unpadded.empty() && unpadded.back() == '=';
       ++i) {
    unpadded.remove_suffix(1);
  }
  // A `=` that is no padding is refused in here as a foreign character.
  Result<ByteVector> bytes = decode(unpadded, kPlainTable, ErrorCode::base64_invalid);
  if (bytes.has_value() && text.size() % 4 != 0) {
    return invalid_at(ErrorCode::base64_invalid, text.size());
  }
  return bytes;
}

std::string encode_base64(Bytes bytes) {
  std::string out = encode(bytes, kPlainAlphabet);
  while (out.size() % 4 != 0) {
    out += '=';
  }
  return out;
}

}  // namespace countersign
