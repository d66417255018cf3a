#include "native/outbox/sender.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "codec/json_writer.h"
#include "native/ops/metrics.h"
#include "native/outbox/backoff.h"
#include "native/outbox/poster.h"

namespace countersign {
namespace {

// [one slow answer does not hold up the rest, and a receiver is not overrun]
constexpr std::size_t kLanes = 4;
constexpr std::chrono::milliseconds kPollInterval(500);

}  // namespace

class OutboxSender::Queue {
 public:
  Queue(OutboxReceiver receiver, const Tools& tools)
      : receiver_(std::move(receiver)), tools_(tools) {}
  ~Queue() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_all();
    for (Poster& poster : posters_) {
      poster.cancel();
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  void start() {
    for (Poster& poster : posters_) {
      threads_.emplace_back([this, &poster] { run(poster); });
    }
  }
  const TenantId& tenant() const { return receiver_.tenant; }
  std::int64_t delivered() const { return delivered_; }
  std::int64_t failed() const { return failed_; }

 private:
  using Time = ReceiverBrake::Time;
  struct Attempt {
    ReceiverBrake::Outcome outcome = ReceiverBrake::Outcome::idle;
    PostAnswer answer;
  };

  void run(Poster& poster) {
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
      const Time began = std::chrono::steady_clock::now();
      Attempt attempt;
      if (brake_.begin(began)) {
        lock.unlock();
        attempt = try_one(poster);
        lock.lock();
        note(attempt, began);
      }
      if (attempt.outcome == ReceiverBrake::Outcome::idle) {
        wake_.wait_for(lock, kPollInterval, [this] { return is_stopping_; });
      }
    }
  }

  Attempt try_one(Poster& poster) noexcept {
    try {
      return deliver_one(poster);
    } catch (const std::exception&) {
      // A thread or memory that is not to be had: what was claimed is due when its lease ends.
      return {};
    }
  }

  Attempt deliver_one(Poster& poster) {
    const UnixSeconds now = tools_.clock.now();
    const Result<std::vector<OutboxEntry>> claimed =
        tools_.store.claim_outbox(tenant(), now, UnixSeconds{now.value + kDeliveryLeaseSeconds}, 1);
    if (!claimed.has_value() || claimed->empty()) {
      return {};
    }
    const OutboxEntry& entry = claimed->front();
    PostRequest request;
    request.url = receiver_.url;
    request.timeout_seconds = kDeliverySeconds;
    request.body = encode_outbox_event(tenant(), entry);
    request.headers = webhook_headers(tools_.hasher, receiver_.secrets, entry.event.id.value,
                                      tools_.clock.now(), request.body);
    const PostAnswer answer = poster.post(request);
    if (answer.is_taken()) {
      ++delivered_;
      static_cast<void>(
          tools_.store.mark_outbox_delivered(tenant(), entry.event.id, tools_.clock.now()));
      return {ReceiverBrake::Outcome::taken, answer};
    }
    const bool is_broken_off = is_stopping();
    const std::int64_t wait =
        is_broken_off ? 0
                      : std::max(retry_seconds(entry.attempts, tools_.random), asked_of(answer));
    static_cast<void>(tools_.store.postpone_outbox(tenant(), entry,
                                                   UnixSeconds{tools_.clock.now().value + wait}));
    if (is_broken_off) {
      return {};
    }
    ++failed_;
    if (entry.attempts == kOutboxStuckAttempts) {
      tell("error", "outbox.stuck", answer, entry.attempts, entry.event.id.value);
    }
    return {answer.is_refused() ? ReceiverBrake::Outcome::refused : ReceiverBrake::Outcome::failed,
            answer};
  }

  static std::int64_t asked_of(const PostAnswer& answer) {
    return std::clamp<std::int64_t>(answer.retry_after_seconds.value_or(0), 0, kMaxRetrySeconds);
  }

