#pragma once
// Takes the members of a frozen map one by one; the first that is missing, of another type or
// outside its limits is remembered. Private to core/receipt.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "codec/canonical_cbor.h"

namespace countersign {

class MemberReader {
 public:
  /// Anything but a map fails.
  explicit MemberReader(const CanonicalValue& map);

  /// The member of that name; a null value of no meaning where there is none.
  const CanonicalValue& take(std::string_view name);

  ByteVector take_bytes(std::string_view name, std::size_t max);
  std::string take_text(std::string_view name, std::size_t max);
  /// A byte string that holds foreign text.
  std::string take_raw_text(std::string_view name, std::size_t max);
  std::int64_t take_integer(std::string_view name, std::int64_t min, std::int64_t max);
  bool take_boolean(std::string_view name);
  std::vector<std::string> take_texts(std::string_view name, std::size_t max_count,
                                      std::size_t max_bytes);
  std::vector<std::string> take_raw_texts(std::string_view name, std::size_t max_count,
                                          std::size_t max_bytes);
  template <class Array>
  Array take_array(std::string_view name) {
    return array_of<Array>(take(name));
  }
  template <class Array>
  std::vector<Array> take_arrays(std::string_view name, std::size_t max_count) {
    std::vector<Array> arrays;
    for (const CanonicalValue& item : take_items(name, max_count)) {
      arrays.push_back(array_of<Array>(item));
    }
    return arrays;
  }

  /// Error: receipt_malformed, where something failed or a member was not taken.
  Status finish() const;

 private:
  const std::vector<CanonicalValue>& take_items(std::string_view name, std::size_t max_count);
  ByteVector bytes_in(const CanonicalValue& value, std::size_t max);
  std::string text_in(const CanonicalValue& value, std::size_t max);
  template <class Array>
  Array array_of(const CanonicalValue& value) {
    Array array{};
    const ByteVector bytes = bytes_in(value, array.size());
    if (bytes.size() != array.size()) {
      has_failed_ = true;
      return array;
    }
    std::copy(bytes.begin(), bytes.end(), array.begin());
    return array;
  }

  const CanonicalValue& map_;
  const CanonicalValue nothing_;
  std::size_t taken_ = 0;
  bool has_failed_ = false;
};

}  // namespace countersign
