#pragma once
// `transaction bind --frozen`: one JSON line in, one JSON line out (docs/transactions.md). Total: a
// line that cannot be read gets an error answer like any other.

#include <string>
#include <string_view>

#include "codec/json_reader.h"
#include "crypto/hasher.h"
#include "transaction/binding.h"

namespace countersign {

/// The members of a binding in JSON, intent and view in their frozen forms. Errors:
/// binding_member_invalid, binding_digest_invalid, binding_batch_mismatch, amount_malformed,
/// currency_not_usable, cbor_unsupported.
Result<Binding> read_binding(const JsonValue& input);

/// `{"id","input"}` to `{"id","ok":true,"intentCbor",…,"challenge"}` or
/// `{"id","ok":false,"error":{"code","message"}}`; the byte strings in hexadecimal.
std::string bind_frozen_case(std::string_view line, const Hasher& hasher);

}  // namespace countersign
