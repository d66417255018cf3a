#pragma once
// The one rule of templates that holds for ever. Private to core/transaction.

#include "transaction/template.h"

namespace countersign {

/// Part of lint_template: names are there once, and each field is shown, or held to a constant or
/// to a field that is shown. Errors: template_malformed, template_field_hidden.
Status check_shown(const Template& source);

}  // namespace countersign
