#pragma once
// What the fuzz targets share. A target is an oracle: it aborts when a parser accepts what it
// should not, loses something, or points outside its input.

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/error.h"

namespace countersign::fuzz {

/// Ends the run as a finding.
inline void require(bool condition) {
  if (!condition) {
    __builtin_trap();
  }
}

/// Whether a part that a parser borrowed lies inside of what it borrowed it from.
inline bool is_inside(Bytes part, Bytes whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// What every error of a parser owes: a class that blames the input, an offset inside of it.
inline void require_honest(const Error& error, std::size_t input_size) {
  const ErrorClass blamed = error_class(error.code);
  require(blamed == ErrorClass::malformed || blamed == ErrorClass::rejected);
  require(error.offset <= input_size);
}

}  // namespace countersign::fuzz
