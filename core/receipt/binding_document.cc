#include "receipt/binding_document.h"

#include "base/limits.h"
#include "receipt/limits.h"
#include "receipt/member_reader.h"
#include "transaction/display_text.h"

namespace countersign {
namespace {

using Value = CanonicalValue;

constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999

template <class Type>
Result<std::optional<Type>> absent() {
  return std::optional<Type>{};
}

Result<std::optional<Digest256>> read_optional_digest(const Value& value) {
  if (value.is(Value::Type::null)) {
    return absent<Digest256>();
  }
  Digest256 digest{};
  if (!value.is(Value::Type::bytes) || value.bytes.size() != digest.size()) {
    return ErrorCode::binding_member_invalid;
  }
  std::copy(value.bytes.begin(), value.bytes.end(), digest.begin());
  return std::optional<Digest256>(digest);
}

Result<std::optional<Batch>> read_batch(const Value& value) {
  if (value.is(Value::Type::null)) {
    return absent<Batch>();
  }
  Batch batch;
  MemberReader reader(value);
  batch.count = reader.take_integer("count", 1, static_cast<std::int64_t>(limits::kMaxBatchLines));
  batch.root = reader.take_array<Digest256>("root");
  const Value& total = reader.take("total");
  if (!reader.finish() || !total.is(Value::Type::array) ||
      total.items.size() > limits::kMaxBatchCurrencies) {
    return ErrorCode::binding_member_invalid;
  }
  for (const Value& item : total.items) {
    CS_ASSIGN(Amount amount, make_amount(item));
    batch.total.push_back(std::move(amount));
  }
  return std::optional<Batch>(std::move(batch));
}

Status read_approval(const Value& value, BindingDocument& document) {
  if (!value.is(Value::Type::array) || value.items.size() != 2 ||
      !value.items[0].is(Value::Type::integer) || !value.items[1].is(Value::Type::integer)) {
    return ErrorCode::binding_member_invalid;
  }
  document.approval_step = value.items[0].integer;
  document.approval_of = value.items[1].integer;
  return ok();
}

// The rules of bind_transaction about what stands in clear. What is printed beside the view hides
// nothing either.
Status check_members(const BindingDocument& document) {
  for (const std::string_view text :
       {std::string_view(document.tenant.value), std::string_view(document.rp_id),
        std::string_view(document.transaction_id)}) {
    if (!check_display_text(text, TextKind::plain)) {
      return ErrorCode::binding_member_invalid;
    }
  }
  if (document.approval_step < 1 || document.approval_step > document.approval_of ||
      document.approval_of > limits::kMaxApprovalSteps ||
      document.previous.has_value() != (document.approval_step > 1)) {
    return ErrorCode::binding_approval_invalid;
  }
  return document.expires_at <= document.issued_at ? Status(ErrorCode::binding_lifetime_invalid)
                                                   : ok();
}

}  // namespace

Result<BindingDocument> parse_binding_document(Bytes binding) {
  CS_ASSIGN(const Value value, parse_canonical_cbor(binding));
  BindingDocument document;
  MemberReader reader(value);
  reader.take_integer("version", 1, 1);
  const std::string suite = reader.take_text("suite", limits::kMaxRecordedNameBytes);
  const std::string ceremony = reader.take_text("ceremony", limits::kMaxRecordedNameBytes);
  document.tenant.value = reader.take_text("tenant", limits::kMaxTenantIdBytes);
  document.rp_id = reader.take_text("rpId", limits::kMaxOriginBytes);
  document.origins = reader.take_array<Digest256>("origins");
  document.subject = reader.take_array<Digest256>("subject");
  document.transaction_id = reader.take_text("transactionId", limits::kMaxTransactionIdBytes);
  CS_ASSIGN(document.session, read_optional_digest(reader.take("session")));
  document.intent = reader.take_array<Digest256>("intent");
  document.view = reader.take_array<Digest256>("view");
  document.template_digest = reader.take_array<Digest256>("template");
  document.locale_digest = reader.take_array<Digest256>("locale");
  document.policy_digest = reader.take_array<Digest256>("policy");
  document.display_tier = reader.take_integer("displayTier", 0, limits::kMaxDisplayTier);
  CS_TRY(read_approval(reader.take("approval"), document));
  CS_ASSIGN(document.previous, read_optional_digest(reader.take("previous")));
  CS_ASSIGN(document.batch, read_batch(reader.take("batch")));
  document.issued_at.value = reader.take_integer("issuedAt", 0, kLastSecond);
  document.expires_at.value = reader.take_integer("expiresAt", 0, kLastSecond);
  reader.take_array<Digest256>("nonce");
  if (!reader.finish() || suite != "sha256") {
    return ErrorCode::binding_member_invalid;
  }
  if (ceremony != kApproveCeremony) {
    return ErrorCode::binding_ceremony_unknown;
  }
  CS_TRY(check_members(document));
  return document;
}

}  // namespace countersign
