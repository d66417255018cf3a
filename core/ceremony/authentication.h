#pragma once
// Authentication, WebAuthn L3 §7.2. Used like registration.h.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ceremony/ceremony.h"
#include "cose/cose_key.h"
#include "model/authenticator_data.h"
#include "model/client_data.h"
#include "model/credential_record.h"
#include "model/extensions.h"
#include "model/response.h"

namespace countersign {

/// Whether client data of Secure Payment Confirmation (`payment.get`) are what is expected. An
/// ordinary login refuses them.
enum class AssertionPurpose : std::uint8_t { login, payment };

struct AuthenticationExpectations : CeremonyExpectations {
  AssertionPurpose purpose = AssertionPurpose::login;
  /// allowCredentials as issued; empty: any credential of the user.
  std::vector<CredentialId> allow_credentials;
  /// The account the ceremony was started for, if it was known beforehand.
  std::optional<UserHandle> user_handle;
  /// The user was not known beforehand: then the response must carry a user handle.
  bool is_user_handle_required = false;
  /// False only where the record does not know its backup eligibility (credentials from before
  /// WebAuthn L3); then step 19 is skipped and not among the checks that ran.
  bool is_backup_eligibility_known = true;
};

/// Whether the signature counter advanced (§7.2 step 22). Policy decides on it.
enum class CounterOutcome : std::uint8_t { zero, advanced, not_advanced };
std::string_view counter_outcome_name(CounterOutcome outcome);

/// Evidence: only PendingAuthentication::finish makes one.
class VerifiedAssertion {
 public:
  /// The record with what the assertion may change: signCount (never lowered), backed-up state.
  const CredentialRecord& updated_record() const { return record_; }
  const ClientData& client_data() const { return client_data_; }
  const AuthenticatorData& authenticator_data() const { return authenticator_data_; }
  CounterOutcome counter() const { return counter_; }
  bool was_appid_used() const { return was_appid_used_; }
  const JsonValue& client_extension_results() const { return client_extension_results_; }
  const ClientExtensions& client_extensions() const { return client_extensions_; }
  const AuthenticatorExtensions& authenticator_extensions() const {
    return authenticator_extensions_;
  }
  const std::vector<Check>& checks() const { return checks_; }

 private:
  friend class PendingAuthentication;
  VerifiedAssertion() = default;
  CredentialRecord record_;
  ClientData client_data_;
  AuthenticatorData authenticator_data_;
  CounterOutcome counter_ = CounterOutcome::zero;
  bool was_appid_used_ = false;
  JsonValue client_extension_results_;
  ClientExtensions client_extensions_;
  AuthenticatorExtensions authenticator_extensions_;
  std::vector<Check> checks_;
};

class PendingAuthentication {
 public:
  PendingAuthentication(PendingAuthentication&&) noexcept;
  PendingAuthentication& operator=(PendingAuthentication&&) noexcept;
  ~PendingAuthentication();

  std::span<const SignatureObligation> obligations() const;
  Result<VerifiedAssertion> finish(std::span<const SignatureVerdict> verdicts) &&;

 private:
  friend Result<PendingAuthentication> begin_authentication(const AuthenticationExpectations&,
                                                            const CredentialRecord&,
                                                            const AuthenticationResponse&,
                                                            const Hasher&);
  static Result<PendingAuthentication> begin(const AuthenticationExpectations& expectations,
                                             const CredentialRecord& record,
                                             const AuthenticationResponse& response,
                                             const Hasher& hasher);
  struct State;
  explicit PendingAuthentication(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The rows of the table in order.
std::span<const Check> authentication_checks();

/// Runs the table of §7.2 against the credential record that the caller found by the response's id.
Result<PendingAuthentication> begin_authentication(const AuthenticationExpectations& expectations,
                                                   const CredentialRecord& record,
                                                   const AuthenticationResponse& response,
                                                   const Hasher& hasher);

}  // namespace countersign
