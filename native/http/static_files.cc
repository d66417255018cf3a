#include "native/http/static_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>

namespace countersign {
namespace {

constexpr std::size_t kMaxFileBytes = 16777216;  // [our largest module has 1 MB]

std::string canonical_path(const std::string& path) {
  std::array<char, PATH_MAX> resolved{};
  return realpath(path.c_str(), resolved.data()) != nullptr ? std::string(resolved.data())
                                                            : std::string();
}

// The file's bytes if its real path is under the folder's.
std::optional<std::string> read_under(const std::string& folder,
                                      const std::vector<std::string>& segments) {
  if (folder.empty()) {
    return std::nullopt;
  }
  std::string path = folder;
  for (const std::string& segment : segments) {
    path += "/" + segment;
  }
  const std::string real = canonical_path(path);
  if (!real.starts_with(folder + "/")) {
    return std::nullopt;
  }
  const int descriptor = open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) {
    return std::nullopt;
  }
  struct stat status {};
  std::optional<std::string> content;
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
      static_cast<std::uint64_t>(status.st_size) <= kMaxFileBytes) {
    content.emplace(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t filled = 0;
    while (filled < content->size()) {
      const ssize_t count = read(descriptor, content->data() + filled, content->size() - filled);
      if (count <= 0) {
        content.reset();
        break;
      }
      filled += static_cast<std::size_t>(count);
    }
  }
  close(descriptor);
  return content;
}

}  // namespace

StaticFiles::StaticFiles(std::string root, std::vector<std::string> packages)
    : root_(root.empty() ? "" : canonical_path(root)) {
  for (const std::string& package : packages) {
    packages_.push_back(canonical_path(package));
  }
}

std::optional<HttpResponse> StaticFiles::find(const HttpRequest& request) const {
  const std::optional<std::vector<std::string>> segments = path_segments(request.path);
  if (!segments) {
    return std::nullopt;
  }
  std::optional<std::string> content;
  if (segments->size() > 1 && segments->front() == "countersign") {
    const std::vector<std::string> rest(segments->begin() + 1, segments->end());
    for (const std::string& package : packages_) {
      content = read_under(package, rest);
      if (content) {
        break;
      }
    }
  }
  if (!content) {
    content = read_under(root_, *segments);
  }
  if (!content) {
    return std::nullopt;
  }
  HttpResponse response;
  response.content_type = std::string(content_type_of(segments->back()));
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.body = std::move(*content);
  return response;
}

std::string_view content_type_of(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kTypes{{
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".wasm", "application/wasm"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) {
      return type;
    }
  }
  return "application/octet-stream";
}

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  if (path.empty() || path.front() != '/') {
    return std::nullopt;
  }
  path.remove_prefix(1);
  while (true) {
    const std::size_t end = std::min(path.find('/'), path.size());
    std::optional<std::string> segment = percent_decode(path.substr(0, end));
    const bool is_last = end == path.size();
    if (is_last && segment && segment->empty()) {
      segment = "index.html";
    }
    if (!segment || segment->empty() || segment->front() == '.' ||
        std::any_of(segment->begin(), segment->end(), [](char c) {
          const auto byte = static_cast<unsigned char>(c);
          return byte < 0x20 || byte == 0x7f || c == '/' || c == '\\';
        })) {
      return std::nullopt;
    }
    segments.push_back(std::move(*segment));
    if (is_last) {
      return segments;
    }
    path.remove_prefix(end + 1);
  }
}

void add_security_headers(HttpResponse& response) {
  if (!response.has_header("Content-Security-Policy")) {
    response.headers.emplace_back(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src "
        "'self' "
        "data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for "
        "'script'; trusted-types 'none'");
  }
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.emplace_back(
      "Permissions-Policy",
      "publickey-credentials-create=(self), publickey-credentials-get=(self), payment=(self), "
      "camera=(), microphone=(), geolocation=()");
}

}  // namespace countersign
