#include "service/rendering.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "codec/base64url.h"
#include "service/context.h"
#include "transaction/browser_bound_key.h"
#include "transaction/payment_dialog.h"

namespace countersign {
namespace {

void write_descriptors(JsonWriter& json, std::span<const CredentialRecord> credentials) {
  json.begin_array();
  for (const CredentialRecord& credential : credentials) {
    json.begin_object();
    json.member("type").string("public-key");
    json.member("id").base64url(credential.id.value);
    if (!credential.transports.empty()) {
      json.member("transports").begin_array();
      for (const std::string& transport : credential.transports) {
        json.string(transport);
      }
      json.end_array();
    }
    json.end_object();
  }
  json.end_array();
}

void write_strings(JsonWriter& json, std::string_view name,
                   const std::vector<std::string>& values) {
  json.member(name).begin_array();
  for (const std::string& value : values) {
    json.string(value);
  }
  json.end_array();
}

void write_case_head(JsonWriter& json, const CeremonyId& id, CeremonyKind kind,
                     const CeremonyExpectations& expectations) {
  json.member("id").string(id.value);
  json.member("ceremony").string(ceremony_kind_name(kind));
  json.member("rpId").string(expectations.rp_id);
  write_strings(json, "origins", expectations.origins);
  write_strings(json, "topOrigins", expectations.top_origins);
  json.member("challenge").base64url(expectations.challenge);
  json.member("userVerification").string(user_verification_name(expectations.user_verification));
}

// Left out where all are at their defaults: false.
void write_attestation_settings(JsonWriter& json, const AttestationSettings& settings) {
  const std::pair<std::string_view, bool> flags[] = {
      {"safetynet", settings.is_safetynet_enabled},
      {"testTpmVendors", settings.are_test_tpm_vendors_accepted},
      {"anyTpmVendor", settings.is_any_tpm_vendor_accepted},
      {"u2fAaguidZero", settings.is_u2f_aaguid_zero_required},
      {"androidSoftwareEnforced", settings.is_android_software_enforced_accepted},
  };
  bool is_begun = false;
  for (const auto& [name, is_set] : flags) {
    if (!is_set) {
      continue;
    }
    if (!is_begun) {
      json.member("attestationSettings").begin_object();
      is_begun = true;
    }
    json.member(name).boolean(true);
  }
  if (is_begun) {
    json.end_object();
  }
}

// What an attestation led to, so that whoever verifies the case again is led there as well.
void write_trust_anchors(JsonWriter& json, std::span<const Certificate> anchors, std::size_t room) {
  std::vector<std::string> texts;
  for (const Certificate& anchor : anchors) {
    texts.push_back(encode_base64(anchor.encoded()));
    const std::size_t size = texts.back().size() + 3;  // quotes and comma
    if (size > room) {
      return;
    }
    room -= size;
  }
  if (!texts.empty()) {
    write_strings(json, "trustAnchors", texts);
  }
}

// What credentials that are registered and their answers say of the model.
void write_model(JsonWriter& json, const CredentialModel& model) {
  json.begin_object();
  json.member("known").boolean(model.at_registration.is_known);
  json.member("proved").boolean(model.at_registration.is_proved);
  json.member("description").string(model.at_registration.description);
  json.member("certification").string(model.at_registration.certification);
  write_strings(json, "statuses", model.at_registration.statuses);
  json.member("objection");
  if (model.objection) {
    json.begin_object();
    json.member("code").string(error_name(*model.objection));
    json.member("message").string(error_message(*model.objection));
    json.end_object();
  } else {
    json.null();
  }
  json.member("evaluatedAt");
  if (model.evaluated_at) {
    json.string(encode_rfc3339(*model.evaluated_at));
  } else {
    json.null();
  }
  json.end_object();
}

std::int64_t milliseconds_of(const Ceremony& ceremony) {
  return (ceremony.expires_at.value - ceremony.created_at.value) * 1000;
}

// Left out where nothing is said.
void write_names(JsonWriter& json, std::string_view member,
                 std::span<const std::string_view> names) {
  if (names.empty()) {
    return;
  }
  json.member(member).begin_array();
  for (const std::string_view name : names) {
    json.string(name);
  }
  json.end_array();
}

std::string_view attachment_name(AuthenticatorAttachment attachment) {
  switch (attachment) {
    case AuthenticatorAttachment::any:
      return "";
    case AuthenticatorAttachment::platform:
      return "platform";
    case AuthenticatorAttachment::cross_platform:
      return "cross-platform";
  }
  return "";
}

void write_payment_extension(JsonWriter& json) {
  json.member("payment").begin_object();
  json.member("isPayment").boolean(true);
  json.member("browserBoundPubKeyCredParams");
  write_key_parameters(json, kBrowserBoundAlgorithms);
  json.end_object();
}

bool is_text(const JsonValue& value, std::string_view name, std::string_view text) {
  const JsonValue* member = value.find(name);
  return member != nullptr && member->is_string() && member->string == text;
}

// AuthenticatorSelectionCriteria: what was asked for, but for the members in which the policy
// demands more.
void write_selection(JsonWriter& json, const CreationOptions& options) {
  const JsonValue nothing;
  const bool is_asked = options.authenticator_selection != nullptr;
  const JsonValue& asked = is_asked ? *options.authenticator_selection : nothing;
  std::vector<std::pair<std::string_view, std::string_view>> ours;
  const UserVerification verification = options.ceremony.user_verification;
  if (!is_asked || verification == UserVerification::required) {
    ours.emplace_back("userVerification", user_verification_name(verification));
  }
  const ResidentKey resident_key = options.policy.resident_key;
  const bool is_resident_key_raised =
      resident_key == ResidentKey::required ||
      (resident_key == ResidentKey::preferred && !is_text(asked, "residentKey", "required"));
  if (!is_asked || is_resident_key_raised) {
    ours.emplace_back("residentKey", resident_key_name(resident_key));
  }
  if (options.policy.attachment != AuthenticatorAttachment::any) {
    ours.emplace_back("authenticatorAttachment", attachment_name(options.policy.attachment));
  }
  json.begin_object();
  for (const auto& member : asked.members) {
    const bool is_ours = std::any_of(ours.begin(), ours.end(),
                                     [&](const auto& own) { return own.first == member.first; });
    const bool is_replaced =
        resident_key == ResidentKey::required && member.first == "requireResidentKey";
    if (!is_ours && !is_replaced) {
      json.member(member.first);
      write_value(json, member.second);
    }
  }
  for (const auto& own : ours) {
    json.member(own.first).string(own.second);
  }
  if (resident_key == ResidentKey::required) {
    json.member("requireResidentKey").boolean(true);
  }
  json.end_object();
}

}  // namespace

std::string encode_creation_options(const CreationOptions& options) {
  const Ceremony& ceremony = options.ceremony;
  JsonWriter json;
  json.begin_object();
  json.member("rp").begin_object();
  json.member("id").string(options.tenant.rp_id);
  json.member("name").string(options.tenant.rp_name);
  json.end_object();
  json.member("user").begin_object();
  json.member("id").base64url(ceremony.user_handle ? Bytes(ceremony.user_handle->value) : Bytes());
  json.member("name").string(ceremony.username ? *ceremony.username : ceremony.display_name);
  json.member("displayName").string(ceremony.display_name);
  json.end_object();
  json.member("challenge").base64url(ceremony.challenge);
  json.member("pubKeyCredParams");
  write_key_parameters(json, options.algorithms);
  json.member("timeout").integer(milliseconds_of(ceremony));
  json.member("excludeCredentials");
  write_descriptors(json, options.exclude_credentials);
  json.member("authenticatorSelection");
  write_selection(json, options);
  write_names(json, "hints", options.policy.hints);
  json.member("attestation").string(options.attestation);
  write_names(json, "attestationFormats", options.policy.attestation_formats);
  json.member("extensions");
  if (options.extensions != nullptr) {
    write_value(json, *options.extensions);
  } else {
    json.begin_object();
    json.member("credProps").boolean(true);
    if (ceremony.is_for_payments) {
      write_payment_extension(json);
    }
    json.end_object();
  }
  json.end_object();
  return std::move(json).take();
}

std::string encode_request_options(const RequestOptions& options) {
  JsonWriter json;
  json.begin_object();
  json.member("challenge").base64url(options.ceremony.challenge);
  json.member("timeout").integer(milliseconds_of(options.ceremony));
  json.member("rpId").string(options.tenant.rp_id);
  json.member("allowCredentials");
  write_descriptors(json, options.allow_credentials);
  json.member("userVerification")
      .string(user_verification_name(options.ceremony.user_verification));
  write_names(json, "hints", options.policy.hints);
  if (options.extensions != nullptr) {
    json.member("extensions");
    write_value(json, *options.extensions);
  }
  json.end_object();
  return std::move(json).take();
}

std::string encode_registration_case(const CeremonyId& id,
                                     const RegistrationExpectations& expectations,
                                     std::span<const Certificate> anchors,
                                     std::string_view response) {
  JsonWriter json;
  json.begin_object();
  write_case_head(json, id, CeremonyKind::registration, expectations);
  if (!expectations.algorithms.empty()) {
    json.member("algorithms").begin_array();
    for (const CoseAlgorithm algorithm : expectations.algorithms) {
      json.integer(static_cast<std::int64_t>(algorithm));
    }
    json.end_array();
  }
  json.member("time").string(encode_rfc3339(expectations.time));
  write_attestation_settings(json, expectations.attestation);
  constexpr std::string_view kRest = R"(,"trustAnchors":[],"response":})";
  const std::size_t taken = json.text().size() + response.size() + kRest.size();
  if (taken < limits::kMaxCaseBytes) {
    std::vector<Certificate> all = expectations.trust_anchors;
    all.insert(all.end(), anchors.begin(), anchors.end());
    write_trust_anchors(json, all, limits::kMaxCaseBytes - taken + 1);  // one comma less
  }
  json.member("response").raw(response);
  json.end_object();
  return std::move(json).take();
}

std::string encode_authentication_case(const CeremonyId& id,
                                       const AuthenticationExpectations& expectations,
                                       Mediation mediation, const CredentialRecord* record,
                                       std::string_view response) {
  JsonWriter json;
  json.begin_object();
  write_case_head(json, id, CeremonyKind::authentication, expectations);
  json.member("time").string(encode_rfc3339(expectations.time));
  if (mediation == Mediation::conditional) {
    json.member("mediation").string("conditional");
  }
  if (record != nullptr) {
    json.member("credential").begin_object();
    json.member("id").base64url(record->id.value);
    json.member("publicKey").base64url(record->public_key);
    json.member("signCount").integer(record->sign_count);
    json.member("backupEligible").boolean(record->is_backup_eligible);
    json.member("userHandle")
        .base64url(record->user_handle ? Bytes(record->user_handle->value) : Bytes());
    json.end_object();
  }
  json.member("response").raw(response);
  json.end_object();
  return std::move(json).take();
}

void write_account(JsonWriter& json, const Account& account) {
  json.begin_object();
  json.member("userHandle").base64url(account.handle.value);
  json.member("username");
  if (account.username) {
    json.string(*account.username);
  } else {
    json.null();
  }
  json.member("displayName").string(account.display_name);
  json.end_object();
}

void write_credential(JsonWriter& json, const StoredCredential& credential) {
  const CredentialRecord& record = credential.record;
  json.begin_object();
  json.member("id").base64url(record.id.value);
  json.member("name").string(credential.name);
  json.member("createdAt").string(encode_rfc3339(credential.created_at));
  json.member("lastUsedAt");
  if (credential.last_used_at) {
    json.string(encode_rfc3339(*credential.last_used_at));
  } else {
    json.null();
  }
  json.member("recoveredAt");
  if (credential.recovered_at) {
    json.string(encode_rfc3339(*credential.recovered_at));
  } else {
    json.null();
  }
  write_strings(json, "transports", record.transports);
  json.member("aaguid").string(aaguid_text(record.aaguid));
  json.member("algorithm").integer(credential.algorithm);
  json.member("backupEligible").boolean(record.is_backup_eligible);
  json.member("backedUp").boolean(record.is_backed_up);
  json.member("userVerified").boolean(record.is_uv_initialized);
  json.member("signCount").integer(record.sign_count);
  json.member("attestation").begin_object();
  json.member("format").string(credential.attestation_format);
  json.member("type").string(credential.attestation_type);
  json.member("trust").string(credential.attestation_trust);
  json.end_object();
  json.member("metadata");
  write_model(json, credential.model);
  json.end_object();
}

void write_checks(JsonWriter& json, CeremonyKind kind, std::span<const Check> checks) {
  json.begin_array();
  for (const Check check : checks) {
    json.begin_object();
    json.member("name").string(check_name(check));
    json.member("step").string(service_step_of(kind, check));
    json.end_object();
  }
  json.end_array();
}

void write_value(JsonWriter& json, const JsonValue& value) {
  switch (value.type) {
    case JsonValue::Type::null:
      json.null();
      return;
    case JsonValue::Type::boolean:
      json.boolean(value.boolean);
      return;
    case JsonValue::Type::integer:
      if (value.is_unsigned_64) {
        json.raw(std::to_string(static_cast<std::uint64_t>(value.integer)));
      } else {
        json.integer(value.integer);
      }
      return;
    case JsonValue::Type::number:
      json.raw(value.string);
      return;
    case JsonValue::Type::string:
      json.string(value.string);
      return;
    case JsonValue::Type::array:
      json.begin_array();
      for (const JsonValue& item : value.items) {
        write_value(json, item);
      }
      json.end_array();
      return;
    case JsonValue::Type::object:
      json.begin_object();
      for (const auto& [name, member] : value.members) {
        json.member(name);
        write_value(json, member);
      }
      json.end_object();
      return;
  }
}

std::string aaguid_text(const Aaguid& aaguid) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < aaguid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      out += '-';
    }
    out += kDigits[aaguid[i] >> 4U];
    out += kDigits[aaguid[i] & 0x0fU];
  }
  return out;
}

}  // namespace countersign
