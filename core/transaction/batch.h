#pragma once
// Batches: every line is bound by one root, so that a single payment can be proved later without
// the others.

#include <optional>
#include <vector>

#include "transaction/binding.h"
#include "transaction/template.h"

namespace countersign {

/// TH("countersign/1/batch-line", C(line)).
Result<Digest256> batch_leaf(const Hasher& hasher, const CanonicalValue& line);

/// The tree of RFC 6962 §2.1 over the leaves (at least one), with
/// TH("countersign/1/batch-node", left ‖ right) for its nodes.
Digest256 batch_root(const Hasher& hasher, std::span<const Digest256> leaves);

/// The path from a leaf to the root, the lowest sibling first (RFC 6962 §2.1.1).
std::vector<Digest256> batch_path(const Hasher& hasher, std::span<const Digest256> leaves,
                                  std::size_t index);

/// Whether the leaf is number `index` of `count` under the root.
bool is_in_batch(const Hasher& hasher, const Digest256& leaf, std::size_t index, std::size_t count,
                 std::span<const Digest256> path, const Digest256& root);

/// What B says of a checked intent: nothing unless its template makes it a batch. Errors:
/// batch_lines_invalid; those of make_amount.
Result<std::optional<Batch>> make_batch(const Hasher& hasher, const Template& source,
                                        const CanonicalValue& intent);

}  // namespace countersign
