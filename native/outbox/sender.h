#pragma once
// Sends events to their receivers, at least once each, until they are taken. Every server with the
// same store does; what one has claimed no other sends meanwhile. Nothing else waits for it.

#include <memory>
#include <string>
#include <vector>

#include "crypto/hasher.h"
#include "native/ops/system.h"
#include "native/outbox/receiver.h"
#include "service/outbox_store.h"

namespace countersign {

// How long an attempt may take; and for how long one that began is nobody else's, should its
// server not come back. [clocks of servers differ by seconds]
inline constexpr std::int64_t kDeliverySeconds = 10;
inline constexpr std::int64_t kDeliveryLeaseSeconds = 60;

class OutboxSender {
 public:
  struct Tools {
    OutboxStore& store;
    const Clock& clock;
    RandomSource& random;
    const Hasher& hasher;
    JsonLog& log;
  };

  OutboxSender(std::vector<OutboxReceiver> receivers, const Tools& tools);
  /// Breaks off what is being sent; it is sent again.
  ~OutboxSender();
  OutboxSender(const OutboxSender&) = delete;
  OutboxSender& operator=(const OutboxSender&) = delete;

  void start();
  /// Gauges and counters of all these tenants, those without a receiver included.
  std::string metrics(const std::vector<TenantId>& tenants) const;

 private:
  class Queue;  // of one receiver
  Tools tools_;
  std::vector<std::unique_ptr<Queue>> queues_;
};

}  // namespace countersign
