#include "service/decoys.h"

#include <array>

#include "crypto/hmac.h"

namespace countersign {
namespace {

// Id lengths and transports as they occur together in the field.
struct Shape {
  std::size_t id_size;
  std::array<std::string_view, 2> transports;
};
constexpr std::array<Shape, 4> kShapes{{
    {20, {"hybrid", "internal"}},
    {16, {"hybrid", "internal"}},
    {32, {"internal", ""}},
    {48, {"nfc", "usb"}},
}};

}  // namespace

std::vector<CredentialRecord> make_decoys(const Hasher& hasher, const Secret<32>& secret,
                                          const TenantId& tenant, std::string_view username) {
  constexpr std::array<std::uint8_t, 1> kSeparator{0};
  const Digest256 seed = hmac_sha256(
      hasher, secret.expose(),
      {bytes_of("decoy"), kSeparator, bytes_of(tenant.value), kSeparator, bytes_of(username)});
  const std::size_t count = seed[0] < 64 ? 2 : 1;  // most people have one passkey
  std::vector<CredentialRecord> decoys;
  for (std::size_t i = 0; i < count; ++i) {
    const Shape& shape = kShapes[seed[1 + i] % kShapes.size()];
    CredentialRecord record;
    std::uint8_t block = 0;
    while (record.id.value.size() < shape.id_size) {
      const std::array<std::uint8_t, 2> position{static_cast<std::uint8_t>(i), block++};
      const Digest256 bytes =
          hmac_sha256(hasher, secret.expose(), {bytes_of("id"), position, seed});
      record.id.value.insert(record.id.value.end(), bytes.begin(), bytes.end());
    }
    record.id.value.resize(shape.id_size);
    for (const std::string_view transport : shape.transports) {
      if (!transport.empty()) {
        record.transports.emplace_back(transport);
      }
    }
    decoys.push_back(std::move(record));
  }
  return decoys;
}

}  // namespace countersign
