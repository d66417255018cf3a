#pragma once
// Seals of whole rows, as functions of SQL. They see values as they are stored, by type. A schema
// cannot call them: whoever writes to the database makes no trigger that seals for him.
//
//   seal(kind, tenant, key, values…)                     a new row
//   reseal(seal, kind, tenant, key, before…, after…)     a row that changes
//   reseal_if_whole(…the same…)                          one that ends, whatever it is
//   is_sealed(seal, kind, tenant, key, values…)          a row by its key
//   is_whole(seal, kind, tenant, key, values…)           rows that are found by something else
//
// SQLite takes the columns of one row from where it likes: those that an index has from the index,
// others from the row, in WHERE otherwise than in SET. An index can lie. So
// - tenant and key are bound where a row is asked for by them, never its columns: the functions
//   refuse anything else (but is_whole, where they are the row's);
// - what a statement demands of a column stands in the seal in the column's place, or is asked of
//   holds(column, value), which no partial index answers for the row;
// - nothing is sealed that is not bound, or held by the seal of before in the same call: reseal
//   fails where that does not hold, and nothing is written (store_corrupt); reseal_if_whole is
//   NULL.
// - What is handed out of a row are values that its seal was asked of.

#include <functional>
#include <string_view>

#include "native/store/sqlite/seals.h"

