#pragma once
// What the functions of abi.h share: the guard that catches everything, the checked ranges, and
// what an instance keeps.

#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "wasm/abi.h"

// What an instance keeps between calls. One instance has one thread; natively each thread is one.
#ifdef __EMSCRIPTEN__
#define CS_INSTANCE_STATE
#else
#define CS_INSTANCE_STATE thread_local
#endif

namespace countersign::abi {

/// The text at a range that lies inside a live block (or is empty); nothing otherwise.
std::optional<std::string_view> checked_text(const std::uint8_t* pointer, std::size_t size);

/// Replaces the result of the last call.
void set_result(std::string&& text);
void clear_result();

/// Runs `body` (which returns a cs_status) and lets nothing through: the one place where exceptions
/// end. A module that is compiled without them has none: where memory is exhausted it traps.
template <class Body>
cs_status guarded(Body&& body) noexcept {
  clear_result();
#ifdef __cpp_exceptions
  try {
    return body();
  } catch (const std::bad_alloc&) {
    clear_result();
    return CS_OUT_OF_MEMORY;
  } catch (...) {
    clear_result();
    return CS_INTERNAL_ERROR;
  }
#else
  return body();
#endif
}

/// A function of one text whose answer is the result.
template <class Answer>
cs_status answered(const std::uint8_t* pointer, std::size_t size, Answer&& answer) noexcept {
  return guarded([&]() -> cs_status {
    const auto text = checked_text(pointer, size);
    if (!text) {
      return CS_BAD_ARGUMENT;
    }
    set_result(answer(*text));
    return CS_OK;
  });
}

}  // namespace countersign::abi
