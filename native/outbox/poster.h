#pragma once
// One POST to a receiver of events: https, or http on this machine; one deadline over everything
// (name, connection, handshake, request, head of the answer). No redirects are followed: what is
// sent is about a customer and signed for one address. The answer's body is not read: its status
// says it all.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "native/metadata/resolver.h"
#include "native/metadata/transfer_watch.h"
#include "native/metadata/url.h"

namespace countersign {

struct PostRequest {
  Url url;  // https or http
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // JSON
  std::int64_t timeout_seconds = 10;
};

struct PostAnswer {
  int http_status = 0;  // 0: there was no answer
  std::optional<std::int64_t> retry_after_seconds;

  /// 2xx: the receiver has taken it.
  bool is_taken() const { return http_status >= 200 && http_status < 300; }
  /// Something about this one event, by a receiver that is up: 400, 409, 410, 413, 415, 422.
  bool is_refused() const;
};

class Poster {
 public:
  /// Blocks for at most the request's timeout.
  PostAnswer post(const PostRequest& request);
  /// From any thread: a request in progress fails at once, and so does every later one. Whether the
  /// receiver has it is not known then.
  void cancel() { switch_.cancel(); }

 private:
  struct Transfer;
  static Transfer transfer(const PostRequest& request, const std::string& address,
                           TransferWatch& watch);

  Resolver resolver_;
  TransferSwitch switch_;
};

}  // namespace countersign
