#pragma once
// base64url without padding (RFC 4648 §5, WebAuthn L3 §3) and plain base64 with padding (RFC 4648
// §4). One accepted encoding each: no padding (or exactly the padding), no white space, no other
// alphabet, unused trailing bits zero.

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace countersign {

/// Error: base64url_invalid with the offset of the first offending character.
Result<ByteVector> parse_base64url(std::string_view text);
std::string encode_base64url(Bytes bytes);

/// Error: base64_invalid with the offset of the first offending character.
Result<ByteVector> parse_base64(std::string_view text);
std::string encode_base64(Bytes bytes);

}  // namespace countersign
