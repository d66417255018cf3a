#pragma once
// The tree hash of transparency logs and the two proofs about it (RFC 6962 §2.1, RFC 9162 §2.1).

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hasher.h"

namespace countersign {

/// A log at one size.
struct TreeHead {
  std::uint64_t size = 0;
  Digest256 root{};

  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

/// SHA-256(0x00 ‖ entry).
Digest256 merkle_leaf_hash(const Hasher& hasher, Bytes entry);
/// SHA-256(0x01 ‖ left ‖ right).
Digest256 merkle_node_hash(const Hasher& hasher, const Digest256& left, const Digest256& right);
/// SHA-256 of nothing: the root of the log without entries.
Digest256 merkle_empty_root(const Hasher& hasher);

/// How many leaves the left subtree of `count` leaves has, `count` > 1: the largest power of two
/// below it.
std::uint64_t merkle_split(std::uint64_t count);

/// MTH of the leaves with these hashes.
Digest256 merkle_root(const Hasher& hasher, std::span<const Digest256> leaf_hashes);

/// Whether the leaf with this hash is number `index` of the tree (RFC 9162 §2.1.3.2). The path
/// begins with the leaf's sibling. Error: inclusion_proof_invalid.
Status check_inclusion(const Hasher& hasher, const Digest256& leaf_hash, std::uint64_t index,
                       std::span<const Digest256> path, const TreeHead& head);

/// Whether the second tree only adds to the first (RFC 9162 §2.1.4.2). Of equal trees, and of the
/// empty one, the proof is empty. Error: consistency_proof_invalid.
Status check_consistency(const Hasher& hasher, const TreeHead& first, const TreeHead& second,
                         std::span<const Digest256> proof);

}  // namespace countersign
