#pragma once
// Whole approvals and their receipts, made by the soft authenticator: with the options left alone
// they verify; each hook changes one thing, and everything that depends on it follows.

#include <array>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "backends/openssl/openssl_backend.h"
#include "policy/policy_json.h"
#include "policy/shipped.h"
#include "receipt/receipt_file.h"
#include "receipt/tiles.h"
#include "receipt/verification.h"
#include "service/receipt_policy.h"
#include "service/transaction_inputs.h"
#include "tests/receipt/signers.h"
#include "tests/support/soft_authenticator.h"
#include "tests/support/soft_payment.h"
#include "transaction/batch.h"
#include "transaction/bound.h"
#include "transaction/intent.h"
#include "transaction/payment_assertion.h"
#include "transaction/recorded.h"
#include "transaction/shipped.h"

namespace countersign::testing {

inline constexpr std::string_view kTransferIntent =
    R"({"type":"payment.credit-transfer/1","fields":{"amount":{"currency":"EUR","value":"1234.56"},)"
    R"("creditor":"Muster Handels GmbH","creditorAccount":{"iban":"DE89370400440532013000"},)"
    R"("debtorAccount":{"iban":"DE75512108001245126199"},"executionDate":"2026-11-23",)"
    R"("reference":"RF18539007547034"}})";

/// As large as the largest intent is.
inline JsonValue intent_json_of(std::string_view text) {
  JsonOptions options;
  options.max_bytes = limits::kMaxTransactionCaseBytes;
  options.max_nodes = limits::kMaxTransactionNodes;
  return parse_json(text, options).value();
}

inline CanonicalValue canonical_json(std::string_view text) {
  return canonical_of(parse_json(text).value()).value();
}

struct ApprovalOptions {
  std::string intent = std::string(kTransferIntent);
  std::string own_template = "";  // empty: the shipped one of the intent's type
  std::string locale = "de-DE";
  std::string own_pack = "";  // empty: the shipped one of the locale
  std::string policy = std::string(shipped_policy("retail"));
  std::string inputs =
      R"({"ceremony":"transaction.approve","payee.known":true,)"
      R"("payee.trusted":false,"payee.confusable":false,"risk.score":10,"sinceSca.sum":0,)"
      R"("credential.age":"P90D"})";
  /// Instead of the intent's own amount in EUR: what the policy was asked about.
  std::optional<std::int64_t> weighed;
  std::string base_currency = "EUR";
  std::int64_t evaluation = kDecisionVersion;
  std::string user = "user";  // whose handle and credential
  std::string customer = "";  // whose order; empty: the user's
  std::int64_t step = 1;
  std::int64_t of = 1;
  ByteVector previous;  // the record before
  TierEvidence tier;
  /// Instead of a page: what the browser's dialog showed.
  std::optional<SoftPayment> payment;
  std::int64_t approved_at = 1790000100;

