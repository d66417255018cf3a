#pragma once
// Takes receipts into the logs of their tenants, four times a second.

#include <atomic>
#include <string>
#include <vector>

#include "native/ops/periodic.h"
#include "native/ops/system.h"
#include "service/receipt_sequencing.h"

namespace countersign {

class LogKeeper {
 public:
  /// Everything is borrowed. Without a signer it tells once that receipts wait for a key.
  LogKeeper(const ReceiptContext& context, const std::vector<TenantId>& tenants, JsonLog& log);

  /// In the text format of Prometheus.
  std::string metrics() const;
  /// Receipts wait for a log that does not take them, of any tenant.
  bool is_failing() const;

 private:
  /// Of one tenant: one's trouble says nothing of another's, and hides none of it.
  struct Log {
    TenantId tenant;
    std::atomic<bool> is_failing = false;
    std::atomic<bool> is_refused = false;  // it does not continue what was signed
    std::string_view told;                 // the event of the failure that goes on
    unsigned turns_of_others = 0;          // in a row
  };

  static std::vector<Log> make_logs(const std::vector<TenantId>& tenants);
  void work(const std::function<bool()>& is_stopping);
  Status sequence(Log& log, const std::function<bool()>& is_stopping);
  void note(Log& log, const Status& sequenced);
  void count_unsealed();
  std::string gauge(std::string_view name, std::string_view help,
                    std::atomic<bool> Log::*member) const;

  const ReceiptContext& context_;
  std::vector<Log> logs_;
  JsonLog& log_;
  std::atomic<std::uint64_t> sequenced_ = 0;
  std::atomic<std::size_t> unsealed_ = 0;
  unsigned rounds_ = 0;
  PeriodicTask task_;  // last: starts when the rest is there
};

}  // namespace countersign
