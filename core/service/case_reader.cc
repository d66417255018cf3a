#include "service/case_reader.h"

#include "base/limits.h"
#include "codec/base64url.h"
#include "service/case_members.h"

namespace countersign {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::case_malformed;

using Type = JsonValue::Type;

Result<ByteVector> required_bytes(const JsonValue& object, std::string_view name) {
  CS_ASSIGN(const JsonValue* value, required_member(object, name, Type::string));
  return parse_base64url(value->string);
}

Status read_strings(const JsonValue* list, std::vector<std::string>& out) {
  if (list == nullptr) {
    return ok();
  }
  for (const JsonValue& item : list->items) {
    if (!item.is_string()) {
      return kMalformed;
    }
    out.push_back(item.string);
  }
  return ok();
}

Status read_user_verification(const JsonValue& json, UserVerification& out) {
  CS_ASSIGN(const JsonValue* value, optional_member(json, "userVerification", Type::string));
  // WebAuthn L3 §5.4.4: the default is "preferred".
  if (value == nullptr || value->string == "preferred") {
    out = UserVerification::preferred;
  } else if (value->string == "required") {
    out = UserVerification::required;
  } else if (value->string == "discouraged") {
    out = UserVerification::discouraged;
  } else {
    return kMalformed;
  }
  return ok();
}

Status read_shared(const JsonValue& json, UnixSeconds now, CeremonyExpectations& out) {
  CS_ASSIGN(const JsonValue* rp_id, required_member(json, "rpId", Type::string));
  out.rp_id = rp_id->string;
  CS_ASSIGN(const JsonValue* origins, required_member(json, "origins", Type::array));
  CS_TRY(read_strings(origins, out.origins));
  CS_ASSIGN(const JsonValue* top_origins, optional_member(json, "topOrigins", Type::array));
  CS_TRY(read_strings(top_origins, out.top_origins));
  CS_ASSIGN(out.challenge, required_bytes(json, "challenge"));
  CS_TRY(read_user_verification(json, out.user_verification));
  CS_ASSIGN(const JsonValue* appid, optional_member(json, "appid", Type::string));
  if (appid != nullptr) {
    out.appid = appid->string;
  }
  CS_ASSIGN(out.time, read_time(json, now));
  return ok();
}

Status read_algorithms(const JsonValue& json, std::vector<CoseAlgorithm>& out) {
  CS_ASSIGN(const JsonValue* list, optional_member(json, "algorithms", Type::array));
  if (list == nullptr) {
    return ok();
  }
  if (list->items.empty()) {
    return kMalformed;
  }
  for (const JsonValue& item : list->items) {
    if (!item.is_integer()) {
      return kMalformed;
    }
    // A relying party may offer what this verifier does not know (it then refuses the answer).
    const AlgorithmEntry* entry = item.is_unsigned_64 ? nullptr : find_algorithm(item.integer);
    if (entry != nullptr) {
      out.push_back(entry->id);
    }
  }
  // No entry would mean "every algorithm" to the ceremony.
  if (out.empty()) {
    return ErrorCode::expected_algorithms_unknown;
  }
  return ok();
}

Status read_attestation_settings(const JsonValue& json, AttestationSettings& out) {
  CS_ASSIGN(const JsonValue* settings, optional_member(json, "attestationSettings", Type::object));
  if (settings == nullptr) {
    return ok();
  }
  CS_TRY(read_flag(*settings, "safetynet", out.is_safetynet_enabled));
  CS_TRY(read_flag(*settings, "testTpmVendors", out.are_test_tpm_vendors_accepted));
  CS_TRY(read_flag(*settings, "anyTpmVendor", out.is_any_tpm_vendor_accepted));
  CS_TRY(read_flag(*settings, "u2fAaguidZero", out.is_u2f_aaguid_zero_required));
  return read_flag(*settings, "androidSoftwareEnforced", out.is_android_software_enforced_accepted);
}

Status read_registration(const JsonValue& json, UnixSeconds now, VerificationCase& out) {
  RegistrationExpectations& expected = out.registration;
  CS_TRY(read_shared(json, now, expected));
  CS_TRY(read_algorithms(json, expected.algorithms));
  CS_ASSIGN(const JsonValue* mediation, optional_member(json, "mediation", Type::string));
  if (mediation != nullptr) {
    if (mediation->string != "conditional") {
      return kMalformed;
    }
    expected.mediation = Mediation::conditional;
  }
  CS_TRY(read_flag(json, "requireTrustedAttestation", expected.is_trusted_attestation_required));
  CS_TRY(read_attestation_settings(json, expected.attestation));
  return read_certificates(json, "trustAnchors", expected.trust_anchors);
}

Status read_credential(const JsonValue& credential, VerificationCase& out) {
  CS_ASSIGN(out.record.id.value, required_bytes(credential, "id"));
  CS_ASSIGN(out.record.public_key, required_bytes(credential, "publicKey"));
  CS_ASSIGN(const JsonValue* count, optional_member(credential, "signCount", Type::integer));
  if (count != nullptr) {
    if (count->is_unsigned_64 || count->integer < 0 || count->integer > 0xffffffffLL) {
      return kMalformed;
    }
    out.record.sign_count = static_cast<std::uint32_t>(count->integer);
  }
  CS_ASSIGN(const JsonValue* eligible,
            optional_member(credential, "backupEligible", Type::boolean));
  out.authentication.is_backup_eligibility_known = eligible != nullptr;
  out.record.is_backup_eligible = eligible != nullptr && eligible->boolean;
  CS_ASSIGN(const JsonValue* user_handle, optional_member(credential, "userHandle", Type::string));
  if (user_handle != nullptr) {
    CS_ASSIGN(ByteVector bytes, parse_base64url(user_handle->string));
    if (bytes.size() < limits::kMinUserHandleBytes || bytes.size() > limits::kMaxUserHandleBytes) {
      return kMalformed;
    }
    out.record.user_handle = UserHandle(std::move(bytes));
  }
  return ok();
}

Status read_authentication(const JsonValue& json, UnixSeconds now, VerificationCase& out) {
  CS_TRY(read_shared(json, now, out.authentication));
  CS_ASSIGN(const JsonValue* purpose, optional_member(json, "purpose", Type::string));
  if (purpose != nullptr) {
    if (purpose->string != "login" && purpose->string != "payment") {
      return kMalformed;
    }
    out.authentication.purpose =
        purpose->string == "payment" ? AssertionPurpose::payment : AssertionPurpose::login;
  }
  CS_ASSIGN(const JsonValue* credential, required_member(json, "credential", Type::object));
  return read_credential(*credential, out);
}

}  // namespace

Result<VerificationCase> read_case(const JsonValue& json, UnixSeconds now, CeremonyKind& kind) {
  if (!json.is_object()) {
    return kMalformed;
  }
  if (const JsonValue* id = json.find("id"); id != nullptr && (id->is_array() || id->is_object())) {
    return kMalformed;
  }
  CS_ASSIGN(const JsonValue* ceremony, required_member(json, "ceremony", Type::string));
  VerificationCase out;
  if (ceremony->string == "registration") {
    out.kind = CeremonyKind::registration;
  } else if (ceremony->string == "authentication") {
    out.kind = CeremonyKind::authentication;
  } else {
    return kMalformed;
  }
  kind = out.kind;
  CS_ASSIGN(const JsonValue* response, required_member(json, "response", Type::object));
  switch (kind) {
    case CeremonyKind::registration: {
      CS_TRY(read_registration(json, now, out));
      CS_ASSIGN(out.registration_response, parse_registration_response(*response));
      break;
    }
    case CeremonyKind::authentication: {
      CS_TRY(read_authentication(json, now, out));
      CS_ASSIGN(out.authentication_response, parse_authentication_response(*response));
      break;
    }
  }
  return out;
}

}  // namespace countersign
