#include "tests/support/cbor.h"

#include <algorithm>

#include "tests/support/encoding.h"

namespace countersign::testing::cbor {

ByteVector long_head(unsigned major, std::uint64_t argument, std::size_t size) {
  const unsigned information = size == 1 ? 24 : size == 2 ? 25 : size == 4 ? 26 : 27;
  return concat({big_endian((major << 5U) | information, 1), big_endian(argument, size)});
}

ByteVector head(unsigned major, std::uint64_t argument) {
  if (argument < 24) {
    return big_endian((major << 5U) | argument, 1);
  }
  const std::size_t size = argument <= 0xff         ? 1
                           : argument <= 0xffff     ? 2
                           : argument <= 0xffffffff ? 4
                                                    : 8;
  return long_head(major, argument, size);
}

ByteVector integer(std::int64_t value) {
  return value >= 0 ? head(0, static_cast<std::uint64_t>(value))
                    : head(1, static_cast<std::uint64_t>(-1 - value));
}

ByteVector byte_string(Bytes value) { return concat({head(2, value.size()), value}); }

ByteVector text(std::string_view value) { return concat({head(3, value.size()), bytes(value)}); }

ByteVector array(const std::vector<ByteVector>& items) {
  ByteVector out = head(4, items.size());
  for (const ByteVector& item : items) {
    out.insert(out.end(), item.begin(), item.end());
  }
  return out;
}

ByteVector map(Members members, KeyOrder order) {
  if (order != KeyOrder::as_given) {
    std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
      const auto rank = [](const ByteVector& key) {
        return std::pair(key.empty() ? 0 : key[0] >> 5U, key.size());
      };
      return rank(a.first) != rank(b.first) ? rank(a.first) < rank(b.first) : a.first < b.first;
    });
  }
  if (order == KeyOrder::reversed) {
    std::reverse(members.begin(), members.end());
  }
  ByteVector out = head(5, members.size());
  for (const Member& member : members) {
    out.insert(out.end(), member.first.begin(), member.first.end());
    out.insert(out.end(), member.second.begin(), member.second.end());
  }
  return out;
}

ByteVector boolean(bool value) { return {static_cast<std::uint8_t>(value ? 0xf5 : 0xf4)}; }

ByteVector null() { return {0xf6}; }

ByteVector* find(Members& members, std::string_view key) {
  const ByteVector encoded = text(key);
  for (Member& member : members) {
    if (member.first == encoded) {
      return &member.second;
    }
  }
  return nullptr;
}

void edit(Members& members, std::string_view key, const std::optional<ByteVector>& value) {
  ByteVector* found = find(members, key);
  if (!value) {
    const ByteVector encoded = text(key);
    std::erase_if(members, [&](const Member& member) { return member.first == encoded; });
  } else if (found != nullptr) {
    *found = *value;
  } else {
    members.emplace_back(text(key), *value);
  }
}

}  // namespace countersign::testing::cbor