namespace countersign::sqlite {

/// `p`: what the columns begin with ("", "c."). The names in brackets are what stands for a column:
/// a parameter, a value that is demanded, or the column itself. X_COLUMNS: all of them as they are.

/// What never changes of a credential; its state, which does.
#define CREDENTIAL_VALUES(p, tenant, id, account)                                               \
  "'credential', " tenant ", " id ", " account ", " p "public_key, " p "backup_eligible, " p    \
  "aaguid, " p "algorithm, " p "attestation_format, " p "attestation_type, " p                  \
  "attestation_trust, " p "created_at, " p "aaguid_signed, " p "key_identifier, " p "chain, " p \
  "model_known, " p "model_proved, " p "model_description, " p "model_certification, " p        \
  "model_statuses, " p "recovered_at, " p "attestation_conveyance, " p "discoverable"
#define CREDENTIAL_SEALED_COLUMNS CREDENTIAL_VALUES("", "tenant", "id", "account")
#define CREDENTIAL_STATE(p, revoked_at) \
  p "sign_count, " p "uv_initialized, " p "backed_up, " revoked_at ", " p "verified_at"
#define CREDENTIAL_STATE_COLUMNS \
  "'credential.state', tenant, id, " CREDENTIAL_STATE("", "revoked_at")

/// Sealed and not revoked: the one with that key; of an account, or of anybody (p "account").
#define CREDENTIAL_IS_LIVE(p, tenant, id, account) \
  p "revoked_at IS NULL AND is_sealed(" p "seal, " CREDENTIAL_VALUES(p, tenant, id,        \
                                                                    account) ") AND "      \
  "is_sealed(" p "state_seal, 'credential.state', " tenant ", " id ", " CREDENTIAL_STATE(p, "NULL") ")"
#define LISTED_CREDENTIAL_IS_LIVE(p, tenant, account) \
  p "revoked_at IS NULL AND is_whole(" p "seal, " CREDENTIAL_VALUES(p, tenant, p "id",      \
                                                                   account) ") AND "        \
  "is_whole(" p "state_seal, 'credential.state', " tenant ", " p "id, " CREDENTIAL_STATE(p, "NULL") ")"

/// The seal of a state that ends at `revoked_at`.
#define REVOKED_SEAL(tenant, id, revoked_at)                        \
  "reseal_if_whole(state_seal, 'credential.state', " tenant ", " id \
  ", " CREDENTIAL_STATE("", "revoked_at") ", " CREDENTIAL_STATE("", revoked_at) ")"

/// Whose handle a name is.
#define ACCOUNT_VALUES(tenant, handle, username) \
  "'account', " tenant ", " handle ", " username ", display_name, created_at"
#define ACCOUNT_SEALED_COLUMNS ACCOUNT_VALUES("tenant", "handle", "username")

/// What decides: the digest is the document's.
#define REVISION_PLACE(tenant, digest) "'policy', " tenant ", " digest ", "
#define REVISION_STATE(p, state) state ", " p "share, " p "was_active, " p "acknowledged"
#define REVISION_SEALED_COLUMNS REVISION_PLACE("tenant", "digest") REVISION_STATE("", "state")
#define REVISION_OF_16_COLUMNS "'policy', tenant, digest, state, share, was_active"

/// What leads to a passkey: ceremonies with their result, sessions, activations.
#define CEREMONY_BEGUN(p, binding, binding_digest, challenge)                                    \
  p "kind, " binding ", " binding_digest ", " challenge ", " p "created_at, " p "expires_at, " p \
    "user_verification, " p "mediation, " p "username, " p "display_name, " p "account_rule, " p \
    "session_required, " p "allow_credentials, " p "decoy, " p "activation, " p                  \
    "activation_purpose, " p "policy, " p "policy_ceremony, " p "policy_inputs, " p              \
    "policy_attestation, " p "payments"
#define CEREMONY_BEGUN_COLUMNS(p) CEREMONY_BEGUN(p, p "binding", p "binding_digest", p "challenge")
#define CEREMONY_RESULT(p, user, state) \
  user ", " state ", " p "finished_at, " p "credential, " p "user_verified, " p "error_code"
#define CEREMONY_SEALED_COLUMNS                                                                 \
  "'ceremony', tenant, id, " CEREMONY_BEGUN_COLUMNS("") ", " CEREMONY_RESULT("", "user_handle", \
                                                                             "state")
/// The new seal of one that is pending, with its result.
#define CEREMONY_RESEALED(reseal, tenant, id, result)          \
  reseal "(seal, 'ceremony', " tenant ", " id                  \
         ", " CEREMONY_BEGUN_COLUMNS("") ", " CEREMONY_RESULT( \
             "", "user_handle", "0") ", " CEREMONY_BEGUN_COLUMNS("") ", " result ")"

#define SESSION_VALUES(tenant, digest, account) \
  "'session', " tenant ", " digest ", " account ", " SESSION_REST("expires_at")
#define SESSION_REST(expires_at) "credential, authenticated_at, " expires_at ", user_verified"
#define SESSION_SEALED_COLUMNS SESSION_VALUES("tenant", "digest", "account")
/// With that digest, and one that whoever ends the account's sessions finds: an index that hides it
/// from him hides it here.
#define SESSION_IS_LIVE(tenant, digest, account)                                             \
  "EXISTS (SELECT 1 FROM sessions l INDEXED BY sessions_by_account WHERE l.tenant = " tenant \
  " AND l.account = sessions.account AND +l.digest = " digest                                \
  ") AND is_sealed(seal, " SESSION_VALUES(tenant, digest, account) ")"

#define ACTIVATION_VALUES(tenant, id, account, purpose)     \
  "'activation', " tenant ", " id ", " account ", " purpose \
  ", code, revoke_others, created_at, expires_at"
#define ACTIVATION_SEALED_COLUMNS ACTIVATION_VALUES("tenant", "id", "account", "purpose")

/// A transaction in three parts. What is fixed when it is made and lists show or search; the rest
/// of that, which may be large and no list reads; what changes.
#define TRANSACTION_HEAD(p, tenant, id)                                                       \
  "'transaction', " tenant ", " id ", " p "sequence, " p "type, " p "title, " p "summary, " p \
  "locale, " p "subject, " p "policy, " p "policy_ceremony, " p "display_tier, " p            \
  "approvals_needed, " p "distinct_approvers, " p "base_amount, " p "created_by, " p          \
  "created_at, " p "expires_at, " p "amount, " p "currency, " p "payee, " p "payee_account"
#define TRANSACTION_HEAD_COLUMNS TRANSACTION_HEAD("", "tenant", "id")
#define TRANSACTION_CONTENT(p, tenant, id)                                               \
  "'transaction.content', " tenant ", " id ", " p "intent, " p "view, " p "template, " p \
  "pack, " p "approvers, " p "policy_inputs, " p "payment"
#define TRANSACTION_CONTENT_COLUMNS TRANSACTION_CONTENT("", "tenant", "id")
#define TRANSACTION_STATE(state, approvals, previous, finished_at, finished_by, finished_key, \
                          executed_at, failures, erased_at)                                   \
  state ", " approvals ", " previous ", " finished_at ", " finished_by ", " finished_key      \
        ", " executed_at ", " failures ", " erased_at
