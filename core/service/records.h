#pragma once
// What the use cases keep: accounts, credentials, ceremonies and sessions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "ceremony/ceremony.h"
#include "metadata/models.h"
#include "model/credential_record.h"
#include "policy/inputs.h"
#include "policy/requirements.h"

namespace countersign {

struct Account {
  UserHandle handle;  // random, says nothing about the person (WebAuthn L3 §14.6.1)
  std::optional<std::string> username;
  std::string display_name;
  UnixSeconds created_at;
};

/// A credential's authenticator model: as it was registered, and what is held against it since.
struct CredentialModel {
  RegisteredModel registered;
  ModelAssessment at_registration;
  std::optional<ErrorCode> objection;       // of the metadata: authenticator_*
  std::optional<UnixSeconds> evaluated_at;  // the objection, or that there is none
};

struct StoredCredential {
  CredentialRecord record;  // `user_handle` is set
  std::string name;
  std::int64_t algorithm = 0;  // COSE identifier
  std::string attestation_format;
  std::string attestation_type;
  std::string attestation_trust;
  /// What the registration asked for and got: none where the authenticator attested nothing.
  AttestationConveyance attestation_conveyance = AttestationConveyance::none;
  std::optional<bool> is_discoverable;  // credProps, where the client said
  CredentialModel model;
  UnixSeconds created_at;
  std::optional<UnixSeconds> last_used_at;
  /// When a recovery made it, or one that it was added after (kRecoveryLineageSeconds).
  std::optional<UnixSeconds> recovered_at;
};

/// Text of 128 random bits: names an activation, proves nothing.
using ActivationId = StrongId<struct ActivationIdTag, std::string>;

/// `first`: the account never had a credential. `recovery`: it had.
enum class ActivationPurpose : std::uint8_t { first = 0, recovery = 1 };

/// What a registration owes its beginning to (activation_service.h): its result spends it.
struct CeremonyActivation {
  ActivationId id;
  ActivationPurpose purpose = ActivationPurpose::first;
};

/// Text of 128 random bits: names a ceremony, proves nothing.
using CeremonyId = StrongId<struct CeremonyIdTag, std::string>;

enum class CeremonyState : std::uint8_t { pending = 0, succeeded = 1, refused = 2 };

/// What the caller of a result must hold.
enum class CeremonyBinding : std::uint8_t {
  session = 0,    // the cookie with this digest
  token = 1,      // the one-time token with this digest, or an API key of the tenant
  challenge = 2,  // nothing: the conformance calls
};

/// What a result may do to accounts.
enum class AccountRule : std::uint8_t {
  existing = 0,        // the account must exist
  create = 1,          // the account is created by the result; a taken name is refused
  create_or_join = 2,  // conformance: the name's account, created if it does not exist
};

/// What a ceremony was begun under, so that its end is held against the same.
struct CeremonyPolicy {
  PolicyCeremony ceremony = PolicyCeremony::authenticate;
  Digest256 document{};
  /// What the backend said, as read_policy_inputs reads it; empty when it said nothing.
  std::string inputs;
  AttestationConveyance attestation = AttestationConveyance::none;  // that the options asked for
};

struct Ceremony {
  CeremonyId id;
  TenantId tenant;
  CeremonyKind kind = CeremonyKind::registration;
  CeremonyBinding binding = CeremonyBinding::session;
  Digest256 binding_digest{};
  ByteVector challenge;
  UnixSeconds created_at;
  UnixSeconds expires_at;
  UserVerification user_verification = UserVerification::required;
  Mediation mediation = Mediation::modal;
  /// The account of the ceremony: to be created (registration), or known beforehand.
  std::optional<UserHandle> user_handle;
  std::optional<std::string> username;
  std::string display_name;
  AccountRule account_rule = AccountRule::existing;
  /// The session that asked to add a credential must still be signed in when the result comes.
  bool is_session_required = false;
  std::optional<CeremonyActivation> activation;
  std::vector<CredentialId> allow_credentials;
  bool is_decoy = false;  // made-up credentials were shown: no result can succeed
  /// Nothing: it was begun by a version that had no policies.
  std::optional<CeremonyPolicy> policy;

  CeremonyState state = CeremonyState::pending;
  std::optional<UnixSeconds> finished_at;
  std::optional<CredentialId> credential_id;
  bool is_user_verified = false;
  Error error;                   // when refused
  std::string correlation_id;    // when refused
  bool is_for_payments = false;  // registration: the payment extension was asked for
};

/// Names a credential among all tenants; credentials are reviewed in this order.
struct CredentialPlace {
  TenantId tenant;
  CredentialId id;
};

/// How far the review of registered credentials has come (model_review.h).
struct ReviewState {
  Digest256 key{};                        // of the metadata
  std::uint64_t step = 0;                 // grows with every change of this record
  std::optional<CredentialPlace> cursor;  // the last one that was looked at
  bool is_finished = false;
  UnixSeconds touched_at;
};

struct ReviewedCredential {
  CredentialPlace place;
  RegisteredModel registered;
  std::optional<ErrorCode> objection;
};

struct ReviewChange {
  CredentialPlace place;
  std::optional<ErrorCode> objection;
  bool has_changed = false;  // else only the mark goes
};

/// A signed-in browser.
struct Session {
  Digest256 digest{};  // SHA-256 of the cookie's bytes
  UserHandle user_handle;
  std::optional<CredentialId> credential_id;
  UnixSeconds authenticated_at;
  UnixSeconds expires_at;
  bool is_user_verified = false;
};

/// The remembered answer of a creating call.
struct IdempotentAnswer {
  Digest256 caller{};
  std::string route;
  std::string key;
  Digest256 request{};
  std::string answer;
  UnixSeconds expires_at;
};

}  // namespace countersign
