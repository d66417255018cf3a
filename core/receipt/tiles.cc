#include "receipt/tiles.h"

#include <algorithm>
#include <bit>

namespace countersign {
namespace {

constexpr unsigned kTileHeight = 8;
constexpr unsigned kMaxLevel = 63;
constexpr std::size_t kHashBytes = sizeof(Digest256);
constexpr std::uint64_t kMaxPathIndex = 999'999'999'999'999;

Digest256 hash_at(Bytes hashes, std::size_t number) {
  Digest256 hash{};
  std::copy_n(hashes.begin() + static_cast<std::ptrdiff_t>(number * kHashBytes), kHashBytes,
              hash.begin());
  return hash;
}

std::vector<Digest256> hashes_in(Bytes tile) {
  std::vector<Digest256> hashes;
  hashes.reserve(tile.size() / kHashBytes);
  for (std::size_t i = 0; i < tile.size() / kHashBytes; ++i) {
    hashes.push_back(hash_at(tile, i));
  }
  return hashes;
}

std::string three_digits(std::uint64_t value) {
  std::string digits = std::to_string(value);
  return std::string(3 - digits.size(), '0') + digits;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

// The digits at the beginning; their value is below 10^15.
std::string_view take_digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, std::min<std::size_t>(end, 15));
  text.remove_prefix(digits.size());
  return digits;
}

std::uint64_t value_of(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) {
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

}  // namespace

std::uint64_t tile_hashes(std::uint64_t log_size, unsigned level) {
  return level * kTileHeight >= 64 ? 0 : log_size >> (level * kTileHeight);
}

std::string encode_tile_path(const TilePath& path) {
  std::string text = "tile/";
  text += path.kind == TilePath::Kind::entries ? "entries" : std::to_string(path.level);
  std::string index = three_digits(path.index % 1000);
  for (std::uint64_t rest = path.index / 1000; rest != 0; rest /= 1000) {
    index = "x" + three_digits(rest % 1000) + "/" + index;
  }
  text += "/" + index;
  if (path.width != kTileWidth) {
    text += ".p/" + std::to_string(path.width);
  }
  return text;
}

// Reads loosely what could be a path, and then asks whether it is how that path is written.
Result<TilePath> parse_tile_path(std::string_view text) {
  const std::string_view whole = text;
  TilePath path;
  if (!take_prefix(text, "tile/")) {
    return ErrorCode::log_not_found;
  }
  if (take_prefix(text, "entries")) {
    path.kind = TilePath::Kind::entries;
  } else {
    path.level = static_cast<unsigned>(std::min<std::uint64_t>(value_of(take_digits(text)), 64));
  }
  while (take_prefix(text, "/") && path.index <= kMaxPathIndex / 1000) {
    take_prefix(text, "x");
    path.index = path.index * 1000 + value_of(take_digits(text).substr(0, 3));
  }
  if (take_prefix(text, ".p/")) {
    path.width = static_cast<std::size_t>(value_of(take_digits(text)));
  }
  const bool is_path = path.level <= kMaxLevel && path.width >= 1 && path.width <= kTileWidth &&
                       encode_tile_path(path) == whole;
  return is_path ? Result<TilePath>(path) : Result<TilePath>(ErrorCode::log_not_found);
}

ByteVector encode_entry_bundle(std::span<const Digest256> entries) {
  ByteVector bundle;
  bundle.reserve(entries.size() * (2 + kHashBytes));
  for (const Digest256& entry : entries) {
    bundle.push_back(0);
    bundle.push_back(kHashBytes);
    bundle.insert(bundle.end(), entry.begin(), entry.end());
  }
  return bundle;
}

Result<Bytes> TileTree::hashes_of(unsigned level, std::uint64_t index) {
  const std::pair<unsigned, std::uint64_t> key{level, index};
  auto found = read_.find(key);
  if (found == read_.end()) {
    CS_ASSIGN(ByteVector tile, tiles_.read_tile(level, index));
    found = read_.emplace(key, std::move(tile)).first;
  }
  return Bytes(found->second);
}

// The subtree of 2^height leaves: a hash of a tile, or the root of a few of them.
Result<Digest256> TileTree::complete_hash(unsigned height, std::uint64_t number) {
  const unsigned level = height / kTileHeight;
  const unsigned rest = height % kTileHeight;
  const std::uint64_t first = number << rest;
  const auto count = std::size_t{1} << rest;
  CS_ASSIGN(const Bytes tile, hashes_of(level, first / kTileWidth));
  const auto offset = static_cast<std::size_t>(first % kTileWidth);
  if (tile.size() < (offset + count) * kHashBytes) {
    return ErrorCode::log_tile_mismatch;
  }
  if (count == 1) {
    return hash_at(tile, offset);
  }
  return merkle_root(hasher_, hashes_in(tile.subspan(offset * kHashBytes, count * kHashBytes)));
}

// The recursion is as deep as the tree is high.
Result<Digest256> TileTree::hash_of(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    return complete_hash(static_cast<unsigned>(std::countr_zero(count)), begin / count);
  }
  const std::uint64_t split = begin + merkle_split(count);
  CS_ASSIGN(const Digest256 left, hash_of(begin, split));
  CS_ASSIGN(const Digest256 right, hash_of(split, end));
  return merkle_node_hash(hasher_, left, right);
}

