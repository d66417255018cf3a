#include "wasm/number_range.h"

#include <cstddef>

namespace countersign::standalone {
namespace {

// 2^1024 - 2^970, the smallest number that rounds to infinity: halfway between the largest double
// and 2^1024, and the tie goes to the even one.
constexpr char kThreshold[] =
    "17976931348623158079372897140530341507993413271003782693617377898044496829276475"
    "09466490179775872070963302864166928879109465555478519404026306574886715058206819"
    "08902000708383676273854845817711531764475730270069855571366959622842914819860834"
    "936475292719074168444365510704342711559699508093042880177904174497792";
constexpr long kThresholdDigits = sizeof(kThreshold) - 1;
// [beyond the digits of any case, and ten times it fits 32 bits]
constexpr long kMaxExponent = 100000000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

NumberText scan_number(const char* text) {
  if (*text == '-') {
    ++text;
  }
  const char* const mantissa = text;
  // Position of the decimal point behind the first digit that is not zero.
  const char* first = nullptr;
  long magnitude = 0;
  bool is_fraction = false;
  for (; is_digit(*text) || (*text == '.' && !is_fraction); ++text) {
    if (*text == '.') {
      is_fraction = true;
      continue;
    }
    if (first == nullptr && *text != '0') {
      first = text;
    }
    if (first != nullptr && !is_fraction) {
      ++magnitude;
    } else if (first == nullptr && is_fraction) {
      --magnitude;
    }
  }
  const char* const mantissa_end = text;
  if (text != mantissa && (*text == 'e' || *text == 'E')) {
    ++text;
    const bool is_negative = *text == '-';
    if (*text == '-' || *text == '+') {
      ++text;
    }
    long exponent = 0;
    for (; is_digit(*text); ++text) {
      if (exponent < kMaxExponent) {
        exponent = exponent * 10 + (*text - '0');
      }
    }
    magnitude += is_negative ? -exponent : exponent;
  }
  // The number is 0.d1d2d3… times ten to the power of `magnitude`.
  if (first == nullptr || magnitude < kThresholdDigits) {
    return {text, true};
  }
  if (magnitude > kThresholdDigits) {
    return {text, false};
  }
  const char* digit = first;
  for (const char wanted : kThreshold) {
    if (wanted == '\0') {
      break;
    }
    if (digit != mantissa_end && *digit == '.') {
      ++digit;
    }
    const char have = digit != mantissa_end ? *digit++ : '0';
    if (have != wanted) {
      return {text, have < wanted};
    }
  }
  return {text, false};
}

}  // namespace countersign::standalone
