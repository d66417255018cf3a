#pragma once
// JSON text in slices: the members of an object or the elements of an array as text of their own,
// each to be parsed apart. For documents too large for a tree of values.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign {

struct JsonMember {
  std::string name;        // decoded
  std::string_view value;  // borrows the text; without the white space around it
};

/// The whole text is one object; the syntax of all of it is checked as parse_json does, duplicate
/// names only in the object itself. Errors: json_syntax, json_byte_order_mark, json_duplicate_key,
/// json_too_deep below kMaxJsonSliceDepth, json_too_large for more than `max_members`, each with
/// its offset; out_of_memory.
Result<std::vector<JsonMember>> slice_json_object(std::string_view text, std::size_t max_members);

/// The whole text is one array. Errors: as above.
Result<std::vector<std::string_view>> slice_json_array(std::string_view text,
                                                       std::size_t max_elements);

/// The value of the first member of that name in an object of which `beginning` is the beginning;
/// nothing where the value or what stands in front of it is not whole.
std::optional<std::string_view> peek_json_member(std::string_view beginning, std::string_view name);

}  // namespace countersign
