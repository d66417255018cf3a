#include "transaction/batch.h"

#include <algorithm>
#include <bit>

#include "base/limits.h"
#include "crypto/tagged_hash.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

Digest256 node_of(const Hasher& hasher, const Digest256& left, const Digest256& right) {
  std::array<std::uint8_t, 64> both{};
  std::copy(left.begin(), left.end(), both.begin());
  std::copy(right.begin(), right.end(), both.begin() + left.size());
  return tagged_hash(hasher, "countersign/1/batch-node", both);
}

// The largest power of two below the number of leaves: the size of the left tree.
std::size_t split_of(std::size_t count) { return std::bit_floor(count - 1); }

}  // namespace

Result<Digest256> batch_leaf(const Hasher& hasher, const CanonicalValue& line) {
  return bound_digest(hasher, "countersign/1/batch-line", line);
}

Digest256 batch_root(const Hasher& hasher, std::span<const Digest256> leaves) {
  if (leaves.size() == 1) {
    return leaves.front();
  }
  const std::size_t split = split_of(leaves.size());
  return node_of(hasher, batch_root(hasher, leaves.first(split)),
                 batch_root(hasher, leaves.subspan(split)));
}

std::vector<Digest256> batch_path(const Hasher& hasher, std::span<const Digest256> leaves,
                                  std::size_t index) {
  if (leaves.size() == 1) {
    return {};
  }
  const std::size_t split = split_of(leaves.size());
  const bool is_left = index < split;
  std::vector<Digest256> path = is_left ? batch_path(hasher, leaves.first(split), index)
                                        : batch_path(hasher, leaves.subspan(split), index - split);
  path.push_back(batch_root(hasher, is_left ? leaves.subspan(split) : leaves.first(split)));
  return path;
}

bool is_in_batch(const Hasher& hasher, const Digest256& leaf, std::size_t index, std::size_t count,
                 std::span<const Digest256> path, const Digest256& root) {
  if (index >= count) {
    return false;
  }
  // From the root down: on which side the leaf is at each split.
  std::vector<bool> sides;
  while (count > 1) {
    const std::size_t split = split_of(count);
    const bool is_left = index < split;
    sides.push_back(is_left);
    index = is_left ? index : index - split;
    count = is_left ? split : count - split;
  }
  if (path.size() != sides.size()) {
    return false;
  }
  Digest256 hash = leaf;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool is_left = sides[sides.size() - 1 - i];
    hash = is_left ? node_of(hasher, hash, path[i]) : node_of(hasher, path[i], hash);
  }
  return hash == root;
}

Result<std::optional<Batch>> make_batch(const Hasher& hasher, const Template& source,
                                        const CanonicalValue& intent) {
  if (!source.batch) {
    return std::optional<Batch>{};
  }
  const CanonicalValue* fields = intent.find("fields");
  const CanonicalValue* lines = fields == nullptr ? nullptr : fields->find(source.batch->lines);
  const CanonicalValue* total = fields == nullptr ? nullptr : fields->find(source.batch->total);
  if (lines == nullptr || total == nullptr || lines->items.empty() ||
      lines->items.size() > limits::kMaxBatchLines) {
    return ErrorCode::batch_lines_invalid;
  }
  std::vector<Digest256> leaves;
  leaves.reserve(lines->items.size());
  for (const CanonicalValue& line : lines->items) {
    CS_ASSIGN(const Digest256 leaf, batch_leaf(hasher, line));
    leaves.push_back(leaf);
  }
  Batch batch;
  batch.count = static_cast<std::int64_t>(leaves.size());
  batch.root = batch_root(hasher, leaves);
  for (const CanonicalValue& item : total->items) {
    CS_ASSIGN(Amount amount, make_amount(item));
    batch.total.push_back(std::move(amount));
  }
  return std::optional<Batch>(std::move(batch));
}

}  // namespace countersign
