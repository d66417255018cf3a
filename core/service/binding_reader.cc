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
constexpr std::string_view kBindingMembers[] = {
    "ceremony", "tenant",   "rpId",     "origins",   "userHandle", "transactionId",
    "session",  "intent",   "template", "locale",    "policy",     "displayTier",
    "approval", "previous", "issuedAt", "expiresAt", "nonce"};

Error invalid_at(const JsonValue& value) {
  return {ErrorCode::binding_member_invalid, Check::none, value.offset};
}

// Each writes to `out` what it read.
Status read_string(const JsonValue& input, std::string_view name, std::string& out) {
  const JsonValue& value = *input.find(name);
  if (!value.is_string()) {
    return invalid_at(value);
  }
  out = value.string;
  return ok();
}

Status read_integer(const JsonValue& value, std::int64_t& out) {
  if (!value.is_integer() || value.is_unsigned_64) {
    return invalid_at(value);
  }
  out = value.integer;
  return ok();
}

Status read_digest(const JsonValue& input, std::string_view name, Digest256& out) {
  const JsonValue& value = *input.find(name);
  if (!value.is_string()) {
    return invalid_at(value);
  }
  CS_ASSIGN(out, parse_digest(value.string));
  return ok();
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
  CS_TRY(read_integer(*value.find("count"), batch.count));
  CS_TRY(read_digest(value, "root", batch.root));
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
Status read_common(const JsonValue& input, Binding& binding) {
  CS_TRY(read_string(input, "ceremony", binding.ceremony));
  CS_TRY(read_string(input, "tenant", binding.tenant.value));
  CS_TRY(read_string(input, "rpId", binding.rp_id));
  CS_ASSIGN(binding.origins, read_origins(*input.find("origins")));
  std::string subject;
  CS_TRY(read_string(input, "userHandle", subject));
  CS_ASSIGN(binding.subject.value, parse_hex(subject));
  CS_TRY(read_string(input, "transactionId", binding.transaction_id));
  CS_ASSIGN(binding.session, read_session(*input.find("session")));
  CS_TRY(read_digest(input, "policy", binding.policy_digest));
  CS_TRY(read_integer(*input.find("displayTier"), binding.display_tier));
  const JsonValue& approval = *input.find("approval");
  if (!approval.is_array() || approval.items.size() != 2) {
    return invalid_at(approval);
  }
  CS_TRY(read_integer(approval.items[0], binding.approval_step));
  CS_TRY(read_integer(approval.items[1], binding.approval_of));
  if (!input.find("previous")->is_null()) {
    binding.previous.emplace();
    CS_TRY(read_digest(input, "previous", *binding.previous));
  }
  CS_TRY(read_integer(*input.find("issuedAt"), binding.issued_at.value));
  CS_TRY(read_integer(*input.find("expiresAt"), binding.expires_at.value));
  CS_TRY(read_digest(input, "nonce", binding.nonce));
  return ok();
}

}  // namespace

Result<Binding> read_frozen_binding(const JsonValue& input) {
  CS_TRY(check_members(input, kFrozenMembers));
  Binding binding;
  CS_TRY(read_common(input, binding));
  CS_ASSIGN(binding.intent, canonical_of(*input.find("intent")));
  CS_ASSIGN(binding.view, canonical_of(*input.find("view")));
  CS_TRY(read_digest(input, "template", binding.template_digest));
  CS_TRY(read_digest(input, "locale", binding.locale_digest));
  CS_ASSIGN(binding.batch, read_batch(*input.find("batch")));
  return binding;
}

Result<Binding> read_binding_members(const JsonValue& input) {
  CS_TRY(check_members(input, kBindingMembers));
  Binding binding;
  CS_TRY(read_common(input, binding));
  return binding;
}

}  // namespace countersign
