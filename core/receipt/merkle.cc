#include "receipt/merkle.h"

#include <bit>

namespace countersign {
namespace {

constexpr std::uint8_t kLeaf = 0x00;
constexpr std::uint8_t kNode = 0x01;

// Where a subtree stands at one height of a tree: its number and that of the last one.
struct Place {
  std::uint64_t number = 0;
  std::uint64_t last = 0;

  bool is_right() const { return (number & 1U) != 0; }
  bool is_last() const { return number == last; }
  void ascend() {
    number >>= 1U;
    last >>= 1U;
  }
  // Past the heights at which there is no sibling to the right.
  void skip_missing() {
    while (!is_right() && number != 0) {
      ascend();
    }
  }
};

}  // namespace

Digest256 merkle_leaf_hash(const Hasher& hasher, Bytes entry) {
  return hasher.sha256({Bytes(&kLeaf, 1), entry});
}

Digest256 merkle_node_hash(const Hasher& hasher, const Digest256& left, const Digest256& right) {
  return hasher.sha256({Bytes(&kNode, 1), left, right});
}

Digest256 merkle_empty_root(const Hasher& hasher) { return hasher.sha256({}); }

std::uint64_t merkle_split(std::uint64_t count) { return std::bit_floor(count - 1); }

Digest256 merkle_root(const Hasher& hasher, std::span<const Digest256> leaf_hashes) {
  if (leaf_hashes.empty()) {
    return merkle_empty_root(hasher);
  }
  if (leaf_hashes.size() == 1) {
    return leaf_hashes.front();
  }
  const auto split = static_cast<std::size_t>(merkle_split(leaf_hashes.size()));
  return merkle_node_hash(hasher, merkle_root(hasher, leaf_hashes.first(split)),
                          merkle_root(hasher, leaf_hashes.subspan(split)));
}

Status check_inclusion(const Hasher& hasher, const Digest256& leaf_hash, std::uint64_t index,
                       std::span<const Digest256> path, const TreeHead& head) {
  if (index >= head.size) {
    return ErrorCode::inclusion_proof_invalid;
  }
  Place place{index, head.size - 1};
  Digest256 hash = leaf_hash;
  for (const Digest256& sibling : path) {
    if (place.last == 0) {
      return ErrorCode::inclusion_proof_invalid;
    }
    if (place.is_right() || place.is_last()) {
      hash = merkle_node_hash(hasher, sibling, hash);
      place.skip_missing();
    } else {
      hash = merkle_node_hash(hasher, hash, sibling);
    }
    place.ascend();
  }
  return place.last == 0 && hash == head.root ? ok() : Status(ErrorCode::inclusion_proof_invalid);
}

Status check_consistency(const Hasher& hasher, const TreeHead& first, const TreeHead& second,
                         std::span<const Digest256> proof) {
  constexpr ErrorCode kInvalid = ErrorCode::consistency_proof_invalid;
  if (first.size == 0 || first.size == second.size) {
    const Digest256 expected = first.size == 0 ? merkle_empty_root(hasher) : second.root;
    return proof.empty() && first.root == expected ? ok() : Status(kInvalid);
  }
  if (first.size > second.size || proof.empty()) {
    return kInvalid;
  }
  // The largest subtree that both trees have at the end of the first: the whole of it where its
  // size is a power of two, which the proof leaves out.
  const bool is_whole = std::has_single_bit(first.size);
  const Digest256& common = is_whole ? first.root : proof.front();
  Place place{first.size - 1, second.size - 1};
  while (place.is_right()) {
    place.ascend();
  }
  Digest256 first_hash = common;
  Digest256 second_hash = common;
  for (const Digest256& sibling : proof.subspan(is_whole ? 0 : 1)) {
    if (place.last == 0) {
      return kInvalid;
    }
    if (place.is_right() || place.is_last()) {
      first_hash = merkle_node_hash(hasher, sibling, first_hash);
      second_hash = merkle_node_hash(hasher, sibling, second_hash);
      place.skip_missing();
    } else {
      second_hash = merkle_node_hash(hasher, second_hash, sibling);
    }
    place.ascend();
  }
  const bool holds = place.last == 0 && first_hash == first.root && second_hash == second.root;
  return holds ? ok() : Status(kInvalid);
}

}  // namespace countersign
