#pragma once
// The rules of templates that hold for ever: without them a display would not say what is approved.
// Private to core/transaction.

#include "transaction/template.h"

namespace countersign {

/// Part of lint_template, all of it that is about fields and asks no table: names are there once,
/// each field is shown or held to what is, whole; amounts and payees stand at level 1, and nothing
/// is a choice that nobody sees. It may not become stricter: what was signed is held to it.
/// Errors: template_malformed, template_field_hidden, template_level_too_low,
/// template_condition_unsafe, template_formatter_lossy.
Status check_shown(const Template& source);

}  // namespace countersign
