#pragma once
// The members of a binding document in JSON. Private to core/service.

#include <string_view>

#include "codec/json_reader.h"
#include "transaction/binding.h"

namespace countersign {

/// Every member, with intent and view in their frozen forms and the digests of template and locale.
/// Errors: binding_member_invalid with the offset of the value; binding_digest_invalid,
/// amount_malformed, currency_not_usable, cbor_unsupported.
Result<Binding> read_frozen_binding(const JsonValue& input);

/// All but what follows from the documents and the intent (intent, view, template, locale, batch);
/// `view` and `batch` may not be there. Errors: as read_frozen_binding.
Result<Binding> read_binding_members(const JsonValue& input);

}  // namespace countersign
