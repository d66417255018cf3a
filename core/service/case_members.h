#pragma once
// Members of the JSON objects that describe cases. Private to core/service. Errors: case_malformed
// for a missing member or one of another type: nothing is converted.

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/json_reader.h"
#include "x509/certificate.h"

namespace countersign {

/// The member, or null where the object has none.
Result<const JsonValue*> optional_member(const JsonValue& object, std::string_view name,
                                         JsonValue::Type type);
Result<const JsonValue*> required_member(const JsonValue& object, std::string_view name,
                                         JsonValue::Type type);

/// Leaves `out` as it is where there is no such member.
Status read_flag(const JsonValue& object, std::string_view name, bool& out);

/// RFC 3339 in `time`, else `now`.
Result<UnixSeconds> read_time(const JsonValue& object, UnixSeconds now);

/// An array of certificates in DER as standard base64, at most kMaxTrustAnchors. Errors also:
/// expectations_too_large, base64_invalid, those of parse_certificate.
Status read_certificates(const JsonValue& object, std::string_view name,
                         std::vector<Certificate>& out);

}  // namespace countersign
