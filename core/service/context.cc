#include "service/context.h"

#include "codec/base64url.h"

namespace countersign {

std::string random_text(RandomSource& random, std::size_t count) {
  ByteVector bytes(count);
  random.fill(bytes);
  return encode_base64url(bytes);
}

bool is_issued_to(const Ceremony& ceremony, const Caller& caller) {
  switch (ceremony.binding) {
    case CeremonyBinding::session:
      return caller.session_digest.has_value() &&
             constant_time_equal(*caller.session_digest, ceremony.binding_digest);
    case CeremonyBinding::token:
      return caller.api_key.has_value() ||
             (caller.token_digest.has_value() &&
              constant_time_equal(*caller.token_digest, ceremony.binding_digest));
    case CeremonyBinding::challenge:
      return caller.is_conformance_call;
  }
  return false;
}

std::string_view user_verification_name(UserVerification value) {
  switch (value) {
    case UserVerification::required:
      return "required";
    case UserVerification::preferred:
      return "preferred";
    case UserVerification::discouraged:
      return "discouraged";
  }
  return "required";
}

std::string_view ceremony_kind_name(CeremonyKind kind) {
  switch (kind) {
    case CeremonyKind::registration:
      return "registration";
    case CeremonyKind::authentication:
      return "authentication";
  }
  return "registration";
}

std::string_view service_step_of(CeremonyKind kind, Check check) {
  const bool is_registration = kind == CeremonyKind::registration;
  if (check == Check::credential_not_registered) {
    return "7.1.26";
  }
  if (check == Check::credential_known) {
    return "7.2.6";
  }
  if (check == Check::signature_counter_advanced) {
    return "7.2.22";
  }
  if (check == Check::credential_model_sound) {
    return "7.2.25";
  }
  if (check == Check::account_available) {
    return "7.1.29";
  }
  if (check == Check::ceremony_pending) {
    return is_registration ? "7.1.8" : "7.2.11";
  }
  return step_of(kind, check);
}

}  // namespace countersign
