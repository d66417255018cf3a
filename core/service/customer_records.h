#pragma once
// What the store keeps of how customers come in and come back, and of payments without strong
// customer authentication.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "service/records.h"

namespace countersign {

inline constexpr std::int64_t kActivationSeconds = 600;
/// Wrong codes; the last one blocks. [5 of 2^60 codes]
inline constexpr std::int64_t kMaxActivationTries = 5;
/// Of one account within kActivationSeconds. [somebody mistypes an address, or calls again]
inline constexpr std::int64_t kMaxActivations = 5;
/// After so many blocked ones within kActivationBlockSeconds the account gets no more for a while.
/// [whoever guesses has 15 of 2^60 a day; the customer's bank hears of each]
inline constexpr std::int64_t kMaxBlockedActivations = 3;
inline constexpr std::int64_t kActivationBlockSeconds = 86400;
/// Notices are readable this long. [a backend that was down over Christmas]
inline constexpr std::int64_t kNoticeSeconds = 30 * 86400;

enum class ActivationState : std::uint8_t { open = 0, used = 1, blocked = 2, cancelled = 3 };

/// What a recovery does with the credentials that the account has.
enum class OtherCredentials : std::uint8_t { keep = 0, revoke = 1 };

/// "first", "recovery".
std::string_view activation_purpose_name(ActivationPurpose purpose);

/// Lets whoever knows the code register one credential for the account.
struct Activation {
  ActivationId id;
  UserHandle account;
  ActivationPurpose purpose = ActivationPurpose::first;
  Digest256 code{};  // keyed (activation_service.h); the code itself is kept nowhere
  OtherCredentials others = OtherCredentials::keep;
  UnixSeconds created_at;
  UnixSeconds expires_at;
  ActivationState state = ActivationState::open;
  std::int64_t tries = 0;  // wrong ones
  std::optional<UnixSeconds> finished_at;
  std::optional<CredentialId> credential_id;  // that it led to
};

/// What revoke-all ended.
struct RevokedAll {
  std::int64_t credentials = 0;
  std::int64_t sessions = 0;
  std::int64_t ceremonies = 0;
  std::int64_t activations = 0;
};

/// What the back office sees beside the account and its credentials.
struct AccountState {
  std::int64_t sessions = 0;
  std::optional<Activation> activation;  // open and not expired
};

enum class NoticeKind : std::uint8_t {
  credential_added = 0,
  credential_revoked = 1,
  activation_created = 2,
  activation_blocked = 3,
  recovery_begun = 4,
  recovery_done = 5,
  account_revoked = 6,
  approvals_blocked = 7,
};
/// "credential.added", …
std::string_view notice_kind_name(NoticeKind kind);

/// Something that the bank tells its customer of, or watches.
struct Notice {
  std::int64_t number = 0;  // from 1 in each tenant, without gaps
  UserHandle account;
  std::optional<std::string> username;
  NoticeKind kind = NoticeKind::credential_added;
  std::string detail;  // a JSON object without secrets
  UnixSeconds time;
};

/// Payments without strong authentication since the last one with it.
struct ScaCounter {
  std::int64_t version = 0;  // grows with every change; 0: there is none yet
  std::int64_t sum = 0;      // minor units of the tenant's base currency
  std::int64_t count = 0;
};

/// What shows that the customer is signed in; exactly one is set.
struct SessionProof {
  std::optional<Digest256> session;
  std::optional<CeremonyId> authentication;  // finished at `not_before` or later
  UnixSeconds not_before;
};

/// A payment that was let through without strong authentication.
struct Exemption {
  std::string id;
  UserHandle account;
  std::int64_t amount = 0;
  ScaCounter after;  // this one included
  Digest256 policy{};
  std::string decision;  // JSON (policy_json.h), inputs masked
  UnixSeconds created_at;
};

}  // namespace countersign
