#pragma once
// Seals of whole rows, as functions of SQL: seal(kind, values…) where a row is written, and
// is_sealed(seal, kind, tenant, key, values…) where it is read. Both see the values as they are
// stored, by type. What a query demands of a sealed column besides (not revoked, pending) it asks
// of holds(column, value), too: SQLite takes the word of a partial index for anything else, and an
// index can lie. A schema cannot call them: whoever writes to the database makes no trigger that
// seals for him.

#include <functional>
#include <string_view>

#include "native/store/sqlite/seals.h"

namespace countersign::sqlite {

/// What never changes of a credential; its state, which does. `p`: what the columns begin with
/// ("", "c.").
#define CREDENTIAL_SEALED_COLUMNS(p)                                                            \
  "'credential', " p "tenant, " p "id, " p "account, " p "public_key, " p "backup_eligible, " p \
  "aaguid, " p "algorithm, " p "attestation_format, " p "attestation_type, " p                  \
  "attestation_trust, " p "created_at, " p "aaguid_signed, " p "key_identifier, " p "chain, " p \
  "model_known, " p "model_proved, " p "model_description, " p "model_certification, " p        \
  "model_statuses, " p "recovered_at, " p "attestation_conveyance, " p "discoverable"
#define CREDENTIAL_STATE_COLUMNS(p)                                                    \
  "'credential.state', " p "tenant, " p "id, " p "sign_count, " p "uv_initialized, " p \
  "backed_up, " p "revoked_at, " p "verified_at"
#define CREDENTIAL_IS_SEALED(p)                              \
  "is_sealed(" p                                             \
  "seal, " CREDENTIAL_SEALED_COLUMNS(p) ") AND is_sealed(" p \
                                        "state_seal, " CREDENTIAL_STATE_COLUMNS(p) ")"

#define CREDENTIAL_IS_LIVE(p) \
  p "revoked_at IS NULL AND holds(" p "revoked_at, NULL) AND " CREDENTIAL_IS_SEALED(p)

/// The seal of a state that ends at ?1. A row need not be sealed for that.
#define REVOKED_SEAL \
  "seal('credential.state', tenant, id, sign_count, uv_initialized, backed_up, ?1, verified_at)"

/// Whose handle a name is.
#define ACCOUNT_SEALED_COLUMNS "'account', tenant, handle, username, display_name, created_at"
#define ACCOUNT_IS_SEALED "is_sealed(seal, " ACCOUNT_SEALED_COLUMNS ")"

/// What decides: the digest is the document's.
#define REVISION_SEALED_COLUMNS(p) REVISION_OF_16_COLUMNS(p) ", " p "acknowledged"
#define REVISION_OF_16_COLUMNS(p) \
  "'policy', " p "tenant, " p "digest, " p "state, " p "share, " p "was_active"

/// What leads to a passkey: ceremonies with their result, sessions, activations. `p`: as above.
#define CEREMONY_BEGUN_COLUMNS(p)                                                            \
  "'ceremony', " p "tenant, " p "id, " p "kind, " p "binding, " p "binding_digest, " p       \
  "challenge, " p "created_at, " p "expires_at, " p "user_verification, " p "mediation, " p  \
  "username, " p "display_name, " p "account_rule, " p "session_required, " p                \
  "allow_credentials, " p "decoy, " p "activation, " p "activation_purpose, " p "policy, " p \
  "policy_ceremony, " p "policy_inputs, " p "policy_attestation, " p "payments, "
#define CEREMONY_IS_SEALED(p)                                                              \
  "is_sealed(" p "seal, " CEREMONY_BEGUN_COLUMNS(p) p                                      \
      "user_handle, " p "state, " p "finished_at, " p "credential, " p "user_verified, " p \
      "error_code)"
#define SESSION_SEALED_UNTIL(expires_at)                                          \
  "'session', tenant, digest, account, credential, authenticated_at, " expires_at \
  ", "                                                                            \
  "user_verified"
#define SESSION_SEALED_COLUMNS SESSION_SEALED_UNTIL("expires_at")
#define SESSION_IS_SEALED "is_sealed(seal, " SESSION_SEALED_COLUMNS ")"
#define ACTIVATION_SEALED_COLUMNS \
  "'activation', tenant, id, account, purpose, code, revoke_others, created_at, expires_at"
#define ACTIVATION_IS_SEALED "is_sealed(seal, " ACTIVATION_SEALED_COLUMNS ")"

/// A transaction in three parts. What is fixed when it is made and lists show or search; the rest
/// of that, which may be large and no list reads; what changes. `p`: as above.
#define TRANSACTION_HEAD_COLUMNS(p)                                                             \
  "'transaction', " p "tenant, " p "id, " p "sequence, " p "type, " p "title, " p "summary, " p \
  "locale, " p "subject, " p "policy, " p "policy_ceremony, " p "display_tier, " p              \
  "approvals_needed, " p "distinct_approvers, " p "base_amount, " p "created_by, " p            \
  "created_at, " p "expires_at, " p "amount, " p "currency, " p "payee, " p "payee_account"
#define TRANSACTION_CONTENT_COLUMNS(p)                                                     \
  "'transaction.content', " p "tenant, " p "id, " p "intent, " p "view, " p "template, " p \
  "pack, " p "approvers, " p "policy_inputs, " p "payment"
/// The seal of a state: each is a column as it stands, or what it becomes.
#define TRANSACTION_STATE_SEAL(state, approvals, previous, finished_at, finished_by, finished_key, \
                               executed_at, failures, erased_at)                                   \
  "seal('transaction.state', tenant, id, " state ", " approvals ", " previous ", " finished_at     \
  ", " finished_by ", " finished_key ", " executed_at ", " failures ", " erased_at ")"