#define TRANSACTION_STATE_AS_IT_IS(p)                                                         \
  TRANSACTION_STATE(p "state", p "approvals", p "previous", p "finished_at", p "finished_by", \
                    p "finished_key", p "executed_at", p "failures", p "erased_at")
#define TRANSACTION_STATE_COLUMNS "'transaction.state', tenant, id, " TRANSACTION_STATE_AS_IT_IS("")
/// The new seal of a state; `before` and `after` are TRANSACTION_STATEs.
#define TRANSACTION_STATE_RESEALED(tenant, id, before, after) \
  "reseal(state_seal, 'transaction.state', " tenant ", " id ", " before ", " after ")"
/// All that a list needs, and every change: what is not whole is never sealed again.
#define TRANSACTION_HEAD_IS_(sealed, p, tenant, id)                                                \
  sealed "(" p "seal, " TRANSACTION_HEAD(p, tenant, id) ") AND " sealed "(" p                      \
                                                        "state_seal, 'transaction.state', " tenant \
                                                        ", " id                                    \
                                                        ", " TRANSACTION_STATE_AS_IT_IS(p) ")"
#define LISTED_TRANSACTION_IS_WHOLE(tenant) TRANSACTION_HEAD_IS_("is_whole", "", tenant, "id")
#define TRANSACTION_HEAD_IS_SEALED(p, tenant, id) TRANSACTION_HEAD_IS_("is_sealed", p, tenant, id)
#define TRANSACTION_IS_SEALED(p, tenant, id) \
  TRANSACTION_HEAD_IS_SEALED(p, tenant, id)  \
  " AND is_sealed(" p "content_seal, " TRANSACTION_CONTENT(p, tenant, id) ")"

/// Who was asked for what: what a decline, which nobody signs, is believed for.
#define CHALLENGE_VALUES(tenant, challenge, transaction) \
  "'challenge', " tenant ", " challenge ", " transaction \
  ", step, subject, holder, "                            \
  "holder_digest, origins, allow_credentials, previous, nonce, binding, issued_at, expires_at"
#define CHALLENGE_SEALED_COLUMNS CHALLENGE_VALUES("tenant", "challenge", "transaction_id")

/// That a passkey is for payments, and a browser's key that came with one.
#define BROWSER_KEY_PLACE(tenant, credential, key) \
  "'browser-key', " tenant ", " credential ", " key ", "
#define BROWSER_KEY_REST(trusted_at) "sequence, first_seen_at, " trusted_at
#define BROWSER_KEY_IS_WHOLE(tenant, credential) \
  "is_whole(seal, " BROWSER_KEY_PLACE(tenant, credential, "key") BROWSER_KEY_REST("trusted_at") ")"

class RowSeals {
 public:
  /// `key` is that of the row: of a credential its id, of an account its handle, of a
  /// session and a revision its digest, of others their id as text.
  using Listener = std::function<void(std::string_view kind, std::string_view tenant, Bytes key)>;

  /// Makes the functions of that connection. Both are borrowed. Error: store_unavailable.
  Status attach(Database& database);
  /// And seal_as_it_is(kind, tenant, key, values…), until `end_upgrade`: for the functions below.
  Status attach_for_upgrade(Database& database);
  static Status end_upgrade(Database& database);

  Seals seals;
  Listener listener;  // of each row that is passed over for its seal
};

/// Seal every row of customers and policies, every transaction, and what is for payments, as it is
/// there, over whatever seal it has. Only where no server can have sealed them before.
Status seal_rows(Database& database);
Status seal_transactions(Database& database);
Status seal_payments(Database& database);
/// The same of those that an older program has written: what lists show and find them by follows
/// from what was frozen.
Status seal_old_transactions(Database& database);

/// Seals revisions as they are sealed now that a program of schema 16 has sealed, and no others.
Status reseal_revisions(Database& database);

}  // namespace countersign::sqlite
