#include "base/error.h"

namespace countersign {

std::string_view error_name(ErrorCode code) {
  switch (code) {
#define CS_ERROR(number, name, error_class, message) \
  case ErrorCode::name:                              \
    return #name;
#include "base/errors.def"
#undef CS_ERROR
  }
  return "internal_error";
}

std::string_view error_message(ErrorCode code) {
  switch (code) {
#define CS_ERROR(number, name, error_class, message) \
  case ErrorCode::name:                              \
    return message;
#include "base/errors.def"
#undef CS_ERROR
  }
  return "Internal error.";
}

ErrorClass error_class(ErrorCode code) {
  switch (code) {
#define CS_ERROR(number, name, error_class, message) \
  case ErrorCode::name:                              \
    return ErrorClass::error_class;
#include "base/errors.def"
#undef CS_ERROR
  }
  return ErrorClass::internal;
}

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
  switch (check) {
    case Check::none:
      return "";
#define CS_CHECK(number, name) \
  case Check::name:            \
    return #name;
#include "base/checks.def"
#undef CS_CHECK
  }
  return "";
}

}  // namespace countersign
