#include "ceremony/shared_checks.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/utf8.h"
#include "model/domain.h"

namespace countersign {
namespace {

Status check_origin_list(const std::vector<std::string>& origins) {
  if (origins.size() > limits::kMaxOrigins) {
    return ErrorCode::expectations_too_large;
  }
  for (const std::string& origin : origins) {
    if (origin.empty() || origin.size() > limits::kMaxOriginBytes) {
      return ErrorCode::expected_origins_invalid;
    }
  }
  return ok();
}

bool contains(const std::vector<std::string>& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

AuthenticatorFlags flags_of(const CeremonyContext& context) {
  return context.authenticator_data->flags;
}

}  // namespace

Status check_shared_expectations(const CeremonyContext& context) {
  const CeremonyExpectations& expected = context.expectations;
  if (!is_domain(expected.rp_id)) {
    return ErrorCode::expected_rp_id_invalid;
  }
  if (expected.origins.empty()) {
    return ErrorCode::expected_origins_invalid;
  }
  CS_TRY(check_origin_list(expected.origins));
  CS_TRY(check_origin_list(expected.top_origins));
  if (expected.challenge.size() < limits::kMinChallengeBytes ||
      expected.challenge.size() > limits::kMaxChallengeBytes) {
    return ErrorCode::expected_challenge_invalid;
  }
  if (expected.appid &&
      (expected.appid->empty() || expected.appid->size() > limits::kMaxOriginBytes)) {
    return ErrorCode::expected_appid_invalid;
  }
  return ok();
}

// "Let clientExtensionResults be the result of calling credential.getClientExtensionResults()."
Status check_client_extensions_parse(CeremonyContext& context) {
  CS_ASSIGN(context.client_extensions, parse_client_extensions(context.client_extension_results));
  return ok();
}

// "Let JSONtext be the result of running UTF-8 decode on the value of response.clientDataJSON."
// Decoding would replace what is no UTF-8 by U+FFFD; two readers of such bytes may differ, so they
// are refused.
Status check_client_data_is_utf8(CeremonyContext& context) {
  if (context.client_data_json.size() > limits::kMaxClientDataBytes) {
    return ErrorCode::input_too_large;
  }
  return check_utf8(context.client_data_json);
}

// "Let C, the client data claimed as collected during the credential creation, be the result of
// running an implementation-specific JSON parser on JSONtext."
Status check_client_data_parses(CeremonyContext& context) {
  CS_ASSIGN(context.client_data, parse_client_data(context.client_data_json));
  // "Let hash be the result of computing a hash over response.clientDataJSON using SHA-256."
  context.client_data_hash = context.hasher.sha256({context.client_data_json});
  return ok();
}

// "Verify that the value of C.challenge equals the base64url encoding of pkOptions.challenge."
Status check_challenge_matches(CeremonyContext& context) {
  if (!constant_time_equal(context.client_data.challenge, context.expectations.challenge)) {
    return ErrorCode::challenge_mismatch;
  }
  return ok();
}

// "Verify that the value of C.origin is an origin expected by the Relying Party."
Status check_origin_allowed(CeremonyContext& context) {
  if (!contains(context.expectations.origins, context.client_data.origin)) {
    return ErrorCode::origin_not_allowed;
  }
  return ok();
}

// "If C.crossOrigin is present and set to true, verify that the Relying Party expects that this
// credential would have been created [used] within an iframe that is not same-origin with its
// ancestors."
Status check_cross_origin_allowed(CeremonyContext& context) {
  if (context.client_data.cross_origin.value_or(false) &&
      context.expectations.top_origins.empty()) {
    return ErrorCode::cross_origin_not_allowed;
  }
  return ok();
}

// "If C.topOrigin is present: Verify that the Relying Party expects that this credential would have
// been created [used] within an iframe that is not same-origin with its ancestors."
Status check_top_origin_expected(CeremonyContext& context) {
  if (context.client_data.top_origin && context.expectations.top_origins.empty()) {
    return ErrorCode::top_origin_unexpected;
  }
  return ok();
}

// "Verify that the value of C.topOrigin matches the origin of a page that the Relying Party expects
// to be sub-framed within."
Status check_top_origin_allowed(CeremonyContext& context) {
  if (context.client_data.top_origin &&
      !contains(context.expectations.top_origins, *context.client_data.top_origin)) {
    return ErrorCode::top_origin_not_allowed;
  }
  return ok();
}

bool is_rp_id_hash_of(const CeremonyContext& context, std::string_view identifier) {
  return context.authenticator_data->rp_id_hash == context.hasher.sha256({bytes_of(identifier)});
}

// "Verify that the rpIdHash in authData is the SHA-256 hash of the RP ID expected by the Relying
// Party."
Status check_rp_id_hash_matches(CeremonyContext& context) {
  if (!is_rp_id_hash_of(context, context.expectations.rp_id)) {
    return ErrorCode::rp_id_hash_mismatch;
  }
  return ok();
}

// "Verify that the UP bit of the flags in authData is set."
Status check_user_present(CeremonyContext& context) {
  if (!flags_of(context).is_user_present()) {
    return ErrorCode::user_not_present;
  }
  return ok();
}

// "If the Relying Party requires user verification [...], verify that the UV bit of the flags in
// authData is set." Otherwise the bit is ignored.
Status check_user_verified(CeremonyContext& context) {
  if (context.expectations.user_verification == UserVerification::required &&
      !flags_of(context).is_user_verified()) {
    return ErrorCode::user_not_verified;
  }
  return ok();
}

// "If the BE bit of the flags in authData is not set, verify that the BS bit is not set."
Status check_backup_flags_consistent(CeremonyContext& context) {
  if (!flags_of(context).is_backup_eligible() && flags_of(context).is_backed_up()) {
    return ErrorCode::backup_flags_inconsistent;
  }
  return ok();
}

// "Process the client extension outputs in clientExtensionResults and the authenticator extension
// outputs in the extensions in authData as required by the Relying Party."
Status check_authenticator_extensions_parse(CeremonyContext& context) {
  CS_ASSIGN(context.authenticator_extensions,
            parse_authenticator_extensions(context.authenticator_data->extensions));
  return ok();
}

}  // namespace countersign
