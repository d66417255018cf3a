#pragma once
// What the functions of abi.h share: the guard that catches everything, and the checked ranges.

#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "wasm/abi.h"

namespace countersign::abi {

/// The text at a range that lies inside a live block (or is empty); nothing otherwise.
std::optional<std::string_view> checked_text(const std::uint8_t* pointer, std::size_t size);

/// Replaces the result of the last call.
void set_result(std::string&& text);
void clear_result();

/// Runs `body` (which returns a cs_status) and lets nothing through: the one place where exceptions
/// end.
template <class Body>
cs_status guarded(Body&& body) noexcept {
  clear_result();
  try {
    return body();
  } catch (const std::bad_alloc&) {
    clear_result();
    return CS_OUT_OF_MEMORY;
  } catch (...) {
    clear_result();
    return CS_INTERNAL_ERROR;
  }
}

}  // namespace countersign::abi
