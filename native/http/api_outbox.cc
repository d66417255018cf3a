// Events for the relying party's backend that fetches them itself, and for its back office.

#include "codec/json_writer.h"
#include "native/http/body.h"
#include "native/http/call.h"
#include "service/ceremony_flow.h"

namespace countersign {
namespace {

constexpr CeremonyKind kOutboxKind = CeremonyKind::authentication;
constexpr std::size_t kMaxOutboxEvents = 100;  // of one answer [each holds a whole transaction]

Result<OutboxFilter> read_filter(const HttpRequest& request) {
  const std::string state = query_value(request.query, "state").value_or("open");
  if (state == "open") {
    return OutboxFilter::open;
  }
  if (state == "delivered") {
    return OutboxFilter::delivered;
  }
  return state == "all" ? Result<OutboxFilter>(OutboxFilter::all)
                        : Result<OutboxFilter>(kMemberInvalid);
}

void write_entry(JsonWriter& json, const TenantId& tenant, const OutboxEntry& entry) {
  json.begin_object();
  json.member("event").raw(encode_outbox_event(tenant, entry));
  json.member("attempts").integer(entry.attempts);
  json.member("nextAttemptAt");
  if (entry.delivered_at) {
    json.null();
  } else {
    json.string(encode_rfc3339(entry.next_attempt_at));
  }
  json.member("deliveredAt");
  if (entry.delivered_at) {
    json.string(encode_rfc3339(*entry.delivered_at));
  } else {
    json.null();
  }
  json.end_object();
}

}  // namespace

std::span<const Api::Route> Api::outbox_routes() {
  static const Route kRoutes[] = {
      {"GET", "/v1/outbox", &Api::list_outbox, Scope::transactions, CallerRule::api_key, false, 0,
       "state after limit"},
      {"POST", "/v1/outbox/*/delivered", &Api::mark_delivered, Scope::transactions,
       CallerRule::api_key, false, http_limits::kMaxCreatingBodyBytes},
  };
  return kRoutes;
}

HttpResponse Api::list_outbox(Call& call) const {
  std::int64_t next = 0;
  const auto list = [&]() -> Result<std::vector<OutboxEntry>> {
    CS_ASSIGN(const OutboxFilter filter, read_filter(*call.request));
    CS_ASSIGN(const Page page, read_page(*call.request, kMaxOutboxEvents));
    next = page.after;
    return settings_.outbox->list_outbox(call.tenant().id, filter, page.after, page.limit);
  };
  const Result<std::vector<OutboxEntry>> entries = list();
  if (!entries.has_value()) {
    return backend_problem(call, entries.error());
  }
  JsonWriter json;
  json.begin_object();
  json.member("events").begin_array();
  for (const OutboxEntry& entry : *entries) {
    write_entry(json, call.tenant().id, entry);
    next = entry.sequence;
  }
  json.end_array();
  json.member("next").string(std::to_string(next));
  json.end_object();
  return json_answer(200, std::move(json).take());
}

// Who took an event off the outbox: nobody is sent it any more.
void Api::note_delivery(const Call& call, const Status& marked) const {
  AuditRecord record;
  record.event = "outbox.delivered";
  record.tenant = call.tenant().id;
  record.actor = actor_of(call.caller);
  record.outbox_event = is_own_id(call.parameter) ? call.parameter : std::string();
  record.correlation_id = call.caller.correlation_id;
  record.error = error_of(marked);
  record.time = context_.clock.now();
  context_.audit.record(record);
}

HttpResponse Api::mark_delivered(Call& call) const {
  const auto mark = [&]() -> Status {
    CS_TRY(read_body(call.request->body, {}));
    CS_ASSIGN(const bool is_known,
              settings_.outbox->mark_outbox_delivered(
                  call.tenant().id, OutboxEventId(call.parameter), context_.clock.now()));
    return is_known ? ok() : Status(ErrorCode::route_not_found);
  };
  const Status marked = mark();
  note_delivery(call, marked);
  if (!marked.has_value()) {
    return problem(call, marked.error(), kOutboxKind);
  }
  JsonWriter json;
  json.begin_object();
  json.member("id").string(call.parameter);
  json.member("state").string("delivered");
  json.end_object();
  return json_answer(200, std::move(json).take());
}

}  // namespace countersign
