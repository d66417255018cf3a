#include "service/bind_case.h"

#include <iterator>

#include "service/case_reader.h"
#include "service/transaction_answer.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

constexpr std::string_view kMembers[] = {
    "ceremony", "tenant", "rpId",     "origins",   "userHandle", "transactionId", "session",
    "intent",   "view",   "template", "locale",    "policy",     "displayTier",   "approval",
    "previous", "batch",  "issuedAt", "expiresAt", "nonce"};

Error invalid_at(const JsonValue& value) {
  return {ErrorCode::binding_member_invalid, Check::none, value.offset};
}

Result<std::string> string_in(const JsonValue& input, std::string_view name) {
  const JsonValue& value = *input.find(name);
  if (!value.is_string()) {
    return invalid_at(value);
  }
  return value.string;
}

Result<std::int64_t> integer_in(const JsonValue& value) {
  if (!value.is_integer() || value.is_unsigned_64) {
    return invalid_at(value);
  }
  return value.integer;
}

Result<Digest256> digest_in(const JsonValue& input, std::string_view name) {
  CS_ASSIGN(const std::string hex, string_in(input, name));
  return parse_digest(hex);
}

Status check_members(const JsonValue& input) {
  if (!input.is_object()) {
    return invalid_at(input);
  }
  for (const std::string_view name : kMembers) {
    if (input.find(name) == nullptr) {
      return invalid_at(input);
    }
  }
  // All of them are there and none twice: one more is an unknown one.
  return input.members.size() == std::size(kMembers) ? ok() : Status(invalid_at(input));
}

Result<std::vector<std::string>> read_origins(const JsonValue& value) {
  if (!value.is_array()) {
    return invalid_at(value);
  }
  std::vector<std::string> origins;
  for (const JsonValue& origin : value.items) {
    if (!origin.is_string()) {
      return invalid_at(origin);
    }
    origins.push_back(origin.string);
  }
  return origins;
}

Result<BoundSession> read_session(const JsonValue& value) {
  if (value.is_null()) {
    return BoundSession{};
  }
  if (value.is_string()) {
    return BoundSession{SessionHandle{value.string}};
  }
  const JsonValue* thumbprint = value.is_object() ? value.find("keyThumbprint") : nullptr;
  if (thumbprint == nullptr || value.members.size() != 1 || !thumbprint->is_string()) {
    return invalid_at(value);
  }
  CS_ASSIGN(const Digest256 digest, parse_digest(thumbprint->string));
  return BoundSession{SessionKey{digest}};
}

Result<std::optional<Batch>> read_batch(const JsonValue& value) {
  if (value.is_null()) {
    return std::optional<Batch>{};
  }
  CS_ASSIGN(const CanonicalValue frozen, canonical_of(value));
  if (!has_exactly(frozen, {"count", "root", "total"})) {
    return invalid_at(value);
  }
  Batch batch;
  CS_ASSIGN(batch.count, integer_in(*value.find("count")));
  CS_ASSIGN(batch.root, digest_in(value, "root"));
  const CanonicalValue& total = *frozen.find("total");
  if (!total.is(CanonicalValue::Type::array)) {
    return invalid_at(value);
  }
  for (const CanonicalValue& item : total.items) {
    CS_ASSIGN(Amount amount, make_amount(item));
    batch.total.push_back(std::move(amount));
  }
  return std::optional<Batch>(std::move(batch));
}

void write_bound(JsonWriter& answer, const BoundTransaction& bound) {
  answer.member("intentCbor").string(encode_hex(bound.intent_cbor));
  answer.member("intentDigest").string(encode_hex(bound.intent_digest));
  answer.member("viewCbor").string(encode_hex(bound.view_cbor));
  answer.member("viewDigest").string(encode_hex(bound.view_digest));
  answer.member("bindingCbor").string(encode_hex(bound.binding_cbor));
  answer.member("challenge").string(encode_hex(bound.challenge));
}

}  // namespace

Result<Binding> read_binding(const JsonValue& input) {
  CS_TRY(check_members(input));
  Binding binding;
  CS_ASSIGN(binding.ceremony, string_in(input, "ceremony"));
  CS_ASSIGN(binding.tenant.value, string_in(input, "tenant"));
  CS_ASSIGN(binding.rp_id, string_in(input, "rpId"));
  CS_ASSIGN(binding.origins, read_origins(*input.find("origins")));
  CS_ASSIGN(const std::string subject, string_in(input, "userHandle"));
  CS_ASSIGN(binding.subject.value, parse_hex(subject));
  CS_ASSIGN(binding.transaction_id, string_in(input, "transactionId"));
  CS_ASSIGN(binding.session, read_session(*input.find("session")));
  CS_ASSIGN(binding.intent, canonical_of(*input.find("intent")));
  CS_ASSIGN(binding.view, canonical_of(*input.find("view")));
  CS_ASSIGN(binding.template_digest, digest_in(input, "template"));
  CS_ASSIGN(binding.locale_digest, digest_in(input, "locale"));
  CS_ASSIGN(binding.policy_digest, digest_in(input, "policy"));
  CS_ASSIGN(binding.display_tier, integer_in(*input.find("displayTier")));
  const JsonValue& approval = *input.find("approval");
  if (!approval.is_array() || approval.items.size() != 2) {
    return invalid_at(approval);
  }
  CS_ASSIGN(binding.approval_step, integer_in(approval.items[0]));
  CS_ASSIGN(binding.approval_of, integer_in(approval.items[1]));
  if (!input.find("previous")->is_null()) {
    CS_ASSIGN(binding.previous, digest_in(input, "previous"));
  }
  CS_ASSIGN(binding.batch, read_batch(*input.find("batch")));
  CS_ASSIGN(binding.issued_at.value, integer_in(*input.find("issuedAt")));
  CS_ASSIGN(binding.expires_at.value, integer_in(*input.find("expiresAt")));
  CS_ASSIGN(binding.nonce, digest_in(input, "nonce"));
  return binding;
}

std::string bind_frozen_case(std::string_view line, const Hasher& hasher) {
  const Result<JsonValue> parsed = parse_case_line(line);
  if (!parsed) {
    return error_answer("null", parsed.error());
  }
  const std::string id = case_id_json(*parsed);
  const JsonValue* input = parsed->is_object() ? parsed->find("input") : nullptr;
  if (input == nullptr) {
    return error_answer(id, {ErrorCode::binding_member_invalid, Check::none, 0});
  }
  const Result<Binding> binding = read_binding(*input);
  if (!binding) {
    return error_answer(id, binding.error());
  }
  const Result<BoundTransaction> bound = bind_transaction(hasher, *binding);
  if (!bound) {
    return error_answer(id, bound.error());
  }
  JsonWriter answer = begin_answer(id, true);
  write_bound(answer, *bound);
  answer.end_object();
  return std::move(answer).take();
}

}  // namespace countersign
