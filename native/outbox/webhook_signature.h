#pragma once
// Signatures after Standard Webhooks 1.0.0 (docs/adr/0004-outbox-signatures.md).

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/hasher.h"

namespace countersign {

/// 24 to 64 octets, what is missing of 64 is zero: to HMAC that is the same key.
using WebhookSecret = Secret<64>;

/// One or two lines of `whsec_` and base64: while a secret is changed, both sign. Errors:
/// base64_invalid; config_value_invalid where the prefix, a size or the number of lines is wrong.
Result<std::vector<WebhookSecret>> parse_webhook_secrets(std::string_view text);

/// `webhook-id`, `webhook-timestamp` and `webhook-signature` of a message.
std::vector<std::pair<std::string, std::string>> webhook_headers(
    const Hasher& hasher, const std::vector<WebhookSecret>& secrets, std::string_view id,
    UnixSeconds time, std::string_view body);

}  // namespace countersign
