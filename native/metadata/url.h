#pragma once
// Addresses of metadata sources and revocation lists: absolute http, https and file URLs, read
// strictly. No user names, no fragments, no escapes in hosts.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign {

enum class UrlScheme : std::uint8_t { https, http, file };

struct Url {
  UrlScheme scheme = UrlScheme::https;
  std::string host;  // lower case; IPv6 without brackets; empty for file
  std::uint16_t port = 443;
  std::string target;  // path and query, at least "/"; for file the path on disk

  bool is_loopback() const;
  /// "host:port" as a Host header has it, the default port left out.
  std::string authority() const;
};

/// Error: metadata_url_not_allowed.
Result<Url> parse_url(std::string_view text);

/// The URL as people may see it: what follows the `?` of an http or https URL, where tokens are
/// kept, is left out.
std::string without_query(std::string_view url);

/// What a Location header means from there: an absolute URL or a path of the same host. https stays
/// https; http goes to https, or stays on its host, so that whoever sits on the line cannot send us
/// about. Error: metadata_url_not_allowed.
Result<Url> resolve_redirect(const Url& from, std::string_view location);

}  // namespace countersign