  // Under the lock.
  void note(const Attempt& attempt, Time began) {
    const bool is_news = brake_.end(attempt.outcome, began, std::chrono::steady_clock::now(),
                                    std::chrono::seconds(asked_of(attempt.answer)));
    if (is_news) {
      const bool is_over = attempt.outcome == ReceiverBrake::Outcome::taken;
      tell(is_over ? "info" : "error", is_over ? "outbox.alarm_over" : "outbox.alarm",
           attempt.answer, brake_.failures(), {});
    }
    if (attempt.outcome == ReceiverBrake::Outcome::taken) {
      wake_.notify_all();  // the others wait where there was a pause
    }
  }

  void tell(std::string_view level, std::string_view event, const PostAnswer& answer,
            std::int64_t failures, std::string_view id) {
    JsonWriter json;
    json.begin_object();
    json.member("tenant").string(tenant().value);
    if (!id.empty()) {
      json.member("id").string(id);
    }
    json.member("failures").integer(failures);
    json.member("httpStatus").integer(answer.http_status);
    if (level == "error") {
      json.member("code").string(error_name(ErrorCode::outbox_delivery_failed));
    }
    json.end_object();
    const std::string text = std::move(json).take();
    tools_.log.write(level, event, std::string_view(text).substr(1, text.size() - 2));
  }

  bool is_stopping() {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
  }

  const OutboxReceiver receiver_;
  const Tools tools_;
  std::array<Poster, kLanes> posters_;
  std::atomic<std::int64_t> delivered_ = 0;
  std::atomic<std::int64_t> failed_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  ReceiverBrake brake_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

OutboxSender::OutboxSender(std::vector<OutboxReceiver> receivers, const Tools& tools)
    : tools_(tools) {
  for (OutboxReceiver& receiver : receivers) {
    queues_.push_back(std::make_unique<Queue>(std::move(receiver), tools));
  }
}

OutboxSender::~OutboxSender() = default;

void OutboxSender::start() {
  for (const std::unique_ptr<Queue>& queue : queues_) {
    queue->start();
  }
}

std::string OutboxSender::metrics(const std::vector<TenantId>& tenants) const {
  struct Family {
    const char* name;
    const char* type;
    const char* help;
    std::string lines;
  };
  std::array<Family, 6> families{{
      {"countersign_outbox_open", "gauge", "Events that are not delivered.", ""},
      {"countersign_outbox_stuck", "gauge", "Of these, after ten attempts or more.", ""},
      {"countersign_outbox_oldest_seconds", "gauge", "Age of the oldest of these.", ""},
      {"countersign_outbox_delivered_total", "counter", "Events that this server delivered.", ""},
      {"countersign_outbox_failures_total", "counter", "Attempts of this server that failed.", ""},
      {"countersign_outbox_unsealed", "gauge",
       "Open events that no server wrote as they are: never sent.", ""},
  }};
  const auto add = [&families](std::size_t family, const TenantId& tenant, std::int64_t value) {
    families[family].lines += std::string(families[family].name) +
                              "{tenant=" + quoted_label(tenant.value) + "} " +
                              std::to_string(value) + "\n";
  };
  for (const TenantId& tenant : tenants) {
    const Result<OutboxBacklog> backlog = tools_.store.read_outbox_backlog(tenant);
    if (!backlog.has_value()) {
      continue;
    }
    add(0, tenant, backlog->open);
    add(1, tenant, backlog->stuck);
    add(5, tenant, backlog->unsealed);
    add(2, tenant,
        backlog->oldest
            ? std::max<std::int64_t>(0, tools_.clock.now().value - backlog->oldest->value)
            : 0);
  }
  for (const std::unique_ptr<Queue>& queue : queues_) {
    add(3, queue->tenant(), queue->delivered());
    add(4, queue->tenant(), queue->failed());
  }
  std::string text;
  for (const Family& family : families) {
    text += std::string("# HELP ") + family.name + " " + family.help + "\n# TYPE " + family.name +
            " " + family.type + "\n" + family.lines;
  }
  return text;
}

}  // namespace countersign