  std::function<void(CanonicalValue&)> edit_intent;       // its frozen fields
  std::function<void(Binding&)> edit_binding;             // before it is signed
  std::function<void(BoundTransaction&)> edit_bound;      // what no binding would be made of
  std::function<void(AssertionOptions&)> edit_assertion;  // before it is signed
  std::function<void(ApprovalEvidence&)> edit_evidence;   // what is recorded of it
};

/// A payment at a merchant's page, confirmed in the browser's own dialog.
inline ApprovalOptions card_payment() {
  using Value = CanonicalValue;
  ApprovalOptions options;
  options.intent =
      R"({"type":"payment.card/1","fields":{"amount":{"currency":"EUR","value":"20.00"},)"
      R"("merchant":"Muster Schuhe","card":"4242"}})";
  options.payment = SoftPayment();
  options.tier = {
      DisplayKind::payment_dialog,
      Value::make_map({{"payeeOrigin", Value::make_text("https://shop.example")},
                       {"instrumentName", Value::make_text("Example Bank Gold")},
                       {"instrumentIcon", Value::make_text("https://example.org/gold.png")},
                       {"logos", Value::make_array({})}})};
  return options;
}

/// A policy that takes the place of one that demands two approvals of publications. Nothing gets
/// weaker: one is enough.
inline ApprovalOptions publication() {
  ApprovalOptions options;
  options.intent =
      R"({"type":"policy.publish/1","fields":{"policy":"p","revision":1,"audience":"all",)"
      R"("share":1000,"replacedPolicy":"p","replacedRevision":2,"weaker":0,"other":0,)"
      R"("stricter":1,"comparison":"complete","unlisted":0,"changes":[{"effect":"stricter",)"
      R"("situation":"a login","before":"needs user verification preferred",)"
      R"("after":"needs user verification required"}],)"
      R"("digest":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",)"
      R"("replacedDigest":"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA",)"
      R"("diffDigest":"0000000000000000000000000000000000000000000000000000000000000000"}})";
  options.locale = "en-GB";
  options.policy =
      R"({"schema":"countersign-policy/1","id":"p","revision":2,"default":"deny","rules":[)"
      R"({"id":"publish","when":{"ceremony":"policy.publish"},"require":)"
      R"({"userVerification":"required","approvals":{"count":2,"distinctUsers":true}}}]})";
  options.inputs = R"({"ceremony":"policy.publish"})";
  return options;
}

/// Where something gets weaker, all that the policy demands.
inline ApprovalOptions weakening() {
  ApprovalOptions options = publication();
  const std::string_view none = "\"weaker\":0";
  options.intent.replace(options.intent.find(none), none.size(), "\"weaker\":5");
  return options;
}

/// The recorded decision of the policy on the inputs.
inline std::string decision_of(const std::string& policy, const std::string& inputs) {
  const PolicyDocument document = parse_policy(policy, OpenSslHasher()).value();
  PolicyInputs parsed = parse_policy_inputs(inputs).value();
  if (!parsed.set_text(PolicyInput::authentication_counter, "advanced")) {
    std::abort();
  }
  JsonWriter json;
  json.begin_object();
  json.member("bound");
  write_decision(json, document, evaluate(document, Phase::verdict, parsed), parsed);
  json.end_object();
  return json.text();
}

/// The inputs with what the intent says.
inline std::string inputs_of(const ApprovalOptions& options, const Template& source,
                             const CanonicalValue& intent) {
  if (!check_recorded_intent(source, intent)) {
    return options.inputs;  // of nothing that could be weighed
  }
  PolicyInputs inputs = parse_policy_inputs(options.inputs).value();
  const bool is_set =
      add_intent_inputs(source, intent, "EUR", nullptr, inputs).has_value() &&
      (!options.weighed || inputs.set_number(PolicyInput::amount_base, *options.weighed));
  if (!is_set) {
    std::abort();
  }
  JsonWriter json;
  write_policy_inputs(json, inputs, inputs.present(), nullptr);
  return json.text();
}

/// What the server records of one that is whole.
inline std::vector<std::string> checks_of(const ApprovalOptions& options) {
  std::vector<Check> checks = {
      Check::transaction_pending,      Check::transaction_current,
      Check::transaction_issued_to,    Check::transaction_customer_not_blocked,
      Check::transaction_step_follows, Check::transaction_approver_allowed,
      Check::credential_known,         Check::transaction_display_tier};
  const auto add = [&](std::span<const Check> table) {
    checks.insert(checks.end(), table.begin(), table.end());
  };
  if (options.payment) {
    add(payment_checks());
  }
  add(authentication_checks());
  if (options.payment) {
    add(payment_closing_checks());
  }
  add(std::array{Check::signature_counter_advanced, Check::transaction_recomputed,
                 Check::credential_model_sound, Check::transaction_policy});
  std::vector<std::string> names;
  for (const Check check : checks) {
    names.emplace_back(check_name(check));
  }
  return names;
}

