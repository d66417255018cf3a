#pragma once
// Transactions as JSON: what backends, browsers and events are told. Private to core/service.

#include <span>
#include <string>

#include "codec/json_writer.h"
#include "service/outbox_store.h"
#include "service/transaction_records.h"
#include "transaction/binding.h"
#include "transaction/template.h"
#include "transaction/view.h"

namespace countersign {

/// A frozen intent in the API's form: freeze_intent of it gives the same value again.
void write_intent(JsonWriter& json, const Template& source, const CanonicalValue& intent);

/// Likewise what stands in `fields`, or in an item of a list.
void write_fields(JsonWriter& json, const std::vector<Field>& fields, const CanonicalValue& frozen);

/// `[level,label,value,direction]`.
void write_view_row(JsonWriter& json, const ViewRow& row);
/// `{"action":{"affirm","deny"},"rows":[[level,label,value,direction],…],"title"}`.
void write_view(JsonWriter& json, const View& view);

/// The input of `countersign transaction bind` without `intent`; template and locale are digests in
/// hexadecimal.
void write_binding(JsonWriter& json, const Binding& binding);

/// `"intent","intentDigest","intentCbor"`: exactly what was frozen, to be carried out.
void write_frozen_intent(JsonWriter& json, const Hasher& hasher, const Template& source,
                         const CanonicalValue& intent, Bytes cbor);

/// `[{"step","userHandle","credentialId","approvedAt","receipt"}]`.
void write_given_approvals(JsonWriter& json, const TransactionId& id,
                           std::span<const GivenApproval> approvals);

/// `[given,of]`.
void write_progress(JsonWriter& json, std::int64_t given, std::int64_t needed);

/// An event of a transaction that has reached this state:
/// `{"id","type","state","userHandle","at"}`, and what `write_more` adds. `id` names the event.
template <class More>
OutboxEvent make_transaction_event(OutboxEventId id, const TransactionHead& transaction,
                                   TransactionState state, UnixSeconds at, More write_more) {
  JsonWriter json;
  json.begin_object();
  json.member("id").string(transaction.id.value);
  json.member("type").string(transaction.type);
  json.member("state").string(transaction_state_name(state));
  json.member("userHandle").base64url(transaction.subject.value);
  json.member("at").string(encode_rfc3339(at));
  write_more(json);
  json.end_object();
  return {std::move(id), "transaction." + std::string(transaction_state_name(state)),
          transaction.id.value, std::move(json).take(), at};
}

}  // namespace countersign
