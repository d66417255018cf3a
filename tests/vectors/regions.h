#pragma once
// Which bytes of an attestation object are what: a CBOR walker of the tests' own.

#include <cstdlib>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace countersign::testing {

/// Bytes begin..end-1 belong to the part `name`.
struct Region {
  std::string name;
  std::size_t begin = 0;
  std::size_t end = 0;
};

namespace region_detail {

struct Head {
  unsigned major = 0;
  std::uint64_t argument = 0;
};

inline Head take_head(Bytes bytes, std::size_t& at) {
  Head head;
  head.major = bytes[at] >> 5U;
  const unsigned information = bytes[at] & 0x1fU;
  ++at;
  if (information < 24) {
    head.argument = information;
    return head;
  }
  const std::size_t size = std::size_t{1} << (information - 24);
  for (std::size_t i = 0; i < size; ++i) {
    head.argument = (head.argument << 8) | bytes[at++];
  }
  return head;
}

inline void add_authenticator_data(Bytes data, std::size_t begin, std::vector<Region>& out) {
  const std::size_t end = begin + data.size();
  std::size_t at = begin;
  const auto add = [&](std::string name, std::size_t size) {
    out.push_back({"authData." + std::move(name), at, at + size});
    at += size;
  };
  add("rpIdHash", 32);
  add("flags", 1);
  add("signCount", 4);
  if ((data[32] & 0x40U) != 0) {
    add("aaguid", 16);
    const std::size_t id_size = data[53] * std::size_t{256} + data[54];
    add("credentialIdLength", 2);
    add("credentialId", id_size);
    std::size_t key_end = at - begin;
    const Head map = take_head(data, key_end);
    for (std::uint64_t i = 0; i < 2 * map.argument; ++i) {
      const Head item = take_head(data, key_end);
      key_end += item.major == 2 || item.major == 3 ? item.argument : 0;
    }
    add("publicKey", begin + key_end - at);
  }
  if (at != end) {
    add("extensions", end - at);
  }
}

// One item; `name` is the path of its value.
inline void walk(Bytes bytes, std::size_t& at, const std::string& name, std::vector<Region>& out) {
  const std::size_t begin = at;
  const Head head = take_head(bytes, at);
  if (head.major < 2 || head.major > 5) {
    out.push_back({name, begin, at});
    return;
  }
  out.push_back({"structure", begin, at});
  if (head.major == 2 || head.major == 3) {
    const std::size_t content = at;
    at += head.argument;
    if (name == "authData") {
      add_authenticator_data(bytes.subspan(content, head.argument), content, out);
    } else {
      out.push_back({name, content, at});
    }
    return;
  }
  for (std::uint64_t i = 0; i < head.argument; ++i) {
    if (head.major == 4) {
      walk(bytes, at, name + "[" + std::to_string(i) + "]", out);
      continue;
    }
    const std::size_t key_begin = at;
    const Head key = take_head(bytes, at);
    const std::string text(text_of(bytes.subspan(at, key.argument)));
    at += key.argument;
    out.push_back({"structure", key_begin, at});
    walk(bytes, at, name.empty() ? text : name + "." + text, out);
  }
}

}  // namespace region_detail

/// Every byte of the object, in order.
inline std::vector<Region> regions_of(Bytes attestation_object) {
  std::vector<Region> out;
  std::size_t at = 0;
  region_detail::walk(attestation_object, at, "", out);
  if (at != attestation_object.size()) {
    std::abort();
  }
  return out;
}

}  // namespace countersign::testing
