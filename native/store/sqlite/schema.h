#pragma once
// Numbered migrations. Each brings the schema from its number to the next; a landed one never
// changes. A program works on its own schema number and on the next one (columns are only added).

#include <array>
#include <cstdint>

namespace countersign::sqlite {

inline constexpr std::array<const char*, 21> kMigrations{
    // 0 -> 1
    R"sql(
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE accounts (
  tenant TEXT NOT NULL,
  handle BLOB NOT NULL CHECK (length(handle) BETWEEN 1 AND 64),
  username TEXT,
  display_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, handle),
  UNIQUE (tenant, username)
) WITHOUT ROWID;

CREATE TABLE credentials (
  tenant TEXT NOT NULL,
  id BLOB NOT NULL CHECK (length(id) BETWEEN 1 AND 1023),
  account BLOB NOT NULL,
  public_key BLOB NOT NULL,
  sign_count INTEGER NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295),
  transports TEXT NOT NULL,
  uv_initialized INTEGER NOT NULL,
  backup_eligible INTEGER NOT NULL,
  backed_up INTEGER NOT NULL,
  aaguid BLOB NOT NULL CHECK (length(aaguid) = 16),
  algorithm INTEGER NOT NULL,
  name TEXT NOT NULL,
  attestation_format TEXT NOT NULL,
  attestation_type TEXT NOT NULL,
  attestation_trust TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER,
  counter_refused_at INTEGER,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, handle)
) WITHOUT ROWID;
CREATE INDEX credentials_by_account ON credentials (tenant, account, sequence);

CREATE TABLE ceremonies (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  binding INTEGER NOT NULL,
  binding_digest BLOB NOT NULL CHECK (length(binding_digest) = 32),
  challenge BLOB NOT NULL CHECK (length(challenge) >= 16),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  user_verification INTEGER NOT NULL,
  mediation INTEGER NOT NULL,
  user_handle BLOB,
  username TEXT,
  display_name TEXT NOT NULL,
  account_rule INTEGER NOT NULL,
  session_required INTEGER NOT NULL,
  allow_credentials TEXT NOT NULL,
  decoy INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
  finished_at INTEGER,
  credential BLOB,
  user_verified INTEGER NOT NULL DEFAULT 0,
  error_code INTEGER NOT NULL DEFAULT 0,
  error_check INTEGER NOT NULL DEFAULT 0,
  correlation_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX ceremonies_by_challenge ON ceremonies (challenge);
CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);
CREATE INDEX ceremonies_by_binding ON ceremonies (binding_digest) WHERE binding = 2;

CREATE TABLE sessions (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  tenant TEXT NOT NULL,
  account BLOB NOT NULL,
  credential BLOB,
  authenticated_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  user_verified INTEGER NOT NULL,
  FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, handle)
) WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_account ON sessions (tenant, account);

CREATE TABLE answers (
  tenant TEXT NOT NULL,
  caller BLOB NOT NULL,
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  request BLOB NOT NULL,
  answer TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, caller, route, key)
) WITHOUT ROWID;
CREATE INDEX answers_by_expiry ON answers (expires_at);

CREATE TABLE heartbeat (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  beats INTEGER NOT NULL
);
INSERT INTO heartbeat VALUES (1, 0);
)sql",
    // 1 -> 2: authenticator models. A program of 1 leaves the defaults: nothing is known of its
    // credentials but their AAGUID.
    R"sql(
ALTER TABLE credentials ADD COLUMN aaguid_signed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN key_identifier BLOB;
ALTER TABLE credentials ADD COLUMN chain BLOB NOT NULL DEFAULT x'';
ALTER TABLE credentials ADD COLUMN model_known INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN model_proved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN model_description TEXT NOT NULL DEFAULT '';
ALTER TABLE credentials ADD COLUMN model_certification TEXT NOT NULL DEFAULT 'none';
ALTER TABLE credentials ADD COLUMN model_statuses TEXT NOT NULL DEFAULT '';
ALTER TABLE credentials ADD COLUMN model_objection INTEGER;
ALTER TABLE credentials ADD COLUMN model_evaluated_at INTEGER;
ALTER TABLE credentials ADD COLUMN model_marked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX credentials_marked ON credentials (tenant, id) WHERE model_marked = 1;

