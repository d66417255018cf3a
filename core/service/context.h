#pragma once
// The world as the use cases see it, and who calls them.

#include <array>
#include <optional>
#include <string>

#include "base/secret.h"
#include "crypto/hasher.h"
#include "crypto/signature.h"
#include "service/policy_source.h"
#include "service/ports.h"
#include "service/tenant.h"

namespace countersign {

/// Borrowed by every use case; `main` owns the parts.
struct ServiceContext {
  ChallengeStore& challenges;
  CredentialStore& credentials;
  const Clock& clock;
  RandomSource& random;
  AuditSink& audit;
  const Hasher& hasher;
  const SignatureVerifier& verifier;
  const Secret<32>& decoy_secret;  // kept in the store: the same answers after a restart
  const ModelSource& models;
  PolicySource& policies;
};

/// What a request proved about its sender. An API key is that of the tenant and has the scope of
/// the call: the HTTP layer refuses everything else before.
struct Caller {
  std::optional<std::string> api_key;       // its id
  std::optional<Digest256> session_digest;  // of the cookie that came along, signed in or not
  std::optional<Session> session;           // signed in and not expired
  std::optional<Digest256> token_digest;    // of the ceremony token that came along
  bool is_conformance_call = false;
  std::string correlation_id;
};

/// The remembered-answer key of a creating call; the caller and route are added by the use case.
struct IdempotencyKey {
  std::string key;
  Digest256 request{};
};

using SessionValue = std::array<std::uint8_t, 32>;

/// The answer to a creating call.
struct BeganCeremony {
  std::string options;                      // PublicKeyCredential(Creation|Request)OptionsJSON
  std::string answer;                       // the whole answer of the versioned API
  std::optional<SessionValue> new_session;  // the cookie to set
  bool is_remembered = false;               // of an earlier call with the same Idempotency-Key
};

/// What the audit names: of an answer that was remembered nothing, for what this call would have
/// begun was never stored.
template <class Id>
Id audited_id(const Result<BeganCeremony>& began, const Id& id) {
  return began.has_value() && began->is_remembered ? Id() : id;
}

/// `count` random bytes as base64url.
std::string random_text(RandomSource& random, std::size_t count);
inline constexpr std::size_t kIdBytes = 16;  // of identifiers that nobody guesses

/// Whether the request holds what the ceremony was issued to.
bool is_issued_to(const Ceremony& ceremony, const Caller& caller);

/// However much a session is used. [a working day]
inline constexpr std::int64_t kSessionSeconds = 8 * 3600;

std::string_view user_verification_name(UserVerification value);
std::string_view ceremony_kind_name(CeremonyKind kind);

/// The step of the standard for a check, the service's own checks included; empty where there is
/// none.
std::string_view service_step_of(CeremonyKind kind, Check check);

}  // namespace countersign
