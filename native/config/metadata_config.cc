#include "native/config/metadata_config.h"

#include <algorithm>

#include "native/config/walk.h"

namespace countersign {
namespace {

// [each is a thread's turn and up to 16 MB of memory]
constexpr std::size_t kMaxSources = 16;
constexpr std::int64_t kMaxRefreshSeconds = 604800;  // [a week: revocation lists live as long]
constexpr std::int64_t kMaxRetrySeconds = 86400;
constexpr std::int64_t kMaxTimeoutSeconds = 600;

// The URL as it was written.
std::string read_source(Walk& walk, const JsonValue& value, const std::string& path,
                        MetadataSourceConfig& source) {
  if (!walk.check_object(value, path, {"url", "trustAnchors", "crl", "host"})) {
    return "";
  }
  const std::string written = walk.required_text(value, "url", path);
  source.name = without_query(written);
  Result<Url> url = parse_url(written);
  if (!url.has_value() || (url->scheme == UrlScheme::http && !url->is_loopback())) {
    walk.invalid(path + ".url", "must be https://…, file:PATH, or http://… on this machine");
    return written;
  }
  source.url = std::move(*url);
  if (source.url.scheme == UrlScheme::file) {
    source.url.target = walk.file_path(source.url.target);
  }
  source.trust_anchors = walk.file_path(walk.required_text(value, "trustAnchors", path));
  const std::string crl = walk.text(value, "crl", path).value_or("require");
  if (crl == "prefer") {
    source.crl = RevocationMode::prefer;
  } else if (crl == "off") {
    source.crl = RevocationMode::off;
  } else if (crl != "require") {
    walk.invalid(path + ".crl", "must be require, prefer or off");
  }
  const JsonValue* host = value.find("host");
  if (host != nullptr && host->is_string() && host->string.empty()) {
    source.host.clear();
  } else {
    source.host = walk.text(value, "host", path).value_or(source.host);
  }
  return written;
}

void read_sources(Walk& walk, const JsonValue& metadata, MetadataConfig& config) {
  const JsonValue* sources = metadata.find("sources");
  if (sources == nullptr) {
    return;
  }
  if (!sources->is_array() || sources->items.size() > kMaxSources) {
    walk.invalid("metadata.sources",
                 "must be an array of at most " + std::to_string(kMaxSources) + " sources");
    return;
  }
  std::vector<std::string> written;
  for (std::size_t i = 0; i < sources->items.size(); ++i) {
    const std::string path = "metadata.sources[" + std::to_string(i) + "]";
    MetadataSourceConfig source;
    const std::string url = read_source(walk, sources->items[i], path, source);
    if (std::find(written.begin(), written.end(), url) != written.end()) {
      walk.invalid(path + ".url", "is there twice");
    }
    const auto namesakes = std::count_if(
        written.begin(), written.end(),
        [&source](const std::string& other) { return without_query(other) == source.name; });
    if (namesakes > 0) {
      source.name += " (" + std::to_string(namesakes + 1) + ")";
    }
    written.push_back(url);
    config.sources.push_back(std::move(source));
  }
}

void read_rules(Walk& walk, const JsonValue& metadata, MetadataRules& rules) {
  if (const std::optional<std::string> unknown =
          walk.text(metadata, "unknownAuthenticators", "metadata")) {
    rules.unknown =
        *unknown == "reject" ? UnknownAuthenticators::reject : UnknownAuthenticators::accept;
    if (*unknown != "reject" && *unknown != "accept") {
      walk.invalid("metadata.unknownAuthenticators", "must be accept or reject");
    }
  }
  rules.model.is_retired_accepted =
      walk.boolean(metadata, "acceptRetired", "metadata").value_or(false);
  if (const std::optional<std::string> minimum =
          walk.text(metadata, "minimumCertification", "metadata")) {
    constexpr CertificationLevel kLevels[] = {CertificationLevel::none,   CertificationLevel::l1,
                                              CertificationLevel::l1plus, CertificationLevel::l2,
                                              CertificationLevel::l2plus, CertificationLevel::l3,
                                              CertificationLevel::l3plus};
    const auto* const found =
        std::find_if(std::begin(kLevels), std::end(kLevels), [&minimum](CertificationLevel level) {
          return certification_level_name(level) == *minimum;
        });
    if (found == std::end(kLevels)) {
      walk.invalid("metadata.minimumCertification", "must be none, L1, L1+, L2, L2+, L3 or L3+");
    } else {
      rules.model.minimum_certification = *found;
    }
  }
}

}  // namespace

MetadataConfig read_metadata_config(Walk& walk, const JsonValue& root, Profile profile) {
  MetadataConfig config;
  config.cache = walk.file_path(config.cache);
  if (const std::optional<std::string> folder = walk.text(root, "trustAnchors", "")) {
    config.is_present = true;
    config.trust_anchors = walk.file_path(*folder);
  }
  if (profile == Profile::conformance) {
    config.rules.unknown = UnknownAuthenticators::reject;
  }
  const JsonValue* metadata = root.find("metadata");
  if (metadata == nullptr ||
      !walk.check_object(*metadata, "metadata",
                         {"sources", "statements", "cache", "unknownAuthenticators",
                          "acceptRetired", "compromisedCredentials", "minimumCertification",
                          "refreshSeconds", "retrySeconds", "timeoutSeconds"})) {
    return config;
  }
  config.is_present = true;
  read_sources(walk, *metadata, config);
  if (const std::optional<std::string> folder = walk.text(*metadata, "statements", "metadata")) {
    config.statements = walk.file_path(*folder);
  }
  if (const std::optional<std::string> folder = walk.text(*metadata, "cache", "metadata")) {
    config.cache = walk.file_path(*folder);
  }
  read_rules(walk, *metadata, config.rules);
  const std::string compromised =
      walk.text(*metadata, "compromisedCredentials", "metadata").value_or("flag");
  if (compromised == "refuse") {
    config.compromised_credentials = CompromisedCredentials::refuse;
  } else if (compromised != "flag") {
    walk.invalid("metadata.compromisedCredentials", "must be flag or refuse");
  }
  const auto seconds = [&](std::string_view name, std::int64_t high, std::int64_t& out) {
    out = walk.integer(*metadata, name, "metadata", 1, high).value_or(out);
  };
  seconds("refreshSeconds", kMaxRefreshSeconds, config.refresh_seconds);
  seconds("retrySeconds", kMaxRetrySeconds, config.retry_seconds);
  seconds("timeoutSeconds", kMaxTimeoutSeconds, config.timeout_seconds);
  return config;
}

}  // namespace countersign
