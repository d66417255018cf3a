#include "service/verdict_writer.h"

#include <algorithm>

#include "codec/json_writer.h"

namespace countersign {
namespace {

void begin_verdict(JsonWriter& out, std::string_view id_json, bool is_ok) {
  out.begin_object();
  out.member("id").raw(id_json);
  out.member("ok").boolean(is_ok);
}

void write_strings(JsonWriter& out, const std::vector<std::string>& list) {
  out.begin_array();
  for (const std::string& text : list) {
    out.string(text);
  }
  out.end_array();
}

void write_checks(JsonWriter& out, const std::vector<Check>& checks) {
  out.member("checks").begin_array();
  for (const Check check : checks) {
    out.string(check_name(check));
  }
  out.end_array();
}

void write_flag(JsonWriter& out, std::string_view name, const std::optional<bool>& flag) {
  if (flag) {
    out.member(name).boolean(*flag);
  }
}

void write_client_extensions(JsonWriter& out, const ClientExtensions& extensions) {
  out.begin_object();
  if (extensions.resident_key) {
    out.member("credProps").begin_object();
    out.member("rk").boolean(*extensions.resident_key);
    out.end_object();
  }
  if (extensions.prf_enabled || extensions.has_prf_results) {
    out.member("prf").begin_object();
    write_flag(out, "enabled", extensions.prf_enabled);
    if (extensions.has_prf_results) {
      out.member("results").boolean(true);
    }
    out.end_object();
  }
  if (extensions.large_blob_supported || extensions.large_blob_written || extensions.large_blob) {
    out.member("largeBlob").begin_object();
    write_flag(out, "supported", extensions.large_blob_supported);
    write_flag(out, "written", extensions.large_blob_written);
    if (extensions.large_blob) {
      out.member("blob").base64url(*extensions.large_blob);
    }
    out.end_object();
  }
  write_flag(out, "appid", extensions.appid);
  write_flag(out, "appidExclude", extensions.appid_exclude);
  if (extensions.has_payment) {
    out.member("payment").boolean(true);
  }
  out.end_object();
}

void write_authenticator_extensions(JsonWriter& out, const AuthenticatorExtensions& extensions) {
  out.begin_object();
  if (extensions.credential_protection) {
    out.member("credProtect").integer(static_cast<int>(*extensions.credential_protection));
  }
  if (extensions.minimum_pin_length) {
    out.member("minPinLength").integer(*extensions.minimum_pin_length);
  }
  write_flag(out, "hmac-secret", extensions.hmac_secret);
  if (extensions.credential_blob) {
    out.member("credBlob").base64url(*extensions.credential_blob);
  } else {
    write_flag(out, "credBlob", extensions.credential_blob_stored);
  }
  write_flag(out, "thirdPartyPayment", extensions.third_party_payment);
  out.end_object();
}

void write_extensions(JsonWriter& out, const ClientExtensions& client,
                      const AuthenticatorExtensions& authenticator) {
  out.member("extensions").begin_object();
  out.member("client");
  write_client_extensions(out, client);
  out.member("authenticator");
  write_authenticator_extensions(out, authenticator);
  out.end_object();
}

void write_flags(JsonWriter& out, AuthenticatorFlags flags) {
  out.member("userVerified").boolean(flags.is_user_verified());
  out.member("userPresent").boolean(flags.is_user_present());
  out.member("backupEligible").boolean(flags.is_backup_eligible());
  out.member("backedUp").boolean(flags.is_backed_up());
}

void write_origin(JsonWriter& out, const ClientData& client_data) {
  out.member("origin").string(client_data.origin);
  write_flag(out, "crossOrigin", client_data.cross_origin);
  if (client_data.top_origin) {
    out.member("topOrigin").string(*client_data.top_origin);
  }
}

void write_attestation(JsonWriter& out, const VerifiedRegistration& registration,
                       const Hasher& hasher) {
  const AttestationStatementResult& statement = registration.statement();
  const AttestationObject& object = registration.attestation_object();
  out.member("attestation").begin_object();
  out.member("format").string(statement.format);
  out.member("type").string(attestation_type_name(statement.type));
  if (!statement.compound.empty()) {
    out.member("statements").begin_array();
    for (const AttestationStatementResult& inner : statement.compound) {
      out.begin_object();
      out.member("format").string(inner.format);
      out.member("type").string(attestation_type_name(inner.type));
      out.end_object();
    }
    out.end_array();
  }
  out.member("trust").string(attestation_trust_name(registration.trust().trust));
  if (registration.trust().reason) {
    out.member("reason").string(error_name(registration.trust().reason->code));
  }
  out.member("keyOrder").string(object.is_key_order_canonical ? "canonical" : "other");
  // Nobody signs some of its bytes (all of them with none); any change shows here.
  out.member("objectHash").base64url(hasher.sha256({*object.encoded}));
  out.end_object();
}

std::string_view scheme_name(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::ecdsa:
      return "ecdsa";
    case SignatureScheme::eddsa:
      return "eddsa";
    case SignatureScheme::rsa_pkcs1:
      return "rsa_pkcs1";
    case SignatureScheme::rsa_pss:
      return "rsa_pss";
  }
  return "";
}

std::string_view hash_name(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::sha1:
      return "sha1";
    case HashAlgorithm::sha256:
      return "sha256";
    case HashAlgorithm::sha384:
      return "sha384";
    case HashAlgorithm::sha512:
      return "sha512";
  }
  return "";
}