CREATE TABLE model_review (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key BLOB NOT NULL CHECK (length(key) = 32),
  step INTEGER NOT NULL,
  cursor_tenant TEXT,
  cursor_id BLOB,
  finished INTEGER NOT NULL,
  touched_at INTEGER NOT NULL
);
)sql",
    // 2 -> 3: how customers come in and come back, and payments without strong authentication.
    R"sql(
ALTER TABLE credentials ADD COLUMN recovered_at INTEGER;
ALTER TABLE ceremonies ADD COLUMN activation TEXT;
ALTER TABLE ceremonies ADD COLUMN activation_purpose INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN sessions_ended_at INTEGER;
CREATE INDEX ceremonies_by_account ON ceremonies (tenant, user_handle) WHERE state = 0;

CREATE TABLE activations (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  account BLOB NOT NULL,
  purpose INTEGER NOT NULL,
  code BLOB NOT NULL CHECK (length(code) = 32),
  revoke_others INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2, 3)),
  tries INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  finished_at INTEGER,
  credential BLOB,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, handle)
) WITHOUT ROWID;
CREATE UNIQUE INDEX activations_open ON activations (tenant, account) WHERE state = 0;
CREATE INDEX activations_by_account ON activations (tenant, account, created_at);
CREATE INDEX activations_by_expiry ON activations (expires_at);

CREATE TABLE notices (
  tenant TEXT NOT NULL,
  number INTEGER NOT NULL,
  account BLOB NOT NULL,
  kind INTEGER NOT NULL,
  detail TEXT NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (tenant, number)
) WITHOUT ROWID;
CREATE INDEX notices_by_time ON notices (time);

CREATE TABLE sca_counters (
  tenant TEXT NOT NULL,
  account BLOB NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  sum INTEGER NOT NULL CHECK (sum >= 0),
  count INTEGER NOT NULL CHECK (count >= 0),
  reset_at INTEGER,
  PRIMARY KEY (tenant, account),
  FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, handle)
) WITHOUT ROWID;

CREATE TABLE exemptions (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  account BLOB NOT NULL,
  amount INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  count INTEGER NOT NULL,
  version INTEGER NOT NULL,
  policy BLOB NOT NULL CHECK (length(policy) = 32),
  decision TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, account, version)
) WITHOUT ROWID;
)sql",
    // 3 -> 4: policies. A program of 3 leaves the defaults: of its ceremonies only the policy in
    // force is asked, and its credentials have conveyed no attestation.
    R"sql(
ALTER TABLE ceremonies ADD COLUMN policy BLOB;
ALTER TABLE ceremonies ADD COLUMN policy_ceremony TEXT NOT NULL DEFAULT '';
ALTER TABLE ceremonies ADD COLUMN policy_inputs TEXT NOT NULL DEFAULT '';
ALTER TABLE ceremonies ADD COLUMN policy_attestation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN attestation_conveyance INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN discoverable INTEGER;
UPDATE credentials SET attestation_conveyance = 2 WHERE attestation_trust = 'trusted';
)sql",
    // 4 -> 5: the life of policies. At most one revision of a tenant is in shadow, canary, active.
    R"sql(
