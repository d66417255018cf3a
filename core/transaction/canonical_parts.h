#pragma once
// Members and items one after the other: a list in braces copies what is in it, and takes more of
// the WebAssembly modules.

#include <string_view>

#include "codec/canonical_cbor.h"

namespace countersign {

/// One more member of a map.
void add_member(CanonicalValue& map, std::string_view name, CanonicalValue value);
/// One more item of an array.
void add_item(CanonicalValue& array, CanonicalValue value);

}  // namespace countersign
