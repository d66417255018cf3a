#pragma once
// Logs in memory for the tests of proofs and tiles.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "receipt/tiles.h"

namespace countersign::testing {

inline Digest256 numbered_leaf_hash(std::size_t number) {
  return merkle_leaf_hash(OpenSslHasher(), bytes_of("leaf " + std::to_string(number)));
}

inline std::vector<Digest256> leaf_hashes(std::size_t count, std::size_t from = 0) {
  std::vector<Digest256> hashes;
  for (std::size_t i = 0; i < count; ++i) {
    hashes.push_back(numbered_leaf_hash(from + i));
  }
  return hashes;
}

class MemoryTiles final : public TileReader {
 public:
  Result<ByteVector> read_tile(unsigned level, std::uint64_t index) override {
    ++reads;
    const auto found = tiles.find({level, index});
    return found == tiles.end() ? Result<ByteVector>(ErrorCode::log_tile_mismatch)
                                : Result<ByteVector>(found->second);
  }

  void append(std::span<const Digest256> hashes) {
    const auto changed = extend_tiles(OpenSslHasher(), *this, size, hashes);
    ASSERT_TRUE(changed);
    for (const Tile& tile : *changed) {
      tiles[{tile.level, tile.index}] = tile.hashes;
    }
    size += hashes.size();
  }

  std::map<std::pair<unsigned, std::uint64_t>, ByteVector> tiles;
  std::uint64_t size = 0;
  int reads = 0;
};

}  // namespace countersign::testing
