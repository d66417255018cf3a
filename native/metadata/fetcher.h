#pragma once
// Reads what metadata sources and certification authorities offer: https, http where the content
// protects itself, files. One deadline over everything (name, connection, handshake, redirects,
// headers, body), a cap on what is read, no proxies, no cookies, no compression.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "native/metadata/resolver.h"
#include "native/metadata/transfer_watch.h"
#include "native/metadata/url.h"

namespace countersign {

/// Where plain http will do: to this machine only, or anywhere because a signature that is checked
/// later protects what comes (revocation lists).
enum class PlainHttp : std::uint8_t { loopback_only, anywhere };

struct FetchRequest {
  Url url;
  std::size_t max_bytes = 0;
  std::int64_t timeout_seconds = 30;
  PlainHttp plain_http = PlainHttp::loopback_only;
  /// Of the copy that we hold, as it was sent.
  std::optional<std::string> etag;
};

struct FetchAnswer {
  enum class Kind : std::uint8_t { content, not_modified, failed };
  Kind kind = Kind::failed;
  std::string body;
  std::optional<std::string> etag;
  /// metadata_fetch_failed, metadata_fetch_too_slow, metadata_fetch_too_large,
  /// metadata_url_not_allowed, metadata_file_unreadable.
  ErrorCode error = ErrorCode::metadata_fetch_failed;
  int http_status = 0;  // the last one; 0: none was received
  std::optional<std::int64_t> retry_after_seconds;
};

class Fetcher {
 public:
  Fetcher() = default;
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  /// Blocks for at most the request's timeout.
  FetchAnswer fetch(const FetchRequest& request);
  /// From any thread: a fetch in progress fails at once, and so does every later one.
  void cancel() { switch_.cancel(); }

 private:
  struct Transfer;
  FetchAnswer fetch_http(FetchRequest request);
  static Transfer transfer(const FetchRequest& request, const std::string& address,
                           TransferWatch& watch);

  Resolver resolver_;
  TransferSwitch switch_;
};

/// The whole of a regular file. Errors: metadata_file_unreadable, metadata_fetch_too_large.
Result<std::string> read_regular_file(const std::string& path, std::size_t max_bytes);

}  // namespace countersign
