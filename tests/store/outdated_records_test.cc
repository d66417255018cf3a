// Approvals that an earlier server sealed, in a version of the record that this one does not read:
// nobody tampered with anything, and the answer says so.

#include "native/store/sqlite/schema.h"
#include "receipt/evidence.h"
#include "tests/store/transaction_fixture.h"
#include "transaction/bound.h"

namespace countersign::testing {
namespace {

class OutdatedRecords : public TransactionTest {
 protected:
  enum class Sealed : std::uint8_t { yes, no };

  // The first approval's record, in another version.
  void rewrite_record(const TransactionId& id, std::int64_t version, Sealed sealed = Sealed::yes) {
    const KeptReceipt kept = store_->find_receipt(tenant_.id, receipt_id(id, 1)).value().value();
    CanonicalValue value = parse_canonical_cbor(*kept.record).value();
    for (auto& [name, member] : value.members) {
      if (name == "version") {
        member = CanonicalValue::make_integer(version);
      }
    }
    const ByteVector record = make_bound_cbor(value).value();
    ASSERT_EQ(record_version(record), version);
    const Digest256 leaf = leaf_of(hasher_, *kept.salt, record);
    std::string set = "record = " + blob(record) + ", leaf = " + blob(leaf);
    if (sealed == Sealed::yes) {
      const auto database =
          std::move(*sqlite::Database::open(folder_.path("s.db"), sqlite::Database::Mode::writer));
      set += ", seal = " + blob(seals_of(*database).seal_receipt(tenant_.id, id, 1, leaf));
    }
    alter("UPDATE receipts SET " + set + " WHERE id = '" + receipt_id(id, 1) + "'");
    alter_sealed("UPDATE transactions SET previous = " + blob(record_digest(hasher_, record)) +
                 " WHERE id = '" + id.value + "'");
  }
  ErrorCode read_code(const TransactionId& id) {
    return code_of(read_transaction(context_, tenant_, backend_, id));
  }
  Begun half_approved() {
    policies_.set(kTwoPeople);
    Begun begun = create();
    EXPECT_EQ(approve(begun), kDone);
    return begun;
  }
};

TEST_F(OutdatedRecords, AnApprovedOneIsNotHandedOverAndNobodyIsAccused) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  rewrite_record(begun.id, kRecordVersion - 1);
  EXPECT_EQ(read_code(begun.id), ErrorCode::transaction_record_outdated);
  EXPECT_EQ(code_of(execute(begun.id)), ErrorCode::transaction_record_outdated);
  EXPECT_EQ(error_class(ErrorCode::transaction_record_outdated), ErrorClass::conflict);
}

TEST_F(OutdatedRecords, NobodySignsOnTopOfOne) {
  const Begun first = half_approved();
  const Begun second = begin_as(first.id, backend_, "bob");
  ASSERT_EQ(second.error, kDone);
  rewrite_record(first.id, kRecordVersion - 1);
  EXPECT_EQ(begin_as(first.id, backend_, "bob").error, ErrorCode::transaction_record_outdated);
  EXPECT_EQ(read_code(first.id), ErrorCode::transaction_record_outdated);
  EXPECT_NE(approve(second, "bob"), kDone);
  EXPECT_EQ(standing_of("bob").failures, 0);
  EXPECT_EQ(code_of(cancel_transaction(context_, tenant_, backend_, first.id)), kDone);
}

// Whoever writes to the database cannot have tampering told as age.
TEST_F(OutdatedRecords, WhatNoServerSealedIsNotOutdated) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  rewrite_record(begun.id, kRecordVersion - 1, Sealed::no);
  EXPECT_EQ(read_code(begun.id), ErrorCode::transaction_store_mismatch);
  const Begun first = half_approved();
  rewrite_record(first.id, kRecordVersion - 1, Sealed::no);
  EXPECT_EQ(read_code(first.id), ErrorCode::transaction_store_mismatch);
}

TEST_F(OutdatedRecords, AVersionThatIsToComeIsNotOutdated) {
  const Begun begun = create();
  ASSERT_EQ(approve(begun), kDone);
  rewrite_record(begun.id, kRecordVersion + 1);
  EXPECT_EQ(read_code(begun.id), ErrorCode::transaction_store_mismatch);
}

}  // namespace
}  // namespace countersign::testing
