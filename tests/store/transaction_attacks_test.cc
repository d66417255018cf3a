// What somebody tries who wants an approval for something else, or twice, or for somebody else; and
// the code that each attempt gets. "In the store" is a shell on the database, "in transit" somebody
// between browser and server. Transactions are sealed (transaction_seals_test.cc); here whoever
// alters one has the key, too, so that what is signed shows that it holds by itself.

#include <atomic>
#include <cstring>
#include <set>
#include <thread>

#include "base/limits.h"
#include "service/authentication_service.h"
#include "tests/store/transaction_fixture.h"
#include "tests/transaction/own_templates.h"
#include "transaction/bound.h"
#include "transaction/render.h"

namespace countersign::testing {
namespace {

class TransactionAttacks : public TransactionTest {
 protected:
  // Another intent in the place of the one that was signed, with the view that belongs to it: the
  // most consistent forgery.
  void swap_intent(const TransactionId& id, const nlohmann::json& intent) {
    const Transaction before = stored(id);
    const Template source = read_template(before.source, hasher_).value();
    const CanonicalValue frozen = intent_from(source, intent).value();
    const View view = render_view(source, read_pack(before.pack, hasher_).value(), frozen).value();
    alter_sealed("UPDATE transactions SET intent = " + blob(make_bound_cbor(frozen).value()) +
                 ", view = " + blob(make_bound_cbor(encode_view(view)).value()) + " WHERE id = '" +
                 id.value + "'");
  }
  ErrorCode approve_swapped(const std::function<void(nlohmann::json&)>& edit) {
    const Begun begun = create();
    nlohmann::json intent = transfer_intent();
    edit(intent["fields"]);
    swap_intent(begun.id, intent);
    return approve(begun);
  }
  ErrorCode approve_after(const std::function<std::string(const Begun&)>& sql) {
    const Begun begun = create();
    alter_sealed(sql(begun));
    return approve(begun);
  }
  // The customer's client binds what the customer sees; here somebody made it bind another intent,
  // or another member of B. The challenge that is signed is then not one of the server's.
  ErrorCode approve_bound_otherwise(
      const std::function<void(Binding& binding, const Template& source)>& edit) {
    const Begun begun = create();
    const Transaction transaction = stored(begun.id);
    const TransactionApproval approval =
        store_->list_transaction_approvals(tenant_.id, begun.id).value().front();
    const Template source = read_template(transaction.source, hasher_).value();
    Binding binding;
    binding.ceremony = kApproveCeremony;
    binding.tenant = tenant_.id;
    binding.rp_id = tenant_.rp_id;
    binding.origins = approval.origins;
    binding.subject = approval.subject;
    binding.transaction_id = begun.id.value;
    binding.session = SessionHandle{session_handle_of(hasher_, tenant_.id, approval.holder_digest)};
    binding.intent = parse_canonical_cbor(transaction.intent).value();
    binding.view = parse_canonical_cbor(transaction.view).value();
    binding.template_digest = transaction.source.digest;
    binding.locale_digest = transaction.pack.digest;
    binding.policy_digest = transaction.policy.document;
    binding.nonce = approval.nonce;
    binding.issued_at = approval.issued_at;
    binding.expires_at = approval.expires_at;
    EXPECT_TRUE(equal(bind_transaction(hasher_, binding).value().challenge, approval.challenge))
        << "the test binds as the server does";
    edit(binding, source);
    Begun tampered = begun;
    tampered.challenge = to_vector(bind_transaction(hasher_, binding).value().challenge);
    return approve(tampered);
  }
  void bind_intent(Binding& binding, const Template& source, const nlohmann::json& intent) {
    binding.intent = intent_from(source, intent).value();
    binding.view = encode_view(
        render_view(source, settings_.catalog.find_pack("en-GB")->pack, binding.intent).value());
  }
  ErrorCode approve_in_transit(const std::function<void(nlohmann::json&)>& edit) {
    return approve_bound_otherwise([&](Binding& binding, const Template& source) {
      nlohmann::json intent = transfer_intent();
      edit(intent["fields"]);
      bind_intent(binding, source, intent);
    });
  }
  // Nobody is handed it as approved.
  void expect_refused(const Begun& begun, ErrorCode code = ErrorCode::transaction_store_mismatch) {
    EXPECT_EQ(code_of(read_transaction(context_, tenant_, backend_, begun.id)), code);
    EXPECT_EQ(code_of(execute(begun.id)), code);
  }
  // A record of `begun` that verifies by itself, signed with a key of the attacker's.
  ByteVector forged_record(const Begun& pattern, const Begun& begun) {
    RegistrationOptions options;
    options.credential_id = keys_["ada"].id;
    options.user_handle = handle_of("ada").value;
    options.key = TestKey::make(KeyKind::p256, "thief");
    thief_ = make_registration(options).credential;
    AssertionOptions asserted;
    asserted.challenge = begun.challenge;
    asserted.sign_count = 1000;
    const Assertion assertion = make_assertion(thief_, asserted);
    const auto approval = store_->list_transaction_approvals(tenant_.id, begun.id).value().front();
    ApprovalEvidence evidence =
        parse_record(
            *store_->find_receipt(tenant_.id, pattern.id.value + ".1").value().value().record)
            .value();
    evidence.binding = approval.binding;
    evidence.client_data_json = assertion.client_data;
    evidence.authenticator_data = assertion.authenticator_data;
    evidence.signature = assertion.signature;
    evidence.credential.public_key = thief_.cose_key;
    evidence.approved_at = clock_.time;
    return encode_record(evidence).value();
  }
  // The row's, as the store has it.
  Digest256 answer_caller() {
    sqlite3* raw = nullptr;
    sqlite3_stmt* row = nullptr;
    Digest256 caller{};
    EXPECT_EQ(sqlite3_open(folder_.path("s.db").c_str(), &raw), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(raw, "SELECT caller FROM answers", -1, &row, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_step(row), SQLITE_ROW);
    EXPECT_EQ(sqlite3_column_bytes(row, 0), 32);
    std::memcpy(caller.data(), sqlite3_column_blob(row, 0), caller.size());
    sqlite3_finalize(row);
    sqlite3_close(raw);
    return caller;
  }
  SoftCredential thief_;
  static std::string where(const Begun& begun) { return " WHERE id = '" + begun.id.value + "'"; }
  static std::string where_challenge(const Begun& begun) {
    return " WHERE challenge = " + blob(begun.challenge);
  }
  // Two people approve; the first has done so.
  Begun second_step(Begun& first) {
    policies_.set(kTwoPeople);
    first = create();
    EXPECT_EQ(approve(first), kDone);
    return begin_as(first.id, backend_, "bob");
  }
};

TEST_F(TransactionAttacks, NothingAlteredIsApproved) { EXPECT_EQ(approve(create()), kDone); }

// Each check of the server has an answer that it is the first to refuse.
TEST_F(TransactionAttacks, EachCheckRefusesOneAloneOfAllOthersRight) {
  std::set<Check> refused;
  const auto expect = [&](Check check, ErrorCode code, ErrorCode got) {
    EXPECT_EQ(got, code) << check_name(check);
    EXPECT_EQ(last_error_.check, check);
    refused.insert(check);
  };
  const Begun declined = create();
  ASSERT_EQ(code_of(decline_transaction(context_, tenant_, declined.caller, declined.id)), kDone);
  expect(Check::transaction_pending, ErrorCode::transaction_state_mismatch, approve(declined));

  const Begun late = create({.seconds = 60});
  clock_.time = after(61);
  expect(Check::transaction_current, ErrorCode::transaction_expired, approve(late));

  const Begun begun = create({.seconds = 3600});
  expect(Check::transaction_issued_to, ErrorCode::transaction_foreign,
         send_as(begun, browser_of("ada"), sign(begun)));
  expect(Check::transaction_approver_allowed, ErrorCode::transaction_approver_not_allowed,
         approve(begun, "bob"));

  policies_.set(kTwoPeople);
  const Begun first = create();
  const Begun same_step = begin_as(first.id, backend_, "ada");
  ASSERT_EQ(approve(first), kDone);
  expect(Check::transaction_step_follows, ErrorCode::transaction_step_changed, approve(same_step));

  settings_.approval_origins = {"https://approve.example.org"};
  policies_.set(R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":)"
                R"({"userVerification":"required","displayTier":1}})");
  expect(Check::transaction_display_tier, ErrorCode::transaction_display_tier_unmet,
         approve(create()));

  settings_.approval_origins.clear();
  policies_.set(kPay);
  const Begun altered = create();
  alter_sealed("UPDATE transaction_challenges SET nonce = " + blob(seeded_bytes("nonce", 32)) +
               where_challenge(altered));
  expect(Check::transaction_recomputed, ErrorCode::transaction_store_mismatch, approve(altered));

  policies_.set(kTwoPeople);
  expect(Check::transaction_policy, ErrorCode::policy_changed, approve(begun));

  policies_.set(kPay);
  alter("UPDATE approval_standings SET blocked_until = " + std::to_string(after(1).value));
  expect(Check::transaction_customer_not_blocked, ErrorCode::approvals_blocked, approve(begun));

  constexpr Check kChecks[] = {
#define CS_CHECK(number, name) Check::name,
#include "base/checks.def"
#undef CS_CHECK
  };
  for (const Check check : kChecks) {
    const auto number = static_cast<std::uint16_t>(check);
    EXPECT_EQ(number >= 406 && number < 450, refused.contains(check)) << check_name(check);
  }
}

// What is to be done, altered in the store.

TEST_F(TransactionAttacks, AmountInTheStore) {
  EXPECT_EQ(approve_swapped([](auto& fields) { fields["amount"] = amount_json("9234.56"); }),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, CurrencyInTheStore) {
  EXPECT_EQ(approve_swapped([](auto& fields) { fields["amount"] = amount_json("1234.56", "USD"); }),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, PayeeInTheStore) {
  EXPECT_EQ(approve_swapped([](auto& fields) { fields["creditor"] = "Mallory"; }),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, PayeeAccountInTheStore) {
  EXPECT_EQ(approve_swapped([](auto& fields) {
              fields["creditorAccount"] = iban_json("GB29NWBK60161331926819");
            }),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, ReferenceInTheStore) {
  EXPECT_EQ(approve_swapped([](auto& fields) { fields["reference"] = "Invoice 666"; }),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, ViewAloneInTheStore) {
  const Begun begun = create();
  View view = make_view(parse_canonical_cbor(stored(begun.id).view).value()).value();
  view.rows.front().value = "1.00 EUR";
  alter_sealed("UPDATE transactions SET view = " +
               blob(make_bound_cbor(encode_view(view)).value()) + where(begun));
  EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, LabelInTheStore) {
  const Begun begun = create();
  View view = make_view(parse_canonical_cbor(stored(begun.id).view).value()).value();
  view.rows.front().label = "Refund";
  alter_sealed("UPDATE transactions SET view = " +
               blob(make_bound_cbor(encode_view(view)).value()) + where(begun));
  EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, OrderOfTheRowsInTheStore) {
  const Begun begun = create();
  View view = make_view(parse_canonical_cbor(stored(begun.id).view).value()).value();
  std::swap(view.rows[0], view.rows[1]);
  alter_sealed("UPDATE transactions SET view = " +
               blob(make_bound_cbor(encode_view(view)).value()) + where(begun));
  EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, LocaleInTheStore) {
  const Begun begun = create();
  const auto german = settings_.catalog.find_pack("de-DE");
  const Transaction transaction = stored(begun.id);
  const View view = render_view(read_template(transaction.source, hasher_).value(), german->pack,
                                parse_canonical_cbor(transaction.intent).value())
                        .value();
  alter_sealed(
      "INSERT INTO frozen_documents VALUES (" + blob(german->document.digest) + ", " +
      blob(german->document.cbor) +
      "); UPDATE transactions SET locale = 'de-DE', pack = " + blob(german->document.digest) +
      ", view = " + blob(make_bound_cbor(encode_view(view)).value()) + where(begun));
  EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, TemplateInTheStore) {
  // The label of the amount reads otherwise, and everything that follows from it is put right.
  const Begun begun = create();
  nlohmann::json json = transfer_json();
  json["locales"]["en-GB"]["labels"]["amount"] = "Refund";
  TransactionCatalog forged = settings_.catalog;
  ASSERT_TRUE(forged.add_template(json.dump(), hasher_).has_value());
  const auto source = forged.find_template("payment.credit-transfer/1");
  const View view = render_view(source->source, forged.find_pack("en-GB")->pack,
                                parse_canonical_cbor(stored(begun.id).intent).value())
                        .value();
  alter_sealed("INSERT INTO frozen_documents VALUES (" + blob(source->document.digest) + ", " +
               blob(source->document.cbor) +
               "); UPDATE transactions SET template = " + blob(source->document.digest) +
               ", view = " + blob(make_bound_cbor(encode_view(view)).value()) + where(begun));
  EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, TemplateUnderTheSameDigestInTheStore) {
  const Begun begun = create();
  const Digest256 digest = stored(begun.id).source.digest;
  const auto other = settings_.catalog.find_template("payment.card/1");
  alter("UPDATE frozen_documents SET document = " + blob(other->document.cbor) +
        " WHERE digest = " + blob(digest));
  EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
}

// Whom, under what and for how long, altered in the store.

TEST_F(TransactionAttacks, DisplayTierInTheStore) {
  settings_.approval_origins = {"https://approve.example.org"};
  policies_.set(R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":)"
                R"({"userVerification":"required","displayTier":1}})");
  const Begun begun = create();
  alter_sealed("UPDATE transactions SET display_tier = 0" + where(begun));
  const auto at_the_dedicated_page = [](AssertionOptions& options) {
    options.client_data.origin = "https://approve.example.org";
  };
  EXPECT_EQ(approve(begun, "ada", at_the_dedicated_page), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, PolicyInTheStore) {
  // Of a revision that is known, too, and demands less.
  const auto other = policies_.make(R"({"id":"all","when":{"ceremony":"transaction.approve"},)"
                                    R"("require":{"userVerification":"discouraged"}})");
  EXPECT_EQ(approve_after([&](const Begun& begun) {
              return "UPDATE transactions SET policy = " + blob(other->digest()) + where(begun);
            }),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, PolicyCeremonyInTheStore) {
  EXPECT_EQ(approve_after([](const Begun& begun) {
              return "UPDATE transactions SET policy_ceremony = 'limit.change'" + where(begun);
            }),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, ExpiryInTheStore) {
  const Begun begun = create();
  alter_sealed("UPDATE transactions SET expires_at = expires_at + 86400" + where(begun));
  alter_sealed("UPDATE transaction_challenges SET expires_at = expires_at + 86400" +
               where_challenge(begun));
  clock_.time = after(3600);
  EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, SessionInTheStore) {
  const Begun begun = create();
  Caller thief = holder_of("another token");
  alter_sealed("UPDATE transaction_challenges SET holder_digest = " + blob(*thief.token_digest) +
               where_challenge(begun));
  EXPECT_EQ(send_as(begun, thief, sign(begun)), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, TenantInTheStore) {
  const Begun begun = create();
  Tenant other = tenant_;
  other.id = TenantId("other");
  alter(
      "PRAGMA foreign_keys = OFF; UPDATE transactions SET tenant = 'other'; "
      "UPDATE transaction_challenges SET tenant = 'other'; "
      "UPDATE credentials SET tenant = 'other'; UPDATE accounts SET tenant = 'other'");
  seal_rows_of(folder_.path("s.db"));
  seal_approvals_of(folder_.path("s.db"));
  EXPECT_EQ(code_of(approve_transaction(context_, other, begun.caller, begun.id, sign(begun))),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, OriginInTheStore) {
  tenant_.origins.push_back("https://evil.example.org");  // the configuration, too
  const Begun begun = create();
  alter_sealed("UPDATE transaction_challenges SET origins = 'https://evil.example.org'" +
               where_challenge(begun));
  EXPECT_EQ(approve(begun, "ada",
                    [](AssertionOptions& options) {
                      options.client_data.origin = "https://evil.example.org";
                    }),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, UserInTheStore) {
  const Begun begun = create();
  alter_sealed("UPDATE transaction_challenges SET subject = " + blob(handle_of("bob").value) +
               ", allow_credentials = ''" + where_challenge(begun));
  EXPECT_EQ(approve(begun, "bob"), ErrorCode::transaction_approver_not_allowed);
  alter_sealed("UPDATE transactions SET subject = " + blob(handle_of("bob").value) + where(begun));
  EXPECT_EQ(approve(begun, "bob"), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, NumberOfApprovalsInTheStore) {
  policies_.set(kTwoPeople);
  EXPECT_EQ(approve_after([](const Begun& begun) {
              return "UPDATE transactions SET approvals_needed = 1" + where(begun);
            }),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, DistinctApproversInTheStore) {
  Begun first;
  policies_.set(kTwoPeople);
  first = create();
  ASSERT_EQ(approve(first), kDone);
  alter_sealed("UPDATE transactions SET distinct_approvers = 0" + where(first));
  const Begun again = begin_as(first.id, backend_, "ada");
  EXPECT_EQ(again.error, ErrorCode::transaction_approver_repeated);
}
// Who approved before stands in the records, for the second approval and for the event.
TEST_F(TransactionAttacks, EarlierApproversInTheStore) {
  Begun first;
  const Begun second = second_step(first);
  ASSERT_EQ(second.error, kDone);
  // The row of the first approval is gone, or another's: the customer cannot be the second person.
  const std::string of_first = " WHERE transaction_id = '" + first.id.value + "'";
  alter("UPDATE transaction_approvals SET approver = " + blob(handle_of("carol").value) + of_first);
  const Begun again = begin_as(first.id, backend_, "ada");
  ASSERT_EQ(again.error, kDone) << "what begins asks the table alone";
  EXPECT_EQ(approve(again, "ada"), ErrorCode::transaction_approver_repeated);
  EXPECT_EQ(approve(second, "bob"), kDone);
  const nlohmann::json told = nlohmann::json::parse(events().back().event.body);
  EXPECT_EQ(told["approvals"][0]["userHandle"], encode_base64url(handle_of("ada").value));
}
TEST_F(TransactionAttacks, EarlierRecordsInTheStore) {
  for (const char* edit :
       {"UPDATE receipts SET seal = NULL", "DELETE FROM receipts",
        "UPDATE receipts SET leaf = zeroblob(32)", "UPDATE receipts SET step = 2"}) {
    Begun first;
    const Begun second = second_step(first);
    ASSERT_EQ(second.error, kDone);
    alter(std::string(edit) + " WHERE transaction_id = '" + first.id.value + "'");
    EXPECT_EQ(approve(second, "bob"), ErrorCode::transaction_store_mismatch) << edit;
    EXPECT_EQ(code_of(read_transaction(context_, tenant_, backend_, first.id)),
              ErrorCode::transaction_store_mismatch)
        << edit;
    EXPECT_EQ(standing_of("bob").failures, 0) << edit;
  }
}
TEST_F(TransactionAttacks, ApprovalOrderInTheStore) {
  // The first step's challenge, made the second's.
  Begun first;
  const Begun second = second_step(first);
  ASSERT_EQ(second.error, kDone);
  const Transaction transaction = stored(first.id);
  const Begun other = begin_as(first.id, backend_, "bob");
  alter_sealed("UPDATE transaction_challenges SET step = 1, previous = NULL" +
               where_challenge(other));
  EXPECT_EQ(approve(other, "bob"), ErrorCode::transaction_step_changed);
  alter_sealed("UPDATE transactions SET approvals = 0, previous = NULL" + where(first));
  EXPECT_EQ(approve(other, "bob"), ErrorCode::transaction_approver_not_allowed);
  alter_sealed("UPDATE transactions SET subject = " + blob(handle_of("bob").value) + where(first));
  EXPECT_EQ(approve(other, "bob"), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, PreviousRecordInTheStore) {
  Begun first;
  const Begun second = second_step(first);
  const std::string forged = blob(seeded_bytes("another record", 32));
  alter_sealed("UPDATE transactions SET previous = " + forged + where(first));
  EXPECT_EQ(approve(second, "bob"), ErrorCode::transaction_step_changed);
  alter_sealed("UPDATE transaction_challenges SET previous = " + forged + where_challenge(second));
  EXPECT_EQ(approve(second, "bob"), ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, ChallengeInTheStore) {
  // The digest of another intent in the place of the challenge: signed, and yet not what B says.
  const Begun begun = create();
  Begun forged = begun;
  forged.challenge = seeded_bytes("a challenge of my own", 32);
  alter_sealed("UPDATE transaction_challenges SET challenge = " + blob(forged.challenge) +
               where_challenge(begun));
  EXPECT_EQ(approve(forged), ErrorCode::transaction_store_mismatch);
}

// Nobody signs that he declines: whose challenge it is must be the server's word.
TEST_F(TransactionAttacks, AChallengeMovedToAnotherTransactionDeclinesNothing) {
  const Begun others = create();
  const Begun own = create({.username = "bob"});
  for (const std::string& set :
       {"transaction_id = '" + others.id.value + "'",
        "transaction_id = '" + others.id.value + "', subject = " + blob(handle_of("ada").value),
        "holder_digest = " + blob(*own.caller.token_digest)}) {
    alter("UPDATE transaction_challenges SET " + set + where_challenge(own));
    EXPECT_NE(code_of(decline_transaction(context_, tenant_, own.caller, others.id)), kDone) << set;
    EXPECT_EQ(stored(others.id).state, TransactionState::pending) << set;
  }
  EXPECT_EQ(code_of(decline_transaction(context_, tenant_, others.caller, others.id)), kDone);
}
TEST_F(TransactionAttacks, AnyColumnOfAChallengeInTheStore) {
  const Begun begun = create();
  Digest256 challenge{};
  std::copy(begun.challenge.begin(), begun.challenge.end(), challenge.begin());
  const auto is_listed = [&] {
    const bool is_found =
        store_->find_transaction_approval(tenant_.id, challenge).value().has_value();
    const bool is_there = !store_->list_transaction_approvals(tenant_.id, begun.id).value().empty();
    return is_found || is_there;
  };
  ASSERT_TRUE(is_listed());
  alter("CREATE TABLE kept AS SELECT * FROM transaction_challenges");
  for (const char* set :
       {"step = 2", "subject = x'00'", "holder = 1 + holder % 2", "holder_digest = zeroblob(32)",
        "origins = 'https://evil.example.org'", "allow_credentials = allow_credentials || ' AA'",
        "previous = zeroblob(32)", "nonce = zeroblob(32)", "binding = x'00'",
        "issued_at = issued_at - 1", "expires_at = expires_at + 1", "seal = NULL"}) {
    alter(std::string("UPDATE transaction_challenges SET ") + set);
    EXPECT_FALSE(is_listed()) << set;
    alter(
        "DELETE FROM transaction_challenges; INSERT INTO transaction_challenges SELECT * FROM "
        "kept");
    ASSERT_TRUE(is_listed()) << set;
  }
}

// Altered in transit: what the authenticator signed is not a challenge of the server's.

TEST_F(TransactionAttacks, AmountInTransit) {
  EXPECT_EQ(approve_in_transit([](auto& fields) { fields["amount"] = amount_json("9234.56"); }),
            ErrorCode::transaction_not_found);
}
TEST_F(TransactionAttacks, CurrencyInTransit) {
  EXPECT_EQ(
      approve_in_transit([](auto& fields) { fields["amount"] = amount_json("1234.56", "USD"); }),
      ErrorCode::transaction_not_found);
}
TEST_F(TransactionAttacks, PayeeInTransit) {
  EXPECT_EQ(approve_in_transit([](auto& fields) { fields["creditor"] = "Mallory"; }),
            ErrorCode::transaction_not_found);
}
TEST_F(TransactionAttacks, ReferenceInTransit) {
  EXPECT_EQ(approve_in_transit([](auto& fields) { fields["reference"] = "Invoice 666"; }),
            ErrorCode::transaction_not_found);
}

struct Member {
  const char* name;
  void (*edit)(Binding& binding);
};
const Member kMembers[] = {
    {"tenant", [](Binding& b) { b.tenant = TenantId("other"); }},
    {"rpId", [](Binding& b) { b.rp_id = "evil.example"; }},
    {"origins", [](Binding& b) { b.origins = {"https://evil.example"}; }},
    {"subject", [](Binding& b) { b.subject = UserHandle({1}); }},
    {"transactionId", [](Binding& b) { b.transaction_id = "other"; }},
    {"session", [](Binding& b) { b.session = SessionHandle{"other"}; }},
    {"noSession", [](Binding& b) { b.session = std::monostate(); }},
    {"label",
     [](Binding& b) {
       View view = make_view(b.view).value();
       view.rows.front().label = "Refund";
       b.view = encode_view(view);
     }},
    {"order",
     [](Binding& b) {
       View view = make_view(b.view).value();
       std::swap(view.rows[0], view.rows[1]);
       b.view = encode_view(view);
     }},
    {"template", [](Binding& b) { b.template_digest[0] ^= 1U; }},
    {"locale", [](Binding& b) { b.locale_digest[0] ^= 1U; }},
    {"policy", [](Binding& b) { b.policy_digest[0] ^= 1U; }},
    {"displayTier", [](Binding& b) { b.display_tier = 1; }},
    {"approvalOf", [](Binding& b) { b.approval_of = 2; }},
    {"approvalOrder",
     [](Binding& b) {
       b.approval_step = b.approval_of = 2;
       b.previous = Digest256{};
     }},
    {"issuedAt", [](Binding& b) { b.issued_at.value -= 1; }},
    {"expiresAt", [](Binding& b) { b.expires_at.value += 1; }},
    {"nonce", [](Binding& b) { b.nonce[31] ^= 1U; }},
};
class MembersInTransit : public TransactionAttacks, public ::testing::WithParamInterface<Member> {};
TEST_P(MembersInTransit, IsNotAChallengeOfTheServer) {
  EXPECT_EQ(
      approve_bound_otherwise([&](Binding& binding, const Template&) { GetParam().edit(binding); }),
      ErrorCode::transaction_not_found);
}
INSTANTIATE_TEST_SUITE_P(TransactionAttacks, MembersInTransit, ::testing::ValuesIn(kMembers),
                         [](const auto& member) { return std::string(member.param.name); });

TEST_F(TransactionAttacks, ChallengeOfAnotherTransaction) {
  const Begun cheap = create();
  const Begun other = create();
  Begun mixed = cheap;
  mixed.challenge = other.challenge;
  EXPECT_EQ(approve(mixed), ErrorCode::transaction_not_found);
}

// Who answers.

TEST_F(TransactionAttacks, AnotherSession) {
  const Begun begun = create();
  const std::string response = sign(begun);
  EXPECT_EQ(send_as(begun, browser_of("ada"), response), ErrorCode::transaction_foreign);
  EXPECT_EQ(last_error_.check, Check::transaction_issued_to);
  EXPECT_EQ(send_as(begun, holder_of("guessed"), response), ErrorCode::transaction_foreign);
  EXPECT_EQ(send_as(begun, Caller(), response), ErrorCode::transaction_foreign);
  EXPECT_EQ(send_as(begun, backend_, response), ErrorCode::transaction_foreign)
      << "the backend's key does not stand for the customer's browser";
}
TEST_F(TransactionAttacks, ASessionThatHasEnded) {
  const Begun begun = create();
  const Begun in_session = begin_as(begun.id, browser_of("ada"));
  ASSERT_EQ(in_session.error, kDone);
  ASSERT_TRUE(store_->delete_session(tenant_.id, session_of("ada")).has_value());
  EXPECT_EQ(approve(in_session), ErrorCode::session_required);
  EXPECT_EQ(state_of(begun.id), TransactionState::pending);
}
TEST_F(TransactionAttacks, AnotherTenant) {
  Tenant other = tenant_;
  other.id = TenantId("other");
  const Begun begun = create();
  EXPECT_EQ(code_of(approve_transaction(context_, other, begun.caller, begun.id, sign(begun))),
            ErrorCode::transaction_not_found);
}
TEST_F(TransactionAttacks, AnotherOrigin) {
  const Begun begun = create();
  EXPECT_EQ(approve(begun, "ada",
                    [](AssertionOptions& options) {
                      options.client_data.origin = "https://evil.example";
                    }),
            ErrorCode::origin_not_allowed);
}
TEST_F(TransactionAttacks, AnotherUser) {
  const Begun begun = create();
  EXPECT_EQ(approve(begun, "bob"), ErrorCode::transaction_approver_not_allowed);
  EXPECT_EQ(last_error_.check, Check::transaction_approver_allowed);
}
TEST_F(TransactionAttacks, SomebodyWhoWasNotNamed) {
  const Begun begun = create();
  EXPECT_EQ(begin_as(begun.id, browser_of("bob")).error,
            ErrorCode::transaction_approver_not_allowed);
}
// The first approval is the customer's own, whoever else may approve.
TEST_F(TransactionAttacks, SomebodyElseInTheCustomersPlace) {
  enrol("carol");
  Wanted wanted;
  wanted.approvers = {"bob"};
  for (const std::string& policy : {kPay, kTwoPeople}) {
    policies_.set(policy);
    const Begun begun = create(wanted);
    for (const Begun& other :
         {begin_as(begun.id, browser_of("bob")), begin_as(begun.id, backend_, "bob"),
          begin_as(begun.id, backend_, "carol")}) {
      EXPECT_EQ(other.error, ErrorCode::transaction_approver_not_allowed);
    }
    EXPECT_EQ(audit_.last.error->check, Check::transaction_approver_allowed);
    EXPECT_EQ(approve(begun), kDone);
  }
}
TEST_F(TransactionAttacks, SomebodyElseInTheCustomersPlaceAtTheCommit) {
  const Begun begun = create();
  ApprovalCommit commit;
  commit.approval = store_->list_transaction_approvals(tenant_.id, begun.id).value().front();
  commit.approval.subject = handle_of("bob");
  commit.now = clock_.time;
  commit.customer = handle_of("ada");
  EXPECT_EQ(code_of(store_->commit_approval(commit)), ErrorCode::transaction_approver_not_allowed);
  commit.customer = handle_of("bob");  // and it is not bob's
  EXPECT_EQ(code_of(store_->commit_approval(commit)), ErrorCode::transaction_approver_not_allowed);
  commit.approval.subject = handle_of("ada");
  EXPECT_EQ(code_of(store_->commit_approval(commit)), ErrorCode::transaction_step_changed);
  EXPECT_EQ(state_of(begun.id), TransactionState::pending);
}
// Where the backend's call named who approves, no key picks anybody else afterwards: not the one
// that created it and no stolen one.
TEST_F(TransactionAttacks, SomebodyElseInANamedApproversPlace) {
  enrol("mallory");
  policies_.set(kTwoPeople);
  Wanted wanted;
  wanted.approvers = {"bob"};
  const Begun first = create(wanted);
  ASSERT_EQ(approve(first), kDone);
  Caller stolen;
  stolen.api_key = "second";
  for (const Caller& key : {backend_, stolen}) {
    EXPECT_EQ(begin_as(first.id, key, "mallory").error,
              ErrorCode::transaction_approver_not_allowed);
    EXPECT_EQ(audit_.last.error->check, Check::transaction_approver_allowed);
  }
  EXPECT_EQ(begin_as(first.id, browser_of("mallory")).error,
            ErrorCode::transaction_approver_not_allowed);
  EXPECT_EQ(approve(begin_as(first.id, stolen, "bob"), "bob"), kDone) << "whoever was named";
}
// A challenge that was issued while nobody was named, by a writer of the database.
TEST_F(TransactionAttacks, SomebodyElseInANamedApproversPlaceAtTheVerification) {
  enrol("mallory");
  policies_.set(kTwoPeople);
  Wanted wanted;
  wanted.approvers = {"bob"};
  const Begun first = create(wanted);
  ASSERT_EQ(approve(first), kDone);
  const std::string named = encode_base64url(handle_of("bob").value);
  alter_sealed("UPDATE transactions SET approvers = ''");
  const Begun mallory = begin_as(first.id, backend_, "mallory");
  ASSERT_EQ(mallory.error, kDone);
  alter_sealed("UPDATE transactions SET approvers = '" + named + "'");
  EXPECT_EQ(approve(mallory, "mallory"), ErrorCode::transaction_approver_not_allowed);
  EXPECT_EQ(last_error_.check, Check::transaction_approver_allowed);
  EXPECT_EQ(state_of(first.id), TransactionState::pending);
}
TEST_F(TransactionAttacks, SomebodyElseInANamedApproversPlaceAtTheCommit) {
  policies_.set(kTwoPeople);
  Wanted wanted;
  wanted.approvers = {"bob", "ada"};
  const Begun first = create(wanted);
  ASSERT_EQ(approve(first), kDone);
  const Begun second = begin_as(first.id, backend_, "bob");
  ASSERT_EQ(second.error, kDone);
  ApprovalCommit commit;
  const std::vector<TransactionApproval> challenges =
      store_->list_transaction_approvals(tenant_.id, first.id).value();
  for (const TransactionApproval& approval : challenges) {
    if (approval.step == 2) {
      commit.approval = approval;
    }
  }
  ASSERT_EQ(commit.approval.subject, handle_of("bob"));
  commit.now = clock_.time;
  commit.customer = handle_of("ada");
  commit.approvals_needed = 2;
  // A part of a name that is there is no name that is there.
  ByteVector part = handle_of("bob").value;
  part.resize(30);
  for (const UserHandle& other : {handle_of("mallory"), UserHandle(part)}) {
    commit.approval.subject = other;
    EXPECT_EQ(code_of(store_->commit_approval(commit)),
              ErrorCode::transaction_approver_not_allowed);
  }
  EXPECT_EQ(stored(first.id).approvals, 1);
  EXPECT_EQ(approve(second, "bob"), kDone);
}
// Whatever the policy says of it: no receipt of such approvals could be verified.
TEST_F(TransactionAttacks, OnePersonTwiceWhereThePolicyDoesNotMind) {
  policies_.set(R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":)"
                R"({"userVerification":"required","approvals":{"count":2}}})");
  const Begun first = create();
  ASSERT_EQ(approve(first), kDone);
  EXPECT_EQ(begin_as(first.id, backend_, "ada").error, ErrorCode::transaction_approver_repeated);
  EXPECT_EQ(approve(begin_as(first.id, backend_, "bob"), "bob"), kDone);
}
TEST_F(TransactionAttacks, WithoutUserVerification) {
  const Begun begun = create();
  EXPECT_EQ(approve(begun, "ada", [](AssertionOptions& options) { options.flags = kUserPresent; }),
            ErrorCode::user_not_verified);
}
TEST_F(TransactionAttacks, AnotherKey) {
  const Begun begun = create();
  EXPECT_EQ(approve(begun, "ada",
                    [](AssertionOptions& options) {
                      options.signature_fault = SignatureFault::wrong_key;
                    }),
            ErrorCode::signature_invalid);
}
TEST_F(TransactionAttacks, ACopiedAuthenticator) {
  const Begun begun = create();
  EXPECT_EQ(approve(begun, "ada", [](AssertionOptions& options) { options.sign_count = 1; }),
            ErrorCode::counter_not_advanced);
  // In a ceremony in which policies have no word for it.
  policies_.set(R"({"id":"add","when":{"ceremony":"credential.add"},"require":{}})");
  const Begun adding =
      create({.intent = {{"type", "credential.add/1"},
                         {"fields", {{"device", "Phone"}, {"rights", "sign-in"}}}}});
  ASSERT_EQ(adding.error, kDone);
  EXPECT_EQ(approve(adding, "ada", [](AssertionOptions& options) { options.sign_count = 1; }),
            ErrorCode::counter_not_advanced);
}
TEST_F(TransactionAttacks, ARevokedCredential) {
  const Begun begun = create();
  const std::string response = sign(begun);
  ASSERT_TRUE(store_
                  ->revoke_credential(tenant_.id, handle_of("ada"), CredentialId(keys_["ada"].id),
                                      clock_.time, std::nullopt)
                  .has_value());
  EXPECT_EQ(send(begun, response), ErrorCode::credential_unknown);
}
TEST_F(TransactionAttacks, OnePersonTwice) {
  policies_.set(kTwoPeople);
  const Begun first = create();
  const Begun same_step = begin_as(first.id, backend_, "ada");
  ASSERT_EQ(approve(first), kDone);
  EXPECT_EQ(begin_as(first.id, backend_, "ada").error, ErrorCode::transaction_approver_repeated);
  EXPECT_EQ(approve(same_step), ErrorCode::transaction_step_changed);
}

// Other ceremonies.

TEST_F(TransactionAttacks, ALoginAssertionAsApproval) {
  policies_.set(kPay + R"(,{"id":"login","when":{"ceremony":"authenticate"},"require":{}})");
  AuthenticationRequest request;
  request.username = "ada";
  const Result<BeganCeremony> login =
      begin_authentication_ceremony(service(), tenant_, backend_, request, std::nullopt);
  ASSERT_TRUE(login.has_value());
  Begun begun = create();
  begun.challenge =
      parse_base64url(nlohmann::json::parse(login->options)["challenge"].get<std::string>())
          .value();
  EXPECT_EQ(approve(begun), ErrorCode::transaction_not_found);
}
TEST_F(TransactionAttacks, AnApprovalAsLoginAssertion) {
  policies_.set(kPay + R"(,{"id":"login","when":{"ceremony":"authenticate"},"require":{}})");
  AuthenticationRequest request;
  request.username = "ada";
  const Result<BeganCeremony> login =
      begin_authentication_ceremony(service(), tenant_, backend_, request, std::nullopt);
  ASSERT_TRUE(login.has_value());
  const CeremonyId id(nlohmann::json::parse(login->answer)["id"].get<std::string>());
  const Begun begun = create();
  EXPECT_EQ(
      code_of(
          finish_authentication_ceremony(service(), tenant_, backend_, id, sign(begun)).outcome),
      ErrorCode::challenge_mismatch);
}
TEST_F(TransactionAttacks, ARegistrationAsApproval) {
  const Begun begun = create();
  EXPECT_EQ(
      approve(begun, "ada",
              [](AssertionOptions& options) { options.client_data.type = "webauthn.create"; }),
      ErrorCode::type_mismatch);
}
TEST_F(TransactionAttacks, APaymentConfirmationWhereThePageWasTheDisplay) {
  const Begun begun = create();
  EXPECT_EQ(approve(begun, "ada",
                    [](AssertionOptions& options) { options.client_data.type = "payment.get"; }),
            ErrorCode::type_mismatch);
}

// Again, and too late.

TEST_F(TransactionAttacks, Replay) {
  const Begun begun = create();
  const std::string response = sign(begun);
  ASSERT_EQ(send(begun, response), kDone);
  EXPECT_EQ(send(begun, response), ErrorCode::transaction_state_mismatch);
  EXPECT_EQ(event_kinds(), std::vector<std::string>{"transaction.approved"});
}
TEST_F(TransactionAttacks, ReplayOfTheFirstStepAsTheSecond) {
  policies_.set(kTwoPeople);
  const Begun first = create();
  const std::string response = sign(first);
  ASSERT_EQ(send(first, response), kDone);
  EXPECT_EQ(send(first, response), ErrorCode::transaction_step_changed);
}
TEST_F(TransactionAttacks, DoubleApprovalBySixtyFourRacers) {
  constexpr int kRacers = 64;
  const Begun begun = create();
  std::vector<std::string> responses;
  responses.reserve(kRacers);
  for (int i = 0; i < kRacers; ++i) {
    responses.push_back(sign(begun));
  }
  std::atomic<int> approved = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> racers;
  racers.reserve(kRacers);
  const TransactionContext context = context_;
  for (int i = 0; i < kRacers; ++i) {
    racers.emplace_back([&, i] {
      const Result<std::string> outcome = approve_transaction(
          context, tenant_, begun.caller, begun.id, responses[static_cast<std::size_t>(i)]);
      approved += outcome.has_value() ? 1 : 0;
      refused +=
          !outcome.has_value() && outcome.error().code == ErrorCode::transaction_state_mismatch ? 1
                                                                                                : 0;
    });
  }
  for (std::thread& racer : racers) {
    racer.join();
  }
  EXPECT_EQ(approved, 1);
  EXPECT_EQ(refused, kRacers - 1);
  EXPECT_EQ(event_kinds(), std::vector<std::string>{"transaction.approved"});
  EXPECT_EQ(store_->list_given_approvals(tenant_.id, begun.id).value().size(), 1U);
  EXPECT_EQ(standing_of("ada").failures, 0) << "a race is no failed attempt";
}
TEST_F(TransactionAttacks, ApprovalAfterExpiry) {
  const Begun begun = create();
  clock_.time = after(kTransactionSeconds + 1);
  EXPECT_EQ(approve(begun), ErrorCode::transaction_expired);
  ASSERT_EQ(expire_transactions(service(), *store_).value(), 1U);
  EXPECT_EQ(approve(begun), ErrorCode::transaction_expired);
}
TEST_F(TransactionAttacks, ApprovalBeforeItsTime) {
  const Begun begun = create();
  clock_.time = UnixSeconds{clock_.time.value - 1};
  EXPECT_EQ(approve(begun), ErrorCode::transaction_expired);
}
TEST_F(TransactionAttacks, ApprovalAfterDecline) {
  const Begun begun = create();
  ASSERT_EQ(code_of(decline_transaction(context_, tenant_, begun.caller, begun.id)), kDone);
  EXPECT_EQ(approve(begun), ErrorCode::transaction_state_mismatch);
}
TEST_F(TransactionAttacks, ApprovalAfterCancel) {
  const Begun begun = create();
  ASSERT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, begun.id)), kDone);
  EXPECT_EQ(approve(begun), ErrorCode::transaction_state_mismatch);
}

// The policy and the display.

TEST_F(TransactionAttacks, APolicyThatForbidsMeanwhile) {
  const Begun begun = create();
  policies_.set(R"({"id":"stop","when":{"ceremony":"transaction.approve"},"deny":{"reason":"r"}})");
  EXPECT_EQ(approve(begun), ErrorCode::policy_changed);
  EXPECT_EQ(last_error_.check, Check::transaction_policy);
}
TEST_F(TransactionAttacks, APolicyThatDemandsMoreMeanwhile) {
  const Begun begun = create();
  policies_.set(kTwoPeople);
  EXPECT_EQ(approve(begun), ErrorCode::policy_changed);
}
TEST_F(TransactionAttacks, TheBanksPageWhereADedicatedOriginIsDemanded) {
  settings_.approval_origins = {"https://approve.example.org"};
  policies_.set(R"({"id":"pay","when":{"ceremony":"transaction.approve"},"require":)"
                R"({"userVerification":"required","displayTier":1}})");
  const Begun begun = create();
  EXPECT_EQ(approve(begun), ErrorCode::transaction_display_tier_unmet);
  EXPECT_EQ(last_error_.check, Check::transaction_display_tier);
  const auto framed = [](AssertionOptions& options) {
    options.client_data.origin = "https://approve.example.org";
    options.client_data.cross_origin = true;
    options.client_data.top_origin = "https://example.org";
  };
  EXPECT_EQ(approve(begun, "ada", framed), ErrorCode::transaction_display_tier_unmet);
  EXPECT_EQ(approve(begun, "ada",
                    [](AssertionOptions& options) {
                      options.client_data.origin = "https://approve.example.org";
                    }),
            kDone);
}
// The amount that the policy weighs, without touching the intent.
TEST_F(TransactionAttacks, PolicyInputsInTheStore) {
  policies_.set(
      R"({"id":"small","when":{"ceremony":"transaction.approve"},"require":{"userVerification":"required"}},)"
      R"({"id":"large","when":{"all":[{"ceremony":"transaction.approve"},{"amount.base":{"gte":100000}}]},)"
      R"("require":{"approvals":{"count":2,"distinctUsers":true}}})");
  const std::pair<const char*, const char*> edits[] = {
      {R"("amount.base":123456)", R"("amount.base":1)"},
      {R"(,"amount.base":123456)", ""},
      {R"("amount.currency":"EUR")", R"("amount.currency":"USD")"},
      {R"("transaction.type":"payment.credit-transfer/1")", R"("transaction.type":"x/1")"},
  };
  for (const auto& edit : edits) {
    const Begun before = create();
    ASSERT_EQ(before.answer["approval"], nlohmann::json({1, 2}));
    const std::string was = stored(before.id).policy.inputs;
    alter_sealed("UPDATE transactions SET policy_inputs = replace(policy_inputs, '" +
                 std::string(edit.first) + "', '" + edit.second + "'), approvals_needed = 1" +
                 where(before));
    ASSERT_NE(stored(before.id).policy.inputs, was) << was;
    EXPECT_EQ(begin_as(before.id, backend_).error, ErrorCode::transaction_store_mismatch);
    // The challenge that was issued is of two approvals: that alone would refuse it.
    alter_sealed("UPDATE transactions SET approvals_needed = 2" + where(before));
    EXPECT_EQ(approve(before), ErrorCode::transaction_store_mismatch) << edit.first;
  }
}
// A small fee above a large amount, in a template of the bank's own.
TEST_F(TransactionAttacks, AFeeThatThePolicyWeighsInsteadOfTheAmount) {
  policies_.set(
      R"({"id":"small","when":{"ceremony":"transaction.approve"},"require":{"userVerification":"required"}},)"
      R"({"id":"large","when":{"all":[{"ceremony":"transaction.approve"},{"amount.base":{"gte":1000000}}]},)"
      R"("require":{"approvals":{"count":2,"distinctUsers":true}}})");
  Wanted wanted;
  wanted.intent["type"] = "payment.credit-transfer/9";
  wanted.intent["fields"]["fee"] = amount_json("1.00");
  for (const std::ptrdiff_t at : {0, 1}) {
    ASSERT_TRUE(settings_.catalog.add_template(
        with_another_amount("payment.credit-transfer", "fee", at).dump(), hasher_));
    wanted.policy_inputs = std::nullopt;
    wanted.intent["fields"]["amount"] = amount_json("9998.99");
    EXPECT_EQ(create(wanted).answer["approval"], nlohmann::json({1, 1}));
    wanted.intent["fields"]["amount"] = amount_json("9999.00");
    const Begun begun = create(wanted);
    EXPECT_EQ(begun.answer["approval"], nlohmann::json({1, 2}));
    wanted.policy_inputs = R"({"amount.base":100})";
    EXPECT_EQ(create(wanted).error, ErrorCode::request_member_invalid);
    wanted.intent["fields"]["amount"] = amount_json("20000.00", "USD");
    EXPECT_EQ(create(wanted).error, ErrorCode::request_member_invalid) << "by which rate?";
    const std::string rate = R"(,"amount.rate":"ECB:USD@2026-11-26T15:00:00Z"})";
    wanted.policy_inputs = R"({"amount.base":100)" + rate;
    EXPECT_EQ(create(wanted).answer["approval"], nlohmann::json({1, 1})) << "the bank's own word";
    wanted.policy_inputs = R"({"amount.base":99)" + rate;
    EXPECT_EQ(create(wanted).error, ErrorCode::request_member_invalid) << "less than the fee";
    wanted.policy_inputs = std::nullopt;
    EXPECT_EQ(create(wanted).answer["approval"], nlohmann::json({1, 2})) << "nobody said a rate";
    // The stored question is about the fee alone.
    alter_sealed(
        "UPDATE transactions SET policy_inputs = replace(policy_inputs, '1000000', '100')" +
        where(begun));
    EXPECT_EQ(begin_as(begun.id, backend_).error, ErrorCode::transaction_store_mismatch);
    EXPECT_EQ(approve(begun), ErrorCode::transaction_store_mismatch);
  }
}
TEST_F(TransactionAttacks, ALookAlikePayeeInCapitals) {
  policies_.set(kPay + R"(,{"id":"fake","when":{"all":[{"ceremony":"transaction.approve"},)"
                       R"({"payee.confusable":true}]},"deny":{"reason":"r"}})");
  Wanted wanted;
  wanted.known_payees = R"(["Acme Ltd","HSBC"])";
  for (const char* payee : {"ACME Ltd", "acme ltd", "\u041d\u0405\u0412\u0421"}) {
    wanted.intent["fields"]["creditor"] = payee;
    EXPECT_EQ(create(wanted).error, ErrorCode::policy_denied) << payee;
  }
  wanted.intent["fields"]["creditor"] = "Acme Ltd";
  EXPECT_EQ(create(wanted).error, kDone);
}
TEST_F(TransactionAttacks, ALookAlikePayee) {
  policies_.set(kPay + R"(,{"id":"fake","when":{"all":[{"ceremony":"transaction.approve"},)"
                       R"({"payee.confusable":true}]},"deny":{"reason":"r"}})");
  Wanted wanted;
  wanted.known_payees = R"(["Muster Handels GmbH"])";
  wanted.policy_inputs = R"({"payee.confusable":false})";  // whatever somebody made the backend say
  wanted.intent["fields"]["creditor"] = "Muster Hande1s GrnbH";
  EXPECT_EQ(create(wanted).error, ErrorCode::policy_denied);
  wanted.intent = transfer_intent();
  EXPECT_EQ(create(wanted).error, kDone);
}
TEST_F(TransactionAttacks, APayeeWithABidiControl) {
  nlohmann::json intent = transfer_intent();
  intent["fields"]["creditor"] = "Muster \u202eHbmG";
  const Begun begun = create({.intent = intent});
  EXPECT_EQ(begun.error, ErrorCode::text_character_forbidden);
  EXPECT_EQ(begun.refusal.value().pointer, "/fields/creditor");
  EXPECT_EQ(begun.refusal->code_point, U'\u202e');
  EXPECT_EQ(begun.refusal->offset, 7U);
}
TEST_F(TransactionAttacks, AnAmountThatThePolicyIsToldOtherwise) {
  Wanted wanted;
  wanted.policy_inputs = R"({"amount.base":1})";
  EXPECT_EQ(create(wanted).error, ErrorCode::request_member_invalid);
}

// Between approval and execution.

TEST_F(TransactionAttacks, AnIntentSwappedAfterItsApproval) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  nlohmann::json intent = transfer_intent();
  intent["fields"]["creditorAccount"] = iban_json("GB29NWBK60161331926819");
  swap_intent(begun.id, intent);
  EXPECT_EQ(code_of(read_transaction(context_, tenant_, backend_, begun.id)),
            ErrorCode::transaction_store_mismatch);
  EXPECT_EQ(code_of(execute(begun.id)), ErrorCode::transaction_store_mismatch);
  EXPECT_FALSE(stored(begun.id).executed_at);
}
TEST_F(TransactionAttacks, AnApprovalThatNobodyGave) {
  const Begun begun = create();
  alter_sealed("UPDATE transactions SET state = 1, approvals = 1" + where(begun));
  expect_refused(begun);
}
TEST_F(TransactionAttacks, FourEyesMadeTwoBetweenTheSteps) {
  policies_.set(kTwoPeople);
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  alter_sealed("UPDATE transactions SET approvals_needed = 1, state = 1, finished_at = created_at" +
               where(begun));
  expect_refused(begun);
}
TEST_F(TransactionAttacks, FourEyesWithoutTheFirst) {
  Begun first;
  const Begun second = second_step(first);
  ASSERT_EQ(approve(second, "bob"), kDone);
  ASSERT_EQ(code_of(read_transaction(context_, tenant_, backend_, first.id)), kDone);
  // The evidence of step 1 is another's, or is not there; the columns say what they did.
  const Begun other = create();
  ASSERT_EQ(approve(other), kDone);
  const std::string step = " WHERE id = '" + first.id.value + ".1'";
  const std::string others = "(SELECT record FROM receipts WHERE id = '" + other.id.value + ".1')";
  alter("CREATE TABLE kept AS SELECT * FROM receipts" + step);
  alter("UPDATE receipts SET record = " + others + step);
  expect_refused(first);
  alter("DELETE FROM receipts" + step);
  expect_refused(first);
  alter("INSERT INTO receipts SELECT * FROM kept");
  EXPECT_EQ(code_of(read_transaction(context_, tenant_, backend_, first.id)), kDone);
  alter("UPDATE receipts SET record = NULL, salt = NULL" + step);
  expect_refused(first, ErrorCode::receipt_erased);
}
// A policy as large as one may be never makes an approval fail that the customer has signed.
TEST_F(TransactionAttacks, NothingIsTooLargeForItsReceipt) {
  std::string rules;
  for (std::size_t i = 0; i < limits::kMaxPolicyRules - 2; ++i) {
    std::string id = std::to_string(i);
    id.insert(0, limits::kMaxPolicyNameBytes - id.size(), 'r');
    rules += (i == 0 ? "" : ",") + (R"({"id":")" + id) +
             R"(","when":{"ceremony":"transaction.approve"},)" +
             R"("require":{"userVerification":"required"}})";
  }
  policies_.set(rules);
  const Begun begun = create();
  ASSERT_EQ(begun.error, kDone);
  EXPECT_EQ(approve(begun), kDone);
  EXPECT_EQ(code_of(read_transaction(context_, tenant_, backend_, begun.id)), kDone);
}
// Who approved is what was signed, whatever the table of approvals says.
TEST_F(TransactionAttacks, ApproversInTheStore) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  alter("UPDATE transaction_approvals SET approver = " + blob(handle_of("bob").value) + ", at = 7");
  const nlohmann::json read =
      nlohmann::json::parse(read_transaction(context_, tenant_, backend_, begun.id).value());
  ASSERT_EQ(read["approvals"].size(), 1U);
  EXPECT_EQ(read["approvals"][0]["userHandle"], encode_base64url(handle_of("ada").value));
  EXPECT_EQ(read["approvals"][0]["approvedAt"], encode_rfc3339(clock_.time));
}
// Everything is right but the key: an approval by a passkey of the attacker's own, with a record
// that verifies by itself. No server wrote it.
TEST_F(TransactionAttacks, AnApprovalMadeUpInTheStore) {
  const Begun pattern = create();
  ASSERT_EQ(approve(pattern), kDone);
  const Begun begun = create();
  const ByteVector record = forged_record(pattern, begun);
  const Digest256 digest = record_digest(hasher_, record);
  Salt salt{};
  const Digest256 leaf = leaf_of(hasher_, salt, record);
  const std::string id = begun.id.value;
  alter_sealed(
      "INSERT INTO receipts (tenant, id, transaction_id, step, record, salt, leaf, created_at, "
      "seal) SELECT 'bank', '" +
      id + ".1', '" + id + "', 1, " + blob(record) + ", " + blob(salt) + ", " + blob(leaf) +
      ", 1, seal FROM receipts; UPDATE transactions SET state = 1, "
      "approvals = 1, finished_at = created_at, previous = " +
      blob(digest) + where(begun));
  expect_refused(begun);
  // The log takes the one that is sealed, and does not wait.
  const std::vector<WaitingLeaf> leaves = store_->list_waiting_leaves(tenant_.id, 1).value();
  ASSERT_EQ(leaves.size(), 1U);
  EXPECT_EQ(leaves[0].receipt, pattern.id.value + ".1");
  EXPECT_EQ(store_->count_unsealed_leaves(tenant_.id).value(), 1U);
  // With the credential, too: still nobody's approval but the attacker's.
  alter("UPDATE credentials SET public_key = " + blob(thief_.cose_key) +
        " WHERE account = " + blob(handle_of("ada").value));
  expect_refused(begun);
}
TEST_F(TransactionAttacks, ASealTakenAwayOrMoved) {
  const Begun begun = create();
  const Begun other = create();
  ASSERT_EQ(approve(begun), kDone);
  ASSERT_EQ(approve(other), kDone);
  const std::string row = " WHERE id = '" + begun.id.value + ".1'";
  alter("UPDATE receipts SET seal = (SELECT seal FROM receipts WHERE id = '" + other.id.value +
        ".1')" + row);
  expect_refused(begun);
  alter("UPDATE receipts SET seal = NULL" + row);
  expect_refused(begun);
  EXPECT_EQ(store_->count_unsealed_leaves(tenant_.id).value(), 1U);
  // Starting again seals nothing: only the program that makes the key does.
  store_.reset();
  store_ = std::move(*SqliteStore::open(folder_.path("s.db"), random_));
  EXPECT_EQ(store_->count_unsealed_leaves(tenant_.id).value(), 1U);
}
// The passkey in the record is the one that was registered for that person. Years later it is
// revoked, or gone with its customer: the approval stays readable.
TEST_F(TransactionAttacks, ThePasskeyAfterwards) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  const std::string mine = " WHERE account = " + blob(handle_of("ada").value);
  const auto code = [&] {
    return code_of(read_transaction(context_, tenant_, backend_, begun.id));
  };
  alter("UPDATE credentials SET revoked_at = 7" + mine);
  EXPECT_EQ(code(), kDone);
  alter("UPDATE credentials SET public_key = x'00'" + mine);
  expect_refused(begun);
  alter("UPDATE credentials SET public_key = " + blob(keys_["ada"].cose_key) + mine);
  EXPECT_EQ(code(), kDone);
  alter("UPDATE credentials SET account = " + blob(handle_of("bob").value) + mine);
  expect_refused(begun);
  alter("DELETE FROM credentials WHERE id = " + blob(keys_["ada"].id));
  EXPECT_EQ(code(), kDone);
}
// What is sent or fetched is what the server wrote at the commit.
TEST_F(TransactionAttacks, AnEventInTheStore) {
  const Begun first = create();
  const Begun second = create();
  ASSERT_EQ(approve(first), kDone);
  ASSERT_EQ(approve(second), kDone);
  const std::string mine = " WHERE subject = '" + first.id.value + "'";
  alter("UPDATE outbox SET body = replace(body, '1234.56', '9234.56')" + mine);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].event.subject, second.id.value);
  const auto claimed = store_->claim_outbox(tenant_.id, clock_.time, after(60), 1);
  EXPECT_TRUE(claimed->empty()) << "leased, and not sent";
  EXPECT_EQ(store_->claim_outbox(tenant_.id, clock_.time, after(60), 1)->size(), 1U);
  EXPECT_EQ(store_->read_outbox_backlog(tenant_.id)->unsealed, 1);
  // One that nobody caused, however many there are, hides none.
  alter(
      "INSERT INTO outbox SELECT tenant, sequence + 10, 'made-up', kind, 'x', body, created_at, 0, "
      "created_at, NULL, seal FROM outbox" +
      mine);
  EXPECT_EQ(store_->list_outbox(tenant_.id, OutboxFilter::open, 0, 1)->size(), 1U);
  EXPECT_EQ(store_->read_outbox_backlog(tenant_.id)->unsealed, 2);
}
// Whoever reads the database, or a copy of it, cannot answer for the customer.
TEST_F(TransactionAttacks, TokensInTheDatabase) {
  Wanted wanted;
  wanted.key = IdempotencyKey{"order-4711", hasher_.sha256({bytes_of("order")})};
  const Begun begun = create(wanted);
  const std::string token = begun.answer["token"];
  ASSERT_GT(token.size(), 20U);
  const std::string files = folder_.read("s.db") + folder_.read("s.db-wal");
  ASSERT_NE(files.find("order-4711"), files.npos);
  EXPECT_EQ(files.find(token), files.npos);
  EXPECT_EQ(create(wanted).answer, begun.answer) << "and the caller gets it again";
  // An answer in another place is nobody's.
  alter("UPDATE answers SET route = 'POST /v1/registrations'");
  EXPECT_EQ(store_->find_answer(tenant_.id, answer_caller(), "POST /v1/registrations", "order-4711")
                .error()
                .code,
            ErrorCode::store_corrupt);
}
TEST_F(TransactionAttacks, TheEvidenceOfAnotherTransaction) {
  const Begun small = create();
  ASSERT_EQ(approve(small), kDone);
  const Begun begun = create();
  alter_sealed(
      "UPDATE transactions SET state = 1, approvals = 1, previous = (SELECT previous FROM "
      "transactions WHERE id = '" +
      small.id.value + "')" + where(begun) +
      "; INSERT INTO receipts (tenant, id, transaction_id, step, record, salt, leaf, created_at) "
      "SELECT tenant, '" +
      begun.id.value + ".1', '" + begun.id.value +
      "', step, record, salt, leaf, created_at FROM receipts");
  EXPECT_EQ(code_of(read_transaction(context_, tenant_, backend_, begun.id)),
            ErrorCode::transaction_store_mismatch);
}
TEST_F(TransactionAttacks, OneApprovalForTwoOperations) {
  const Begun begun = create();
  EXPECT_EQ(code_of(execute(begun.id)), ErrorCode::transaction_required);
  ASSERT_EQ(approve(begun), kDone);
  EXPECT_EQ(code_of(execute(begun.id)), kDone);
  EXPECT_EQ(code_of(execute(begun.id)), ErrorCode::transaction_state_mismatch);
}
TEST_F(TransactionAttacks, AnApprovalCarriedOutYearsLater) {
  const Begun begun = create();
  clock_.time = after(60);
  ASSERT_EQ(approve(begun), kDone);
  const UnixSeconds approved = clock_.time;
  clock_.time = UnixSeconds{approved.value + kExecutionSeconds + 1};
  // When it was approved stands in what was signed for, not in a column.
  alter_sealed("UPDATE transactions SET finished_at = " + std::to_string(clock_.time.value) +
               where(begun));
  EXPECT_EQ(code_of(execute(begun.id)), ErrorCode::transaction_expired);
  clock_.time = UnixSeconds{approved.value + kExecutionSeconds};
  EXPECT_EQ(code_of(execute(begun.id)), kDone);
}

// Guessing, and locking others out.

TEST_F(TransactionAttacks, FiveFailuresBlock) {
  const auto broken = [](AssertionOptions& options) {
    options.signature_fault = SignatureFault::flipped_bit;
  };
  Wanted wanted;
  wanted.seconds = 3600;
  const Begun begun = create(wanted);
  const Begun other = create();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(approve(i % 2 == 0 ? begun : other, "ada", broken), ErrorCode::signature_invalid);
  }
  EXPECT_EQ(standing_of("ada").failures, 4) << "over all transactions";
  EXPECT_EQ(approve(begun, "ada", broken), ErrorCode::signature_invalid);
  EXPECT_EQ(approve(begun), ErrorCode::approvals_blocked) << "also what would be right";
  EXPECT_EQ(last_error_.check, Check::transaction_customer_not_blocked);
  EXPECT_EQ(create().error, ErrorCode::approvals_blocked);
  EXPECT_EQ(begin_as(begun.id, browser_of("ada")).error, ErrorCode::approvals_blocked);
  EXPECT_EQ(event_kinds(), std::vector<std::string>{"approvals.blocked"});
  const std::vector<Notice> notices = store_->list_notices(tenant_.id, 0, 100).value();
  EXPECT_EQ(notices.back().kind, NoticeKind::approvals_blocked);
  EXPECT_EQ(create({.username = "bob"}).error, kDone) << "nobody else is blocked";

  clock_.time = after(kApprovalBlockSeconds - 1);
  EXPECT_EQ(approve(begun), ErrorCode::approvals_blocked);
  clock_.time = after(1);
  EXPECT_EQ(create().error, kDone);
}
TEST_F(TransactionAttacks, AnApprovalEndsTheCount) {
  const auto broken = [](AssertionOptions& options) {
    options.signature_fault = SignatureFault::flipped_bit;
  };
  const Begun begun = create();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(approve(begun, "ada", broken), ErrorCode::signature_invalid);
  }
  EXPECT_EQ(approve(begun), kDone) << "the challenge stays usable";
  EXPECT_EQ(standing_of("ada").failures, 0);
  EXPECT_EQ(approve(create(), "ada", broken), ErrorCode::signature_invalid);
  EXPECT_EQ(standing_of("ada").failures, 1);
}
TEST_F(TransactionAttacks, WhatCannotBeReadIsNoAttempt) {
  constexpr std::uint8_t kAttestedData = 0x40;  // which does not follow
  const Begun begun = create();
  for (int i = 0; i < 8; ++i) {
    const ErrorCode code = approve(begun, "ada", [](AssertionOptions& options) {
      options.flags = kUserPresent | kUserVerified | kAttestedData;
    });
    EXPECT_EQ(error_class(code), ErrorClass::malformed) << error_name(code);
  }
  EXPECT_EQ(standing_of("ada").failures, 0);
  EXPECT_EQ(approve(begun), kDone);
}
TEST_F(TransactionAttacks, WhoCannotCauseABlock) {
  const auto broken = [](AssertionOptions& options) {
    options.signature_fault = SignatureFault::flipped_bit;
  };
  const Begun begun = create();
  for (int i = 0; i < 8; ++i) {
    // Without the session; with another customer's passkey; with one that nobody has; with nothing.
    EXPECT_EQ(send_as(begun, Caller(), sign(begun, "ada", broken)), ErrorCode::transaction_foreign);
    EXPECT_EQ(send_as(begun, browser_of("bob"), sign(begun, "ada", broken)),
              ErrorCode::transaction_foreign);
    EXPECT_EQ(approve(begun, "bob", broken), ErrorCode::transaction_approver_not_allowed);
    SoftCredential stranger = keys_["ada"];
    stranger.id = seeded_bytes("nobody's", 32);
    AssertionOptions options;
    options.challenge = begun.challenge;
    EXPECT_EQ(send(begun, make_assertion(stranger, options).json), ErrorCode::credential_unknown);
    EXPECT_NE(send(begun, "{}"), kDone);
  }
  EXPECT_EQ(standing_of("ada").failures, 0);
  EXPECT_EQ(standing_of("bob").failures, 0);
  EXPECT_EQ(approve(begun), kDone);
}

}  // namespace
}  // namespace countersign::testing
