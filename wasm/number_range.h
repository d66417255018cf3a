#pragma once
// Whether a decimal number fits a double, without converting it.

namespace countersign::standalone {

struct NumberText {
  const char* end;  // the first character that does not belong to the number
  bool is_finite;   // false where round-to-nearest gives infinity
};

/// Reads `-?digits[.digits][(e|E)[+-]digits]`, as JSON writes numbers, up to the first other
/// character.
NumberText scan_number(const char* text);

}  // namespace countersign::standalone
