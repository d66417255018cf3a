#include "receipt/evidence.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"
#include "crypto/tagged_hash.h"
#include "receipt/limits.h"
#include "receipt/member_reader.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

using Value = CanonicalValue;

struct KindRow {
  DisplayKind kind;
  std::string_view name;
};
// In the order of their tiers.
constexpr KindRow kKinds[] = {{DisplayKind::page, "page"},
                              {DisplayKind::approval_origin, "approval_origin"},
                              {DisplayKind::payment_dialog, "payment_dialog"},
                              {DisplayKind::second_device, "second_device"},
                              {DisplayKind::certified_hardware, "certified_hardware"}};

Value texts_of(const std::vector<std::string>& texts) {
  Value list = Value::make_array({});
  for (const std::string& text : texts) {
    list.items.push_back(Value::make_text(text));
  }
  return list;
}

// Text of others, which need not be in NFC.
Value raw_text(std::string_view text) { return Value::make_bytes(bytes_of(text)); }

template <class Array>
Value arrays_of(const std::vector<Array>& arrays) {
  Value list = Value::make_array({});
  for (const Array& array : arrays) {
    list.items.push_back(Value::make_bytes(array));
  }
  return list;
}

Value model_value(const CredentialEvidence& credential) {
  const RegisteredModel& registered = credential.registered;
  const ModelAssessment& assessment = credential.at_registration;
  Value statuses = Value::make_array({});
  for (const std::string& status : assessment.statuses) {
    statuses.items.push_back(raw_text(status));
  }
  return Value::make_map({{"aaguid", Value::make_bytes(registered.aaguid)},
                          {"aaguidSigned", Value::make_boolean(registered.is_aaguid_signed)},
                          {"keyIdentifiers", arrays_of(registered.key_identifiers)},
                          {"chain", arrays_of(registered.chain)},
                          {"known", Value::make_boolean(assessment.is_known)},
                          {"proved", Value::make_boolean(assessment.is_proved)},
                          {"description", raw_text(assessment.description)},
                          {"certification", Value::make_text(assessment.certification)},
                          {"statuses", std::move(statuses)},
                          {"status", Value::make_text(credential.metadata_status)},
                          {"objection", Value::make_text(credential.objection)}});
}

Value credential_value(const CredentialEvidence& credential) {
  return Value::make_map(
      {{"id", Value::make_bytes(credential.id.value)},
       {"publicKey", Value::make_bytes(credential.public_key)},
       {"algorithm", Value::make_integer(credential.algorithm)},
       {"signCount", Value::make_integer(credential.sign_count)},
       {"uvInitialized", Value::make_boolean(credential.is_uv_initialized)},
       {"backupEligible", Value::make_boolean(credential.is_backup_eligible)},
       {"backedUp", Value::make_boolean(credential.is_backed_up)},
       {"attestation",
        Value::make_map({{"format", Value::make_text(credential.attestation_format)},
                         {"type", Value::make_text(credential.attestation_type)},
                         {"trust", Value::make_text(credential.attestation_trust)}})},
       {"model", model_value(credential)},
       {"createdAt", Value::make_integer(credential.created_at.value)}});
}

Value browser_bound_value(const std::optional<BrowserBoundEvidence>& bound) {
  return bound ? Value::make_map({{"publicKey", Value::make_bytes(bound->public_key)},
                                  {"signature", Value::make_bytes(bound->signature)}})
               : Value::make_null();
}

Value record_value(const ApprovalEvidence& evidence) {
  return Value::make_map(
      {{"version", Value::make_integer(kRecordVersion)},
       {"binding", Value::make_bytes(evidence.binding)},
       {"origins", texts_of(evidence.origins)},
       {"topOrigins", texts_of(evidence.top_origins)},
       {"subject", Value::make_bytes(evidence.subject.value)},
       {"customer", Value::make_bytes(evidence.customer.value)},
       {"intent", Value::make_bytes(evidence.intent)},
       {"view", Value::make_bytes(evidence.view)},
       {"template", Value::make_bytes(evidence.template_document)},
       {"locale", Value::make_bytes(evidence.locale_pack)},
       {"clientDataJSON", Value::make_bytes(evidence.client_data_json)},
       {"authenticatorData", Value::make_bytes(evidence.authenticator_data)},
       {"signature", Value::make_bytes(evidence.signature)},
       {"browserBound", browser_bound_value(evidence.browser_bound)},
       {"credential", credential_value(evidence.credential)},
       {"policy",
        Value::make_map({{"evaluation", Value::make_integer(evidence.policy.evaluation)},
                         {"document", raw_text(evidence.policy.document)},
                         {"decision", raw_text(evidence.policy.decision)},
                         {"baseCurrency", Value::make_text(evidence.policy.base_currency)}})},
       {"display",
        Value::make_map({{"kind", Value::make_text(display_kind_name(evidence.tier.kind))},
                         {"details", evidence.tier.details}})},
       {"checks", texts_of(evidence.checks)},
       {"core", Value::make_text(evidence.core_version)},
       {"verifier", Value::make_text(evidence.verifier)},
       {"approvedAt", Value::make_integer(evidence.approved_at.value)}});
}

