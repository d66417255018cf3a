// Addresses of metadata sources: what is accepted has a host and a target that end no line and no
// part early, and reads, written again, as the same address; a redirect never leaves https.

#include "native/metadata/url.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

using namespace countersign;
using fuzz::require;

namespace {

std::string written(const Url& url) {
  switch (url.scheme) {
    case UrlScheme::https:
      return "https://" + url.authority() + url.target;
    case UrlScheme::http:
      return "http://" + url.authority() + url.target;
    case UrlScheme::file:
      return (url.target.starts_with('/') ? "file://" : "file:") + url.target;
  }
  return {};
}

void require_sound(const Url& url) {
  require(!url.target.empty());
  if (url.scheme == UrlScheme::file) {
    require(url.host.empty() && url.target.find('\0') == std::string::npos);
    return;
  }
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
  require(!url.host.empty() && url.port != 0 && url.target.front() == '/');
  require(std::all_of(url.target.begin(), url.target.end(), is_visible));
  require(std::all_of(url.host.begin(), url.host.end(), is_visible));
  require(url.host.find_first_of("/?#@[]\\%ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos);
  require(url.target.find('#') == std::string::npos);
}

void require_same_again(const Url& url) {
  require_sound(url);
  const Result<Url> again = parse_url(written(url));
  // A target may be as long as the whole address was.
  if (!again.has_value()) {
    require(written(url).size() > 2048);
    return;
  }
  require(again->scheme == url.scheme && again->host == url.host && again->port == url.port);
  require(again->target == url.target && again->is_loopback() == url.is_loopback());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const Result<Url> url = parse_url(text)) {
    require_same_again(*url);
  } else {
    require(url.error().code == ErrorCode::metadata_url_not_allowed);
  }
  const Url https = parse_url("https://mds.example.org:8443/blob?a=b").value();
  const Url http = parse_url("http://crl.example.org/list").value();
  if (const Result<Url> next = resolve_redirect(https, text)) {
    require_same_again(*next);
    require(next->scheme == UrlScheme::https);
  }
  if (const Result<Url> next = resolve_redirect(http, text)) {
    require_same_again(*next);
    require(next->scheme == UrlScheme::https ||
            (next->scheme == UrlScheme::http && next->host == http.host && next->port == 80));
  }
  return 0;
}
