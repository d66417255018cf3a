#include "native/receipt/log_keeper.h"

#include "codec/json_writer.h"

namespace countersign {
namespace {

// [a proof within a second, at the price of one read of an index]
constexpr std::chrono::milliseconds kInterval(250);
// Once a minute. [where there is no log every receipt waits, and each is looked at]
constexpr unsigned kRoundsBetweenCounts = 240;
constexpr ErrorCode kNotContinued = ErrorCode::consistency_proof_invalid;

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
  bool is_refused = false;
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
      is_refused = is_refused || sequenced.error().code == kNotContinued;
      note(tenant, sequenced);
    }
  }
  has_told_ = has_told_ && is_failing;
  is_failing_ = is_failing;
  is_refused_ = is_refused;
  if (rounds_++ % kRoundsBetweenCounts == 0) {
    count_unsealed();
  }
}

// Somebody else than a server with the key wrote them. Told whenever there are more.
void LogKeeper::count_unsealed() {
  std::size_t unsealed = 0;
  for (const TenantId& tenant : tenants_) {
    const Result<std::size_t> counted = context_.store.count_unsealed_leaves(tenant);
    unsealed += counted.has_value() ? *counted : 0;
  }
  if (unsealed > unsealed_) {
    log_.write("error", "receipts.unsealed", "\"count\":" + std::to_string(unsealed));
  }
  unsealed_ = unsealed;
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
  const std::string_view event = context_.signer == nullptr                ? "receipts.no_log_key"
                                 : sequenced.error().code == kNotContinued ? "receipts.log_refused"
                                                                           : "receipts.log_failed";
  log_.write("error", event, "\"tenant\":" + name.text() + ",\"code\":" + code.text());
}

std::string LogKeeper::metrics() const {
  return "# HELP countersign_receipts_logged_total Receipts that this server took into a log.\n"
         "# TYPE countersign_receipts_logged_total counter\n"
         "countersign_receipts_logged_total " +
         std::to_string(sequenced_.load()) +
         "\n# HELP countersign_receipt_log_failing Whether receipts wait for a log that does not "
         "take them.\n# TYPE countersign_receipt_log_failing gauge\n"
         "countersign_receipt_log_failing " +
         (is_failing_ ? "1" : "0") +
         "\n# HELP countersign_receipt_log_refused Whether the database has another log, or less "
         "of "
         "it, than was signed last: nothing is signed any more.\n"
         "# TYPE countersign_receipt_log_refused gauge\ncountersign_receipt_log_refused " +
         (is_refused_ ? "1" : "0") +
         "\n# HELP countersign_receipts_unsealed Receipts that no server with the key of the "
         "database wrote: they are not logged and not handed out.\n"
         "# TYPE countersign_receipts_unsealed gauge\ncountersign_receipts_unsealed " +
         std::to_string(unsealed_.load()) + "\n";
}

}  // namespace countersign
