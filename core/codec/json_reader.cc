#include "codec/json_reader.h"

#include <cstddef>
#include <iterator>
#include <new>
#include <nlohmann/json.hpp>

#include "codec/duplicates.h"

namespace countersign {
namespace {

// Walks the text and tells how far the parser has read: the SAX interface itself does not.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}

  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    *furthest_ = at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return !(a == b); }

 private:
  const char* at_;
  const char** furthest_;
};

// An object or array that is still open.
struct Frame {
  JsonValue value;
  std::string name;                       // of the member whose value comes next
  std::vector<std::size_t> name_offsets;  // one for each member of an object
};

// Takes the parser's events. Every event returns false to stop the parser.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, const JsonOptions& options)
      : text_(text), options_(options), read_(text.data()) {}

  CountingIterator begin() { return {text_.data(), &read_}; }
  CountingIterator end() { return {text_.data() + text_.size(), &read_}; }
  const Error& error() const { return error_; }
  JsonValue take_root() { return std::move(root_); }

  bool null() { return add_scalar({}); }

  bool boolean(bool value) {
    JsonValue node;
    node.type = JsonValue::Type::boolean;
    node.boolean = value;
    return add_scalar(std::move(node));
  }

  bool number_integer(std::int64_t value) {
    JsonValue node;
    node.type = JsonValue::Type::integer;
    node.integer = value;
    return add_scalar(std::move(node));
  }

  bool number_unsigned(std::uint64_t value) {
    JsonValue node;
    node.type = JsonValue::Type::integer;
    node.integer = static_cast<std::int64_t>(value);
    node.is_unsigned_64 = node.integer < 0;
    return add_scalar(std::move(node));
  }

  bool number_float(double /*value*/, const std::string& written) {
    JsonValue node;
    node.type = JsonValue::Type::number;
    node.string = written;
    // The lexer puts the locale's decimal point in the place of the one that was written.
    const std::size_t point = node.string.find_first_not_of("0123456789eE+-");
    if (point != std::string::npos) {
      node.string[point] = '.';
    }
    return add_scalar(std::move(node));
  }

  bool string(std::string& value) {
    JsonValue node;
    node.type = JsonValue::Type::string;
    node.string = std::move(value);
    return add_scalar(std::move(node));
  }

  bool binary(std::vector<std::uint8_t>& /*value*/) {
    return stop(ErrorCode::internal_error, 0);  // JSON has none
  }

  bool start_object(std::size_t /*unknown*/) { return open(JsonValue::Type::object); }
  bool start_array(std::size_t /*unknown*/) { return open(JsonValue::Type::array); }

  bool key(std::string& name) {
    Frame& frame = open_.back();
    frame.name_offsets.push_back(token_offset());
    frame.name = std::move(name);
    previous_end_ = read_offset();
    return true;
  }

  bool end_object() {
    Frame& frame = open_.back();
    std::vector<KeyAt> names;
    names.reserve(frame.name_offsets.size());
    for (std::size_t i = 0; i < frame.name_offsets.size(); ++i) {
      names.push_back({frame.value.members[i].first, frame.name_offsets[i]});
    }
    if (const std::optional<std::size_t> duplicate = find_duplicate(names)) {
      return stop(ErrorCode::json_duplicate_key, *duplicate);
    }
    return close();
  }

  bool end_array() { return close(); }

  template <class Exception>
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const Exception& /*exception*/) {
    return stop(ErrorCode::json_syntax, position > 0 ? position - 1 : 0);
  }

 private:
  bool stop(ErrorCode code, std::size_t offset) {
    error_ = {code, Check::none, static_cast<std::uint32_t>(offset)};
    return false;
  }

  std::size_t read_offset() const { return static_cast<std::size_t>(read_ - text_.data()); }

  // Where the name or value begins whose event we are in. After a number the parser has read one
  // character more, but that is a separator then.
  std::size_t token_offset() const {
    const std::size_t offset = text_.find_first_not_of(" \t\r\n,:", previous_end_);
    return offset == std::string_view::npos ? text_.size() : offset;
  }

  bool count_node() {
    if (nodes_ >= options_.max_nodes) {
      return stop(ErrorCode::json_too_large, token_offset());
    }
    ++nodes_;
    return true;
  }

  bool add_scalar(JsonValue&& node) {
    if (!count_node()) {
      return false;
    }
    previous_end_ = read_offset();
    attach(std::move(node));
    return true;
  }

  bool open(JsonValue::Type type) {
    if (!count_node()) {
      return false;
    }
    if (open_.size() >= options_.max_depth) {
      return stop(ErrorCode::json_too_deep, token_offset());
    }
    previous_end_ = read_offset();
    open_.emplace_back();
    open_.back().value.type = type;
    return true;
  }

  bool close() {
    previous_end_ = read_offset();
    JsonValue node = std::move(open_.back().value);
    open_.pop_back();
    attach(std::move(node));
    return true;
  }

  void attach(JsonValue&& node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = open_.back();
    if (frame.value.type == JsonValue::Type::array) {
      frame.value.items.push_back(std::move(node));
    } else {
      frame.value.members.emplace_back(std::move(frame.name), std::move(node));
    }
  }

  std::string_view text_;
  JsonOptions options_;
  const char* read_;
  std::size_t previous_end_ = 0;
  std::size_t nodes_ = 0;
  std::vector<Frame> open_;
  JsonValue root_;
  Error error_;
};

Error error_at(ErrorCode code, std::size_t offset) {
  return {code, Check::none, static_cast<std::uint32_t>(offset)};
}

Result<JsonValue> parse_with_nlohmann(std::string_view text, const JsonOptions& options) {
  TreeBuilder builder(text, options);
  if (!nlohmann::json::sax_parse(builder.begin(), builder.end(), &builder)) {
    return builder.error();
  }
  return builder.take_root();
}

}  // namespace

JsonValue::JsonValue() = default;
JsonValue::JsonValue(const JsonValue& other) = default;
JsonValue::JsonValue(JsonValue&& other) noexcept = default;
JsonValue& JsonValue::operator=(const JsonValue& other) = default;
JsonValue& JsonValue::operator=(JsonValue&& other) noexcept = default;
JsonValue::~JsonValue() = default;

const JsonValue* JsonValue::find(std::string_view name) const {
  for (const std::pair<std::string, JsonValue>& member : members) {
    if (member.first == name) {
      return &member.second;
    }
  }
  return nullptr;
}

Result<JsonValue> parse_json(std::string_view text, const JsonOptions& options) {
  if (text.size() > options.max_bytes) {
    return error_at(ErrorCode::json_too_large, options.max_bytes);
  }
  if (text.substr(0, 3) == "\xef\xbb\xbf") {
    return error_at(ErrorCode::json_byte_order_mark, 0);
  }
  // The lexer takes a NUL for the end of its input and would not see what follows.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return error_at(ErrorCode::json_syntax, nul);
  }
  try {
    return parse_with_nlohmann(text, options);
  } catch (const std::bad_alloc&) {
    return ErrorCode::out_of_memory;
  } catch (...) {
    return ErrorCode::internal_error;
  }
}

}  // namespace countersign
