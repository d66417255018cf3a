#pragma once
// JSON of options, cases and records (WebAuthn L3 §5.1.8 to §5.1.10; docs/http-api.md).

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ceremony/authentication.h"
#include "ceremony/registration.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "policy/satisfaction.h"
#include "service/records.h"
#include "service/tenant.h"

namespace countersign {

struct CreationOptions {
  const Tenant& tenant;
  const Ceremony& ceremony;
  std::span<const CredentialRecord> exclude_credentials;
  std::span<const CoseAlgorithm> algorithms;
  const WebAuthnOptions& policy;
  std::string_view attestation;
  /// As asked for (conformance), at least as strict as the policy; else the policy's.
  const JsonValue* authenticator_selection = nullptr;
  const JsonValue* extensions = nullptr;  // as asked for (conformance); else ours
};
/// PublicKeyCredentialCreationOptionsJSON.
std::string encode_creation_options(const CreationOptions& options);

struct RequestOptions {
  const Tenant& tenant;
  const Ceremony& ceremony;
  std::span<const CredentialRecord> allow_credentials;
  const WebAuthnOptions& policy;
  const JsonValue* extensions = nullptr;  // as asked for (conformance)
};
/// PublicKeyCredentialRequestOptionsJSON.
std::string encode_request_options(const RequestOptions& options);

/// A line of `countersign verify`. `response` is the JSON text of the browser's answer; `anchors`
/// count as well as the expected ones, and are left out where the line would exceed kMaxCaseBytes.
std::string encode_registration_case(const CeremonyId& id,
                                     const RegistrationExpectations& expectations,
                                     std::span<const Certificate> anchors,
                                     std::string_view response);
/// `record` may be null (the credential is unknown).
std::string encode_authentication_case(const CeremonyId& id,
                                       const AuthenticationExpectations& expectations,
                                       Mediation mediation, const CredentialRecord* record,
                                       std::string_view response);

/// `{"userHandle","username","displayName"}`.
void write_account(JsonWriter& json, const Account& account);
/// `{"id","name",…}`; `metadata` says what they know of its model and hold against it.
void write_credential(JsonWriter& json, const StoredCredential& credential);
/// `[{"name","step"},…]`.
void write_checks(JsonWriter& json, CeremonyKind kind, std::span<const Check> checks);
/// Any value again as JSON.
void write_value(JsonWriter& json, const JsonValue& value);

/// 8-4-4-4-12 lower-case hexadecimal.
std::string aaguid_text(const Aaguid& aaguid);

}  // namespace countersign
