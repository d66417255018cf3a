#pragma once
// A tenant: one relying party with its rules. Filled by the configuration, read-only afterwards.

#include <cstdint>
#include <string>
#include <vector>

#include "base/strong_id.h"
#include "ceremony/ceremony.h"
#include "policy/exemption_caps.h"

namespace countersign {

/// Who may create accounts: the relying party's backend, or anybody (localhost only).
enum class Enrolment : std::uint8_t { backend, open };

/// How much an error answer tells: the class, or the code, check and step too.
enum class ErrorDetail : std::uint8_t { class_only, precise };

/// Which authentications may go without a user's earlier consent to be found: the FIDO conformance
/// calls find a ceremony by its challenge and let anyone enrol for any name.
enum class ConformanceCalls : std::uint8_t { absent, present };

/// What becomes of a sign-in with a credential whose model metadata report as compromised. `flag`:
/// it goes on and is reported, so that a surprise of the metadata locks nobody out.
enum class CompromisedCredentials : std::uint8_t { flag, refuse };

struct Tenant {
  TenantId id;
  std::string rp_id;
  std::string rp_name;
  std::vector<std::string> origins;
  std::vector<std::string> top_origins;
  std::vector<std::string> related_origins;  // served at /.well-known/webauthn, also accepted
  Enrolment enrolment = Enrolment::backend;
  bool has_sessions = false;  // browsers hold sessions of ours
  /// After which time without activity one ends. [RTS, Regulation (EU) 2018/389, Article 4(3)(d):
  /// five minutes at most where a payment account is accessed online]
  std::int64_t session_idle_seconds = 300;
  // At least this much, whatever the policy demands.
  UserVerification registration_verification = UserVerification::discouraged;
  UserVerification authentication_verification = UserVerification::discouraged;
  std::int64_t ceremony_seconds = 300;  // WebAuthn L3 §5.4: 300 to 600 seconds are recommended
  CompromisedCredentials compromised_credentials = CompromisedCredentials::flag;
  ErrorDetail error_detail = ErrorDetail::class_only;
  ConformanceCalls conformance_calls = ConformanceCalls::absent;
  /// Who approves policies: user names, or handles as "handle:" and base64url.
  std::vector<std::string> policy_administrators;
  unsigned policy_approvals = 1;      // of different administrators, 1 or 2
  std::string base_currency = "EUR";  // of `amount.base`; currency_exponent knows it
  std::string configured_currency;    // that, where it was configured: nobody guesses a conversion
  ExemptionTerms exemptions;
  /// The conformance profile proper (not the demo): test vendors of TPMs, SafetyNet, U2F without
  /// AAGUIDs, every algorithm offered.
  bool is_conformance_profile = false;
};

}  // namespace countersign
