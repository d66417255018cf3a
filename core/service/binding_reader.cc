#include "service/binding_reader.h"

#include <iterator>
#include <span>

#include "transaction/bound.h"

namespace countersign {
namespace {

constexpr std::string_view kFrozenMembers[] = {
    "ceremony", "tenant", "rpId",     "origins",   "userHandle", "transactionId", "session",
    "intent",   "view",   "template", "locale",    "policy",     "displayTier",   "approval",
    "previous", "batch",  "issuedAt", "expiresAt", "nonce"};
constexpr std::string_view kMembers[] = {
    "ceremony", "tenant",   "rpId",     "origins",   "userHandle", "transactionId",
    "session",  "intent",   "template", "locale",    "policy",     "displayTier",
    "approval", "previous", "issuedAt", "expiresAt", "nonce"};

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

Status check_members(const JsonValue& input, std::span<const std::string_view> names) {
  if (!input.is_object()) {
    return invalid_at(input);
  }
  for (const std::string_view name : names) {
    if (input.find(name) == nullptr) {
      return invalid_at(input);
    }
  }
  // All of them are there and none twice: one more is an unknown one.
  return input.members.size() == names.size() ? ok() : Status(invalid_at(input));
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

// What both forms have.
Result<Binding> read_common(const JsonValue& input) {
  Binding binding;
  CS_ASSIGN(binding.ceremony, string_in(input, "ceremony"));
  CS_ASSIGN(binding.tenant.value, string_in(input, "tenant"));
  CS_ASSIGN(binding.rp_id, string_in(input, "rpId"));
  CS_ASSIGN(binding.origins, read_origins(*input.find("origins")));
  CS_ASSIGN(const std::string subject, string_in(input, "userHandle"));
  CS_ASSIGN(binding.subject.value, parse_hex(subject));
  CS_ASSIGN(binding.transaction_id, string_in(input, "transactionId"));
  CS_ASSIGN(binding.session, read_session(*input.find("session")));
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
  CS_ASSIGN(binding.issued_at.value, integer_in(*input.find("issuedAt")));
  CS_ASSIGN(binding.expires_at.value, integer_in(*input.find("expiresAt")));
  CS_ASSIGN(binding.nonce, digest_in(input, "nonce"));
  return binding;
}

}  // namespace

Result<Binding> read_frozen_binding(const JsonValue& input) {
  CS_TRY(check_members(input, kFrozenMembers));
  CS_ASSIGN(Binding binding, read_common(input));
  CS_ASSIGN(binding.intent, canonical_of(*input.find("intent")));
  CS_ASSIGN(binding.view, canonical_of(*input.find("view")));
  CS_ASSIGN(binding.template_digest, digest_in(input, "template"));
  CS_ASSIGN(binding.locale_digest, digest_in(input, "locale"));
  CS_ASSIGN(binding.batch, read_batch(*input.find("batch")));
  return binding;
}

Result<Binding> read_binding_members(const JsonValue& input) {
  CS_TRY(check_members(input, kMembers));
  return read_common(input);
}

}  // namespace countersign