#define TRANSACTION_STATE_COLUMNS(p)                                                         \
  "'transaction.state', " p "tenant, " p "id, " p "state, " p "approvals, " p "previous, " p \
  "finished_at, " p "finished_by, " p "finished_key, " p "executed_at, " p "failures, " p    \
  "erased_at"
/// All that a list needs, and every change: what is not whole is never sealed again.
#define TRANSACTION_HEAD_IS_SEALED(p)                       \
  "is_sealed(" p                                            \
  "seal, " TRANSACTION_HEAD_COLUMNS(p) ") AND is_sealed(" p \
                                       "state_seal, " TRANSACTION_STATE_COLUMNS(p) ")"
#define TRANSACTION_IS_SEALED(p) \
  TRANSACTION_HEAD_IS_SEALED(p)  \
  " AND is_sealed(" p "content_seal, " TRANSACTION_CONTENT_COLUMNS(p) ")"

/// Who was asked for what: what a decline, which nobody signs, is believed for.
#define CHALLENGE_SEALED_COLUMNS                                                     \
  "'challenge', tenant, challenge, transaction_id, step, subject, holder, "          \
  "holder_digest, origins, allow_credentials, previous, nonce, binding, issued_at, " \
  "expires_at"
#define CHALLENGE_IS_SEALED "is_sealed(seal, " CHALLENGE_SEALED_COLUMNS ")"

/// That a passkey is for payments, and a browser's key that came with one. `p`: as above.
#define PAYMENT_CREDENTIAL_IS_SEALED(p) \
  "is_sealed(" p "seal, 'payment', " p "tenant, " p "credential)"
#define BROWSER_KEY_SEAL(trusted_at) \
  "seal('browser-key', tenant, credential, key, sequence, first_seen_at, " trusted_at ")"
#define BROWSER_KEY_IS_SEALED                                                         \
  "is_sealed(seal, 'browser-key', tenant, credential, key, sequence, first_seen_at, " \
  "trusted_at)"

class RowSeals {
 public:
  /// `key` is that of the row: of a credential its id, of an account its handle, of a
  /// session and a revision its digest, of others their id as text.
  using Listener = std::function<void(std::string_view kind, std::string_view tenant, Bytes key)>;

  /// Makes the functions of that connection. Both are borrowed. Error: store_unavailable.
  Status attach(Database& database);

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
