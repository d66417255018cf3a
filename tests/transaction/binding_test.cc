#include "transaction/binding.h"

#include <gtest/gtest.h>

#include "backends/openssl/openssl_backend.h"
#include "base/limits.h"
#include "transaction/bound.h"
#include "transaction/view.h"

namespace countersign {
namespace {

using Value = CanonicalValue;

Digest256 filled(std::uint8_t byte) {
  Digest256 digest{};
  digest.fill(byte);
  return digest;
}

Value intent_of(std::string_view type, std::vector<Value::Member> fields) {
  return Value::make_map(
      {{"type", Value::make_text(type)}, {"fields", Value::make_map(std::move(fields))}});
}

Binding make_binding() {
  Binding binding;
  binding.ceremony = kApproveCeremony;
  binding.tenant.value = "bank-a";
  binding.rp_id = "bank.example";
  binding.origins = {"https://bank.example"};
  binding.subject.value = {1, 2, 3};
  binding.transaction_id = "t-1";
  binding.session = SessionHandle{"s"};
  binding.intent = intent_of("x/1", {{"note", Value::make_text("hello")}});
  binding.view = encode_view({"Title", "Yes", "No", {{1, "Note", "hello", Direction::automatic}}});
  binding.issued_at = UnixSeconds{100};
  binding.expires_at = UnixSeconds{200};
  return binding;
}

Binding make_batch_binding() {
  Binding binding = make_binding();
  const Amount total{"EUR", 2, 300};
  binding.batch = Batch{2, filled(5), {total}};
  binding.intent = intent_of(
      "payment.batch/1",
      {{"count", Value::make_integer(2)}, {"total", Value::make_array({encode_amount(total)})}});
  return binding;
}

std::string refusal_of(const Binding& binding) {
  const Result<BoundTransaction> bound = bind_transaction(OpenSslHasher(), binding);
  return bound ? "accepted" : std::string(error_name(bound.error().code));
}

struct BadMember {
  const char* code;
  void (*spoil)(Binding&);
};

TEST(BindTransaction, FailsIfAnOriginIsNotWrittenAsOne) {
  const auto verdict = [](const std::string& origin) {
    Binding binding = make_binding();
    binding.origins = {origin};
    return refusal_of(binding);
  };
  for (const char* origin :
       {"https://bank.example", "https://bank.example:8443", "http://localhost:8080",
        "http://[::1]", "http://[::1]:8080", "https://xn--bcher-kva.example",
        "android:apk-key-hash:pNiP5iKyQ8JwgGOaKA1zGPUPJIS-0H1xKCQcfIoGLck",
        "ios:bundle-id:com.example.Bank", "chrome-extension://abcdefgh"}) {
    EXPECT_EQ(verdict(origin), "accepted") << origin;
  }
  for (const std::string& origin : {std::string("https://bank.example\n"),
                                    std::string("\0", 1),
                                    std::string(" https://a"),
                                    std::string("https://a b"),
                                    std::string("HTTPS://bank.example"),
                                    std::string("https://BANK.example"),
                                    std::string("https://bank.example/"),
                                    std::string("https://bank.example/x"),
                                    std::string("https://bank.example?"),
                                    std::string("https://user@bank.example"),
                                    std::string("https://bank.example:"),
                                    std::string("https://bank.example:080"),
                                    std::string("https://bank.example:123456"),
                                    std::string("https://b\u00e4nk.example"),
                                    std::string("https://"),
                                    std::string("://a"),
                                    std::string("null"),
                                    std::string("bank.example"),
                                    std::string("android:"),
                                    std::string("android:a/b"),
                                    std::string("http://[]"),
                                    std::string("http://[::1")}) {
    EXPECT_EQ(verdict(origin), "binding_origins_invalid") << origin;
  }
}

TEST(BindTransaction, FailsIfAMemberIsInvalid) {
  ASSERT_EQ(refusal_of(make_binding()), "accepted");
  const BadMember bad[] = {
      {"binding_ceremony_unknown", [](Binding& b) { b.ceremony = ""; }},
      {"binding_ceremony_unknown", [](Binding& b) { b.ceremony = "webauthn.get"; }},
      {"binding_identifier_invalid", [](Binding& b) { b.tenant.value = ""; }},
      {"binding_identifier_invalid", [](Binding& b) { b.tenant.value = "bank a"; }},
      {"binding_identifier_invalid", [](Binding& b) { b.tenant.value = std::string(65, 'a'); }},
      {"binding_identifier_invalid", [](Binding& b) { b.transaction_id = ""; }},
      {"binding_identifier_invalid", [](Binding& b) { b.transaction_id = "t\xc3\xa4"; }},
      {"binding_rp_id_invalid", [](Binding& b) { b.rp_id = "https://bank.example"; }},
      {"binding_rp_id_invalid", [](Binding& b) { b.rp_id = "Bank.example"; }},
      {"binding_rp_id_invalid", [](Binding& b) { b.rp_id = "127.0.0.1"; }},
      {"binding_origins_invalid", [](Binding& b) { b.origins = {}; }},
      {"binding_origins_invalid",
       [](Binding& b) {
         b.origins = {"https://a", ""};
       }},
      {"binding_origins_invalid",
       [](Binding& b) {
         b.origins = {"https://a", "https://b", "https://a"};
       }},
      {"binding_origins_invalid",
       [](Binding& b) { b.origins = {"https://" + std::string(2041, 'a')}; }},
      {"binding_origins_invalid",
       [](Binding& b) {
         for (int i = 0; i < 64; ++i) {
           b.origins.push_back("https://" + std::to_string(i));
         }
       }},
      {"binding_subject_invalid", [](Binding& b) { b.subject.value.clear(); }},
      {"binding_subject_invalid", [](Binding& b) { b.subject.value.resize(65); }},
      {"binding_session_invalid", [](Binding& b) { b.session = SessionHandle{""}; }},
      {"binding_session_invalid", [](Binding& b) { b.session = SessionHandle{"\xff"}; }},
      {"binding_session_invalid",
       [](Binding& b) { b.session = SessionHandle{std::string(1025, 's')}; }},
      {"binding_display_tier_invalid", [](Binding& b) { b.display_tier = 5; }},
      {"binding_display_tier_invalid", [](Binding& b) { b.display_tier = -1; }},
      {"binding_approval_invalid", [](Binding& b) { b.approval_step = 0; }},
      {"binding_approval_invalid", [](Binding& b) { b.approval_of = 17; }},
      {"binding_approval_invalid",
       [](Binding& b) {
         b.approval_step = 2;
         b.previous = filled(4);
       }},
      {"binding_approval_invalid", [](Binding& b) { b.previous = filled(4); }},
      {"binding_approval_invalid", [](Binding& b) { b.approval_step = b.approval_of = 2; }},
      {"binding_lifetime_invalid", [](Binding& b) { b.expires_at = b.issued_at; }},
      {"binding_lifetime_invalid", [](Binding& b) { b.issued_at.value = -1; }},
      {"binding_lifetime_invalid", [](Binding& b) { b.expires_at.value = INT64_MAX; }},
      {"intent_malformed", [](Binding& b) { b.intent = Value::make_null(); }},
      {"intent_malformed",
       [](Binding& b) { b.intent.members.emplace_back("more", Value::make_null()); }},
      {"intent_malformed", [](Binding& b) { b.intent = intent_of("", {}); }},
      {"view_malformed", [](Binding& b) { b.view = Value::make_map({}); }},
      {"binding_text_not_normalized",
       [](Binding& b) {
         b.intent = intent_of("x/1", {{"n", Value::make_text("a\xcc\x88")}});
       }},
      {"binding_text_not_normalized",
       [](Binding& b) {
         b.intent = intent_of("x/1", {{"a\xcc\x88", Value::make_null()}});
       }},
      {"binding_batch_mismatch", [](Binding& b) { b.batch = make_batch_binding().batch; }},
  };
  for (const BadMember& member : bad) {
    Binding binding = make_binding();
    member.spoil(binding);
    EXPECT_EQ(refusal_of(binding), member.code) << &member - bad;
  }
}

TEST(BindTransaction, FailsIfTheBatchIsNotTheIntents) {
  ASSERT_EQ(refusal_of(make_batch_binding()), "accepted");
  const BadMember bad[] = {
      {"binding_batch_mismatch", [](Binding& b) { b.batch.reset(); }},
      {"binding_batch_mismatch", [](Binding& b) { b.batch->count = 3; }},
      {"binding_batch_mismatch", [](Binding& b) { b.batch->total[0].minor = 301; }},
      {"binding_batch_mismatch", [](Binding& b) { b.batch->total.push_back(b.batch->total[0]); }},
      {"binding_batch_mismatch",
       [](Binding& b) {
         b.batch->total.push_back({"CHF", 2, 1});
       }},
      {"currency_not_usable", [](Binding& b) { b.batch->total[0].exponent = 3; }},
      {"batch_lines_invalid", [](Binding& b) { b.batch->total.clear(); }},
      {"batch_lines_invalid", [](Binding& b) { b.batch->count = 0; }},
      {"batch_lines_invalid", [](Binding& b) { b.batch->count = 5001; }},
  };
  for (const BadMember& member : bad) {
    Binding binding = make_batch_binding();
    member.spoil(binding);
    EXPECT_EQ(refusal_of(binding), member.code) << &member - bad;
  }
}

Digest256 challenge_for(const Binding& binding) {
  return bind_transaction(OpenSslHasher(), binding).value().challenge;
}

TEST(BindTransaction, ATextThatMovesFromOneMemberToTheNextIsAnotherChallenge) {
  Binding one = make_binding();
  one.tenant.value = "ab";
  one.transaction_id = "c";
  Binding other = make_binding();
  other.tenant.value = "a";
  other.transaction_id = "bc";
  EXPECT_NE(challenge_for(one), challenge_for(other));
  one = other = make_binding();
  one.origins = {"https://a.b", "https://c"};
  other.origins = {"https://a", "https://b.c"};
  EXPECT_NE(challenge_for(one), challenge_for(other));
}

TEST(BindTransaction, AHandleIsNoKeyThoughTheirBytesAreTheSame) {
  Binding handle = make_binding();
  handle.session = SessionHandle{std::string(32, 'k')};
  Binding key = make_binding();
  key.session = SessionKey{filled('k')};
  EXPECT_NE(challenge_for(handle), challenge_for(key));
}

TEST(BindTransaction, TheOrderOfFieldsDoesNotMatterButThatOfRowsDoes) {
  Binding one = make_binding();
  one.intent = intent_of("x/1", {{"a", Value::make_text("1")}, {"b", Value::make_text("2")}});
  Binding other = make_binding();
  other.intent = intent_of("x/1", {{"b", Value::make_text("2")}, {"a", Value::make_text("1")}});
  EXPECT_EQ(challenge_for(one), challenge_for(other));
  const ViewRow first{1, "A", "1", Direction::ltr};
  const ViewRow second{1, "B", "2", Direction::ltr};
  one.view = encode_view({"T", "Y", "N", {first, second}});
  other.view = encode_view({"T", "Y", "N", {second, first}});
  EXPECT_NE(challenge_for(one), challenge_for(other));
}

TEST(BindTransaction, TheChallengeIsTheTaggedHashOfB) {
  const OpenSslHasher hasher;
  const BoundTransaction bound = bind_transaction(hasher, make_binding()).value();
  EXPECT_EQ(bound.challenge, challenge_of(hasher, bound.binding_cbor));
  const Value b = parse_canonical_cbor(bound.binding_cbor).value();
  EXPECT_EQ(b.members.size(), 21U);
  EXPECT_EQ(b.find("version")->integer, 1);
  EXPECT_EQ(b.find("suite")->text, "sha256");
  EXPECT_TRUE(b.find("previous")->is(Value::Type::null));
}

TEST(BindTransaction, BIsCanonicalInAllOfItsForms) {
  Binding last = make_binding();
  last.session = SessionKey{filled('k')};
  last.approval_step = last.approval_of = 2;
  last.previous = filled(7);
  Binding without_session = make_binding();
  without_session.session = {};
  for (const Binding& binding : {make_binding(), make_batch_binding(), last, without_session}) {
    const ByteVector encoded = bind_transaction(OpenSslHasher(), binding).value().binding_cbor;
    const Value b = parse_canonical_cbor(encoded).value();
    EXPECT_EQ(make_bound_cbor(b).value(), encoded);
    EXPECT_EQ(b.find("previous")->is(Value::Type::bytes), binding.previous.has_value());
    EXPECT_EQ(b.find("batch")->is(Value::Type::map), binding.batch.has_value());
    EXPECT_EQ(b.find("session")->is(Value::Type::null),
              std::holds_alternative<std::monostate>(binding.session));
  }
}

TEST(RecordDigest, IsAnotherHashThanTheChallenges) {
  const OpenSslHasher hasher;
  const ByteVector record{1, 2, 3};
  EXPECT_NE(record_digest(hasher, record), challenge_of(hasher, record));
}

}  // namespace
}  // namespace countersign
