#include "native/outbox/webhook_signature.h"

#include <algorithm>

#include "codec/base64url.h"
#include "crypto/hmac.h"

namespace countersign {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kMinBytes = 24;  // [the standard's range]
constexpr std::size_t kMaxBytes = 64;
constexpr std::size_t kMaxSecrets = 2;

}  // namespace

Result<std::vector<WebhookSecret>> parse_webhook_secrets(std::string_view text) {
  std::vector<WebhookSecret> secrets;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (!line.starts_with(kPrefix) || secrets.size() == kMaxSecrets) {
      return ErrorCode::config_value_invalid;
    }
    CS_ASSIGN(ByteVector key, parse_base64(line.substr(kPrefix.size())));
    if (key.size() < kMinBytes || key.size() > kMaxBytes) {
      return ErrorCode::config_value_invalid;
    }
    std::copy(key.begin(), key.end(), secrets.emplace_back().expose_for_filling().begin());
    std::fill(key.begin(), key.end(), std::uint8_t{0});
  }
  if (secrets.empty()) {
    return ErrorCode::config_value_invalid;
  }
  return secrets;
}

std::vector<std::pair<std::string, std::string>> webhook_headers(
    const Hasher& hasher, const std::vector<WebhookSecret>& secrets, std::string_view id,
    UnixSeconds time, std::string_view body) {
  const std::string timestamp = std::to_string(time.value);
  std::string signatures;
  for (const WebhookSecret& secret : secrets) {
    signatures += (signatures.empty() ? "v1," : " v1,") +
                  encode_base64(hmac_sha256(hasher, secret.expose(),
                                            {bytes_of(id), bytes_of("."), bytes_of(timestamp),
                                             bytes_of("."), bytes_of(body)}));
  }
  return {{"webhook-id", std::string(id)},
          {"webhook-timestamp", timestamp},
          {"webhook-signature", signatures}};
}

}  // namespace countersign
