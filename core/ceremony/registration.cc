#include "ceremony/registration.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "ceremony/shared_checks.h"

namespace countersign {
namespace {

struct RegistrationContext : CeremonyContext {
  RegistrationContext(const RegistrationExpectations& expected, const RegistrationResponse& answer,
                      const Hasher& hash)
      : CeremonyContext{expected, answer.client_data_json, answer.client_extension_results, hash},
        registration_expectations(expected),
        response(answer) {}

  const RegistrationExpectations& registration_expectations;
  const RegistrationResponse& response;
  AttestationObject attestation_object{};
  AttestationStatementResult statement{};
  std::vector<SignatureObligation> obligations;

  const AttestedCredentialData& credential() const {
    return *authenticator_data->attested_credential_data;
  }
};

// "Let options be a new CredentialCreationOptions structure configured to the Relying Party's needs
// for the ceremony." Expectations that could not protect anything are refused.
Status check_expectations_usable(RegistrationContext& context) {
  CS_TRY(check_shared_expectations(context));
  const RegistrationExpectations& expected = context.registration_expectations;
  if (expected.algorithms.size() > limits::kMaxAllowedAlgorithms ||
      expected.trust_anchors.size() > limits::kMaxTrustAnchors) {
    return ErrorCode::expectations_too_large;
  }
  return ok();
}

// "Verify that the value of C.type is webauthn.create."
Status check_type_is_create(RegistrationContext& context) {
  if (context.client_data.type != "webauthn.create") {
    return ErrorCode::type_mismatch;
  }
  return ok();
}

// "Perform CBOR decoding on the attestationObject field of the AuthenticatorAttestationResponse
// structure to obtain the attestation statement format fmt, the authenticator data authData, and
// the attestation statement attStmt."
Status check_attestation_object_parses(RegistrationContext& context) {
  CS_ASSIGN(context.attestation_object,
            parse_attestation_object(context.response.attestation_object));
  context.authenticator_data = &context.attestation_object.authenticator_data;
  if (!context.authenticator_data->attested_credential_data) {
    return ErrorCode::attested_credential_data_missing;
  }
  return ok();
}

// "If options.mediation is not set to conditional, verify that the UP bit of the flags in authData
// is set."
Status check_user_present_unless_conditional(RegistrationContext& context) {
  if (context.registration_expectations.mediation == Mediation::conditional) {
    return ok();
  }
  return check_user_present(context);
}

// "Verify that the "alg" parameter in the credential public key in authData matches the alg
// attribute of one of the items in pkOptions.pubKeyCredParams."
Status check_algorithm_offered(RegistrationContext& context) {
  const auto& offered = context.registration_expectations.algorithms;
  const CoseAlgorithm algorithm = context.credential().public_key.algorithm;
  const bool is_named = std::find(offered.begin(), offered.end(), algorithm) != offered.end();
  // SHA-1: never by default, only where a relying party asks for it by name.
  if (algorithm == CoseAlgorithm::rs1 && !is_named) {
    return ErrorCode::algorithm_not_allowed_here;
  }
  if (!offered.empty() && !is_named) {
    return ErrorCode::algorithm_not_offered;
  }
  return ok();
}

// "Determine the attestation statement format by performing a USASCII case-sensitive match on fmt
// against the set of supported WebAuthn Attestation Statement Format Identifier values."
Status check_attestation_format_supported(RegistrationContext& context) {
  const auto formats = attestation_formats();
  const bool is_supported =
      std::any_of(formats.begin(), formats.end(), [&](const AttestationFormat& format) {
        return format.identifier == context.attestation_object.format;
      });
  if (!is_supported) {
    return ErrorCode::attestation_format_unknown;
  }
  return ok();
}

// "Verify that attStmt is a correct attestation statement, conveying a valid attestation signature,
// by using the attestation statement format fmt's verification procedure given attStmt, authData
// and hash."
Status check_attestation_statement_verifies(RegistrationContext& context) {
  const RegistrationExpectations& expected = context.registration_expectations;
  const AttestationContext attestation{context.attestation_object.statement,
                                       *context.authenticator_data,
                                       context.client_data_hash,
                                       expected.attestation,
                                       expected.time,
                                       context.hasher};
  CS_ASSIGN(context.statement, verify_attestation_statement(context.attestation_object.format,
                                                            attestation, context.obligations));
  if (context.obligations.size() > limits::kMaxObligations) {
    return ErrorCode::too_many_obligations;
  }
  return ok();
}

// "Verify that the credentialId is ≤ 1023 bytes."
Status check_credential_id_length(RegistrationContext& context) {
  if (context.credential().credential_id.value.size() > limits::kMaxCredentialIdBytes) {
    return ErrorCode::credential_id_too_long;
  }
  return ok();
}

// "Let credentialRecord be a new credential record with the following contents: [...] id:
// credential.id or credential.rawId." A record under another identifier than the signed one could
// never be found again, or would be found for someone else.
Status check_credential_id_matches(RegistrationContext& context) {
  if (context.credential().credential_id != context.response.id) {
    return ErrorCode::credential_id_mismatch;
  }
  return ok();
}

using Row = RegistrationContext;

constexpr CheckRow<RegistrationContext> kRegistrationChecks[] = {
    {Check::expectations_usable, check_expectations_usable},
    {Check::client_extensions_parse, shared<Row, check_client_extensions_parse>},
    {Check::client_data_is_utf8, shared<Row, check_client_data_is_utf8>},
    {Check::client_data_parses, shared<Row, check_client_data_parses>},
    {Check::type_is_create, check_type_is_create},
    {Check::challenge_matches, shared<Row, check_challenge_matches>},
    {Check::origin_allowed, shared<Row, check_origin_allowed>},
    {Check::cross_origin_allowed, shared<Row, check_cross_origin_allowed>},
    {Check::top_origin_expected, shared<Row, check_top_origin_expected>},
    {Check::top_origin_allowed, shared<Row, check_top_origin_allowed>},
    {Check::attestation_object_parses, check_attestation_object_parses},
    {Check::rp_id_hash_matches, shared<Row, check_rp_id_hash_matches>},
    {Check::user_present, check_user_present_unless_conditional},
    {Check::user_verified, shared<Row, check_user_verified>},
    {Check::backup_flags_consistent, shared<Row, check_backup_flags_consistent>},
    {Check::algorithm_offered, check_algorithm_offered},
    {Check::attestation_format_supported, check_attestation_format_supported},
    {Check::attestation_statement_verifies, check_attestation_statement_verifies},
    {Check::credential_id_length, check_credential_id_length},
    {Check::credential_id_matches, check_credential_id_matches},
    {Check::authenticator_extensions_parse, shared<Row, check_authenticator_extensions_parse>},
};

/// What the rules after the arithmetic look at and find.
struct TrustContext {
  const AttestationStatementResult& statement;
  const TrustCandidates& candidates;
  const std::vector<bool>& holds;
  const TrustAssessment& trust;
  bool is_trusted_attestation_required;
  const AttestationModels* models;
  const AttestedCredentialData& credential;
  UnixSeconds time;
  std::optional<ModelAssessment>& model;
  std::vector<Certificate>& anchors;
};

// "Assess the attestation trustworthiness using the outputs of the verification procedure in step
// 22, as follows: If no attestation was provided, verify that None attestation is acceptable under
// Relying Party policy. If self attestation was used, verify that self attestation is acceptable
// under Relying Party policy. Otherwise, use the X.509 certificates returned as the attestation
// trust path [...] to verify that the attestation public key either correctly chains up to an
// acceptable root certificate, or is itself an acceptable certificate."
Status check_attestation_trusted(TrustContext& context) {
  if (!context.is_trusted_attestation_required) {
    return ok();
  }
  switch (context.trust.trust) {
    case AttestationTrust::trusted:
      return ok();
    case AttestationTrust::none:
      return ErrorCode::attestation_none_not_allowed;
    case AttestationTrust::self:
      return ErrorCode::attestation_self_not_allowed;
    case AttestationTrust::untrusted:
      return ErrorCode::attestation_untrusted;
  }
  return ErrorCode::attestation_untrusted;
}

Status assess_model(TrustContext& context, const AttestationStatementResult& statement,
                    const TrustCandidates& candidates) {
  // Of several objections the one with the lowest number, whatever the order of the statements.
  std::optional<Error> objection;
  for (std::size_t i = 0; i < statement.compound.size(); ++i) {
    const Status part = assess_model(context, statement.compound[i], candidates.compound[i]);
    if (!part.has_value() && (!objection || part.error().code < objection->code)) {
      objection = part.error();
    }
  }
  if (objection) {
    return *objection;
  }
  if (!statement.compound.empty()) {
    return ok();
  }
  const TrustAssessment trust = assess_trust(candidates, context.holds);
  const Certificate* anchor = trust.anchor ? &candidates.anchors[*trust.anchor] : nullptr;
  CS_ASSIGN(ModelAssessment model,
            context.models->assess({statement, context.credential.aaguid,
                                    context.credential.public_key.algorithm, context.time},
                                   trust, anchor));
  if (anchor != nullptr) {
    context.anchors.push_back(*anchor);
  }
  context.model = context.model ? weaker_of_both(*context.model, model) : std::move(model);
  return ok();
}

// "Assess the attestation trustworthiness using the outputs of the verification procedure in step
// 22": what the trusted source of step 23 says of the model decides too; of each statement of a
// compound one.
Status check_authenticator_model_acceptable(TrustContext& context) {
  return assess_model(context, context.statement, context.candidates);
}

constexpr CheckRow<TrustContext> kClosingChecks[] = {
    {Check::attestation_trusted, check_attestation_trusted},
};
constexpr CheckRow<TrustContext> kModelChecks[] = {
    {Check::authenticator_model_acceptable, check_authenticator_model_acceptable},
};

constexpr auto kRegistrationCheckNames = names_of(kRegistrationChecks);
constexpr std::array kClosingCheckNames{kClosingChecks[0].check, kModelChecks[0].check};

}  // namespace

struct PendingRegistration::State {
  VerifiedRegistration registration;  // complete but for the trust assessment
  std::vector<SignatureObligation> obligations;
  /// The first of these many prove the statement; the rest are edges of trust paths.
  std::size_t statement_obligations = 0;
  TrustCandidates candidates;
  bool is_trusted_attestation_required = false;
  const AttestationModels* models = nullptr;
  UnixSeconds time;
};

PendingRegistration::PendingRegistration(std::unique_ptr<State> state) : state_(std::move(state)) {}
PendingRegistration::PendingRegistration(PendingRegistration&&) noexcept = default;
PendingRegistration& PendingRegistration::operator=(PendingRegistration&&) noexcept = default;
PendingRegistration::~PendingRegistration() = default;

std::span<const SignatureObligation> PendingRegistration::obligations() const {
  return state_->obligations;
}

std::span<const Check> registration_checks() { return kRegistrationCheckNames; }
std::span<const Check> registration_closing_checks() { return kClosingCheckNames; }

CoseAlgorithm VerifiedRegistration::algorithm() const {
  return attestation_object_.authenticator_data.attested_credential_data->public_key.algorithm;
}

Result<PendingRegistration> begin_registration(const RegistrationExpectations& expectations,
                                               const RegistrationResponse& response,
                                               const Hasher& hasher) {
  return PendingRegistration::begin(expectations, response, hasher);
}

Result<PendingRegistration> PendingRegistration::begin(const RegistrationExpectations& expectations,
                                                       const RegistrationResponse& response,
                                                       const Hasher& hasher) {
  RegistrationContext context(expectations, response, hasher);
  auto state = std::make_unique<PendingRegistration::State>();
  VerifiedRegistration& registration = state->registration;
  registration.checks_.reserve(std::size(kRegistrationChecks) + std::size(kClosingChecks) + 4);
  CS_TRY(run_checks(kRegistrationChecks, context, registration.checks_));

  state->statement_obligations = context.obligations.size();
  state->candidates = find_trust_candidates(
      context.statement,
      {expectations.trust_anchors, expectations.time, expectations.models,
       context.credential().aaguid, context.credential().public_key.algorithm},
      context.obligations);
  if (context.obligations.size() > limits::kMaxObligations) {
    return Error{ErrorCode::too_many_obligations, Check::attestation_chain_trusted, 0};
  }
  state->obligations = std::move(context.obligations);
  state->is_trusted_attestation_required = expectations.is_trusted_attestation_required;
  state->models = expectations.models;
  state->time = expectations.time;

  const AuthenticatorData& authenticator_data = *context.authenticator_data;
  CredentialRecord& record = registration.record_;
  record.id = context.credential().credential_id;
  record.public_key = context.credential().public_key.encoded;
  record.sign_count = authenticator_data.sign_count;
  record.is_uv_initialized = authenticator_data.flags.is_user_verified();
  record.transports = response.transports;
  record.is_backup_eligible = authenticator_data.flags.is_backup_eligible();
  record.is_backed_up = authenticator_data.flags.is_backed_up();
  record.aaguid = context.credential().aaguid;

  registration.client_data_ = std::move(context.client_data);
  registration.client_data_hash_ = context.client_data_hash;
  registration.client_extension_results_ = response.client_extension_results;
  registration.client_extensions_ = std::move(context.client_extensions);
  registration.authenticator_extensions_ = std::move(context.authenticator_extensions);
  registration.statement_ = std::move(context.statement);
  registration.attestation_object_ = std::move(context.attestation_object);
  return PendingRegistration(std::move(state));
}

Result<VerifiedRegistration> PendingRegistration::finish(
    std::span<const SignatureVerdict> verdicts) && {
  const std::unique_ptr<State> state = std::move(state_);
  if (verdicts.size() != state->obligations.size()) {
    return ErrorCode::obligation_results_mismatch;
  }
  VerifiedRegistration& registration = state->registration;
  std::vector<bool> holds(verdicts.size(), false);
  bool is_edge_unsupported = false;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    holds[i] = verdicts[i] == SignatureVerdict::valid;
    const Check check = state->obligations[i].check;
    if (i >= state->statement_obligations) {
      is_edge_unsupported |= verdicts[i] == SignatureVerdict::unsupported;
    } else if (verdicts[i] == SignatureVerdict::unsupported) {
      return Error{ErrorCode::algorithm_unsupported_by_backend, check, 0};
    } else if (!holds[i]) {
      return Error{ErrorCode::signature_invalid, check, 0};
    }
    if (registration.checks_.back() != check) {
      registration.checks_.push_back(check);
    }
  }
  registration.trust_ = assess_trust(state->candidates, holds);
  if (is_edge_unsupported && registration.trust_.trust == AttestationTrust::untrusted) {
    registration.trust_.reason =
        Error{ErrorCode::algorithm_unsupported_by_backend, Check::attestation_chain_trusted, 0};
  }
  TrustContext trust{registration.statement_,
                     state->candidates,
                     holds,
                     registration.trust_,
                     state->is_trusted_attestation_required,
                     state->models,
                     *registration.attestation_object_.authenticator_data.attested_credential_data,
                     state->time,
                     registration.model_,
                     registration.anchors_};
  CS_TRY(run_checks(kClosingChecks, trust, registration.checks_));
  if (state->models != nullptr) {
    CS_TRY(run_checks(kModelChecks, trust, registration.checks_));
  }
  return std::move(registration);
}

}  // namespace countersign
