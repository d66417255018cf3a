#pragma once
// CollectedClientData (WebAuthn L3 §5.8.1).

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace countersign {

/// Unknown members are ignored; duplicates, wrong types and missing required members are refused.
struct ClientData {
  std::string type;
  ByteVector challenge;  // decoded
  std::string origin;
  std::optional<bool> cross_origin;
  std::optional<std::string> top_origin;
  ByteVector encoded;  // the raw bytes: what is hashed and signed
};

/// A leading UTF-8 byte order mark is skipped for parsing (§7.1 step 5) and kept in `encoded`.
/// Errors: client_data_malformed, token_binding_malformed, json_*, utf8_invalid, base64url_invalid,
/// input_too_large.
Result<ClientData> parse_client_data(Bytes input);

}  // namespace countersign
