#pragma once
// cpp-httplib's client behind a stream of our own. The library matches the status line with
// std::regex, which recurses for each character, and takes any number of lines of any length: the
// head of an answer is read and held to bounds here before the library sees a byte of it.

#include <httplib.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "native/metadata/url.h"

namespace countersign {

/// What one answer may take.
struct AnswerBounds {
  std::uint64_t max_bytes = 0;       // of head, body and framing
  std::int64_t timeout_seconds = 0;  // of each wait for bytes
};

/// A client for one request to the host of `url`. `is_exceeded`, which outlives it, becomes true
/// when an answer goes beyond kMaxHeadBytes, kMaxStatusLineBytes or `bounds`; the request fails
/// then, as it does for a head that is not one of HTTP/1 or announces another one (1xx).
std::unique_ptr<httplib::ClientImpl> make_guarded_client(const Url& url, const AnswerBounds& bounds,
                                                         bool& is_exceeded);

}  // namespace countersign