inline SoftCredential credential_of(const std::string& user) {
  RegistrationOptions options;
  options.key = TestKey::make(KeyKind::p256, user);
  options.credential_id = seeded_bytes("credential of " + user, 32);
  options.user_handle = seeded_bytes("handle of " + user, 32);
  SoftCredential credential = make_registration(options).credential;
  credential.sign_count = 7;
  return credential;
}

inline ByteVector make_record(const ApprovalOptions& options = {}) {
  const OpenSslHasher hasher;
  const SoftCredential credential = credential_of(options.user);
  const JsonValue intent_json = intent_json_of(options.intent);
  const std::string_view template_json =
      options.own_template.empty() ? find_shipped_template(intent_json.find("type")->string)
                                   : std::string_view(options.own_template);
  const std::string_view pack_json = options.own_pack.empty()
                                         ? find_shipped_locale_pack(options.locale)
                                         : std::string_view(options.own_pack);
  // Also what nobody could make today.
  const Template source = make_recorded_template(canonical_json(template_json), hasher).value();
  const LocalePack pack = make_recorded_locale_pack(canonical_json(pack_json), hasher).value();

  Binding binding;
  binding.ceremony = kApproveCeremony;
  binding.tenant.value = "bank";
  binding.rp_id = "example.org";
  binding.origins = {"https://example.org", "https://app.example.org"};
  binding.subject.value = credential.user_handle;
  binding.transaction_id = "transaction-1";
  binding.session = SessionHandle{"session"};
  binding.intent = make_intent(source, intent_json).value();
  if (options.edit_intent) {
    options.edit_intent(const_cast<CanonicalValue&>(*binding.intent.find("fields")));  // NOLINT
  }
  const Result<View> view = render_recorded_view(source, pack, binding.intent);
  binding.view = encode_view(view ? *view : View{"none", "yes", "no", {{1, "a", "b"}}});
  binding.template_digest = source.digest;
  binding.locale_digest = pack.digest;
  binding.policy_digest = parse_policy(options.policy, hasher).value().digest();
  binding.approval_step = options.step;
  binding.approval_of = options.of;
  if (!options.previous.empty()) {
    binding.previous = record_digest(hasher, options.previous);
  }
  binding.batch = make_batch(hasher, source, binding.intent).value();
  binding.issued_at.value = 1790000000;
  binding.expires_at.value = 1790000300;
  binding.nonce.fill(9);
  if (options.payment) {
    binding.origins = {options.payment->origin};
    binding.session = std::monostate();
    binding.display_tier = 2;
  }
  if (options.edit_binding) {
    options.edit_binding(binding);
  }
  BoundTransaction bound = bind_transaction(hasher, binding).value();
  if (options.edit_bound) {
    options.edit_bound(bound);
  }

  AssertionOptions asserted;
  asserted.challenge.assign(bound.challenge.begin(), bound.challenge.end());
  asserted.sign_count = credential.sign_count + 1;
  if (options.payment) {
    asserted = with_payment(*options.payment, asserted);
  }
  if (options.edit_assertion) {
    options.edit_assertion(asserted);
  }
  const Assertion assertion = make_assertion(credential, asserted);

  ApprovalEvidence evidence;
  evidence.binding = bound.binding_cbor;
  evidence.origins = binding.origins;
  evidence.subject = binding.subject;
  evidence.customer.value = options.customer.empty() ? evidence.subject.value
                                                     : credential_of(options.customer).user_handle;
  evidence.intent = bound.intent_cbor;
  evidence.view = bound.view_cbor;
  evidence.template_document = make_bound_cbor(canonical_json(template_json)).value();
  evidence.locale_pack = make_bound_cbor(canonical_json(pack_json)).value();
  evidence.client_data_json = assertion.client_data;
  evidence.authenticator_data = assertion.authenticator_data;
  evidence.signature = assertion.signature;
  if (options.payment && options.payment->browser_bound) {
    const BrowserBoundSigner& signer = *options.payment->browser_bound;
    evidence.browser_bound =
        BrowserBoundEvidence{signer.key.cose_key(signer.algorithm),
                             signer.key.sign_cose(signer.algorithm, assertion.client_data)};
  }
  evidence.credential.id.value = credential.id;
  evidence.credential.public_key = credential.cose_key;
  evidence.credential.algorithm = credential.algorithm;
  evidence.credential.sign_count = credential.sign_count;
  evidence.credential.is_uv_initialized = true;
  evidence.credential.attestation_format = "none";
  evidence.credential.attestation_type = "none";
  evidence.credential.attestation_trust = "none";
  evidence.credential.registered.chain = {Digest256{}};
  evidence.credential.created_at.value = 1780000000;
  evidence.policy = {options.evaluation, options.policy,
                     decision_of(options.policy, inputs_of(options, source, binding.intent)),
                     options.base_currency};
  evidence.tier = options.tier;
  evidence.checks = checks_of(options);
  evidence.core_version = "0.1.0";
  evidence.verifier = "openssl";
  evidence.approved_at.value = options.approved_at;
  if (options.edit_evidence) {
    options.edit_evidence(evidence);
  }
  return encode_record(evidence).value();
}

