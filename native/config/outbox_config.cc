#include "native/config/outbox_config.h"

#include "native/config/config.h"
#include "native/config/walk.h"
#include "native/metadata/fetcher.h"

namespace countersign {
namespace {

constexpr std::size_t kMaxSecretFileBytes = 1024;  // [two lines of at most 96]

}  // namespace

std::optional<OutboxConfig> read_outbox_config(Walk& walk, const JsonValue& tenant,
                                               const std::string& path) {
  const JsonValue* value = tenant.find("outbox");
  const std::string at = path + ".outbox";
  if (value == nullptr || !walk.check_object(*value, at, {"url", "secretFile"})) {
    return std::nullopt;
  }
  OutboxConfig config;
  const Result<Url> url = parse_url(walk.required_text(*value, "url", at));
  if (!url.has_value() || url->scheme == UrlScheme::file ||
      (url->scheme == UrlScheme::http && !url->is_loopback())) {
    walk.fail(ErrorCode::outbox_url_not_allowed, at + ".url",
              "must be https://…, or http://… on this machine, without a name or fragment");
    return std::nullopt;
  }
  config.url = *url;
  config.secret_file = walk.file_path(walk.required_text(*value, "secretFile", at));
  return config;
}

std::variant<std::vector<OutboxReceiver>, ConfigProblem> read_outbox_receivers(
    const Config& config) {
  std::vector<OutboxReceiver> receivers;
  for (std::size_t i = 0; i < config.tenants.size(); ++i) {
    const TenantConfig& tenant = config.tenants[i];
    if (!tenant.outbox) {
      continue;
    }
    const std::string path = "tenants[" + std::to_string(i) + "].outbox.secretFile";
    const Result<std::string> text =
        read_regular_file(tenant.outbox->secret_file, kMaxSecretFileBytes);
    if (!text.has_value()) {
      return ConfigProblem{ErrorCode::config_value_invalid, path,
                           tenant.outbox->secret_file + " cannot be read"};
    }
    Result<std::vector<WebhookSecret>> secrets = parse_webhook_secrets(*text);
    if (!secrets.has_value()) {
      return ConfigProblem{ErrorCode::config_value_invalid, path,
                           tenant.outbox->secret_file +
                               " must hold one or two lines, each whsec_ and the base64 of 24 to "
                               "64 random bytes"};
    }
    receivers.push_back({tenant.tenant.id, tenant.outbox->url, *std::move(secrets)});
  }
  return receivers;
}

}  // namespace countersign
