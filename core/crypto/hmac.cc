#include "crypto/hmac.h"

#include <array>

namespace countersign {

Digest256 hmac_sha256(const Hasher& hasher, Bytes key, std::initializer_list<Bytes> parts) {
  constexpr std::size_t kBlock = 64;
  if (key.size() > kBlock) {
    return hmac_sha256(hasher, hasher.sha256({key}), parts);
  }
  std::array<std::uint8_t, kBlock> inner{};
  std::array<std::uint8_t, kBlock> outer{};
  for (std::size_t i = 0; i < kBlock; ++i) {
    const std::uint8_t byte = i < key.size() ? key[i] : std::uint8_t{0};
    inner[i] = static_cast<std::uint8_t>(byte ^ 0x36U);
    outer[i] = static_cast<std::uint8_t>(byte ^ 0x5cU);
  }
  ByteVector message;
  for (const Bytes part : parts) {
    message.insert(message.end(), part.begin(), part.end());
  }
  const Digest256 first = hasher.sha256({inner, message});
  return hasher.sha256({outer, first});
}

}  // namespace countersign
