#pragma once
// Registration, WebAuthn L3 §7.1.
//
//   CS_ASSIGN(PendingRegistration pending, begin_registration(expectations, response, hasher));
//   const auto verdicts = discharge(pending.obligations(), verifier);
//   CS_ASSIGN(VerifiedRegistration registration, std::move(pending).finish(verdicts));

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attestation/models.h"
#include "attestation/trust.h"
#include "ceremony/ceremony.h"
#include "model/attestation_object.h"
#include "model/client_data.h"
#include "model/credential_record.h"
#include "model/extensions.h"
#include "model/response.h"

namespace countersign {

struct RegistrationExpectations : CeremonyExpectations {
  /// COSE identifiers that were offered; empty: every algorithm this verifier knows (RS1 excepted).
  std::vector<CoseAlgorithm> algorithms;
  Mediation mediation = Mediation::modal;
  std::vector<Certificate> trust_anchors;
  /// Borrowed until `finish` has returned. Null: nothing is known of models, nothing is asked.
  const AttestationModels* models = nullptr;
  /// Then none and self attestation do not do, nor a chain without anchor.
  bool is_trusted_attestation_required = false;
  AttestationSettings attestation;
};

/// Evidence: only PendingRegistration::finish makes one.
class VerifiedRegistration {
 public:
  const CredentialRecord& record() const { return record_; }
  const ClientData& client_data() const { return client_data_; }
  const AttestationObject& attestation_object() const { return attestation_object_; }
  const AttestationStatementResult& statement() const { return statement_; }
  const TrustAssessment& trust() const { return trust_; }
  /// Nothing where no models were given; of the statements of a compound together: weaker_of_both.
  const std::optional<ModelAssessment>& model() const { return model_; }
  /// Where models were given: the anchors that the statements' chains ended at.
  const std::vector<Certificate>& anchors() const { return anchors_; }
  const JsonValue& client_extension_results() const { return client_extension_results_; }
  const ClientExtensions& client_extensions() const { return client_extensions_; }
  const AuthenticatorExtensions& authenticator_extensions() const {
    return authenticator_extensions_;
  }
  /// SHA-256 of clientDataJSON as received.
  const Digest256& client_data_hash() const { return client_data_hash_; }
  CoseAlgorithm algorithm() const;
  /// Checks that ran, in order (for the "what was checked" panel and the audit).
  const std::vector<Check>& checks() const { return checks_; }

 private:
  friend class PendingRegistration;
  VerifiedRegistration() = default;
  CredentialRecord record_;
  ClientData client_data_;
  AttestationObject attestation_object_;
  AttestationStatementResult statement_;
  TrustAssessment trust_;
  std::optional<ModelAssessment> model_;
  std::vector<Certificate> anchors_;
  JsonValue client_extension_results_;
  ClientExtensions client_extensions_;
  AuthenticatorExtensions authenticator_extensions_;
  Digest256 client_data_hash_{};
  std::vector<Check> checks_;
};

/// Everything but arithmetic has been checked.
class PendingRegistration {
 public:
  PendingRegistration(PendingRegistration&&) noexcept;
  PendingRegistration& operator=(PendingRegistration&&) noexcept;
  ~PendingRegistration();

  std::span<const SignatureObligation> obligations() const;
  /// One verdict an obligation, in order. Errors: signature_invalid or
  /// algorithm_unsupported_by_backend with the obligation's check, then step 24's.
  Result<VerifiedRegistration> finish(std::span<const SignatureVerdict> verdicts) &&;

 private:
  friend Result<PendingRegistration> begin_registration(const RegistrationExpectations&,
                                                        const RegistrationResponse&, const Hasher&);
  static Result<PendingRegistration> begin(const RegistrationExpectations& expectations,
                                           const RegistrationResponse& response,
                                           const Hasher& hasher);
  struct State;
  explicit PendingRegistration(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The rows of the table in order: those before the arithmetic, then those after it (the last of
/// them only where models were given).
std::span<const Check> registration_checks();
std::span<const Check> registration_closing_checks();

/// Runs the table of §7.1. The error carries the failing check.
Result<PendingRegistration> begin_registration(const RegistrationExpectations& expectations,
                                               const RegistrationResponse& response,
                                               const Hasher& hasher);

}  // namespace countersign
