#pragma once
// Certificates in PEM (RFC 7468): what configuration and command line take as trust anchors.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "x509/certificate.h"

namespace countersign {

/// Every "CERTIFICATE" block, in order; text around the blocks is explanatory. Errors:
/// pem_malformed (no block, a block of another label, an unfinished one, bad base64), those of
/// parse_certificate.
Result<std::vector<Certificate>> parse_pem_certificates(std::string_view text);

/// The DER of what may be PEM with that label or DER already.
Result<ByteVector> parse_pem_or_der(std::string_view text, std::string_view label);

}  // namespace countersign
