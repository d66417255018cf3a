#pragma once
// Duplicate keys of CBOR maps and JSON objects, without quadratic work on hostile ones.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace countersign {

struct KeyAt {
  std::string_view key;
  std::size_t offset = 0;  // where it stands in the input; distinct
};

/// The smallest offset of a key that stands further in front already; nothing when all are
/// distinct. Sorts `keys`: n log n comparisons.
std::optional<std::size_t> find_duplicate(std::vector<KeyAt>& keys);

}  // namespace countersign
