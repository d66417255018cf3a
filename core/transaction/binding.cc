#include "transaction/binding.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/utf8.h"
#include "crypto/tagged_hash.h"
#include "model/domain.h"
#include "transaction/bound.h"
#include "transaction/canonical_parts.h"
#include "transaction/view.h"

namespace countersign {
namespace {

using Type = CanonicalValue::Type;

// Written into logs and paths: visible ASCII without quotes and the like.
bool is_identifier(std::string_view text, std::size_t max_size) {
  constexpr std::string_view kPunctuation = "-._~:";
  return !text.empty() && text.size() <= max_size &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kPunctuation.find(c) != kPunctuation.npos;
         });
}

Status check_parties(const Binding& binding) {
  if (binding.ceremony != kApproveCeremony) {
    return ErrorCode::binding_ceremony_unknown;
  }
  if (!is_identifier(binding.tenant.value, limits::kMaxTenantIdBytes) ||
      !is_identifier(binding.transaction_id, limits::kMaxTransactionIdBytes)) {
    return ErrorCode::binding_identifier_invalid;
  }
  if (!is_domain(binding.rp_id)) {
    return ErrorCode::binding_rp_id_invalid;
  }
  const std::size_t size = binding.subject.value.size();
  if (size < limits::kMinUserHandleBytes || size > limits::kMaxUserHandleBytes) {
    return ErrorCode::binding_subject_invalid;
  }
  return ok();
}

bool is_all_of(std::string_view text, std::string_view punctuation) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || punctuation.find(c) != text.npos;
  });
}

// As browsers and platforms write origins: "https://bank.example:8443", "http://[::1]:8080",
// "android:apk-key-hash:" with unpadded base64url, "ios:bundle-id:com.example".
bool is_origin(std::string_view origin) {
  constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const std::string_view platform : {"android:", "ios:"}) {
    if (origin.starts_with(platform)) {
      return is_all_of(origin.substr(platform.size()), std::string(kCapitals) + "-_:.");
    }
  }
  const std::size_t scheme = origin.find("://");
  if (scheme == origin.npos || !is_all_of(origin.substr(0, scheme), "+-.")) {
    return false;
  }
  std::string_view host = origin.substr(scheme + 3);
  const std::size_t colon = host.rfind(':');
  if (colon != host.npos && host.back() != ']') {
    constexpr std::size_t kPortDigits = 5;
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || port.size() > kPortDigits || port.front() == '0' ||
        !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return false;
    }
    host = host.substr(0, colon);
  }
  return host.size() > 2 && host.front() == '[' && host.back() == ']'
             ? is_all_of(host.substr(1, host.size() - 2), ":.")
             : is_all_of(host, "-.");
}

Result<CanonicalValue> origins_digest(const Hasher& hasher, const Binding& binding) {
  if (binding.origins.empty() || binding.origins.size() > limits::kMaxOrigins) {
    return ErrorCode::binding_origins_invalid;
  }
  std::vector<const std::string*> sorted;  // [a few: each is put in its place]
  for (const std::string& origin : binding.origins) {
    if (origin.size() > limits::kMaxOriginBytes || !is_origin(origin)) {
      return ErrorCode::binding_origins_invalid;
    }
    const auto place = std::find_if(sorted.begin(), sorted.end(),
                                    [&](const std::string* other) { return *other >= origin; });
    if (place != sorted.end() && **place == origin) {
      return ErrorCode::binding_origins_invalid;
    }
    sorted.insert(place, &origin);
  }
  CanonicalValue list = CanonicalValue::make_array({});
  for (const std::string* origin : sorted) {
    add_item(list, CanonicalValue::make_text(*origin));
  }
  CS_ASSIGN(const Digest256 digest, bound_digest(hasher, "countersign/1/origins", list));
  return CanonicalValue::make_bytes(digest);
}

Result<CanonicalValue> session_digest(const Hasher& hasher, const BoundSession& session) {
  if (const auto* handle = std::get_if<SessionHandle>(&session)) {
    if (handle->value.empty() || handle->value.size() > limits::kMaxSessionHandleBytes ||
        !check_utf8(bytes_of(handle->value))) {
      return ErrorCode::binding_session_invalid;
    }
    return CanonicalValue::make_bytes(
        tagged_hash(hasher, "countersign/1/session", bytes_of(handle->value)));
  }
  if (const auto* key = std::get_if<SessionKey>(&session)) {
    return CanonicalValue::make_bytes(
        tagged_hash(hasher, "countersign/1/session-key", key->thumbprint));
  }
  return CanonicalValue::make_null();
}

// The first step has no predecessor, every other has one: a chain cannot be entered in its middle.
Status check_approval(const Binding& binding) {
  if (binding.display_tier < 0 || binding.display_tier > limits::kMaxDisplayTier) {
    return ErrorCode::binding_display_tier_invalid;
  }
  if (binding.approval_step < 1 || binding.approval_step > binding.approval_of ||
      binding.approval_of > limits::kMaxApprovalSteps ||
      binding.previous.has_value() != (binding.approval_step > 1)) {
    return ErrorCode::binding_approval_invalid;
  }
  constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999
  if (binding.issued_at.value < 0 || binding.expires_at <= binding.issued_at ||
      binding.expires_at.value > kLastSecond) {
    return ErrorCode::binding_lifetime_invalid;
  }
  return ok();
}

Status check_intent(const CanonicalValue& intent) {
  if (!has_exactly(intent, {"type", "fields"}) || !intent.find("type")->is(Type::text) ||
      intent.find("type")->text.empty() || !intent.find("fields")->is(Type::map)) {
    return ErrorCode::intent_malformed;
  }
  return ok();
}