Status read_model(const Value& value, CredentialEvidence& credential) {
  MemberReader reader(value);
  RegisteredModel& registered = credential.registered;
  ModelAssessment& assessment = credential.at_registration;
  registered.aaguid = reader.take_array<Aaguid>("aaguid");
  registered.is_aaguid_signed = reader.take_boolean("aaguidSigned");
  registered.key_identifiers =
      reader.take_arrays<KeyIdentifier>("keyIdentifiers", limits::kMaxCompoundStatements);
  // A chain with its anchor for each statement of a compound.
  registered.chain = reader.take_arrays<Digest256>(
      "chain", limits::kMaxCompoundStatements * (limits::kMaxCertificatesInChain + 1));
  assessment.is_known = reader.take_boolean("known");
  assessment.is_proved = reader.take_boolean("proved");
  assessment.description = reader.take_raw_text("description", limits::kMaxModelDescriptionBytes);
  assessment.certification = reader.take_text("certification", limits::kMaxRecordedNameBytes);
  assessment.statuses = reader.take_raw_texts("statuses", limits::kMaxRecordedStatuses,
                                              limits::kMaxRecordedNameBytes);
  credential.metadata_status = reader.take_text("status", limits::kMaxRecordedNameBytes);
  credential.objection = reader.take_text("objection", limits::kMaxRecordedNameBytes);
  return reader.finish();
}

Status read_attestation(const Value& value, CredentialEvidence& credential) {
  MemberReader reader(value);
  credential.attestation_format = reader.take_text("format", limits::kMaxRecordedNameBytes);
  credential.attestation_type = reader.take_text("type", limits::kMaxRecordedNameBytes);
  credential.attestation_trust = reader.take_text("trust", limits::kMaxRecordedNameBytes);
  return reader.finish();
}

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

Result<CredentialEvidence> read_credential(const Value& value) {
  CredentialEvidence credential;
  MemberReader reader(value);
  credential.id.value = reader.take_bytes("id", limits::kMaxCredentialIdBytes);
  credential.public_key = reader.take_bytes("publicKey", limits::kMaxRecordedKeyBytes);
  credential.algorithm = reader.take_integer("algorithm", -kLast - 1, kLast);
  credential.sign_count = static_cast<std::uint32_t>(
      reader.take_integer("signCount", 0, std::numeric_limits<std::uint32_t>::max()));
  credential.is_uv_initialized = reader.take_boolean("uvInitialized");
  credential.is_backup_eligible = reader.take_boolean("backupEligible");
  credential.is_backed_up = reader.take_boolean("backedUp");
  CS_TRY(read_attestation(reader.take("attestation"), credential));
  CS_TRY(read_model(reader.take("model"), credential));
  credential.created_at.value = reader.take_integer("createdAt", 0, kLast);
  CS_TRY(reader.finish());
  return credential;
}

Result<std::optional<BrowserBoundEvidence>> read_browser_bound(const Value& value) {
  if (value.is(Value::Type::null)) {
    return std::optional<BrowserBoundEvidence>{};
  }
  BrowserBoundEvidence bound;
  MemberReader reader(value);
  bound.public_key = reader.take_bytes("publicKey", limits::kMaxRecordedKeyBytes);
  bound.signature = reader.take_bytes("signature", limits::kMaxRecordedSignatureBytes);
  CS_TRY(reader.finish());
  return std::optional<BrowserBoundEvidence>(std::move(bound));
}

Result<RecordedPolicy> read_policy(const Value& value) {
  RecordedPolicy policy;
  MemberReader reader(value);
  policy.evaluation = reader.take_integer("evaluation", 1, kLast);
  policy.document = reader.take_raw_text("document", limits::kMaxPolicyBytes);
  policy.decision = reader.take_raw_text("decision", limits::kMaxDecisionBytes);
  policy.base_currency = reader.take_text("baseCurrency", limits::kMaxRecordedNameBytes);
  CS_TRY(reader.finish());
  return policy;
}

