#include "codec/duplicates.h"

#include <algorithm>

namespace countersign {

std::optional<std::size_t> find_duplicate(std::vector<KeyAt>& keys) {
  const auto is_before = [](const KeyAt& a, const KeyAt& b) {
    const int order = a.key.compare(b.key);
    return order != 0 ? order < 0 : a.offset < b.offset;
  };
  // Heap sort: a quarter of the code of std::sort.
  std::make_heap(keys.begin(), keys.end(), is_before);
  std::sort_heap(keys.begin(), keys.end(), is_before);
  std::optional<std::size_t> first;
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].key == keys[i - 1].key && (!first || keys[i].offset < *first)) {
      first = keys[i].offset;
    }
  }
  return first;
}

}  // namespace countersign
