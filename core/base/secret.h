#pragma once
// Fixed-size secrets that are wiped when they die and compared in constant time.

#include <array>

#include "base/bytes.h"

namespace countersign {

/// N secret bytes. Not printable, not comparable with ==.
template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  explicit Secret(const std::array<std::uint8_t, N>& value) : value_(value) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() {
    volatile std::uint8_t* at = value_.data();
    for (std::size_t i = 0; i < N; ++i) {
      at[i] = 0;
    }
  }

  Bytes expose() const { return value_; }
  std::span<std::uint8_t, N> expose_for_filling() { return value_; }
  bool matches(Bytes other) const { return constant_time_equal(value_, other); }

 private:
  std::array<std::uint8_t, N> value_{};
};

}  // namespace countersign
