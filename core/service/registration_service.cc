#include "service/registration_service.h"

#include <algorithm>

#include "base/limits.h"
#include "ceremony/registration.h"
#include "codec/json_reader.h"
#include "service/ceremony_flow.h"
#include "service/model_facts.h"
#include "service/model_review.h"
#include "service/policy_facts.h"
#include "transaction/browser_bound_key.h"

namespace countersign {
namespace {

constexpr std::string_view kRegistrationRoute = "POST /v1/registrations";
// Whose account the registration is for, and what its result may do.
struct Registrant {
  Account account;
  AccountRule rule = AccountRule::existing;
  bool is_created_now = false;
  bool is_session_required = false;
};

// The code speaks for the account, whoever sends it.
Result<Registrant> find_activated(const ServiceContext& context, const Tenant& tenant,
                                  const RegistrationRequest& request) {
  if (request.username || request.display_name) {
    return ErrorCode::request_member_invalid;
  }
  CS_ASSIGN(std::optional<Account> account,
            context.credentials.find_account(tenant.id, request.activation->account));
  if (!account) {
    return ErrorCode::store_corrupt;
  }
  Registrant subject;
  subject.account = std::move(*account);
  return subject;
}

Result<Registrant> find_subject(const ServiceContext& context, const Tenant& tenant,
                                const Caller& caller, const RegistrationRequest& request) {
  if (request.activation) {
    return find_activated(context, tenant, request);
  }
  Registrant subject;
  if (caller.session && !caller.api_key && !caller.is_conformance_call) {
    if (request.username) {
      return ErrorCode::request_member_invalid;
    }
    CS_ASSIGN(std::optional<Account> account,
              context.credentials.find_account(tenant.id, caller.session->user_handle));
    if (!account) {
      return ErrorCode::session_required;
    }
    subject.account = std::move(*account);
    subject.is_session_required = true;
    return subject;
  }
  if (!caller.api_key && !caller.is_conformance_call) {
    if (!tenant.has_sessions) {
      return ErrorCode::caller_not_allowed;
    }
    if (tenant.enrolment != Enrolment::open) {
      return ErrorCode::session_required;
    }
    if (!request.display_name) {
      return ErrorCode::request_member_invalid;
    }
  } else if (!request.username) {
    return ErrorCode::request_member_invalid;
  }
  std::optional<Account> known;
  if (request.username) {
    CS_ASSIGN(known, context.credentials.find_account_by_username(tenant.id, *request.username));
  }
  if (known && !caller.api_key && !caller.is_conformance_call) {
    // An existing account takes credentials only from its own session.
    return Error{ErrorCode::account_exists, Check::account_available, 0};
  }
  if (known) {
    subject.account = std::move(*known);
    return subject;
  }
  subject.account = make_account(context, request.username, request.display_name);
  subject.is_created_now = caller.api_key.has_value();
  if (!subject.is_created_now) {
    subject.rule = caller.is_conformance_call ? AccountRule::create_or_join : AccountRule::create;
  }
  return subject;
}

// FIDO's tool enrols for any name: to it every account is a new one.
PolicyCeremony ceremony_for(const Registrant& subject, const Caller& caller,
                            const std::optional<Activation>& activation,
                            const std::vector<StoredCredential>& existing) {
  if (activation) {
    return policy_ceremony_of(activation->purpose);
  }
  const bool is_added =
      subject.is_session_required || (!caller.is_conformance_call && !existing.empty());
  return is_added ? PolicyCeremony::credential_add : PolicyCeremony::registration;
}

// What is no conveyance asks for none.
AttestationConveyance attestation_of(std::string_view name) {
  for (const AttestationConveyance value :
       {AttestationConveyance::enterprise, AttestationConveyance::direct,
        AttestationConveyance::indirect}) {
    if (attestation_name(value) == name) {
      return value;
    }
  }
  return AttestationConveyance::none;
}

// Secure Payment Confirmation: with the payment extension browsers refuse all other options.
Status demand_payment_options(Ceremony& ceremony, WebAuthnOptions& options) {
  if (options.attachment == AuthenticatorAttachment::cross_platform) {
    return ErrorCode::policy_requirement_unmet;
  }
  ceremony.is_for_payments = true;
  ceremony.user_verification = UserVerification::required;
  options.attachment = AuthenticatorAttachment::platform;
  options.resident_key = ResidentKey::required;
  return ok();
}

Result<BeganCeremony> begin(const ServiceContext& context, const Tenant& tenant,
                            const Caller& caller, const RegistrationRequest& request,
                            const std::optional<IdempotencyKey>& idempotency, CeremonyId& issued_id,
                            PolicyTrace& trace) {
  if (request.policy_inputs && !caller.api_key) {
    return ErrorCode::request_member_invalid;  // a browser supplies none
  }
  if ((request.username && !is_name(*request.username, kMaxNameCharacters)) ||
      (request.display_name && !is_name(*request.display_name, kMaxNameCharacters))) {
    return ErrorCode::request_member_invalid;
  }
  CS_ASSIGN(std::optional<std::string> remembered,
            find_remembered(context, tenant, caller, kRegistrationRoute, idempotency));
  if (remembered) {
    return BeganCeremony{{}, std::move(*remembered), std::nullopt, true};
  }
  CS_ASSIGN(const Registrant subject, find_subject(context, tenant, caller, request));
  CS_ASSIGN(const std::vector<StoredCredential> existing,
            context.credentials.list_credentials(tenant.id, subject.account.handle));
  if (existing.size() >= limits::kMaxCredentialsPerAccount) {
    return ErrorCode::credential_limit_reached;
  }

  IssuedCeremony issued = issue_ceremony(context, tenant, caller, CeremonyKind::registration);
  Ceremony& ceremony = issued.ceremony;
  ceremony.user_verification = request.user_verification.value_or(tenant.registration_verification);
  ceremony.user_handle = subject.account.handle;
  ceremony.username = subject.account.username;
  ceremony.display_name = request.display_name.value_or(subject.account.display_name);
  ceremony.account_rule = subject.rule;
  ceremony.is_session_required = subject.is_session_required;
  if (request.activation) {
    ceremony.activation = CeremonyActivation{request.activation->id, request.activation->purpose};
    ceremony.expires_at = std::min(ceremony.expires_at, request.activation->expires_at);
  }
  const PolicyCeremony policy_ceremony =
      ceremony_for(subject, caller, request.activation, existing);
  std::string inputs;
  if (request.policy_inputs) {
    CS_ASSIGN(inputs, read_backend_inputs(*request.policy_inputs, policy_ceremony));
  }
  CS_ASSIGN(
      PolicyOptions policy,
      decide_options(context, tenant,
                     make_question(ceremony, caller, policy_ceremony, std::move(inputs)), trace));
  const std::vector<CoseAlgorithm> algorithms =
      allowed_algorithms(offered_algorithms(tenant), policy.options);
  if (algorithms.empty()) {
    return ErrorCode::policy_requirement_unmet;
  }
  // What is asked for beyond the policy's demand may be recorded as direct, never as enterprise:
  // nothing in the response tells the two apart, and a browser asks as it likes.
  policy.bound.attestation =
      std::max(policy.bound.attestation,
               std::min(attestation_of(request.attestation), AttestationConveyance::direct));
  bind_policy(ceremony, policy);
  if (request.is_for_payments) {
    CS_TRY(demand_payment_options(ceremony, policy.options));
  }
  issued_id = ceremony.id;

  std::vector<CredentialRecord> excluded;
  for (const StoredCredential& credential : existing) {
    excluded.push_back(credential.record);
  }
  const std::string_view attestation =
      attestation_of(request.attestation) >= policy.bound.attestation
          ? std::string_view(request.attestation)
          : attestation_name(policy.bound.attestation);
  std::string options =
      encode_creation_options({tenant, ceremony, excluded, algorithms, policy.options, attestation,
                               request.authenticator_selection, request.extensions});
  std::string answer =
      encode_began(issued, options, policy.client, caller.api_key ? &subject.account : nullptr);
  std::optional<Account> account;
  if (subject.is_created_now) {
    account = subject.account;
  }
  return store_began(context, tenant, caller, issued, account, std::move(options),
                     std::move(answer), kRegistrationRoute, idempotency);
}

RegistrationExpectations make_expectations(const Tenant& tenant, const Ceremony& ceremony,
                                           UnixSeconds now, const MetadataModels* models) {
  auto expectations = make_common_expectations<RegistrationExpectations>(tenant, ceremony, now);
  expectations.algorithms = offered_algorithms(tenant);
  expectations.mediation = ceremony.mediation;
  expectations.attestation.is_safetynet_enabled = tenant.is_conformance_profile;
  expectations.models = models;
  expectations.attestation.are_test_tpm_vendors_accepted = tenant.is_conformance_profile;
  expectations.attestation.is_u2f_aaguid_zero_required = tenant.is_conformance_profile;
  return expectations;
}

Result<VerifiedRegistration> verify(const ServiceContext& context,
                                    const RegistrationExpectations& expectations,
                                    const JsonValue& body) {
  CS_ASSIGN(const RegistrationResponse response, parse_registration_response(body));
  CS_ASSIGN(PendingRegistration pending,
            begin_registration(expectations, response, context.hasher));
  return std::move(pending).finish(discharge(pending.obligations(), context.verifier));
}

StoredCredential make_credential(const VerifiedRegistration& verified, const Ceremony& ceremony,
                                 UnixSeconds now) {
  StoredCredential credential;
  credential.record = verified.record();
  credential.record.user_handle = ceremony.user_handle;
  credential.name = "Passkey";
  credential.algorithm = static_cast<std::int64_t>(verified.algorithm());
  credential.attestation_format = std::string(verified.statement().format);
  credential.attestation_type = std::string(attestation_type_name(verified.statement().type));
  credential.attestation_trust = std::string(attestation_trust_name(verified.trust().trust));
  credential.attestation_conveyance =
      conveyed_attestation(verified.trust().trust, ceremony.policy ? ceremony.policy->attestation
                                                                   : AttestationConveyance::none);
  credential.is_discoverable = verified.client_extensions().resident_key;
  credential.created_at = now;
  return credential;
}

// What a policy holds back from a passkey that came by a recovery would else be had with another
// one, added right after, also where the first was revoked in between.
Result<std::optional<UnixSeconds>> find_recovery(const ServiceContext& context,
                                                 const Ceremony& ceremony, UnixSeconds now) {
  if (ceremony.activation && ceremony.activation->purpose == ActivationPurpose::recovery) {
    return std::optional(now);
  }
  CS_ASSIGN(const std::optional<UnixSeconds> last,
            context.credentials.find_last_recovery(ceremony.tenant, *ceremony.user_handle));
  const bool counts = last && seconds_between(*last, now) < kRecoveryLineageSeconds;
  return counts ? last : std::nullopt;
}

Result<RegistrationOutcome> finish(const ServiceContext& context, const Tenant& tenant,
                                   const Caller& caller, const CeremonyId& id,
                                   std::string_view text, std::string& verification_case,
                                   PolicyTrace& trace) {
  CS_ASSIGN(const Ceremony ceremony,
            find_pending(context, tenant, caller, CeremonyKind::registration, id));
  const UnixSeconds now = context.clock.now();
  const Result<JsonValue> body = parse_json(text);
  if (!body.has_value()) {
    return refuse(context, ceremony, caller, now, body.error());
  }
  // One snapshot for the whole ceremony: step 24 must judge by what step 23 found.
  const std::shared_ptr<const MetadataModels> models = context.models.models();
  const RegistrationExpectations expectations =
      make_expectations(tenant, ceremony, now, models.get());
  const Result<VerifiedRegistration> verified = verify(context, expectations, *body);
  if (tenant.error_detail == ErrorDetail::precise) {
    verification_case = encode_registration_case(
        ceremony.id, expectations,
        verified.has_value() ? verified->anchors() : std::vector<Certificate>(), text);
  }
  if (!verified.has_value()) {
    return refuse(context, ceremony, caller, now, verified.error());
  }
  Result<std::optional<ByteVector>> browser_bound_key{std::optional<ByteVector>()};
  if (ceremony.is_for_payments) {
    browser_bound_key = verify_registered_browser_bound_key(*verified, context.verifier);
    if (!browser_bound_key.has_value()) {
      return refuse(context, ceremony, caller, now, browser_bound_key.error());
    }
  }

  RegistrationOutcome outcome;
  outcome.credential = make_credential(*verified, ceremony, now);
  outcome.credential.model = make_credential_model(*verified, models.get(), now, context.hasher);
  CS_ASSIGN(outcome.credential.recovered_at, find_recovery(context, ceremony, now));
  const bool is_user_verified =
      verified->attestation_object().authenticator_data.flags.is_user_verified();
  if (ceremony.is_session_required && !caller.session) {
    return refuse(context, ceremony, caller, now,
                  Error{ErrorCode::session_required, Check::none, 0});
  }
  const Status decided =
      decide_verdict(context, tenant, make_question(ceremony, caller), ceremony.policy,
                     {outcome.credential, is_user_verified, std::nullopt,
                      verified->attestation_object().is_key_order_canonical},
                     trace);
  if (!decided.has_value()) {
    return is_of_the_store(decided.error())
               ? decided.error()
               : refuse(context, ceremony, caller, now, decided.error());
  }
  outcome.account = Account{*ceremony.user_handle, ceremony.username, ceremony.display_name, now};
  FinishedRegistration finished{outcome.credential, outcome.account, std::nullopt, std::nullopt};
  if (ceremony.is_for_payments) {
    finished.is_for_payments = true;
    finished.browser_bound_key = browser_bound_key.value();
    outcome.has_browser_bound_key = finished.browser_bound_key.has_value();
  }
  if (models != nullptr) {
    finished.review_key = review_key(*models, now, context.hasher);
  }
  if (ceremony.is_session_required) {
    finished.session_needed = ceremony.binding_digest;
  } else if (ceremony.binding == CeremonyBinding::session && tenant.has_sessions) {
    const NewSession made = make_session(context, tenant, *ceremony.user_handle,
                                         outcome.credential.record.id, is_user_verified, now);
    finished.session = made.session;
    outcome.session = made.session;
    outcome.new_session = made.value;
  }
  CS_TRY(context.challenges.finish_registration(ceremony, now, finished, caller.correlation_id));
  outcome.checks = verified->checks();
  outcome.checks.push_back(Check::ceremony_pending);
  outcome.checks.push_back(Check::credential_not_registered);
  outcome.checks.push_back(Check::account_available);
  return outcome;
}

}  // namespace

std::vector<CoseAlgorithm> offered_algorithms(const Tenant& tenant) {
  if (!tenant.is_conformance_profile) {
    // WebAuthn L3 §5.4.3: the list should hold at least these.
    return {CoseAlgorithm::eddsa, CoseAlgorithm::es256, CoseAlgorithm::rs256};
  }
  std::vector<CoseAlgorithm> algorithms;
  for (const AlgorithmEntry& entry : all_algorithms()) {
    algorithms.push_back(entry.id);
  }
  return algorithms;
}

Result<BeganCeremony> begin_registration_ceremony(
    const ServiceContext& context, const Tenant& tenant, const Caller& caller,
    const RegistrationRequest& request, const std::optional<IdempotencyKey>& idempotency) {
  CeremonyId id;
  PolicyTrace trace;
  Result<BeganCeremony> began = begin(context, tenant, caller, request, idempotency, id, trace);
  if (!began.has_value() && began.error().code == ErrorCode::account_exists && caller.api_key) {
    // Another call made the account in the meantime: now it is an existing one.
    began = begin(context, tenant, caller, request, idempotency, id, trace);
  }
  audit(context, "registration.begin", tenant, caller, CeremonyKind::registration,
        audited_id(began, id),
        began.has_value() ? std::nullopt : std::optional<Error>(began.error()), trace);
  return began;
}

CeremonyResult<RegistrationOutcome> finish_registration_ceremony(const ServiceContext& context,
                                                                 const Tenant& tenant,
                                                                 const Caller& caller,
                                                                 const CeremonyId& id,
                                                                 std::string_view response) {
  std::string verification_case;
  PolicyTrace trace;
  Result<RegistrationOutcome> outcome =
      finish(context, tenant, caller, id, response, verification_case, trace);
  audit(context, "registration.result", tenant, caller, CeremonyKind::registration, id,
        outcome.has_value() ? std::nullopt : std::optional<Error>(outcome.error()), trace);
  return {std::move(outcome), id.value, std::move(verification_case)};
}

}  // namespace countersign