std::string_view curve_name(Curve curve) {
  switch (curve) {
    case Curve::none:
      return "none";
    case Curve::p256:
      return "p256";
    case Curve::p384:
      return "p384";
    case Curve::p521:
      return "p521";
    case Curve::secp256k1:
      return "secp256k1";
    case Curve::ed25519:
      return "ed25519";
    case Curve::ed448:
      return "ed448";
  }
  return "";
}

void write_key(JsonWriter& out, const PublicKey& key) {
  out.member("key").begin_object();
  switch (key.type()) {
    case KeyType::ec2:
      out.member("type").string("ec2");
      out.member("curve").string(curve_name(key.curve()));
      out.member("x").base64url(key.x());
      out.member("y").base64url(key.y());
      break;
    case KeyType::okp:
      out.member("type").string("okp");
      out.member("curve").string(curve_name(key.curve()));
      out.member("x").base64url(key.x());
      break;
    case KeyType::rsa:
      out.member("type").string("rsa");
      out.member("n").base64url(key.modulus());
      out.member("e").base64url(key.exponent());
      break;
  }
  out.end_object();
}

void write_model(JsonWriter& out, const ModelAssessment& model) {
  out.member("model").begin_object();
  out.member("known").boolean(model.is_known);
  out.member("proved").boolean(model.is_proved);
  if (!model.description.empty()) {
    out.member("description").string(model.description);
  }
  out.member("certification").string(model.certification);
  out.member("statuses");
  write_strings(out, model.statuses);
  out.end_object();
}

}  // namespace

std::string registration_verdict(std::string_view id_json, const VerifiedRegistration& registration,
                                 const RegistrationResponse& response, const Hasher& hasher) {
  const CredentialRecord& record = registration.record();
  JsonWriter out;
  begin_verdict(out, id_json, true);
  out.member("registration").begin_object();
  out.member("credentialId").base64url(record.id.value);
  out.member("publicKey").base64url(record.public_key);
  out.member("algorithm").integer(static_cast<std::int32_t>(registration.algorithm()));
  out.member("signCount").integer(record.sign_count);
  out.member("aaguid").base64url(record.aaguid);
  write_flags(out, registration.attestation_object().authenticator_data.flags);
  out.member("transports");
  write_strings(out, record.transports);
  if (response.authenticator_attachment) {
    out.member("authenticatorAttachment").string(*response.authenticator_attachment);
  }
  write_origin(out, registration.client_data());
  out.member("clientDataHash").base64url(registration.client_data_hash());
  write_attestation(out, registration, hasher);
  if (registration.model()) {
    write_model(out, *registration.model());
  }
  write_extensions(out, registration.client_extensions(), registration.authenticator_extensions());
  write_checks(out, registration.checks());
  out.end_object();
  out.end_object();
  return std::move(out).take();
}

std::string authentication_verdict(std::string_view id_json, const VerifiedAssertion& assertion,
                                   const AuthenticationResponse& response) {
  const CredentialRecord& record = assertion.updated_record();
  JsonWriter out;
  begin_verdict(out, id_json, true);
  out.member("authentication").begin_object();
  out.member("credentialId").base64url(record.id.value);
  out.member("signCount").integer(assertion.authenticator_data().sign_count);
  out.member("counter").string(counter_outcome_name(assertion.counter()));
  write_flags(out, assertion.authenticator_data().flags);
  if (response.user_handle) {
    out.member("userHandle").base64url(response.user_handle->value);
  }
  if (response.authenticator_attachment) {
    out.member("authenticatorAttachment").string(*response.authenticator_attachment);
  }
  write_origin(out, assertion.client_data());
  if (assertion.was_appid_used()) {
    out.member("appidUsed").boolean(true);
  }
  write_extensions(out, assertion.client_extensions(), assertion.authenticator_extensions());
  write_checks(out, assertion.checks());
  out.end_object();
  out.end_object();
  return std::move(out).take();
}

std::string error_verdict(std::string_view id_json, CeremonyKind kind, const Error& error) {
  const std::string_view check = check_name(error.check);
  const std::string_view step = step_of(kind, error.check);
  JsonWriter out;
  begin_verdict(out, id_json, false);
  out.member("error").begin_object();
  out.member("code").string(error_name(error.code));
  out.member("check").string(check);
  out.member("step").string(step);
  out.member("message").string(error_message(error.code));
  out.end_object();
  out.end_object();
  return std::move(out).take();
}

std::string obligations_json(std::span<const SignatureObligation> obligations,
                             const Hasher& hasher) {
  JsonWriter out;
  out.begin_object();
  out.member("obligations").begin_array();
  std::vector<Digest256> shown;
  for (const SignatureObligation& obligation : obligations) {
    const Digest256 digest = obligation_digest(obligation, hasher);
    if (std::find(shown.begin(), shown.end(), digest) != shown.end()) {
      continue;
    }
    shown.push_back(digest);
    out.begin_object();
    out.member("digest").base64url(digest);
    out.member("check").string(check_name(obligation.check));
    out.member("algorithm").begin_object();
    out.member("scheme").string(scheme_name(obligation.algorithm.scheme));
    out.member("hash").string(hash_name(obligation.algorithm.hash));
    out.end_object();
    write_key(out, obligation.key);
    out.member("message").base64url(obligation.message);
    out.member("signature").base64url(obligation.signature);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return std::move(out).take();
}

}  // namespace countersign
