#pragma once
// Render(template, locale pack, intent): pure, the same view in both targets.

#include "codec/canonical_cbor.h"
#include "transaction/locale_pack.h"
#include "transaction/template.h"
#include "transaction/view.h"

namespace countersign {

/// Errors: those of check_intent; locale_not_declared (a missing text is never replaced by another
/// language's); those of check_view_size.
Result<View> render_view(const Template& source, const LocalePack& pack,
                         const CanonicalValue& intent);

}  // namespace countersign
