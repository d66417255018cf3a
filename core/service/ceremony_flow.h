#pragma once
// What the use cases of both ceremonies share: making, remembering, finding and refusing one.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "service/context.h"
#include "service/policy_decision.h"

namespace countersign {

/// A fresh ceremony with random id and challenge, bound to the caller. `token` and `new_session`
/// are set where the binding made a new one.
struct IssuedCeremony {
  Ceremony ceremony;
  std::optional<std::string> token;
  std::optional<SessionValue> new_session;
};
IssuedCeremony issue_ceremony(const ServiceContext& context, const Tenant& tenant,
                              const Caller& caller, CeremonyKind kind);

/// The answer of the versioned API to a creating call. `policy` is what the client may see of the
/// decision, a JSON object.
std::string encode_began(const IssuedCeremony& issued, std::string_view options,
                         std::string_view policy, const Account* account);

/// The remembered answer for the key, if there is one. Error: idempotency_key_reused.
Result<std::optional<std::string>> find_remembered(const ServiceContext& context,
                                                   const Tenant& tenant, const Caller& caller,
                                                   std::string_view route,
                                                   const std::optional<IdempotencyKey>& key);

/// What to remember of an answer; nothing without a key, or where nobody can be told apart.
std::optional<IdempotentAnswer> make_remembered(const ServiceContext& context, const Caller& caller,
                                                std::string_view route,
                                                const std::optional<IdempotencyKey>& key,
                                                std::string answer, UnixSeconds expires_at);

/// The remembered answer, or else that of `run`, which remembers its own. Where the same call was
/// faster, what it changed may be why this one is refused: its answer is the answer then, too.
template <typename Run>
Result<std::string> answer_once(const ServiceContext& context, const Tenant& tenant,
                                const Caller& caller, std::string_view route,
                                const std::optional<IdempotencyKey>& key, Run&& run) {
  CS_ASSIGN(std::optional<std::string> remembered,
            find_remembered(context, tenant, caller, route, key));
  if (remembered) {
    return *std::move(remembered);
  }
  Result<std::string> answer = run();
  if (answer.has_value()) {
    return answer;
  }
  CS_ASSIGN(remembered, find_remembered(context, tenant, caller, route, key));
  return remembered ? Result<std::string>(*std::move(remembered)) : std::move(answer);
}

/// Stores ceremony, account and answer in one transaction; where a concurrent call with the same
/// key was faster, its answer is the answer.
Result<BeganCeremony> store_began(const ServiceContext& context, const Tenant& tenant,
                                  const Caller& caller, const IssuedCeremony& issued,
                                  const std::optional<Account>& account, std::string options,
                                  std::string answer, std::string_view route,
                                  const std::optional<IdempotencyKey>& key);

/// Issued to the caller, without a result and not expired. Errors: ceremony_*.
Status check_pending(const Ceremony& ceremony, const Caller& caller, UnixSeconds now);

/// The ceremony if it is of this tenant and caller, pending and not expired.
Result<Ceremony> find_pending(const ServiceContext& context, const Tenant& tenant,
                              const Caller& caller, CeremonyKind kind, const CeremonyId& id);

/// Conformance calls: by the challenge in the client data, else the caller's youngest.
Result<CeremonyId> find_by_response(const ServiceContext& context, const Tenant& tenant,
                                    const Caller& caller, CeremonyKind kind,
                                    std::string_view response);

/// Of an error that says nothing about the ceremony, which stays pending then.
bool is_of_the_store(const Error& error);

/// Consumes the ceremony; the error is what the caller gets: `error`, or ceremony_consumed.
Error refuse(const ServiceContext& context, const Ceremony& ceremony, const Caller& caller,
             UnixSeconds now, Error error,
             const std::optional<CredentialId>& counter_of = std::nullopt);

/// A new account with a random handle; without a display name the user name is it.
Account make_account(const ServiceContext& context, const std::optional<std::string>& username,
                     const std::optional<std::string>& display_name);

/// The policy's word is kept, and what of it shortens or tightens the ceremony.
void bind_policy(Ceremony& ceremony, const PolicyOptions& policy);

/// A session for the account, and the cookie value that stands for it.
struct NewSession {
  Session session;
  SessionValue value{};
};
NewSession make_session(const ServiceContext& context, const Tenant& tenant,
                        const UserHandle& account, const CredentialId& credential,
                        bool is_user_verified, UnixSeconds now);

void audit(const ServiceContext& context, std::string_view event, const Tenant& tenant,
           const Caller& caller, CeremonyKind kind, const CeremonyId& id,
           const std::optional<Error>& error, const PolicyTrace& trace = {},
           const std::optional<ErrorCode>& objection = std::nullopt);

/// What `audit` is told of a result.
template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  return result.has_value() ? std::nullopt : std::optional<Error>(result.error());
}

/// AuditRecord::actor.
std::string actor_of(const Caller& caller);
/// base64url of as many octets as our ids have. What is none is the caller's text, and has no place
/// in a log.
bool is_own_id(std::string_view text);

/// What `audit` makes of its arguments, for those who add to it.
AuditRecord make_audit(const ServiceContext& context, std::string_view event, const Tenant& tenant,
                       const Caller& caller, CeremonyKind kind, const CeremonyId& id,
                       const std::optional<Error>& error, const PolicyTrace& trace = {});

/// Expected origins of a tenant: its own and the related ones.
std::vector<std::string> expected_origins(const Tenant& tenant);

/// What both ceremonies expect of a response: the tenant's, and what the options asked for.
template <class Expectations>
Expectations make_common_expectations(const Tenant& tenant, const Ceremony& ceremony,
                                      UnixSeconds now) {
  Expectations expectations;
  expectations.rp_id = tenant.rp_id;
  expectations.origins = expected_origins(tenant);
  expectations.top_origins = tenant.top_origins;
  expectations.challenge = ceremony.challenge;
  expectations.user_verification = ceremony.user_verification;
  expectations.time = now;
  return expectations;
}

/// 1 to `max_characters` Unicode characters without controls.
bool is_name(std::string_view text, std::size_t max_characters);
inline constexpr std::size_t kMaxNameCharacters = 128;
inline constexpr std::size_t kMaxCredentialNameCharacters = 64;

}  // namespace countersign
