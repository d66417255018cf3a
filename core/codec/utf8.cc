#include "codec/utf8.h"

#include <algorithm>
#include <cstring>

namespace countersign {
namespace {

// Length of the well-formed sequence of more than one byte at the beginning of `bytes`, 0 if there
// is none.
std::size_t sequence_length(Bytes bytes) {
  const std::uint8_t first = bytes[0];
  // The second byte's range excludes overlong forms, surrogates and values above U+10FFFF.
  std::size_t length = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first == 0xe0) {
      low = 0xa0;
    } else if (first == 0xed) {
      high = 0x9f;
    }
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first == 0xf0) {
      low = 0x90;
    } else if (first == 0xf4) {
      high = 0x8f;
    }
  }
  if (length == 0 || bytes.size() < length || bytes[1] < low || bytes[1] > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((bytes[i] & 0xc0U) != 0x80) {
      return 0;
    }
  }
  return length;
}

bool are_ascii(const std::uint8_t* eight) {
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof(word));
  return (word & 0x8080808080808080) == 0;
}

}  // namespace

bool is_ascii(Bytes bytes) {
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const end = at + bytes.size();
  if (bytes.size() < 8) {
    return std::all_of(at, end, [](std::uint8_t byte) { return byte < 0x80; });
  }
  for (; end - at > 8; at += 8) {
    if (!are_ascii(at)) {
      return false;
    }
  }
  return are_ascii(end - 8);  // some of them for the second time
}

Status check_utf8(Bytes bytes) {
  std::size_t offset = 0;
  while (offset < bytes.size()) {
    if (bytes.size() - offset >= 8 && are_ascii(bytes.data() + offset)) {
      offset += 8;
      continue;
    }
    if (bytes[offset] < 0x80) {
      ++offset;
      continue;
    }
    const std::size_t length = sequence_length(bytes.subspan(offset));
    if (length == 0) {
      return Error{ErrorCode::utf8_invalid, Check::none, static_cast<std::uint32_t>(offset)};
    }
    offset += length;
  }
  return ok();
}

}  // namespace countersign