CREATE TABLE policy_lives (
  tenant TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE policy_revisions (
  tenant TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  document TEXT NOT NULL,
  name TEXT NOT NULL,
  number INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
  share INTEGER NOT NULL CHECK (share BETWEEN 0 AND 999),
  was_active INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (tenant, digest)
);
CREATE UNIQUE INDEX policy_revisions_placed ON policy_revisions (tenant, state) WHERE state IN (2, 3, 4);

CREATE TABLE policy_transitions (
  tenant TEXT NOT NULL,
  digest BLOB NOT NULL,
  version INTEGER NOT NULL,
  before INTEGER NOT NULL,
  after INTEGER NOT NULL,
  share INTEGER NOT NULL,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (tenant, digest, version)
) WITHOUT ROWID;

CREATE TABLE policy_ceremonies (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  binding INTEGER NOT NULL,
  binding_digest BLOB NOT NULL CHECK (length(binding_digest) = 32),
  challenge BLOB NOT NULL UNIQUE CHECK (length(challenge) >= 16),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  administrator BLOB NOT NULL,
  allow_credentials TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  replaces BLOB NOT NULL CHECK (length(replaces) = 32),
  share INTEGER NOT NULL CHECK (share BETWEEN 1 AND 1000),
  state INTEGER NOT NULL CHECK (state IN (0, 1, 2)),
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX policy_ceremonies_by_expiry ON policy_ceremonies (expires_at);

CREATE TABLE policy_approvals (
  tenant TEXT NOT NULL,
  ceremony TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  replaces BLOB NOT NULL CHECK (length(replaces) = 32),
  share INTEGER NOT NULL,
  administrator BLOB NOT NULL,
  at INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  PRIMARY KEY (tenant, ceremony)
) WITHOUT ROWID;
CREATE INDEX policy_approvals_unspent ON policy_approvals (tenant, digest) WHERE spent = 0;

CREATE TABLE policy_differences (
  tenant TEXT NOT NULL,
  digest BLOB NOT NULL,
  active BLOB NOT NULL,
  ceremony INTEGER NOT NULL,
  phase INTEGER NOT NULL,
  change INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (tenant, digest, active, ceremony, phase, change)
) WITHOUT ROWID;
)sql",
    // 5 -> 6: events for the relying party's backend. A later one of a subject waits for the
    // earlier.
    R"sql(
CREATE TABLE outbox (
  tenant TEXT NOT NULL,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  delivered_at INTEGER,
  PRIMARY KEY (tenant, sequence),
  UNIQUE (tenant, id)
);
CREATE INDEX outbox_due ON outbox (tenant, next_attempt_at, sequence) WHERE delivered_at IS NULL;
CREATE INDEX outbox_waiting ON outbox (tenant, subject, sequence) WHERE delivered_at IS NULL;
CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
)sql",
    // 6 -> 7: transactions. Rows of transactions, approvals and receipts are evidence and stay;
    // challenges go when their time is over. Nothing reads distinct_approvers (always 1: nobody
    // approves twice) and base_amount (NULL; programs of before 18 wrote it). They stay: the seals
    // of all rows cover them, and a program of the schema before reads this one.
    R"sql(
CREATE TABLE frozen_documents (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  document BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE transactions (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  type TEXT NOT NULL,
  intent BLOB NOT NULL,
  view BLOB NOT NULL,
  template BLOB NOT NULL REFERENCES frozen_documents (digest),
  pack BLOB NOT NULL REFERENCES frozen_documents (digest),
  locale TEXT NOT NULL,
  subject BLOB NOT NULL,
  approvers TEXT NOT NULL,
  policy BLOB NOT NULL CHECK (length(policy) = 32),
  policy_ceremony TEXT NOT NULL,
  policy_inputs TEXT NOT NULL,
  display_tier INTEGER NOT NULL CHECK (display_tier BETWEEN 0 AND 4),
  approvals_needed INTEGER NOT NULL CHECK (approvals_needed BETWEEN 1 AND 16),
  distinct_approvers INTEGER NOT NULL,
  base_amount INTEGER,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
  approvals INTEGER NOT NULL CHECK (approvals BETWEEN 0 AND approvals_needed),
  previous BLOB CHECK (length(previous) = 32),
  finished_at INTEGER,
  finished_by BLOB,
  executed_at INTEGER,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, sequence),
  FOREIGN KEY (tenant, subject) REFERENCES accounts (tenant, handle)
);
CREATE INDEX transactions_by_subject ON transactions (tenant, subject, sequence);
CREATE INDEX transactions_by_state ON transactions (tenant, state, sequence);
CREATE INDEX transactions_by_type ON transactions (tenant, type, sequence);
CREATE INDEX transactions_by_time ON transactions (tenant, created_at);
CREATE INDEX transactions_pending ON transactions (expires_at) WHERE state = 0;

CREATE TABLE transaction_challenges (
  tenant TEXT NOT NULL,
  challenge BLOB NOT NULL CHECK (length(challenge) = 32),
  transaction_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  subject BLOB NOT NULL,
  holder INTEGER NOT NULL CHECK (holder BETWEEN 0 AND 2),
  holder_digest BLOB NOT NULL CHECK (length(holder_digest) = 32),
  origins TEXT NOT NULL,
  allow_credentials TEXT NOT NULL,
  previous BLOB CHECK (length(previous) = 32),
  nonce BLOB NOT NULL CHECK (length(nonce) = 32),
  binding BLOB NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, challenge),
  FOREIGN KEY (tenant, transaction_id) REFERENCES transactions (tenant, id)
);
CREATE INDEX transaction_challenges_of ON transaction_challenges (tenant, transaction_id);
CREATE INDEX transaction_challenges_by_expiry ON transaction_challenges (expires_at);

