#include "native/receipt/log_keeper.h"

#include "codec/json_writer.h"

namespace countersign {
namespace {

// [a proof within a second, at the price of one read of an index]
constexpr std::chrono::milliseconds kInterval(250);

}  // namespace

LogKeeper::LogKeeper(const ReceiptContext& context, std::vector<TenantId> tenants, JsonLog& log)
    : context_(context),
      tenants_(std::move(tenants)),
      log_(log),
      task_(
          kInterval, [this](const auto& is_stopping) { work(is_stopping); },
          [&log] { log.write("error", "receipts.log_failed", ""); }) {}

void LogKeeper::work(const std::function<bool()>& is_stopping) {
  bool is_failing = false;
  for (const TenantId& tenant : tenants_) {
    Result<std::size_t> sequenced = std::size_t{0};
    do {
      sequenced = sequence_receipts(context_, tenant);
      if (sequenced.has_value()) {
        sequenced_ += *sequenced;
      }
    } while (sequenced.has_value() && *sequenced == kMaxLeavesAtOnce && !is_stopping());
    if (context_.signer == nullptr) {
      const auto waiting = context_.store.list_waiting_leaves(tenant, 1);
      if (waiting.has_value() && !waiting->empty()) {
        sequenced = ErrorCode::log_not_found;
      }
    }
    if (!sequenced.has_value()) {
      is_failing = true;
      note(tenant, sequenced);
    }
  }
  has_told_ = has_told_ && is_failing;
  is_failing_ = is_failing;
}

// Once, until it goes well again.
void LogKeeper::note(const TenantId& tenant, const Result<std::size_t>& sequenced) {
  if (has_told_) {
    return;
  }
  has_told_ = true;
  JsonWriter code;
  code.string(error_name(sequenced.error().code));
  JsonWriter name;
  name.string(tenant.value);
  log_.write("error", context_.signer == nullptr ? "receipts.no_log_key" : "receipts.log_failed",
             "\"tenant\":" + name.text() + ",\"code\":" + code.text());
}

std::string LogKeeper::metrics() const {
  return "# HELP countersign_receipts_logged_total Receipts that this server took into a log.\n"
         "# TYPE countersign_receipts_logged_total counter\n"
         "countersign_receipts_logged_total " +
         std::to_string(sequenced_.load()) +
         "\n# HELP countersign_receipt_log_failing Whether receipts wait for a log that does not "
         "take them.\n# TYPE countersign_receipt_log_failing gauge\n"
         "countersign_receipt_log_failing " +
         (is_failing_ ? "1" : "0") + "\n";
}

}  // namespace countersign
