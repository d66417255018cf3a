#include "service/receipt_witnesses.h"

#include "receipt/receipt_file.h"
#include "tests/receipt/signers.h"
#include "tests/store/receipt_log_fixture.h"

namespace countersign::testing {
namespace {

constexpr std::uint64_t kTime = 1'790'000'000;

class Witnesses : public ReceiptLogTest {
 protected:
  ReceiptContext witnessed() {
    ReceiptContext out = context(*store_);
    out.witnesses = {first_.key, second_.key};
    return out;
  }
  // The log's checkpoint as it was signed, without any witness.
  Checkpoint shown() { return parse_checkpoint(store_->read_log(kTenant)->checkpoint).value(); }
  static std::string with(Checkpoint checkpoint, std::initializer_list<const TestSigner*> signers,
                          std::uint64_t time = kTime) {
    for (const TestSigner* signer : signers) {
      checkpoint.signatures.push_back(signer->cosign(checkpoint.origin, checkpoint.head, time));
    }
    return encode_checkpoint(checkpoint);
  }
  ErrorCode keep(const std::string& checkpoint) {
    const Status kept = keep_cosignatures(witnessed(), kTenant, checkpoint);
    return kept.has_value() ? kDone : kept.error().code;
  }
  // How many lines the checkpoint of a receipt has, and of how large a log.
  std::pair<std::size_t, std::uint64_t> proof_of(const std::string& id) {
    Caller caller;
    caller.api_key = "backend";
    const Result<std::string> file = read_receipt(witnessed(), kTenant, caller, id);
    EXPECT_TRUE(file.has_value());
    const LogProof proof = parse_receipt(*file).value().proof;
    return {proof.checkpoint.signatures.size(), proof.checkpoint.head.size};
  }
  std::string checkpoint() { return read_log_checkpoint(witnessed(), kTenant).value(); }

