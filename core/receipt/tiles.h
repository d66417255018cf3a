#pragma once
// A log as tiles of up to 256 hashes (C2SP tlog-tiles): how a tree grows, and every root and proof
// of it from few of them. Tile n of level l holds the hashes of the complete subtrees number
// 256 n to 256 n + 255 of 256^l leaves.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "receipt/merkle.h"

namespace countersign {

inline constexpr std::size_t kTileWidth = 256;

/// How many hashes a level of a log of that size has.
std::uint64_t tile_hashes(std::uint64_t log_size, unsigned level);

struct TilePath {
  enum class Kind : std::uint8_t { hashes, entries };
  Kind kind = Kind::hashes;
  unsigned level = 0;  // hashes
  std::uint64_t index = 0;
  std::size_t width = kTileWidth;  // below 256: a partial tile

  friend bool operator==(const TilePath&, const TilePath&) = default;
};

/// "tile/0/x001/x234/067", "tile/entries/000.p/12".
std::string encode_tile_path(const TilePath& path);
/// Exactly what encode_tile_path writes; an index has at most 15 digits. Error: log_not_found.
Result<TilePath> parse_tile_path(std::string_view text);

/// Big-endian length and bytes of each entry in a row.
ByteVector encode_entry_bundle(std::span<const Digest256> entries);

class TileReader {
 public:
  virtual ~TileReader() = default;
  /// As many hashes as the tile has by now, in a row; more than a caller's log size knows of are
  /// passed over.
  virtual Result<ByteVector> read_tile(unsigned level, std::uint64_t index) = 0;
};

/// The log at one size. Tiles are read once.
class TileTree {
 public:
  TileTree(const Hasher& hasher, TileReader& tiles, std::uint64_t size)
      : hasher_(hasher), tiles_(tiles), size_(size) {}

  /// Errors of all: those of the reader; log_tile_mismatch where a tile lacks hashes.
  Result<Digest256> root();
  /// For check_inclusion. Error: log_index_out_of_range.
  Result<std::vector<Digest256>> prove_inclusion(std::uint64_t index);
  /// For check_consistency, from that size to this. Error: log_index_out_of_range.
  Result<std::vector<Digest256>> prove_consistency(std::uint64_t first_size);

 private:
  Result<Digest256> hash_of(std::uint64_t begin, std::uint64_t end);
  Result<Digest256> complete_hash(unsigned height, std::uint64_t number);
  Result<Bytes> hashes_of(unsigned level, std::uint64_t index);

  const Hasher& hasher_;
  TileReader& tiles_;
  std::uint64_t size_;
  std::map<std::pair<unsigned, std::uint64_t>, ByteVector> read_;
};

struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  ByteVector hashes;
};

/// The tiles that change when leaves with these hashes are appended to a log of that size, each as
/// it will be. Errors: those of the reader; log_tile_mismatch.
Result<std::vector<Tile>> extend_tiles(const Hasher& hasher, TileReader& tiles,
                                       std::uint64_t log_size,
                                       std::span<const Digest256> leaf_hashes);

}  // namespace countersign
