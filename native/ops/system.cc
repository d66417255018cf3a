#include "native/ops/system.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace countersign {
namespace {

// It went as it should, but somebody fails again and again, or tries.
constexpr std::string_view kBlocked = "approvals.blocked";

}  // namespace

UnixSeconds SystemClock::now() const {
  return UnixSeconds{static_cast<std::int64_t>(time(nullptr))};
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t taken = getrandom(out.data(), out.size(), 0);
    if (taken < 0 && errno != EINTR) {
      std::abort();
    }
    out = out.subspan(taken > 0 ? static_cast<std::size_t>(taken) : 0);
  }
}

void JsonLog::write(std::string_view level, std::string_view event, std::string_view members) {
  JsonWriter head;
  head.begin_object();
  head.member("time").string(encode_rfc3339(SystemClock().now()));
  head.member("level").string(level);
  head.member("event").string(event);
  std::string line = std::move(head).take();
  if (!members.empty()) {
    line += ',';
    line += members;
  }
  line += "}\n";
  const std::lock_guard lock(mutex_);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) {
      return;  // nowhere left to complain
    }
    rest.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}

void JsonLog::record(const AuditRecord& record) {
  JsonWriter json;
  json.begin_object();
  json.member("tenant").string(record.tenant.value);
  if (!record.ceremony.value.empty()) {
    json.member("ceremony").string(record.ceremony.value);
  }
  if (!record.receipt.empty()) {
    json.member("receipt").string(record.receipt);
  }
  if (!record.outbox_event.empty()) {
    json.member("outboxEvent").string(record.outbox_event);
  }
  json.member("actor").string(record.actor);
  json.member("correlationId").string(record.correlation_id);
  json.member("outcome").string(record.error ? "refused" : "ok");
  if (record.error) {
    json.member("code").string(error_name(record.error->code));
    json.member("class").string(error_class_name(error_class(record.error->code)));
    if (record.error->check != Check::none) {
      json.member("check").string(check_name(record.error->check));
      json.member("step").string(record.step);
    }
  } else if (!record.backend.empty()) {
    json.member("backend").string(record.backend);
  }
  if (record.objection) {
    json.member("objection").string(error_name(*record.objection));
  }
  if (!record.decision.empty()) {
    json.member("policy").raw(record.decision);
  }
  if (record.revision) {
    json.member("revision").base64url(*record.revision);
  }
  if (record.replaces) {
    json.member("replaces").base64url(*record.replaces);
  }
  json.end_object();
  const std::string text = std::move(json).take();
  const bool is_blocked = record.event == kBlocked;
  blocked_ += is_blocked ? 1 : 0;
  write(record.error || record.objection || is_blocked ? "warning" : "info", record.event,
        std::string_view(text).substr(1, text.size() - 2));
}

std::string JsonLog::metrics() const {
  return "# HELP countersign_approvals_blocked_total Refused approvals after which approvals of "
         "the "
         "customer are blocked for a while.\n"
         "# TYPE countersign_approvals_blocked_total "
         "counter\ncountersign_approvals_blocked_total " +
         std::to_string(blocked_.load()) + "\n";
}

}  // namespace countersign