  static constexpr ErrorCode kDone{0};
  TestSigner first_{"witness.example/a", NoteKeyKind::witness, "a"};
  TestSigner second_{"witness.example/b", NoteKeyKind::witness, "b"};
  TestSigner stranger_{"witness.example/c", NoteKeyKind::witness, "c"};
};

TEST_F(Witnesses, AreInTheReceiptsThatTheySaw) {
  insert("a", 1, make_record());
  sequence();
  EXPECT_EQ(proof_of("a.1"), std::pair(1UL, 1UL));
  ASSERT_EQ(keep(with(shown(), {&first_, &second_})), kDone);
  EXPECT_EQ(proof_of("a.1"), std::pair(3UL, 1UL));
  EXPECT_EQ(checkpoint(), with(shown(), {&first_, &second_}));
  insert("b", 1, make_record());
  sequence();
  EXPECT_EQ(proof_of("a.1"), std::pair(3UL, 1UL)) << "what they have seen does not go";
  EXPECT_EQ(proof_of("b.1"), std::pair(1UL, 2UL)) << "they have not seen it";
  EXPECT_EQ(parse_checkpoint(checkpoint())->head.size, 2U);
  ASSERT_EQ(keep(with(shown(), {&first_, &second_})), kDone);
  EXPECT_EQ(proof_of("a.1"), std::pair(3UL, 2UL));
  EXPECT_EQ(proof_of("b.1"), std::pair(3UL, 2UL));
}

// Whoever verifies names the same witnesses for each receipt.
TEST_F(Witnesses, AreAllThereOrNone) {
  insert("a", 1, make_record());
  sequence();
  EXPECT_EQ(keep(with(shown(), {&first_})), ErrorCode::witness_cosignature_missing);
  EXPECT_EQ(keep(with(shown(), {&second_})), ErrorCode::witness_cosignature_missing);
  EXPECT_EQ(proof_of("a.1"), std::pair(1UL, 1UL));
  const ReceiptContext nobody = context(*store_);
  EXPECT_EQ(keep_cosignatures(nobody, kTenant, with(shown(), {})).error().code,
            ErrorCode::witness_cosignature_missing);
}

TEST_F(Witnesses, TakeNothingBack) {
  insert("a", 1, make_record());
  sequence();
  const std::string old = with(shown(), {&first_, &second_});
  insert("b", 1, make_record());
  sequence();
  const std::string newer = with(shown(), {&first_, &second_});
  ASSERT_EQ(keep(newer), kDone);
  ASSERT_EQ(keep(old), kDone);
  EXPECT_EQ(checkpoint(), newer);
  ASSERT_EQ(keep(with(shown(), {&first_, &second_}, kTime + 1)), kDone);
  EXPECT_EQ(checkpoint(), newer) << "the same state needs no other signatures";
}

TEST_F(Witnesses, AreRefusedForWhatTheyDidNotSign) {
  insert("a", 1, make_record());
  sequence();
  const Checkpoint own = shown();
  const auto altered = [&](auto change) {
    Checkpoint out = parse_checkpoint(with(own, {&first_, &second_})).value();
    change(out);
    return encode_checkpoint(out);
  };
  EXPECT_EQ(keep("no checkpoint"), ErrorCode::checkpoint_malformed);
  EXPECT_EQ(keep(with(own, {})), ErrorCode::witness_cosignature_missing);
  EXPECT_EQ(keep(with(own, {&stranger_})), ErrorCode::checkpoint_key_unknown);
  EXPECT_EQ(keep(with(own, {&first_, &second_, &stranger_})), ErrorCode::checkpoint_key_unknown);
  EXPECT_EQ(keep(altered([](Checkpoint& out) { out.head.size = 2; })),
            ErrorCode::checkpoint_signature_invalid);
  EXPECT_EQ(keep(altered([](Checkpoint& out) { out.signatures[0].value[5] ^= 1; })),
            ErrorCode::checkpoint_signature_invalid);
  for (const std::size_t octet : {std::size_t{7}, std::size_t{20}}) {  // the time; the signature
    EXPECT_EQ(keep(altered([octet](Checkpoint& out) { out.signatures[1].value[octet] ^= 1; })),
              ErrorCode::checkpoint_signature_invalid);
  }
  // Another log under its name, and the tenant's log under another's.
  const TestSigner other(key().name(), NoteKeyKind::log, "another log");
  Checkpoint foreign{key().name(), own.head, {}};
  foreign.signatures.push_back(other.sign(foreign.origin, foreign.head));
  EXPECT_EQ(keep(with(foreign, {&first_, &second_})), ErrorCode::checkpoint_key_unknown);
  EXPECT_EQ(keep_cosignatures(witnessed(), TenantId("other"), with(own, {&first_, &second_}))
                .error()
                .code,
            ErrorCode::checkpoint_key_unknown);
  EXPECT_EQ(checkpoint(), encode_checkpoint(own)) << "nothing was taken";
  ReceiptContext keyless = witnessed();
  keyless.signer = nullptr;
  EXPECT_EQ(keep_cosignatures(keyless, kTenant, with(own, {&first_, &second_})).error().code,
            ErrorCode::log_not_found);
}

// Whoever writes to the database has neither the log's key nor a witness's.
TEST_F(Witnesses, AreNotMadeUpInTheStore) {
  insert("a", 1, make_record());
  insert("b", 1, make_record());
  sequence();
  const Checkpoint own = shown();
  Checkpoint shorter = own;
  shorter.head.size = 1;
  for (const std::string& text : {with(own, {&first_}), with(own, {&first_, &stranger_}),
                                  with(shorter, {&first_, &second_}), std::string("made up")}) {
    ASSERT_TRUE(
        store_->replace_cosigned(kTenant, store_->read_log(kTenant)->cosigned, text).value());
    EXPECT_EQ(proof_of("a.1"), std::pair(1UL, 2UL));
    EXPECT_EQ(checkpoint(), encode_checkpoint(own));
  }
  ASSERT_EQ(keep(with(own, {&first_, &second_})), kDone) << "and what is real takes its place";
  EXPECT_EQ(proof_of("a.1"), std::pair(3UL, 2UL));
}

// A witness that is no longer configured: its signature would be a line that nobody can name.
TEST_F(Witnesses, GoWhenTheyAreNotConfigured) {
  insert("a", 1, make_record());
  sequence();
  ASSERT_EQ(keep(with(shown(), {&first_, &second_})), kDone);
  EXPECT_EQ(read_log_checkpoint(context(*store_), kTenant).value(), encode_checkpoint(shown()));
}

}  // namespace
}  // namespace countersign::testing
