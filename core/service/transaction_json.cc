#include "service/transaction_json.h"

#include "crypto/tagged_hash.h"
#include "transaction/account.h"
#include "transaction/amount.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

void write_amount(JsonWriter& json, const CanonicalValue& frozen) {
  json.begin_object();
  if (const Result<Amount> amount = make_amount(frozen); amount.has_value()) {
    json.member("currency").string(amount->currency);
    json.member("value").string(encode_decimal(*amount));
  }
  json.end_object();
}

void write_payment_account(JsonWriter& json, const CanonicalValue& frozen) {
  json.begin_object();
  if (const Result<PaymentAccount> account = make_account(frozen); account.has_value()) {
    if (account->scheme == "iban") {
      json.member("iban").string(account->id);
    } else {
      json.member("scheme").string(account->scheme);
      json.member("id").string(account->id);
    }
  }
  json.end_object();
}

void write_field(JsonWriter& json, const Field& field, const CanonicalValue& value) {
  switch (field.type) {
    case FieldType::amount:
      write_amount(json, value);
      return;
    case FieldType::amounts:
      json.begin_array();
      for (const CanonicalValue& item : value.items) {
        write_amount(json, item);
      }
      json.end_array();
      return;
    case FieldType::account:
      write_payment_account(json, value);
      return;
    case FieldType::text:
    case FieldType::date:
    case FieldType::enumeration:
      json.string(value.text);
      return;
    case FieldType::integer:
      json.integer(value.integer);
      return;
    case FieldType::boolean:
      json.boolean(value.boolean);
      return;
    case FieldType::list:
      json.begin_array();
      for (const CanonicalValue& item : value.items) {
        write_fields(json, field.fields, item);
      }
      json.end_array();
      return;
  }
}

void write_session(JsonWriter& json, const BoundSession& session) {
  if (const auto* handle = std::get_if<SessionHandle>(&session)) {
    json.string(handle->value);
  } else if (const auto* key = std::get_if<SessionKey>(&session)) {
    json.begin_object();
    json.member("keyThumbprint").hex(key->thumbprint);
    json.end_object();
  } else {
    json.null();
  }
}

}  // namespace

void write_fields(JsonWriter& json, const std::vector<Field>& fields,
                  const CanonicalValue& frozen) {
  json.begin_object();
  for (const Field& field : fields) {
    if (const CanonicalValue* value = frozen.find(field.name)) {
      json.member(field.name);
      write_field(json, field, *value);
    }
  }
  json.end_object();
}

void write_intent(JsonWriter& json, const Template& source, const CanonicalValue& intent) {
  json.begin_object();
  json.member("type").string(source.type);
  json.member("fields");
  write_fields(json, source.fields, *intent.find("fields"));
  json.end_object();
}

void write_view_row(JsonWriter& json, const ViewRow& row) {
  json.begin_array();
  json.integer(row.level);
  json.string(row.label);
  json.string(row.value);
  json.string(direction_name(row.direction));
  json.end_array();
}

void write_view(JsonWriter& json, const View& view) {
  json.begin_object();
  json.member("action").begin_object();
  json.member("affirm").string(view.affirm);
  json.member("deny").string(view.deny);
  json.end_object();
  json.member("rows").begin_array();
  for (const ViewRow& row : view.rows) {
    write_view_row(json, row);
  }
  json.end_array();
  json.member("title").string(view.title);
  json.end_object();
}

void write_binding(JsonWriter& json, const Binding& binding) {
  json.begin_object();
  json.member("ceremony").string(binding.ceremony);
  json.member("tenant").string(binding.tenant.value);
  json.member("rpId").string(binding.rp_id);
  json.member("origins").begin_array();
  for (const std::string& origin : binding.origins) {
    json.string(origin);
  }
  json.end_array();
  json.member("userHandle").hex(binding.subject.value);
  json.member("transactionId").string(binding.transaction_id);
  json.member("session");
  write_session(json, binding.session);
  json.member("template").hex(binding.template_digest);
  json.member("locale").hex(binding.locale_digest);
  json.member("policy").hex(binding.policy_digest);
  json.member("displayTier").integer(binding.display_tier);
  json.member("approval");
  write_progress(json, binding.approval_step, binding.approval_of);
  json.member("previous");
  if (binding.previous) {
    json.hex(*binding.previous);
  } else {
    json.null();
  }
  json.member("issuedAt").integer(binding.issued_at.value);
  json.member("expiresAt").integer(binding.expires_at.value);
  json.member("nonce").hex(binding.nonce);
  json.end_object();
}

void write_frozen_intent(JsonWriter& json, const Hasher& hasher, const Template& source,
                         const CanonicalValue& intent, Bytes cbor) {
  json.member("intent");
  write_intent(json, source, intent);
  json.member("intentDigest").base64url(tagged_hash(hasher, "countersign/1/intent", cbor));
  json.member("intentCbor").base64url(cbor);
}

void write_given_approvals(JsonWriter& json, const TransactionId& id,
                           std::span<const GivenApproval> approvals) {
  json.begin_array();
  for (const GivenApproval& approval : approvals) {
    json.begin_object();
    json.member("step").integer(approval.step);
    json.member("userHandle").base64url(approval.approver.value);
    json.member("credentialId").base64url(approval.credential.value);
    json.member("approvedAt").string(encode_rfc3339(approval.time));
    json.member("receipt").string(receipt_id(id, approval.step));
    json.end_object();
  }
  json.end_array();
}

void write_progress(JsonWriter& json, std::int64_t given, std::int64_t needed) {
  json.begin_array();
  json.integer(given);
  json.integer(needed);
  json.end_array();
}

}  // namespace countersign
