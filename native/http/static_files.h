#pragma once
// Files of the page and of the npm package, served with the headers that a login page needs.

#include <string>
#include <string_view>
#include <vector>

#include "native/http/message.h"

namespace countersign {

class StaticFiles {
 public:
  /// `root` may be empty: then there is no page. `packages`: folders behind /countersign/, searched
  /// in order.
  StaticFiles(std::string root, std::vector<std::string> packages);

  /// Answers a GET or HEAD whose path belongs to nothing else; nothing where there is no such file.
  /// Never leaves its folders: no dot segments, no hidden names, no links out.
  std::optional<HttpResponse> find(const HttpRequest& request) const;

 private:
  std::string root_;  // canonical paths
  std::vector<std::string> packages_;
};

/// "text/javascript; charset=utf-8" for "a.mjs"; application/octet-stream for what is not known.
std::string_view content_type_of(std::string_view path);

/// A path as segments, decoded; nothing when one is empty (but for a last one, which becomes
/// "index.html"), begins with a dot, or holds a separator, a control character or NUL.
std::optional<std::vector<std::string>> path_segments(std::string_view path);

/// Headers of every answer that a browser may render. One that has a Content-Security-Policy keeps
/// it.
void add_security_headers(HttpResponse& response);

}  // namespace countersign
