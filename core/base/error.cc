#include "base/error.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>

#include "base/error_tables.h"

namespace countersign {
namespace {

// Texts stand one after the other in one array, their sizes in another: as switch statements or
// arrays of views the tables took 3 KB more of the compressed WebAssembly module.

#define CS_ERROR(number, name, error_class, message) number,
constexpr std::uint16_t kErrorNumbers[] = {
#include CS_ERRORS_DEF
};
#undef CS_ERROR
#define CS_ERROR(number, name, error_class, message) ErrorClass::error_class,
constexpr ErrorClass kErrorClasses[] = {
#include CS_ERRORS_DEF
};
#undef CS_ERROR
#define CS_ERROR(number, name, error_class, message) #name
constexpr char kErrorNames[] =
#include CS_ERRORS_DEF
    ;
#undef CS_ERROR
#define CS_ERROR(number, name, error_class, message) sizeof(#name) - 1,
constexpr std::uint8_t kErrorNameSizes[] = {
#include CS_ERRORS_DEF
};
#undef CS_ERROR
#define CS_ERROR(number, name, error_class, message) message
constexpr char kErrorMessages[] =
#include CS_ERRORS_DEF
    ;
#undef CS_ERROR
#define CS_ERROR(number, name, error_class, message) sizeof(message) - 1,
constexpr std::uint8_t kErrorMessageSizes[] = {
#include CS_ERRORS_DEF
};
#undef CS_ERROR

#define CS_CHECK(number, name) number,
constexpr std::uint16_t kCheckNumbers[] = {
#include CS_CHECKS_DEF
};
#undef CS_CHECK
#define CS_CHECK(number, name) #name
constexpr char kCheckNames[] =
#include CS_CHECKS_DEF
    ;
#undef CS_CHECK
#define CS_CHECK(number, name) sizeof(#name) - 1,
constexpr std::uint8_t kCheckNameSizes[] = {
#include CS_CHECKS_DEF
};
#undef CS_CHECK

static_assert(std::is_sorted(std::begin(kErrorNumbers), std::end(kErrorNumbers)),
              "rows of errors.def stand in the order of their numbers");
static_assert(std::is_sorted(std::begin(kCheckNumbers), std::end(kCheckNumbers)),
              "rows of checks.def stand in the order of their numbers");

// Where the number stands; the size of the table when it does not.
std::size_t index_of(std::uint16_t number, std::span<const std::uint16_t> numbers) {
  const auto at = std::lower_bound(numbers.begin(), numbers.end(), number);
  return at != numbers.end() && *at == number ? static_cast<std::size_t>(at - numbers.begin())
                                              : numbers.size();
}

std::string_view text_at(std::size_t index, const char* texts,
                         std::span<const std::uint8_t> sizes) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < index; ++i) {
    begin += sizes[i];
  }
  return {texts + begin, sizes[index]};
}

// A code that is none is reported as our fault: the row of internal_error.
std::size_t error_index(ErrorCode code) {
  const std::size_t index = index_of(static_cast<std::uint16_t>(code), kErrorNumbers);
  return index < std::size(kErrorNumbers)
             ? index
             : index_of(static_cast<std::uint16_t>(ErrorCode::internal_error), kErrorNumbers);
}

}  // namespace

std::string_view error_name(ErrorCode code) {
  return text_at(error_index(code), kErrorNames, kErrorNameSizes);
}

std::string_view error_message(ErrorCode code) {
  return text_at(error_index(code), kErrorMessages, kErrorMessageSizes);
}

ErrorClass error_class(ErrorCode code) { return kErrorClasses[error_index(code)]; }

std::string_view error_class_name(ErrorClass value) {
  switch (value) {
    case ErrorClass::malformed:
      return "malformed";
    case ErrorClass::rejected:
      return "rejected";
    case ErrorClass::conflict:
      return "conflict";
    case ErrorClass::not_found:
      return "not_found";
    case ErrorClass::unavailable:
      return "unavailable";
    case ErrorClass::internal:
      return "internal";
  }
  return "internal";
}

std::string_view check_name(Check check) {
  const std::size_t index = index_of(static_cast<std::uint16_t>(check), kCheckNumbers);
  return index < std::size(kCheckNumbers) ? text_at(index, kCheckNames, kCheckNameSizes)
                                          : std::string_view();
}

}  // namespace countersign
