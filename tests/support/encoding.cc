#include "tests/support/encoding.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace countersign::testing {
namespace {

const EVP_MD* message_digest(Hash hash) {
  switch (hash) {
    case Hash::sha1:
      return EVP_sha1();
    case Hash::sha256:
      return EVP_sha256();
    case Hash::sha384:
      return EVP_sha384();
    case Hash::sha512:
      return EVP_sha512();
  }
  std::abort();
}

std::string encode_64(Bytes bytes, std::string_view alphabet, bool is_padded) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j) {
      group = (group << 8) | (j < count ? bytes[i + j] : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      if (j <= count) {
        out.push_back(alphabet[(group >> (18 - 6 * j)) & 63U]);
      } else if (is_padded) {
        out.push_back('=');
      }
    }
  }
  return out;
}

int value_of_hex(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  std::abort();
}

}  // namespace

ByteVector digest(Hash hash, Bytes message) {
  ByteVector out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  if (EVP_Digest(message.data(), message.size(), out.data(), &size, message_digest(hash),
                 nullptr) != 1) {
    std::abort();
  }
  out.resize(size);
  return out;
}

ByteVector concat(std::initializer_list<Bytes> parts) {
  ByteVector out;
  for (const Bytes part : parts) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

ByteVector seeded_bytes(std::string_view label, std::size_t count) {
  ByteVector out;
  for (std::uint64_t counter = 0; out.size() < count; ++counter) {
    const ByteVector block =
        digest(Hash::sha256, concat({bytes(label), big_endian(0, 1), big_endian(counter, 8)}));
    out.insert(out.end(), block.begin(), block.end());
  }
  out.resize(count);
  return out;
}

ByteVector with_flipped_bit(Bytes bytes, std::size_t bit) {
  ByteVector out = to_vector(bytes);
  out.at(bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
  return out;
}

ByteVector big_endian(std::uint64_t value, std::size_t size) {
  ByteVector out(size);
  for (std::size_t i = 0; i < size; ++i) {
    out[size - 1 - i] = static_cast<std::uint8_t>(i < 8 ? value >> (8 * i) : 0);
  }
  return out;
}

std::string to_hex(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 15U]);
  }
  return out;
}

ByteVector from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    std::abort();
  }
  ByteVector out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    out.push_back(
        static_cast<std::uint8_t>(value_of_hex(text[i]) * 16 + value_of_hex(text[i + 1])));
  }
  return out;
}

std::string to_base64url(Bytes bytes) {
  return encode_64(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                   false);
}

std::string to_base64(Bytes bytes) {
  return encode_64(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

ByteVector from_base64(std::string_view text) {
  ByteVector out;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z') {
      value = static_cast<std::uint32_t>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      value = static_cast<std::uint32_t>(c - 'a') + 26;
    } else if (c >= '0' && c <= '9') {
      value = static_cast<std::uint32_t>(c - '0') + 52;
    } else if (c == '+' || c == '-') {
      value = 62;
    } else if (c == '/' || c == '_') {
      value = 63;
    } else if (c == '=') {
      continue;
    } else {
      std::abort();
    }
    buffer = (buffer << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(buffer >> bits));
    }
  }
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      const std::uint8_t byte = static_cast<std::uint8_t>(c);
      out += "\\u00" + to_hex(Bytes(&byte, 1));
    } else {
      out.push_back(c);
    }
  }
  return out + '"';
}

}  // namespace countersign::testing