CREATE TABLE transaction_approvals (
  tenant TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  approver BLOB NOT NULL,
  credential BLOB NOT NULL,
  record BLOB NOT NULL CHECK (length(record) = 32),
  at INTEGER NOT NULL,
  PRIMARY KEY (tenant, transaction_id, step),
  FOREIGN KEY (tenant, transaction_id) REFERENCES transactions (tenant, id)
) WITHOUT ROWID;

CREATE TABLE approval_standings (
  tenant TEXT NOT NULL,
  account BLOB NOT NULL,
  failures INTEGER NOT NULL CHECK (failures >= 0),
  blocked_until INTEGER,
  PRIMARY KEY (tenant, account),
  FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, handle)
) WITHOUT ROWID;

CREATE TABLE receipts (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  record BLOB,
  salt BLOB CHECK (length(salt) = 32),
  leaf BLOB NOT NULL CHECK (length(leaf) = 32),
  log_index INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, log_index)
);
CREATE INDEX receipts_unsequenced ON receipts (tenant, created_at) WHERE log_index IS NULL;
)sql",
    // 7 -> 8: passkeys for payments and their browser-bound keys.
    R"sql(
ALTER TABLE ceremonies ADD COLUMN payments INTEGER NOT NULL DEFAULT 0;

CREATE TABLE payment_credentials (
  tenant TEXT NOT NULL,
  credential BLOB NOT NULL,
  PRIMARY KEY (tenant, credential),
  FOREIGN KEY (tenant, credential) REFERENCES credentials (tenant, id)
) WITHOUT ROWID;

CREATE TABLE browser_bound_keys (
  tenant TEXT NOT NULL,
  credential BLOB NOT NULL,
  key BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  trusted_at INTEGER,
  PRIMARY KEY (tenant, credential, key),
  FOREIGN KEY (tenant, credential) REFERENCES payment_credentials (tenant, credential)
) WITHOUT ROWID;
)sql",
    // 8 -> 9: the log of receipts, as its checkpoint has it, and its tiles.
    R"sql(
CREATE INDEX receipts_by_transaction ON receipts (tenant, transaction_id, step);

CREATE TABLE receipt_logs (
  tenant TEXT PRIMARY KEY,
  size INTEGER NOT NULL CHECK (size > 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  checkpoint TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE receipt_tiles (
  tenant TEXT NOT NULL,
  level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 63),
  number INTEGER NOT NULL CHECK (number >= 0),
  hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (tenant, level, number)
);
)sql",
    // 9 -> 10: differences of the shadow by the rules that matched. What was counted without them
    // is kept as that of other rules; what a program of 9 counts beside is not shown.
    R"sql(
CREATE TABLE policy_rule_differences (
  tenant TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  active BLOB NOT NULL CHECK (length(active) = 32),
  ceremony INTEGER NOT NULL,
  phase INTEGER NOT NULL,
  change INTEGER NOT NULL,
  active_rules TEXT NOT NULL,
  shadow_rules TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (tenant, digest, active, ceremony, phase, change, active_rules, shadow_rules)
) WITHOUT ROWID;
INSERT INTO policy_rule_differences
  SELECT tenant, digest, active, ceremony, phase, change, '*', '*', count FROM policy_differences;
)sql",
    // 10 -> 11: what a transaction shows in the browser's payment dialog beside its intent.
    R"sql(
ALTER TABLE transactions ADD COLUMN payment TEXT NOT NULL DEFAULT '';
)sql",
    // 11 -> 12: when a credential last verified its user. Of before, and of what a program of 11
    // does meanwhile, nobody knows: access to an account asks for it once.
    R"sql(
ALTER TABLE credentials ADD COLUMN verified_at INTEGER;
)sql",
    // 12 -> 13: policies are published by transactions. What administrators had approved otherwise
    // is gone, and a program of 12 can begin nothing of that kind any more. It revokes and sweeps
    // as before: the two tables are dropped when it is not served any more.
    R"sql(
DELETE FROM policy_ceremonies;
DELETE FROM policy_approvals;
CREATE TRIGGER policy_ceremonies_closed BEFORE INSERT ON policy_ceremonies
BEGIN SELECT RAISE(ABORT, 'policies are published by transactions'); END;
CREATE TRIGGER policy_approvals_closed BEFORE INSERT ON policy_approvals
BEGIN SELECT RAISE(ABORT, 'policies are published by transactions'); END;
)sql",
    // 13 -> 14: receipts and events are sealed with a key that is outside of the database
    // (seals.h). What a program of 13 writes is not: it must be stopped before.
    R"sql(
