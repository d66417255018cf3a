#pragma once
// `tenants[].outbox`: where a tenant's events are sent.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "native/metadata/url.h"
#include "native/outbox/receiver.h"

namespace countersign {

struct Config;
struct ConfigProblem;
struct JsonValue;
class Walk;

struct OutboxConfig {
  Url url;
  std::string secret_file;
};

/// Nothing where the tenant has none: then its backend fetches events itself.
std::optional<OutboxConfig> read_outbox_config(Walk& walk, const JsonValue& tenant,
                                               const std::string& path);

/// With the secrets in the files.
std::variant<std::vector<OutboxReceiver>, ConfigProblem> read_outbox_receivers(
    const Config& config);

}  // namespace countersign
