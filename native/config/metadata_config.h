#pragma once
// The part of the configuration that is about authenticator models: `metadata` and `trustAnchors`.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metadata/models.h"
#include "native/metadata/url.h"
#include "service/tenant.h"
#include "x509/crl.h"

namespace countersign {

enum class Profile : std::uint8_t;
class Walk;
struct JsonValue;

struct MetadataSourceConfig {
  Url url;
  /// In logs, reports and the cache: the URL as it was written, without its query, which may be a
  /// secret. Where several differ in the query alone, "… (2)" and so on.
  std::string name;
  std::string trust_anchors;  // PEM file
  RevocationMode crl = RevocationMode::require;
  std::string host = "mds.fidoalliance.org";  // empty: any signer of the anchors
};

struct MetadataConfig {
  /// Anything below was configured: a server without has no opinion on models.
  bool is_present = false;
  std::vector<MetadataSourceConfig> sources;
  std::optional<std::string> statements;     // folder of JSON files
  std::optional<std::string> trust_anchors;  // folder of PEM files
  std::string cache = "metadata-cache";      // folder
  MetadataRules rules;
  CompromisedCredentials compromised_credentials = CompromisedCredentials::flag;
  // [FIDO publishes about monthly, and a compromise when it happens]
  std::int64_t refresh_seconds = 21600;
  std::int64_t retry_seconds = 60;    // doubles with each failure, up to the above
  std::int64_t timeout_seconds = 60;  // of one download, 10 MB at 200 KB/s
};

/// Reads the two keys of the root object; problems stay in the walk.
MetadataConfig read_metadata_config(Walk& walk, const JsonValue& root, Profile profile);

}  // namespace countersign
