#pragma once
// `Result<T>`: a value or an Error, with the names of std::expected (missing in one of our
// compilers). `Status` is the Result of a rule that yields nothing.

#include <cstdlib>
#include <new>
#include <utility>

#include "base/error.h"

namespace countersign {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(const T& value) : has_value_(true) { new (&value_) T(value); }        // NOLINT
  Result(T&& value) : has_value_(true) { new (&value_) T(std::move(value)); }  // NOLINT
  Result(Error error) : has_value_(false) { new (&error_) Error(error); }      // NOLINT
  Result(ErrorCode code) : Result(Error{code, Check::none, 0}) {}              // NOLINT

  Result(const Result& other) : has_value_(other.has_value_) {
    if (has_value_) {
      new (&value_) T(other.value_);
    } else {
      new (&error_) Error(other.error_);
    }
  }
  Result(Result&& other) noexcept : has_value_(other.has_value_) {
    if (has_value_) {
      new (&value_) T(std::move(other.value_));
    } else {
      new (&error_) Error(other.error_);
    }
  }
  Result& operator=(const Result& other) {
    if (this != &other) {
      Result copy(other);
      *this = std::move(copy);
    }
    return *this;
  }
  Result& operator=(Result&& other) noexcept {
    if (this != &other) {
      this->~Result();
      new (this) Result(std::move(other));
    }
    return *this;
  }
  ~Result() {
    if (has_value_) {
      value_.~T();
    }
  }

  bool has_value() const { return has_value_; }
  explicit operator bool() const { return has_value_; }

  /// Aborts when there is no value: a defect of the caller, never of the input.
  T& value() & {
    require(has_value_);
    return value_;
  }
  const T& value() const& {
    require(has_value_);
    return value_;
  }
  T&& value() && {
    require(has_value_);
    return std::move(value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    require(!has_value_);
    return error_;
  }

 private:
  static void require(bool condition) {
    if (!condition) {
      std::abort();
    }
  }

  union {
    T value_;
    Error error_;
  };
  bool has_value_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(error), has_value_(false) {}        // NOLINT
  Result(ErrorCode code) : Result(Error{code, Check::none, 0}) {}  // NOLINT

  bool has_value() const { return has_value_; }
  explicit operator bool() const { return has_value_; }
  const Error& error() const {
    if (has_value_) {
      std::abort();
    }
    return error_;
  }

 private:
  Error error_{};
  bool has_value_ = true;
};

using Status = Result<void>;

/// The Status that says yes.
inline Status ok() { return {}; }

}  // namespace countersign

#define CS_CONCAT_INNER(a, b) a##b
#define CS_CONCAT(a, b) CS_CONCAT_INNER(a, b)

/// Returns the error of `expression` from the enclosing function, or goes on.
#define CS_TRY(expression)                                       \
  do {                                                           \
    if (auto cs_status = (expression); !cs_status.has_value()) { \
      return cs_status.error();                                  \
    }                                                            \
  } while (false)

/// Declares `declaration` from the value of `expression`, or returns its error:
/// `CS_ASSIGN(const Foo foo, parse_foo(bytes));`
#define CS_ASSIGN(declaration, expression) \
  CS_ASSIGN_INNER(CS_CONCAT(cs_result_, __LINE__), declaration, expression)
#define CS_ASSIGN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                            \
  if (!temporary.has_value()) {                             \
    return temporary.error();                               \
  }                                                         \
  declaration = std::move(temporary).value()