Result<CanonicalValue> encode_batch(const Batch& batch) {
  CanonicalValue total = CanonicalValue::make_array({});
  for (std::size_t i = 0; i < batch.total.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (batch.total[j].currency == batch.total[i].currency) {
        return ErrorCode::binding_batch_mismatch;
      }
    }
    add_item(total, encode_amount(batch.total[i]));
    CS_TRY(make_amount(total.items.back()));
  }
  CanonicalValue member = CanonicalValue::make_map({});
  add_member(member, "count", CanonicalValue::make_integer(batch.count));
  add_member(member, "root", CanonicalValue::make_bytes(batch.root));
  add_member(member, "total", std::move(total));
  return member;
}

bool is_same(const CanonicalValue* a, const CanonicalValue& b) {
  if (a == nullptr) {
    return false;
  }
  const Result<ByteVector> left = make_canonical_cbor(*a);
  const Result<ByteVector> right = make_canonical_cbor(b);
  return left && right && *left == *right;
}

// A batch says in B what its intent says: one cannot be approved for the other.
Result<CanonicalValue> batch_member(const Binding& binding) {
  constexpr std::string_view kBatchTypes = "payment.batch/";
  const bool is_batch = binding.intent.find("type")->text.starts_with(kBatchTypes);
  if (is_batch != binding.batch.has_value()) {
    return ErrorCode::binding_batch_mismatch;
  }
  if (!is_batch) {
    return CanonicalValue::make_null();
  }
  const Batch& batch = *binding.batch;
  if (batch.count < 1 || batch.count > static_cast<std::int64_t>(limits::kMaxBatchLines) ||
      batch.total.empty() || batch.total.size() > limits::kMaxBatchCurrencies) {
    return ErrorCode::batch_lines_invalid;
  }
  CS_ASSIGN(CanonicalValue member, encode_batch(batch));
  const CanonicalValue& fields = *binding.intent.find("fields");
  if (!is_same(fields.find("count"), *member.find("count")) ||
      !is_same(fields.find("total"), *member.find("total"))) {
    return ErrorCode::binding_batch_mismatch;
  }
  return member;
}

}  // namespace

Result<BoundTransaction> bind_transaction(const Hasher& hasher, const Binding& binding) {
  CS_TRY(check_parties(binding));
  CS_TRY(check_approval(binding));
  CS_TRY(check_intent(binding.intent));
  CS_TRY(make_view(binding.view));
  CS_ASSIGN(CanonicalValue origins, origins_digest(hasher, binding));
  CS_ASSIGN(CanonicalValue session, session_digest(hasher, binding.session));
  CS_ASSIGN(CanonicalValue batch, batch_member(binding));
  BoundTransaction bound;
  CS_ASSIGN(bound.intent_cbor, make_bound_cbor(binding.intent));
  CS_ASSIGN(bound.view_cbor, make_bound_cbor(binding.view));
  bound.intent_digest = tagged_hash(hasher, "countersign/1/intent", bound.intent_cbor);
  bound.view_digest = tagged_hash(hasher, "countersign/1/view", bound.view_cbor);
  const Digest256 subject = tagged_hash(hasher, "countersign/1/subject", binding.subject.value);
  using Value = CanonicalValue;
  Value document = Value::make_map({});
  document.members.reserve(21);
  const auto add_integer = [&](std::string_view name, std::int64_t value) {
    add_member(document, name, Value::make_integer(value));
  };
  const auto add_text = [&](std::string_view name, std::string_view text) {
    add_member(document, name, Value::make_text(text));
  };
  const auto add_bytes = [&](std::string_view name, Bytes bytes) {
    add_member(document, name, Value::make_bytes(bytes));
  };
  Value approval = Value::make_array({});
  add_item(approval, Value::make_integer(binding.approval_step));
  add_item(approval, Value::make_integer(binding.approval_of));
  // In the order of their encoding, which then need not sort them.
  add_text("rpId", binding.rp_id);
  add_bytes("view", bound.view_digest);
  add_member(document, "batch", std::move(batch));
  add_bytes("nonce", binding.nonce);
  add_text("suite", "sha256");
  add_bytes("intent", bound.intent_digest);
  add_bytes("locale", binding.locale_digest);
  add_bytes("policy", binding.policy_digest);
  add_text("tenant", binding.tenant.value);
  add_member(document, "origins", std::move(origins));
  add_member(document, "session", std::move(session));
  add_bytes("subject", subject);
  add_integer("version", 1);
  add_member(document, "approval", std::move(approval));
  add_text("ceremony", binding.ceremony);
  add_integer("issuedAt", binding.issued_at.value);
  add_member(document, "previous",
             binding.previous ? Value::make_bytes(*binding.previous) : Value::make_null());
  add_bytes("template", binding.template_digest);
  add_integer("expiresAt", binding.expires_at.value);
  add_integer("displayTier", binding.display_tier);
  add_text("transactionId", binding.transaction_id);
  CS_ASSIGN(bound.binding_cbor, make_bound_cbor(document));
  bound.challenge = challenge_of(hasher, bound.binding_cbor);
  return bound;
}

Digest256 challenge_of(const Hasher& hasher, Bytes binding_cbor) {
  return tagged_hash(hasher, "countersign/1/challenge", binding_cbor);
}

Digest256 record_digest(const Hasher& hasher, Bytes record) {
  return tagged_hash(hasher, "countersign/1/record", record);
}

}  // namespace countersign