Result<TierEvidence> read_tier(const Value& value) {
  MemberReader reader(value);
  const std::string name = reader.take_text("kind", limits::kMaxRecordedNameBytes);
  const Value& details = reader.take("details");
  CS_TRY(reader.finish());
  const auto* row = std::find_if(std::begin(kKinds), std::end(kKinds),
                                 [&](const KindRow& kind) { return kind.name == name; });
  if (row == std::end(kKinds) || !details.is(Value::Type::map)) {
    return ErrorCode::receipt_malformed;
  }
  return TierEvidence{row->kind, details};
}

Result<ApprovalEvidence> read_record(const Value& value) {
  ApprovalEvidence evidence;
  MemberReader reader(value);
  reader.take_integer("version", kRecordVersion, kRecordVersion);
  evidence.binding = reader.take_bytes("binding", limits::kMaxBindingBytes);
  evidence.origins = reader.take_texts("origins", limits::kMaxOrigins, limits::kMaxOriginBytes);
  evidence.top_origins =
      reader.take_texts("topOrigins", limits::kMaxOrigins, limits::kMaxOriginBytes);
  evidence.subject.value = reader.take_bytes("subject", limits::kMaxUserHandleBytes);
  evidence.customer.value = reader.take_bytes("customer", limits::kMaxUserHandleBytes);
  evidence.intent = reader.take_bytes("intent", limits::kMaxFrozenBytes);
  evidence.view = reader.take_bytes("view", limits::kMaxFrozenBytes);
  evidence.template_document = reader.take_bytes("template", limits::kMaxTemplateBytes);
  evidence.locale_pack = reader.take_bytes("locale", limits::kMaxLocalePackBytes);
  evidence.client_data_json = reader.take_bytes("clientDataJSON", limits::kMaxClientDataBytes);
  evidence.authenticator_data =
      reader.take_bytes("authenticatorData", limits::kMaxAuthenticatorDataBytes);
  evidence.signature = reader.take_bytes("signature", limits::kMaxRecordedSignatureBytes);
  CS_ASSIGN(evidence.browser_bound, read_browser_bound(reader.take("browserBound")));
  CS_ASSIGN(evidence.credential, read_credential(reader.take("credential")));
  CS_ASSIGN(evidence.policy, read_policy(reader.take("policy")));
  CS_ASSIGN(evidence.tier, read_tier(reader.take("display")));
  evidence.checks =
      reader.take_texts("checks", limits::kMaxRecordedChecks, limits::kMaxRecordedNameBytes);
  evidence.core_version = reader.take_text("core", limits::kMaxRecordedNameBytes);
  evidence.verifier = reader.take_text("verifier", limits::kMaxRecordedNameBytes);
  evidence.approved_at.value = reader.take_integer("approvedAt", 0, kLast);
  CS_TRY(reader.finish());
  return evidence;
}

}  // namespace

std::string_view display_kind_name(DisplayKind kind) {
  return kKinds[static_cast<std::size_t>(kind)].name;
}

std::int64_t display_tier_of(DisplayKind kind) { return static_cast<std::int64_t>(kind); }

bool shows_actions(DisplayKind kind) { return kind != DisplayKind::payment_dialog; }

Result<ByteVector> encode_record(const ApprovalEvidence& evidence) {
  const Value value = record_value(evidence);
  CS_TRY(read_record(value));
  CS_ASSIGN(ByteVector record, make_bound_cbor(value));
  return record.size() > limits::kMaxRecordBytes ? Result<ByteVector>(ErrorCode::receipt_malformed)
                                                 : Result<ByteVector>(std::move(record));
}

Result<ApprovalEvidence> parse_record(Bytes record) {
  if (record.size() > limits::kMaxRecordBytes) {
    return ErrorCode::receipt_malformed;
  }
  CS_ASSIGN(const Value value, parse_canonical_cbor(record));
  CS_TRY(make_bound_cbor(value));  // texts in NFC
  return read_record(value);
}

std::optional<std::int64_t> record_version(Bytes record) {
  if (record.size() > limits::kMaxRecordBytes) {
    return std::nullopt;
  }
  const Result<Value> value = parse_canonical_cbor(record);
  const Value* version = value && value->is(Value::Type::map) ? value->find("version") : nullptr;
  return version != nullptr && version->is(Value::Type::integer) ? std::optional(version->integer)
                                                                 : std::nullopt;
}

Digest256 leaf_of(const Hasher& hasher, const Salt& salt, Bytes record) {
  const Digest256 digest = record_digest(hasher, record);
  std::array<std::uint8_t, 64> committed{};
  std::copy(salt.begin(), salt.end(), committed.begin());
  std::copy(digest.begin(), digest.end(), committed.begin() + salt.size());
  return tagged_hash(hasher, "countersign/1/leaf", committed);
}

}  // namespace countersign