ALTER TABLE receipts ADD COLUMN seal BLOB CHECK (length(seal) = 32);
ALTER TABLE outbox ADD COLUMN seal BLOB CHECK (length(seal) = 32);
)sql",
    // 14 -> 15: refused approvals that count against a payment; titles for lists (of rows of before
    // the view is read); when the content of a transaction was erased.
    R"sql(
ALTER TABLE transactions ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE transactions ADD COLUMN erased_at INTEGER;
)sql",
    // 15 -> 16: sealed like receipts: accounts, credentials, what leads to them, what is in force
    // (row_seals.h). What a program of 15 writes is not.
    R"sql(
ALTER TABLE accounts ADD COLUMN seal BLOB CHECK (length(seal) = 32);
ALTER TABLE credentials ADD COLUMN seal BLOB CHECK (length(seal) = 32);
ALTER TABLE credentials ADD COLUMN state_seal BLOB CHECK (length(state_seal) = 32);
ALTER TABLE policy_revisions ADD COLUMN seal BLOB CHECK (length(seal) = 32);
ALTER TABLE ceremonies ADD COLUMN seal BLOB CHECK (length(seal) = 32);
ALTER TABLE sessions ADD COLUMN seal BLOB CHECK (length(seal) = 32);
ALTER TABLE activations ADD COLUMN seal BLOB CHECK (length(seal) = 32);
)sql",
    // 16 -> 17: which warnings were taken note of when a revision was validated, words with a blank
    // between them; sealed with it. What a program of 16 does to policies is not.
    R"sql(
ALTER TABLE policy_revisions ADD COLUMN acknowledged TEXT;
)sql",
    // 17 -> 18: sealed as well: transactions, in three parts (row_seals.h). What lists show of them
    // and find them by. What a program of 17 writes is not sealed.
    R"sql(
ALTER TABLE transactions ADD COLUMN summary TEXT NOT NULL DEFAULT '';
ALTER TABLE transactions ADD COLUMN amount INTEGER;
ALTER TABLE transactions ADD COLUMN currency TEXT;
ALTER TABLE transactions ADD COLUMN payee TEXT;
ALTER TABLE transactions ADD COLUMN payee_account TEXT;
ALTER TABLE transactions ADD COLUMN finished_key TEXT NOT NULL DEFAULT '';
ALTER TABLE transactions ADD COLUMN seal BLOB CHECK (length(seal) = 32);
ALTER TABLE transactions ADD COLUMN content_seal BLOB CHECK (length(content_seal) = 32);
ALTER TABLE transactions ADD COLUMN state_seal BLOB CHECK (length(state_seal) = 32);
CREATE INDEX transactions_by_amount ON transactions (tenant, amount, currency, sequence) WHERE amount IS NOT NULL;
CREATE INDEX transactions_by_payee ON transactions (tenant, payee, sequence) WHERE payee IS NOT NULL;
CREATE INDEX transactions_by_account ON transactions (tenant, payee_account, sequence) WHERE payee_account IS NOT NULL;
CREATE INDEX transactions_erased ON transactions (tenant, sequence) WHERE erased_at IS NOT NULL;
)sql",
    // 18 -> 19: sealed as well: which passkeys are for payments, and their browser-bound keys. What
    // a program of 18 writes is not.
    R"sql(
ALTER TABLE payment_credentials ADD COLUMN seal BLOB CHECK (length(seal) = 32);
ALTER TABLE browser_bound_keys ADD COLUMN seal BLOB CHECK (length(seal) = 32);
)sql",
    // 19 -> 20: challenges of transactions are sealed. Those that are open are begun again.
    R"sql(
DELETE FROM transaction_challenges;
ALTER TABLE transaction_challenges ADD COLUMN seal BLOB CHECK (length(seal) = 32);
)sql",
    // 20 -> 21: the newest checkpoint that witnesses signed.
    R"sql(
ALTER TABLE receipt_logs ADD COLUMN cosigned TEXT NOT NULL DEFAULT '';
)sql"};

/// The first schemas whose rows are sealed whole: those of customers and policies, transactions,
/// what is for payments.
inline constexpr std::int64_t kSealedRowsSchema = 16;
/// The first one whose revisions are sealed with what was acknowledged of them.
inline constexpr std::int64_t kSealedWarningsSchema = 17;
inline constexpr std::int64_t kSealedTransactionsSchema = 18;
inline constexpr std::int64_t kSealedPaymentsSchema = 19;

}  // namespace countersign::sqlite
