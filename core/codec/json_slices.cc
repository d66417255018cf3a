#include "codec/json_slices.h"

#include <new>
#include <utility>

#include "base/limits.h"
#include "codec/duplicates.h"
#include "codec/json_lexer.h"

namespace countersign {
namespace {

class Slicer : private JsonLexer {
 public:
  explicit Slicer(std::string_view text) : JsonLexer(text) {}

  Result<std::vector<JsonMember>> slice_object(std::size_t max_members) {
    std::vector<JsonMember> out;
    std::vector<std::size_t> offsets;
    CS_TRY(open('{'));
    if (!take('}')) {
      do {
        skip_space();
        if (out.size() == max_members) {
          return json_error_at(ErrorCode::json_too_large, offset());
        }
        offsets.push_back(offset());
        CS_ASSIGN(JsonMember member, next_member());
        out.push_back(std::move(member));
        skip_space();
      } while (take(','));
      CS_TRY(close('}'));
    }
    CS_TRY(finish());
    CS_TRY(check_names(out, offsets));
    return out;
  }

  Result<std::vector<std::string_view>> slice_array(std::size_t max_elements) {
    std::vector<std::string_view> out;
    CS_TRY(open('['));
    if (!take(']')) {
      do {
        skip_space();
        if (out.size() == max_elements) {
          return json_error_at(ErrorCode::json_too_large, offset());
        }
        CS_ASSIGN(const std::string_view element, next_value());
        out.push_back(element);
        skip_space();
      } while (take(','));
      CS_TRY(close(']'));
    }
    CS_TRY(finish());
    return out;
  }

  std::optional<std::string_view> peek_member(std::string_view name) {
    if (!open('{').has_value()) {
      return std::nullopt;
    }
    do {
      skip_space();
      const Result<JsonMember> member = next_member();
      if (!member.has_value()) {
        return std::nullopt;
      }
      skip_space();
      if (member->name == name) {
        // A number at the end of the beginning may go on.
        return is_at(',') || is_at('}') ? std::optional(member->value) : std::nullopt;
      }
    } while (take(','));
    return std::nullopt;
  }

 private:
  Status open(char bracket) {
    skip_space();
    if (!take(bracket)) {
      return syntax_error();
    }
    skip_space();
    return ok();
  }

  Status close(char bracket) { return take(bracket) ? ok() : Status(syntax_error()); }

  Status finish() {
    skip_space();
    return is_done() ? ok() : Status(syntax_error());
  }

  template <class Out>
  Status read_name(Out& out) {
    if (!is_at('"')) {
      return syntax_error();
    }
    CS_TRY(read_string(out));
    skip_space();
    if (!take(':')) {
      return syntax_error();
    }
    skip_space();
    return ok();
  }

  Result<JsonMember> next_member() {
    JsonMember out;
    CS_TRY(read_name(out.name));
    CS_ASSIGN(out.value, next_value());
    return out;
  }

  Result<std::string_view> next_value() {
    const std::size_t begin = offset();
    CS_TRY(skip_value());
    return text_since(begin);
  }

  Status skip_scalar() {
    DiscardedText discarded;
    if (is_at('"')) {
      return read_string(discarded);
    }
    if (is_at('t')) {
      return read_word("true");
    }
    if (is_at('f')) {
      return read_word("false");
    }
    if (is_at('n')) {
      return read_word("null");
    }
    CS_TRY(read_number_text());
    return ok();
  }

  /// Without recursion: what nests more deeply than parse_json reads is for the reader of the slice
  /// to refuse.
  Status skip_value() {
    DiscardedText discarded;
    std::string owed;  // closing brackets, the innermost last
    for (;;) {
      if (is_at('{') || is_at('[')) {
        if (owed.size() == limits::kMaxJsonSliceDepth) {
          return json_error_at(ErrorCode::json_too_deep, offset());
        }
        owed += is_at('{') ? '}' : ']';
        step();
        skip_space();
        if (!is_at(owed.back())) {
          CS_TRY(owed.back() == '}' ? read_name(discarded) : ok());
          continue;
        }
      } else {
        CS_TRY(skip_scalar());
      }
      CS_TRY(skip_closings(owed));
      if (owed.empty()) {
        return ok();
      }
      CS_TRY(owed.back() == '}' ? read_name(discarded) : ok());
    }
  }

  /// Behind a value: the brackets that close there and, unless that was the last, the comma.
  Status skip_closings(std::string& owed) {
    while (!owed.empty()) {
      skip_space();
      if (take(owed.back())) {
        owed.pop_back();
      } else if (take(',')) {
        skip_space();
        return ok();
      } else {
        return syntax_error();
      }
    }
    return ok();
  }

  static Status check_names(const std::vector<JsonMember>& members,
                            const std::vector<std::size_t>& offsets) {
    std::vector<KeyAt> names;
    names.reserve(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      names.push_back({members[i].name, offsets[i]});
    }
    if (const std::optional<std::size_t> duplicate = find_duplicate(names)) {
      return json_error_at(ErrorCode::json_duplicate_key, *duplicate);
    }
    return ok();
  }
};

Status check_beginning(std::string_view text) {
  return text.substr(0, 3) == "\xef\xbb\xbf"
             ? Status(json_error_at(ErrorCode::json_byte_order_mark, 0))
             : ok();
}

}  // namespace

Result<std::vector<JsonMember>> slice_json_object(std::string_view text, std::size_t max_members) {
  CS_TRY(check_beginning(text));
  try {
    return Slicer(text).slice_object(max_members);
  } catch (const std::bad_alloc&) {
    return ErrorCode::out_of_memory;
  }
}

Result<std::vector<std::string_view>> slice_json_array(std::string_view text,
                                                       std::size_t max_elements) {
  CS_TRY(check_beginning(text));
  try {
    return Slicer(text).slice_array(max_elements);
  } catch (const std::bad_alloc&) {
    return ErrorCode::out_of_memory;
  }
}

std::optional<std::string_view> peek_json_member(std::string_view beginning,
                                                 std::string_view name) {
  return Slicer(beginning).peek_member(name);
}

}  // namespace countersign
