#include "transaction/binding.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/cbor_writer.h"
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

Result<Digest256> origins_digest(const Hasher& hasher, const Binding& binding) {
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
  CborWriter list;
  list.begin_array(sorted.size());
  for (const std::string* origin : sorted) {
    list.write_text(*origin);
  }
  return tagged_hash(hasher, "countersign/1/origins", list.bytes());
}

Result<std::optional<Digest256>> session_digest(const Hasher& hasher, const BoundSession& session) {
  if (const auto* handle = std::get_if<SessionHandle>(&session)) {
    if (handle->value.empty() || handle->value.size() > limits::kMaxSessionHandleBytes ||
        !check_utf8(bytes_of(handle->value))) {
      return ErrorCode::binding_session_invalid;
    }
    return std::optional(tagged_hash(hasher, "countersign/1/session", bytes_of(handle->value)));
  }
  if (const auto* key = std::get_if<SessionKey>(&session)) {
    return std::optional(tagged_hash(hasher, "countersign/1/session-key", key->thumbprint));
  }
  return std::optional<Digest256>();
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

// A batch says in B what its intent says: one cannot be approved for the other. Encoded; nothing
// where the intent is no batch.
Result<ByteVector> batch_member(const Binding& binding) {
  constexpr std::string_view kBatchTypes = "payment.batch/";
  const bool is_batch = binding.intent.find("type")->text.starts_with(kBatchTypes);
  if (is_batch != binding.batch.has_value()) {
    return ErrorCode::binding_batch_mismatch;
  }
  if (!is_batch) {
    return ByteVector();
  }
  const Batch& batch = *binding.batch;
  if (batch.count < 1 || batch.count > static_cast<std::int64_t>(limits::kMaxBatchLines) ||
      batch.total.empty() || batch.total.size() > limits::kMaxBatchCurrencies) {
    return ErrorCode::batch_lines_invalid;
  }
  CS_ASSIGN(CanonicalValue member, encode_batch(batch));
  for (const std::string_view name : {"count", "total"}) {
    const CanonicalValue* said = binding.intent.find("fields")->find(name);
    if (said == nullptr || !are_equal(*said, *member.find(name))) {
      return ErrorCode::binding_batch_mismatch;
    }
  }
  return make_bound_cbor(member);
}

// The digests in B, beside those that the binding brings.
struct Digests {
  Digest256 origins{};
  Digest256 subject{};
  std::optional<Digest256> session;
  Digest256 intent{};
  Digest256 view{};
};

void write_digest(CborWriter& writer, const std::optional<Digest256>& digest) {
  if (digest) {
    writer.write_bytes(*digest);
  } else {
    writer.write_null();
  }
}

// All text in B is ASCII, by the checks of its members: nothing here can be refused.
ByteVector encode_binding(const Binding& binding, const Digests& digests, Bytes batch) {
  CborWriter writer;
  const auto member = [&writer](std::string_view name) -> CborWriter& {
    writer.write_text(name);
    return writer;
  };
  // In the bytewise order of the encoded names: the shorter first.
  constexpr std::size_t kMembers = 21;
  writer.begin_map(kMembers);
  member("rpId").write_text(binding.rp_id);
  member("view").write_bytes(digests.view);
  member("batch");
  if (batch.empty()) {
    writer.write_null();
  } else {
    writer.write_encoded(batch);
  }
  member("nonce").write_bytes(binding.nonce);
  member("suite").write_text("sha256");
  member("intent").write_bytes(digests.intent);
  member("locale").write_bytes(binding.locale_digest);
  member("policy").write_bytes(binding.policy_digest);
  member("tenant").write_text(binding.tenant.value);
  member("origins").write_bytes(digests.origins);
  write_digest(member("session"), digests.session);
  member("subject").write_bytes(digests.subject);
  member("version").write_integer(1);
  member("approval").begin_array(2);
  writer.write_integer(binding.approval_step);
  writer.write_integer(binding.approval_of);
  member("ceremony").write_text(binding.ceremony);
  member("issuedAt").write_integer(binding.issued_at.value);
  write_digest(member("previous"), binding.previous);
  member("template").write_bytes(binding.template_digest);
  member("expiresAt").write_integer(binding.expires_at.value);
  member("displayTier").write_integer(binding.display_tier);
  member("transactionId").write_text(binding.transaction_id);
  return std::move(writer).take();
}

}  // namespace

Result<BoundTransaction> bind_transaction(const Hasher& hasher, const Binding& binding) {
  CS_TRY(check_parties(binding));
  CS_TRY(check_approval(binding));
  CS_TRY(check_intent(binding.intent));
  CS_TRY(check_view(binding.view));
  Digests digests;
  CS_ASSIGN(digests.origins, origins_digest(hasher, binding));
  CS_ASSIGN(digests.session, session_digest(hasher, binding.session));
  CS_ASSIGN(const ByteVector batch, batch_member(binding));
  BoundTransaction bound;
  CS_ASSIGN(bound.intent_cbor, make_bound_cbor(binding.intent));
  CS_ASSIGN(bound.view_cbor, make_bound_cbor(binding.view));
  bound.intent_digest = tagged_hash(hasher, "countersign/1/intent", bound.intent_cbor);
  bound.view_digest = tagged_hash(hasher, "countersign/1/view", bound.view_cbor);
  digests.intent = bound.intent_digest;
  digests.view = bound.view_digest;
  digests.subject = tagged_hash(hasher, "countersign/1/subject", binding.subject.value);
  bound.binding_cbor = encode_binding(binding, digests, batch);
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
