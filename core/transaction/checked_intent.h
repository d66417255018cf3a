#pragma once
// An intent that was held against its template once, so that rendering need not do it again.

#include <variant>

#include "transaction/intent.h"
#include "transaction/render.h"

namespace countersign {

class CheckedIntent;
using IntentCheck = std::variant<CheckedIntent, IntentProblem>;

/// The intent when find_intent_problem finds nothing in it, else the problem.
IntentCheck check_frozen_intent(const Template& source, CanonicalValue frozen);

/// Only check_frozen_intent makes one.
class CheckedIntent {
 public:
  const CanonicalValue& value() const { return value_; }
  CanonicalValue take() && { return std::move(value_); }

 private:
  friend IntentCheck check_frozen_intent(const Template& source, CanonicalValue frozen);
  friend Result<View> render_checked_view(const Template& source, const LocalePack& pack,
                                          const CheckedIntent& intent);
  CheckedIntent(const Template& source, CanonicalValue value)
      : template_digest_(source.digest), value_(std::move(value)) {}

  Digest256 template_digest_;
  CanonicalValue value_;
};

/// As render_view. Errors: intent_type_mismatch when it was checked against another template;
/// locale_not_declared.
Result<View> render_checked_view(const Template& source, const LocalePack& pack,
                                 const CheckedIntent& intent);

}  // namespace countersign