Result<Digest256> TileTree::root() {
  return size_ == 0 ? Result<Digest256>(merkle_empty_root(hasher_)) : hash_of(0, size_);
}

Result<std::vector<Digest256>> TileTree::prove_inclusion(std::uint64_t index) {
  if (index >= size_) {
    return ErrorCode::log_index_out_of_range;
  }
  std::vector<Digest256> path;  // from the root down
  std::uint64_t begin = 0;
  std::uint64_t end = size_;
  while (end - begin > 1) {
    const std::uint64_t split = begin + merkle_split(end - begin);
    const bool is_left = index < split;
    CS_ASSIGN(const Digest256 sibling, is_left ? hash_of(split, end) : hash_of(begin, split));
    path.push_back(sibling);
    (is_left ? end : begin) = split;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<std::vector<Digest256>> TileTree::prove_consistency(std::uint64_t first_size) {
  if (first_size > size_) {
    return ErrorCode::log_index_out_of_range;
  }
  std::vector<Digest256> proof;  // from the root down
  if (first_size == 0 || first_size == size_) {
    return proof;
  }
  std::uint64_t begin = 0;
  std::uint64_t end = size_;
  // Down to the subtree with which the first tree ends.
  while (first_size < end) {
    const std::uint64_t split = begin + merkle_split(end - begin);
    const bool is_left = first_size <= split;
    CS_ASSIGN(const Digest256 sibling, is_left ? hash_of(split, end) : hash_of(begin, split));
    proof.push_back(sibling);
    (is_left ? end : begin) = split;
  }
  // The first tree as a whole is known to whoever checks.
  if (begin != 0) {
    CS_ASSIGN(const Digest256 last, hash_of(begin, end));
    proof.push_back(last);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<std::vector<Tile>> extend_tiles(const Hasher& hasher, TileReader& tiles,
                                       std::uint64_t log_size,
                                       std::span<const Digest256> leaf_hashes) {
  std::vector<Tile> changed;
  std::vector<Digest256> added(leaf_hashes.begin(), leaf_hashes.end());
  for (unsigned level = 0; !added.empty(); ++level) {
    const std::uint64_t before = tile_hashes(log_size, level);
    Tile tile{level, before / kTileWidth, {}};
    if (const std::size_t kept = before % kTileWidth * kHashBytes; kept != 0) {
      CS_ASSIGN(tile.hashes, tiles.read_tile(level, tile.index));
      if (tile.hashes.size() < kept) {
        return ErrorCode::log_tile_mismatch;
      }
      tile.hashes.resize(kept);
    }
    std::vector<Digest256> completed;
    for (const Digest256& hash : added) {
      tile.hashes.insert(tile.hashes.end(), hash.begin(), hash.end());
      if (tile.hashes.size() == kTileWidth * kHashBytes) {
        completed.push_back(merkle_root(hasher, hashes_in(tile.hashes)));
        changed.push_back(std::move(tile));
        tile = Tile{level, changed.back().index + 1, {}};
      }
    }
    if (!tile.hashes.empty()) {
      changed.push_back(std::move(tile));
    }
    added = std::move(completed);
  }
  return changed;
}

}  // namespace countersign
