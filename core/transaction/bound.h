#pragma once
// From JSON, which carries, to C(x), which binds.

#include <string_view>

#include "codec/canonical_cbor.h"
#include "codec/json_reader.h"
#include "crypto/hash_tag.h"
#include "crypto/hasher.h"

namespace countersign {

/// Objects become maps, strings text. Errors, with the offset of the value: cbor_unsupported for a
/// number with fraction or exponent or beyond int64.
Result<CanonicalValue> canonical_of(const JsonValue& json);

/// A document of at most that size, as a value. Errors: those of parse_json and canonical_of.
Result<CanonicalValue> parse_document(std::string_view json, std::size_t max_bytes);

/// What a text of C(x) that is not ASCII is besides UTF-8. Errors: binding_text_not_normalized;
/// text_length_wrong (more than limits::kMaxTextBytes).
Status check_bound_text(std::string_view text);

/// C(x), with all of its text in NFC. This is where NFC is checked, not in the reader, whose level
/// knows no Unicode: what was read with parse_canonical_cbor is encoded with this again, compared
/// by its digest with what was, or looked at with check_bound_text. Errors: those of
/// check_bound_text and make_canonical_cbor.
Result<ByteVector> make_bound_cbor(const CanonicalValue& value);

/// TH(tag, C(value)).
Result<Digest256> bound_digest(const Hasher& hasher, const HashTag& tag,
                               const CanonicalValue& value);

/// 64 lower-case hexadecimal digits. Error: binding_digest_invalid.
Result<Digest256> parse_digest(std::string_view hex);
std::string encode_hex(Bytes bytes);
/// An even number of lower-case hexadecimal digits. Error: binding_digest_invalid.
Result<ByteVector> parse_hex(std::string_view hex);

/// Whether C of both is the same. What has no C is equal to nothing.
bool are_equal(const CanonicalValue& a, const CanonicalValue& b);

/// Whether the value is a map with these members and no other. Two members of one name cannot be:
/// neither JSON nor C(x) has them.
bool has_exactly(const CanonicalValue& map, std::initializer_list<std::string_view> names);

}  // namespace countersign
