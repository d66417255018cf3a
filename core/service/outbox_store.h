#pragma once
// Events for the relying party's backend: what it shall carry out, and what it should know. An
// event is written in the transaction of its cause, so that neither is there without the other, and
// leaves the server later: pushed to the backend's address (native/outbox) or fetched by it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong_id.h"
#include "base/time.h"

namespace countersign {

/// base64url of 128 random bits: a receiver knows by it what it has had already.
using OutboxEventId = StrongId<struct OutboxEventIdTag, std::string>;

struct OutboxEvent {
  OutboxEventId id;
  std::string kind;     // "transaction.approved"
  std::string subject;  // the transaction: its events are delivered in their order
  std::string body;     // a JSON object
  UnixSeconds created_at;
};

struct OutboxEntry {
  OutboxEvent event;
  std::int64_t sequence = 0;  // of the tenant; a later one never becomes visible before an earlier
  std::int64_t attempts = 0;  // to deliver it, one that is under way included
  UnixSeconds next_attempt_at;
  std::optional<UnixSeconds> delivered_at;
};

enum class OutboxFilter : std::uint8_t { open, delivered, all };

/// What has not been delivered.
struct OutboxBacklog {
  std::int64_t open = 0;
  std::int64_t stuck = 0;  // with kOutboxStuckAttempts or more
  /// Not as a server with the key wrote them. They are never claimed or listed.
  std::int64_t unsealed = 0;
  std::optional<UnixSeconds> oldest;
};

inline constexpr std::int64_t kOutboxStuckAttempts = 10;  // [a quarter of an hour of them]

class OutboxStore {
 public:
  virtual ~OutboxStore() = default;

  /// Events that are due, the longest waiting first; of one subject only the first that is not
  /// delivered. Each is nobody else's until `leased_until`, and counts an attempt.
  virtual Result<std::vector<OutboxEntry>> claim_outbox(const TenantId& tenant, UnixSeconds now,
                                                        UnixSeconds leased_until,
                                                        std::size_t limit) = 0;
  /// False: there is no such event. One that is delivered stays so, with its first time.
  virtual Result<bool> mark_outbox_delivered(const TenantId& tenant, const OutboxEventId& id,
                                             UnixSeconds now) = 0;
  /// Nothing happens where somebody else has claimed it since, or it is delivered.
  virtual Status postpone_outbox(const TenantId& tenant, const OutboxEntry& claimed,
                                 UnixSeconds next_attempt_at) = 0;
  /// Those after that number, in order.
  virtual Result<std::vector<OutboxEntry>> list_outbox(const TenantId& tenant, OutboxFilter filter,
                                                       std::int64_t after, std::size_t limit) = 0;
  virtual Result<OutboxBacklog> read_outbox_backlog(const TenantId& tenant) = 0;
  /// Deletes what was delivered before.
  virtual Status sweep_outbox(UnixSeconds delivered_before) = 0;
};

/// What is sent and listed of an event, the same bytes each time:
/// `{"id","type","timestamp","tenant","sequence","subject","data":body}`.
std::string encode_outbox_event(const TenantId& tenant, const OutboxEntry& entry);

}  // namespace countersign
