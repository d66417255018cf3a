#pragma once
// What the parts of the store share about customers: notices, activations, sessions that end.

#include <optional>
#include <string>

#include "codec/json_writer.h"
#include "native/store/sqlite/rows.h"
#include "native/store/sqlite/seals.h"
#include "service/customer_records.h"

namespace countersign::sqlite {

/// `detail`: a JSON object.
Status insert_notice(Database& database, const TenantId& tenant, const UserHandle& account,
                     NoticeKind kind, std::string_view detail, UnixSeconds now);
/// `{"credentialId"}`, with `"recovered":true` where it has `recovered_at`.
std::string credential_detail(const CredentialId& id, bool is_recovered = false);

/// False: there is no such credential that is live. Error: store_corrupt, the row is there twice.
Result<bool> revoke_row(Database& database, const TenantId& tenant, const UserHandle& account,
                        const CredentialId& id, UnixSeconds now);
/// Whether the session with that digest is the account's and has not expired.
Result<bool> is_signed_in(Database& database, const TenantId& tenant, const Digest256& digest,
                          const UserHandle& account, UnixSeconds now);
/// Ends what the account has signed for without a new ceremony: sessions, finished authentications
/// as a proof of one, approvals of policies. The number of sessions.
Result<std::int64_t> end_sessions(Database& database, const TenantId& tenant,
                                  const UserHandle& account, UnixSeconds now);
/// Refuses every ceremony of the account that waits for its result (`account_blocked` is why): what
/// was begun before the account changed hands is not finished after it. Their number.
Result<std::int64_t> refuse_ceremonies(Database& database, const TenantId& tenant,
                                       const UserHandle& account, UnixSeconds now,
                                       std::string_view correlation_id);
/// In publications that wait for others' approvals: after a passkey was revoked, or all sessions
/// were ended, list_given_approvals says so, and whoever has read it before looks again.
Status end_approvals_of(Database& database, const TenantId& tenant,
                        const UserHandle& administrator);
/// All that are not revoked, but for `kept`; with a notice each. Their number.
Result<std::int64_t> revoke_credentials(Database& database, const TenantId& tenant,
                                        const UserHandle& account, UnixSeconds now,
                                        const std::optional<CredentialId>& kept);
/// The number of those that were open.
Result<std::int64_t> cancel_activations(Database& database, const TenantId& tenant,
                                        const UserHandle& account, UnixSeconds now);

/// Spends the ceremony's activation on the credential; nothing where it cannot be spent (any more).
/// A `first` one cannot once the account had a credential.
Result<std::optional<Activation>> spend_activation(Database& database, const Ceremony& ceremony,
                                                   const CredentialId& credential, UnixSeconds now);

/// What was paid without strong authentication counts no more.
Status reset_sca_counter(Database& database, const TenantId& tenant, const UserHandle& account,
                         UnixSeconds now);

/// False where the key exists and its answer has not expired.
Result<bool> insert_answer(Database& database, const Seals& seals, const TenantId& tenant,
                           const IdempotentAnswer& answer, UnixSeconds now);

}  // namespace countersign::sqlite