/// A log with other leaves around the record's, and its operator.
struct TestLog {
  std::string origin = "example.org/receipts";
  TestSigner operator_key{origin};
  TestSigner witness{"witness.example/w1", NoteKeyKind::witness, "witness"};
  std::size_t before = 5;
  std::size_t after = 7;
  bool is_witnessed = false;

  LogProof prove(const Salt& salt, Bytes record) const {
    const OpenSslHasher hasher;
    std::vector<Digest256> hashes;
    const auto add_others = [&](std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        hashes.push_back(merkle_leaf_hash(hasher, seeded_bytes(std::to_string(hashes.size()), 32)));
      }
    };
    add_others(before);
    hashes.push_back(merkle_leaf_hash(hasher, leaf_of(hasher, salt, record)));
    add_others(after);
    const TreeHead head{hashes.size(), merkle_root(hasher, hashes)};
    LogProof proof{before, path_of(before, hashes), {origin, head, {}}};
    proof.checkpoint.signatures.push_back(operator_key.sign(origin, head));
    if (is_witnessed) {
      proof.checkpoint.signatures.push_back(witness.cosign(origin, head, 1790000200));
    }
    return proof;
  }

  static std::vector<Digest256> path_of(std::size_t index, std::span<const Digest256> hashes) {
    if (hashes.size() == 1) {
      return {};
    }
    const auto split = static_cast<std::size_t>(merkle_split(hashes.size()));
    const bool is_left = index < split;
    std::vector<Digest256> path = is_left ? path_of(index, hashes.first(split))
                                          : path_of(index - split, hashes.subspan(split));
    path.push_back(
        merkle_root(OpenSslHasher(), is_left ? hashes.subspan(split) : hashes.first(split)));
    return path;
  }
};

inline Salt test_salt() {
  Salt salt{};
  salt.fill(5);
  return salt;
}

/// The receipt of the last of these records.
inline Receipt make_receipt(const std::vector<ByteVector>& records, const TestLog& log = {}) {
  Receipt receipt;
  receipt.earlier_records.assign(records.begin(), records.end() - 1);
  receipt.record = records.back();
  receipt.salt = test_salt();
  receipt.proof = log.prove(receipt.salt, receipt.record);
  return receipt;
}

/// The records of an order that `count` people approve.
inline std::vector<ByteVector> make_chain(std::int64_t count, ApprovalOptions options = {}) {
  std::vector<ByteVector> records;
  for (std::int64_t step = 1; step <= count; ++step) {
    options.user = "user " + std::to_string(step);
    options.customer = "user 1";
    options.step = step;
    options.of = count;
    options.approved_at += 1;
    if (step > 1) {
      options.previous = records.back();
    }
    records.push_back(make_record(options));
  }
  return records;
}

}  // namespace countersign::testing
