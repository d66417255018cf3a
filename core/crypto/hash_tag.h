#pragma once
// The tags of domain-separated hashes, hashed while the program is compiled: half of the hashes of
// a binding document would be those of its tags.

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/bytes.h"

namespace countersign {

namespace constant {

// SHA-256 (FIPS 180-4) of a text of at most 55 characters, which fits into one block. For constants
// alone: what comes in at run time is hashed by a Hasher.
inline constexpr std::uint32_t kSha256Rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

consteval Digest256 sha256(std::string_view text) {
  constexpr std::size_t kMaxSize = 55;
  if (text.size() > kMaxSize) {
    std::abort();  // no constant: the compiler refuses it
  }
  std::uint32_t words[64] = {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    words[i / 4] |= std::uint32_t{static_cast<unsigned char>(text[i])} << (24 - 8 * (i % 4));
  }
  words[text.size() / 4] |= std::uint32_t{0x80} << (24 - 8 * (text.size() % 4));
  words[15] = static_cast<std::uint32_t>(8 * text.size());
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t a = words[i - 15];
    const std::uint32_t b = words[i - 2];
    words[i] = words[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3U) + words[i - 7] +
               (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10U);
  }
  constexpr std::uint32_t kBegin[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::uint32_t s[8] = {};
  for (std::size_t i = 0; i < 8; ++i) {
    s[i] = kBegin[i];
  }
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    const std::uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    const std::uint32_t one = s[7] +
                              (std::rotr(s[4], 6) ^ std::rotr(s[4], 11) ^ std::rotr(s[4], 25)) +
                              choice + kSha256Rounds[i] + words[i];
    const std::uint32_t two =
        (std::rotr(s[0], 2) ^ std::rotr(s[0], 13) ^ std::rotr(s[0], 22)) + majority;
    for (std::size_t j = 7; j > 0; --j) {
      s[j] = s[j - 1];
    }
    s[4] += one;
    s[0] = one + two;
  }
  Digest256 digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>((s[i / 4] + kBegin[i / 4]) >> (24 - 8 * (i % 4)));
  }
  return digest;
}

}  // namespace constant

/// The SHA-256 of a tag, which is written as a literal: `tagged_hash(hasher, "countersign/1/view",
/// …)`. A tag of more than 55 characters does not compile.
class HashTag {
 public:
  consteval HashTag(const char* tag) : digest_(constant::sha256(tag)) {}  // NOLINT

  const Digest256& digest() const { return digest_; }

 private:
  Digest256 digest_;
};

}  // namespace countersign
