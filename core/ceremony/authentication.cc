#include "ceremony/authentication.h"

#include <algorithm>

#include "ceremony/shared_checks.h"

namespace countersign {
namespace {

struct AuthenticationContext : CeremonyContext {
  AuthenticationContext(const AuthenticationExpectations& expected, const CredentialRecord& stored,
                        const AuthenticationResponse& answer, const Hasher& hash)
      : CeremonyContext{expected, answer.client_data_json, answer.client_extension_results, hash},
        authentication_expectations(expected),
        record(stored),
        response(answer) {}

  const AuthenticationExpectations& authentication_expectations;
  const CredentialRecord& record;
  const AuthenticationResponse& response;
  AuthenticatorData parsed_authenticator_data{};
  std::optional<CoseKey> key;
  std::vector<SignatureObligation> obligations;
  bool was_appid_used = false;
};

// "Let options be a new CredentialRequestOptions structure configured to the Relying Party's needs
// for the ceremony." Expectations that could not protect anything are refused.
Status check_expectations_usable(AuthenticationContext& context) {
  return check_shared_expectations(context);
}

// "If pkOptions.allowCredentials is not empty, verify that credential.id identifies one of the
// public key credentials listed in pkOptions.allowCredentials."
Status check_credential_allowed(AuthenticationContext& context) {
  const auto& allowed = context.authentication_expectations.allow_credentials;
  if (!allowed.empty() &&
      std::find(allowed.begin(), allowed.end(), context.response.id) == allowed.end()) {
    return ErrorCode::credential_not_allowed;
  }
  return ok();
}

// "Identify the user being authenticated and let credentialRecord be the credential record for the
// credential". The caller looked it up; a look-up that went wrong must not sign anyone in.
Status check_credential_record_matches(AuthenticationContext& context) {
  if (context.record.id != context.response.id) {
    return ErrorCode::credential_record_mismatch;
  }
  return ok();
}

// "If the user was not identified before the authentication ceremony was initiated, verify that
// response.userHandle is present."
Status check_user_handle_present(AuthenticationContext& context) {
  if (context.authentication_expectations.is_user_handle_required &&
      !context.response.user_handle) {
    return ErrorCode::user_handle_missing;
  }
  return ok();
}

// "If the user was identified before [...] verify that the identified user account contains a
// credential record whose id equals credential.rawId. [...] If response.userHandle is present,
// verify that it equals the user handle of the user account. [Otherwise] verify that the user
// account identified by response.userHandle contains a credential record whose id equals
// credential.rawId."
Status check_user_handle_matches(AuthenticationContext& context) {
  const AuthenticationExpectations& expected = context.authentication_expectations;
  const std::optional<UserHandle>& owner = context.record.user_handle;
  if (!owner) {
    // Whose credential it is cannot be shown, so neither promise can be kept.
    if (expected.user_handle || expected.is_user_handle_required) {
      return ErrorCode::user_handle_mismatch;
    }
    return ok();
  }
  if (expected.user_handle && *expected.user_handle != *owner) {
    return ErrorCode::user_handle_mismatch;
  }
  if (context.response.user_handle && *context.response.user_handle != *owner) {
    return ErrorCode::user_handle_mismatch;
  }
  return ok();
}

// "Let cData, authData and sig denote the value of response's clientDataJSON, authenticatorData,
// and signature respectively."
Status check_authenticator_data_parses(AuthenticationContext& context) {
  CS_ASSIGN(context.parsed_authenticator_data,
            parse_authenticator_data(context.response.authenticator_data));
  context.authenticator_data = &context.parsed_authenticator_data;
  return ok();
}

// §6.3.3: "Let authenticatorData be the byte array specified in §6.1 [...] excluding
// attestedCredentialData." A signature over a registration's data must not pass as a login.
Status check_attested_credential_data_absent(AuthenticationContext& context) {
  if (context.authenticator_data->flags.has_attested_credential_data() ||
      context.authenticator_data->attested_credential_data) {
    return ErrorCode::attested_credential_data_unexpected;
  }
  return ok();
}

// "Verify that the value of C.type is the string webauthn.get." Secure Payment Confirmation signs
// "payment.get" with the same credential: each is refused where the other is expected.
Status check_type_is_get(AuthenticationContext& context) {
  const bool is_payment = context.authentication_expectations.purpose == AssertionPurpose::payment;
  if (context.client_data.type != (is_payment ? "payment.get" : "webauthn.get")) {
    return ErrorCode::type_mismatch;
  }
  return ok();
}

// "Verify that the rpIdHash in authData is the SHA-256 hash of the RP ID expected by the Relying
// Party." §10.1.1: "If true, the AppID was used and thus, when verifying the assertion, the Relying
// Party MUST expect the rpIdHash to be the hash of the AppID, not the RP ID."
Status check_rp_id_or_appid_hash_matches(AuthenticationContext& context) {
  const std::optional<std::string>& appid = context.expectations.appid;
  if (!appid || !context.client_extensions.appid.value_or(false)) {
    return check_rp_id_hash_matches(context);
  }
  if (!is_rp_id_hash_of(context, *appid)) {
    return ErrorCode::rp_id_hash_mismatch;
  }
  context.was_appid_used = true;
  return ok();
}

// "If credentialRecord.backupEligible is set, verify that currentBe is set. If
// credentialRecord.backupEligible is not set, verify that currentBe is not set."
Status check_backup_eligibility_unchanged(AuthenticationContext& context) {
  if (!context.authentication_expectations.is_backup_eligibility_known) {
    return ok();
  }
  if (context.authenticator_data->flags.is_backup_eligible() != context.record.is_backup_eligible) {
    return ErrorCode::backup_eligibility_changed;
  }
  return ok();
}

// "Using credentialRecord.publicKey, verify that sig is a valid signature over the binary
// concatenation of authData and hash." First the key,
Status check_credential_key_parses(AuthenticationContext& context) {
  CS_ASSIGN(context.key, parse_cose_key(context.record.public_key));
  // FIDO's tests enrol such a key; it signs nobody in.
  return context.key->algorithm == CoseAlgorithm::rs1 ? ErrorCode::algorithm_not_allowed_here
                                                      : ok();
}

// then the form of the signature; the arithmetic is left as an obligation.
Status check_assertion_signature_verifies(AuthenticationContext& context) {
  const AlgorithmEntry& entry = entry_of(context.key->algorithm);
  const SignatureAlgorithm algorithm{entry.scheme, entry.hash};
  CS_ASSIGN(ByteVector signature,
            make_fixed_signature(algorithm, context.key->key, context.response.signature));
  const Bytes signed_data = context.response.authenticator_data;
  ByteVector message;
  message.reserve(signed_data.size() + context.client_data_hash.size());
  message.insert(message.end(), signed_data.begin(), signed_data.end());
  message.insert(message.end(), context.client_data_hash.begin(), context.client_data_hash.end());
  context.obligations.push_back({Check::assertion_signature_verifies, algorithm,
                                 std::move(context.key->key), std::move(message),
                                 std::move(signature)});
  return ok();
}

using Row = AuthenticationContext;

constexpr CheckRow<AuthenticationContext> kAuthenticationChecks[] = {
    {Check::expectations_usable, check_expectations_usable},
    {Check::client_extensions_parse, shared<Row, check_client_extensions_parse>},
    {Check::credential_allowed, check_credential_allowed},
    {Check::credential_record_matches, check_credential_record_matches},
    {Check::user_handle_present, check_user_handle_present},
    {Check::user_handle_matches, check_user_handle_matches},
    {Check::authenticator_data_parses, check_authenticator_data_parses},
    {Check::attested_credential_data_absent, check_attested_credential_data_absent},
    {Check::client_data_is_utf8, shared<Row, check_client_data_is_utf8>},
    {Check::client_data_parses, shared<Row, check_client_data_parses>},
    {Check::type_is_get, check_type_is_get},
    {Check::challenge_matches, shared<Row, check_challenge_matches>},
    {Check::origin_allowed, shared<Row, check_origin_allowed>},
    {Check::cross_origin_allowed, shared<Row, check_cross_origin_allowed>},
    {Check::top_origin_expected, shared<Row, check_top_origin_expected>},
    {Check::top_origin_allowed, shared<Row, check_top_origin_allowed>},
    {Check::rp_id_hash_matches, check_rp_id_or_appid_hash_matches},
    {Check::user_present, shared<Row, check_user_present>},
    {Check::user_verified, shared<Row, check_user_verified>},
    {Check::backup_flags_consistent, shared<Row, check_backup_flags_consistent>},
    {Check::backup_eligibility_unchanged, check_backup_eligibility_unchanged},
    {Check::credential_key_parses, check_credential_key_parses},
    {Check::assertion_signature_verifies, check_assertion_signature_verifies},
    {Check::authenticator_extensions_parse, shared<Row, check_authenticator_extensions_parse>},
};

constexpr auto kAuthenticationCheckNames = names_of(kAuthenticationChecks);

// "If authData.signCount is nonzero or credentialRecord.signCount is nonzero, then run the
// following sub-step: If authData.signCount is greater than credentialRecord.signCount: The
// signature counter is valid. Less than or equal [...]: This is a signal".
CounterOutcome compare_counters(std::uint32_t received, std::uint32_t stored) {
  if (received == 0 && stored == 0) {
    return CounterOutcome::zero;
  }
  return received > stored ? CounterOutcome::advanced : CounterOutcome::not_advanced;
}

}  // namespace

std::string_view counter_outcome_name(CounterOutcome outcome) {
  switch (outcome) {
    case CounterOutcome::zero:
      return "zero";
    case CounterOutcome::advanced:
      return "advanced";
    case CounterOutcome::not_advanced:
      return "not_advanced";
  }
  return "not_advanced";
}

struct PendingAuthentication::State {
  VerifiedAssertion assertion;
  std::vector<SignatureObligation> obligations;
};

PendingAuthentication::PendingAuthentication(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
PendingAuthentication::PendingAuthentication(PendingAuthentication&&) noexcept = default;
PendingAuthentication& PendingAuthentication::operator=(PendingAuthentication&&) noexcept = default;
PendingAuthentication::~PendingAuthentication() = default;

std::span<const SignatureObligation> PendingAuthentication::obligations() const {
  return state_->obligations;
}

std::span<const Check> authentication_checks() { return kAuthenticationCheckNames; }

Result<PendingAuthentication> begin_authentication(const AuthenticationExpectations& expectations,
                                                   const CredentialRecord& record,
                                                   const AuthenticationResponse& response,
                                                   const Hasher& hasher) {
  return PendingAuthentication::begin(expectations, record, response, hasher);
}

Result<PendingAuthentication> PendingAuthentication::begin(
    const AuthenticationExpectations& expectations, const CredentialRecord& record,
    const AuthenticationResponse& response, const Hasher& hasher) {
  AuthenticationContext context(expectations, record, response, hasher);
  auto state = std::make_unique<PendingAuthentication::State>();
  VerifiedAssertion& assertion = state->assertion;
  assertion.checks_.reserve(std::size(kAuthenticationChecks));
  CS_TRY(run_checks(kAuthenticationChecks, context, assertion.checks_));
  if (!expectations.is_backup_eligibility_known) {
    assertion.checks_.erase(std::find(assertion.checks_.begin(), assertion.checks_.end(),
                                      Check::backup_eligibility_unchanged));
  }
  state->obligations = std::move(context.obligations);

  const AuthenticatorData& authenticator_data = *context.authenticator_data;
  assertion.counter_ = compare_counters(authenticator_data.sign_count, record.sign_count);
  assertion.record_ = record;
  assertion.record_.sign_count = std::max(authenticator_data.sign_count, record.sign_count);
  assertion.record_.is_backed_up = authenticator_data.flags.is_backed_up();
  assertion.client_data_ = std::move(context.client_data);
  assertion.authenticator_data_ = std::move(context.parsed_authenticator_data);
  assertion.was_appid_used_ = context.was_appid_used;
  assertion.client_extension_results_ = response.client_extension_results;
  assertion.client_extensions_ = std::move(context.client_extensions);
  assertion.authenticator_extensions_ = std::move(context.authenticator_extensions);
  return PendingAuthentication(std::move(state));
}

Result<VerifiedAssertion> PendingAuthentication::finish(
    std::span<const SignatureVerdict> verdicts) && {
  const std::unique_ptr<State> state = std::move(state_);
  if (verdicts.size() != state->obligations.size()) {
    return ErrorCode::obligation_results_mismatch;
  }
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const Check check = state->obligations[i].check;
    switch (verdicts[i]) {
      case SignatureVerdict::valid:
        continue;
      case SignatureVerdict::unsupported:
        return Error{ErrorCode::algorithm_unsupported_by_backend, check, 0};
      case SignatureVerdict::invalid:
        break;
    }
    return Error{ErrorCode::signature_invalid, check, 0};
  }
  return std::move(state->assertion);
}

}  // namespace countersign
