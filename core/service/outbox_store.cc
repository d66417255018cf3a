#include "service/outbox_store.h"

#include "codec/json_writer.h"

namespace countersign {

std::string encode_outbox_event(const TenantId& tenant, const OutboxEntry& entry) {
  JsonWriter json;
  json.begin_object();
  json.member("id").string(entry.event.id.value);
  json.member("type").string(entry.event.kind);
  json.member("timestamp").string(encode_rfc3339(entry.event.created_at));
  json.member("tenant").string(tenant.value);
  json.member("sequence").integer(entry.sequence);
  json.member("subject").string(entry.event.subject);
  json.member("data").raw(entry.event.body);
  json.end_object();
  return std::move(json).take();
}

}  // namespace countersign
