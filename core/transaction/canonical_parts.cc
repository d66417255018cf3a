#include "transaction/canonical_parts.h"

namespace countersign {

void add_member(CanonicalValue& map, std::string_view name, CanonicalValue value) {
  map.members.emplace_back(name, std::move(value));
}

void add_item(CanonicalValue& array, CanonicalValue value) {
  array.items.push_back(std::move(value));
}

}  // namespace countersign
