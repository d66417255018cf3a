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
  LogKeeper(const ReceiptContext& context, std::vector<TenantId> tenants, JsonLog& log);

  /// In the text format of Prometheus.
  std::string metrics() const;
  /// Receipts wait for a log that does not take them.
  bool is_failing() const { return is_failing_; }

 private:
  void work(const std::function<bool()>& is_stopping);
  void note(const TenantId& tenant, const Result<std::size_t>& sequenced);
  void count_unsealed();

  const ReceiptContext& context_;
  const std::vector<TenantId> tenants_;
  JsonLog& log_;
  std::atomic<std::uint64_t> sequenced_ = 0;
  std::atomic<bool> is_failing_ = false;
  std::atomic<bool> is_refused_ = false;  // the log does not continue what was signed
  std::atomic<std::size_t> unsealed_ = 0;
  bool has_told_ = false;  // of the failure that goes on
  unsigned rounds_ = 0;
  PeriodicTask task_;  // last: starts when the rest is there
};

}  // namespace countersign
