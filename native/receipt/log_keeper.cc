#include "native/receipt/log_keeper.h"

#include <algorithm>

#include "codec/json_writer.h"
#include "native/ops/metrics.h"

namespace countersign {
namespace {

// [a proof within a second, at the price of one read of an index]
constexpr std::chrono::milliseconds kInterval(250);
// Once a minute. [where there is no log every receipt waits, and each is looked at]
constexpr unsigned kRoundsBetweenCounts = 240;
// Another server that signs is no failure, one that does nothing else is stuck. [half a minute, of
// which each turn waits two seconds]
constexpr unsigned kMaxTurnsOfOthers = 12;
constexpr ErrorCode kNotContinued = ErrorCode::consistency_proof_invalid;

}  // namespace

LogKeeper::LogKeeper(const ReceiptContext& context, const std::vector<TenantId>& tenants,
                     JsonLog& log)
    : context_(context),
      logs_(make_logs(tenants)),
      log_(log),
      task_(
          kInterval, [this](const auto& is_stopping) { work(is_stopping); },
          [&log] { log.write("error", "receipts.log_failed", ""); }) {}

std::vector<LogKeeper::Log> LogKeeper::make_logs(const std::vector<TenantId>& tenants) {
  std::vector<Log> logs(tenants.size());
  for (std::size_t i = 0; i < logs.size(); ++i) {
    logs[i].tenant = tenants[i];
  }
  return logs;
}

bool LogKeeper::is_failing() const {
  return std::any_of(logs_.begin(), logs_.end(),
                     [](const Log& log) { return log.is_failing.load(); });
}

Status LogKeeper::sequence(Log& log, const std::function<bool()>& is_stopping) {
  Sequenced sequenced;
  do {
    CS_ASSIGN(sequenced, sequence_receipts(context_, log.tenant));
    sequenced_ += sequenced.leaves;
  } while (sequenced.is_signed && sequenced.leaves == kMaxLeavesAtOnce && !is_stopping());
  log.turns_of_others = sequenced.is_signed ? 0 : log.turns_of_others + 1;
  if (log.turns_of_others > kMaxTurnsOfOthers) {
    return ErrorCode::store_unavailable;
  }
  if (context_.signer == nullptr) {
    const auto waiting = context_.store.list_waiting_leaves(log.tenant, 1);
    if (waiting.has_value() && !waiting->empty()) {
      return ErrorCode::log_not_found;
    }
  }
  return ok();
}

void LogKeeper::work(const std::function<bool()>& is_stopping) {
  for (Log& log : logs_) {
    note(log, sequence(log, is_stopping));
  }
  if (rounds_++ % kRoundsBetweenCounts == 0) {
    count_unsealed();
  }
}

// Somebody else than a server with the key wrote them. Told whenever there are more.
void LogKeeper::count_unsealed() {
  std::size_t unsealed = 0;
  for (const Log& log : logs_) {
    const Result<std::size_t> counted = context_.store.count_unsealed_leaves(log.tenant);
    unsealed += counted.has_value() ? *counted : 0;
  }
  if (unsealed > unsealed_) {
    log_.write("error", "receipts.unsealed", "\"count\":" + std::to_string(unsealed));
  }
  unsealed_ = unsealed;
}

// Once, until it goes well again or wrong in another way.
void LogKeeper::note(Log& log, const Status& sequenced) {
  const std::optional<ErrorCode> code =
      sequenced.has_value() ? std::nullopt : std::optional(sequenced.error().code);
  log.is_failing = code.has_value();
  log.is_refused = code == kNotContinued;
  const std::string_view event = !code                        ? ""
                                 : context_.signer == nullptr ? "receipts.no_log_key"
                                 : log.is_refused             ? "receipts.log_refused"
                                                              : "receipts.log_failed";
  if (code && log.told != event) {
    JsonWriter name;
    name.string(log.tenant.value);
    JsonWriter error;
    error.string(error_name(*code));
    log_.write("error", event, "\"tenant\":" + name.text() + ",\"code\":" + error.text());
  }
  log.told = event;
}

std::string LogKeeper::gauge(std::string_view name, std::string_view help,
                             std::atomic<bool> Log::*member) const {
  const std::string metric(name);
  std::string out =
      "# HELP " + metric + " " + std::string(help) + "\n# TYPE " + metric + " gauge\n";
  for (const Log& log : logs_) {
    out += metric + "{tenant=" + quoted_label(log.tenant.value) + "} " +
           ((log.*member).load() ? "1" : "0") + "\n";
  }
  return out;
}

std::string LogKeeper::metrics() const {
  return "# HELP countersign_receipts_logged_total Receipts that this server took into a log.\n"
         "# TYPE countersign_receipts_logged_total counter\n"
         "countersign_receipts_logged_total " +
         std::to_string(sequenced_.load()) + "\n" +
         gauge("countersign_receipt_log_failing",
               "Whether receipts wait for a log that does not take them.", &Log::is_failing) +
         gauge("countersign_receipt_log_refused",
               "Whether the database has another log, or less of it, than was signed last: nothing "
               "is signed any more.",
               &Log::is_refused) +
         "# HELP countersign_receipts_unsealed Receipts that no server with the key of the "
         "database wrote: they are not logged and not handed out.\n"
         "# TYPE countersign_receipts_unsealed gauge\ncountersign_receipts_unsealed " +
         std::to_string(unsealed_.load()) + "\n";
}

}  // namespace countersign
