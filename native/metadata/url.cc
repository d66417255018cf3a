#include "native/metadata/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace countersign {
namespace {

constexpr ErrorCode kNotAllowed = ErrorCode::metadata_url_not_allowed;
constexpr std::size_t kMaxUrlBytes = 2048;  // [as servers' own limits]
constexpr std::string_view kFile = "file:";
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         host.find("..") == std::string_view::npos &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '_';
         });
}

bool is_ipv6(const std::string& host) {
  in6_addr out{};
  return inet_pton(AF_INET6, host.c_str(), &out) == 1;
}

Status read_port(std::string_view text, std::uint16_t& port) {
  const char* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, port);
  return problem == std::errc() && stopped == end && port != 0 ? ok() : Status(kNotAllowed);
}

Status read_authority(std::string_view text, Url& url) {
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return kNotAllowed;
    }
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && port.front() != ':') {
      return kNotAllowed;
    }
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  url.host.assign(host);
  std::transform(url.host.begin(), url.host.end(), url.host.begin(), lower);
  if (text.starts_with('[') ? !is_ipv6(url.host) : !is_host_name(url.host)) {
    return kNotAllowed;
  }
  return port.empty() ? ok() : read_port(port.substr(1), url.port);
}

}  // namespace

bool Url::is_loopback() const {
  // A name that merely begins like a loopback address may lead anywhere.
  in_addr v4{};
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && inet_pton(AF_INET, host.c_str(), &v4) == 1);
}

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const bool is_default = port == (scheme == UrlScheme::https ? kHttpsPort : kHttpPort);
  return is_default ? name : name + ":" + std::to_string(port);
}

Result<Url> parse_url(std::string_view text) {
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kHttp = "http://";
  if (text.size() > kMaxUrlBytes) {
    return kNotAllowed;
  }
  Url url;
  if (text.starts_with(kFile)) {
    std::string_view path = text.substr(kFile.size());
    if (path.starts_with("//")) {
      path.remove_prefix(2);
      if (!path.starts_with('/')) {  // file://host/path is another machine's
        return kNotAllowed;
      }
    }
    if (path.empty() || path.find('\0') != std::string_view::npos) {
      return kNotAllowed;
    }
    url.scheme = UrlScheme::file;
    url.port = 0;
    url.target.assign(path);
    return url;
  }
  if (!is_visible_ascii(text)) {
    return kNotAllowed;
  }
  std::string scheme(text.substr(0, std::min(text.find("://") + 3, text.size())));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
  if (scheme != kHttps && scheme != kHttp) {
    return kNotAllowed;
  }
  url.scheme = scheme == kHttps ? UrlScheme::https : UrlScheme::http;
  url.port = scheme == kHttps ? kHttpsPort : kHttpPort;
  std::string_view rest = text.substr(scheme.size());
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  const std::string_view target = rest.substr(end);
  if (authority.find('@') != std::string_view::npos || target.find('#') != std::string_view::npos) {
    return kNotAllowed;
  }
  CS_TRY(read_authority(authority, url));
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

std::string without_query(std::string_view url) {
  const std::size_t question = url.find('?');
  const bool is_file = url.starts_with(kFile);
  return is_file || question == std::string_view::npos
             ? std::string(url)
             : std::string(url.substr(0, question)) + "?…";
}

Result<Url> resolve_redirect(const Url& from, std::string_view location) {
  if (location.starts_with('/') && !location.starts_with("//")) {
    if (location.size() > kMaxUrlBytes || !is_visible_ascii(location) ||
        location.find('#') != std::string_view::npos) {
      return kNotAllowed;
    }
    Url url = from;
    url.target.assign(location);
    return url;
  }
  CS_ASSIGN(Url url, parse_url(location));
  const bool is_same_host = url.host == from.host && url.port == from.port;
  const bool is_allowed =
      url.scheme == UrlScheme::https ||
      (url.scheme == UrlScheme::http && from.scheme == UrlScheme::http && is_same_host);
  return is_allowed ? Result<Url>(std::move(url)) : Result<Url>(kNotAllowed);
}

}  // namespace countersign
