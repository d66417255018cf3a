#include "native/outbox/poster.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "native/metadata/guarded_client.h"
#include "native/metadata/retry_after.h"

namespace countersign {
namespace {

constexpr std::int64_t kConnectSeconds = 5;
// [TLS and a head of at most 16 KiB; a chain of certificates takes some 10 KB]
constexpr std::uint64_t kMaxAnswerBytes = 262144;

}  // namespace

bool PostAnswer::is_refused() const {
  constexpr std::array<int, 6> kAboutTheEvent{400, 409, 410, 413, 415, 422};
  return std::find(kAboutTheEvent.begin(), kAboutTheEvent.end(), http_status) !=
         kAboutTheEvent.end();
}

struct Poster::Transfer {
  PostAnswer answer;
  bool is_connected = true;
};

Poster::Transfer Poster::transfer(const PostRequest& request, const std::string& address,
                                  TransferWatch& watch) {
  const Url& url = request.url;
  Transfer out;
  bool is_exceeded = false;
  // The watch comes first.
  const std::int64_t wait_seconds = request.timeout_seconds + kConnectSeconds;
  const std::unique_ptr<httplib::ClientImpl> client =
      make_guarded_client(url, {kMaxAnswerBytes, wait_seconds}, is_exceeded);
  client->set_hostname_addr_map({{url.host, address}});
  client->set_socket_options([&watch](int socket) { watch.add(socket); });
  client->set_connection_timeout(std::min(kConnectSeconds, request.timeout_seconds), 0);
  client->set_read_timeout(wait_seconds, 0);
  client->set_write_timeout(wait_seconds, 0);
  client->set_follow_location(false);
  client->set_decompress(false);
  client->set_url_encode(false);
  client->set_keep_alive(false);
  httplib::Request sent;
  sent.method = "POST";
  sent.path = url.target;
  sent.headers = {{"Host", url.authority()},
                  {"Accept", "*/*"},
                  {"Content-Type", "application/json"},
                  {"User-Agent", "countersign/" COUNTERSIGN_VERSION}};
  for (const auto& [name, value] : request.headers) {
    sent.headers.emplace(name, value);
  }
  sent.body = request.body;
  const auto note = [&out](const httplib::Response& response) {
    out.answer.http_status = response.status;
    out.answer.retry_after_seconds =
        parse_retry_after(response.get_header_value("Retry-After"),
                          UnixSeconds{static_cast<std::int64_t>(std::time(nullptr))});
  };
  sent.response_handler = [&note](const httplib::Response& response) {
    note(response);
    return false;  // not the body
  };
  sent.content_receiver = [](const char*, std::size_t, std::uint64_t, std::uint64_t) {
    return false;
  };
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  if (client->send(sent, response, error)) {
    note(response);  // 204 has no body, and the library tells only here
  }
  out.is_connected =
      error != httplib::Error::Connection && error != httplib::Error::ConnectionTimeout;
  return out;
}

PostAnswer Poster::post(const PostRequest& request) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(request.timeout_seconds);
  if (switch_.is_cancelled() ||
      (request.url.scheme != UrlScheme::https && !request.url.is_loopback())) {
    return {};
  }
  TransferWatch watch(switch_, deadline, kMaxAnswerBytes);
  for (const std::string& address :
       resolver_.resolve(request.url.host, deadline, [this] { return switch_.is_cancelled(); })) {
    const Transfer done = transfer(request, address, watch);
    if (done.is_connected || watch.reason() != TransferWatch::Reason::none) {
      return done.answer;
    }
  }
  return {};
}

}  // namespace countersign
