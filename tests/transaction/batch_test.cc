#include "transaction/batch.h"

#include <gtest/gtest.h>

#include "crypto/tagged_hash.h"
#include "tests/transaction/documents.h"
#include "transaction/render.h"

namespace countersign {
namespace {

using nlohmann::json;
using testing::intent_from;
using testing::template_of;

std::vector<Digest256> leaves_of(std::size_t count) {
  std::vector<Digest256> leaves(count);
  for (std::size_t i = 0; i < count; ++i) {
    leaves[i].fill(static_cast<std::uint8_t>(i + 1));
  }
  return leaves;
}

Digest256 node(const Digest256& left, const Digest256& right) {
  ByteVector both(left.begin(), left.end());
  both.insert(both.end(), right.begin(), right.end());
  return tagged_hash(OpenSslHasher(), "countersign/1/batch-node", both);
}

TEST(BatchRoot, IsTheTreeOfRfc6962) {
  const OpenSslHasher hasher;
  const auto leaf = leaves_of(7);
  EXPECT_EQ(batch_root(hasher, leaves_of(1)), leaf[0]);
  EXPECT_EQ(batch_root(hasher, leaves_of(2)), node(leaf[0], leaf[1]));
  EXPECT_EQ(batch_root(hasher, leaves_of(3)), node(node(leaf[0], leaf[1]), leaf[2]));
  EXPECT_EQ(batch_root(hasher, leaf), node(node(node(leaf[0], leaf[1]), node(leaf[2], leaf[3])),
                                           node(node(leaf[4], leaf[5]), leaf[6])));
}

TEST(BatchPath, ProvesEachLineAtItsPlaceOnly) {
  const OpenSslHasher hasher;
  for (std::size_t count = 1; count <= 17; ++count) {
    const auto leaves = leaves_of(count);
    const Digest256 root = batch_root(hasher, leaves);
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<Digest256> path = batch_path(hasher, leaves, i);
      EXPECT_TRUE(is_in_batch(hasher, leaves[i], i, count, path, root));
      EXPECT_FALSE(is_in_batch(hasher, leaves[i], count, count, path, root));
      Digest256 other = leaves[i];
      other[0] ^= 1U;
      EXPECT_FALSE(is_in_batch(hasher, other, i, count, path, root));
      if (count > 1) {
        EXPECT_FALSE(is_in_batch(hasher, leaves[i], (i + 1) % count, count, path, root));
        path.pop_back();
        EXPECT_FALSE(is_in_batch(hasher, leaves[i], i, count, path, root));
      }
      path.push_back(root);
      path.push_back(root);
      EXPECT_FALSE(is_in_batch(hasher, leaves[i], i, count, path, root));
    }
  }
}

TEST(MakeBatch, BindsEveryLineAndTheTotals) {
  const OpenSslHasher hasher;
  const Template source = template_of("payment.batch");
  const CanonicalValue intent = intent_from(source, testing::batch_intent()).value();
  const Batch batch = make_batch(hasher, source, intent).value().value();
  EXPECT_EQ(batch.count, 3);
  ASSERT_EQ(batch.total.size(), 2U);
  EXPECT_EQ(batch.total[0], (Amount{"EUR", 2, 300}));
  json changed = testing::batch_intent();
  std::swap(changed["fields"]["payees"][0]["creditor"], changed["fields"]["payees"][1]["creditor"]);
  const Batch other =
      make_batch(hasher, source, intent_from(source, changed).value()).value().value();
  EXPECT_NE(other.root, batch.root);
  EXPECT_EQ(other.total, batch.total);
}

TEST(MakeBatch, IsNothingForASinglePayment) {
  const Template source = template_of("payment.credit-transfer");
  const CanonicalValue intent = intent_from(source, testing::transfer_intent()).value();
  EXPECT_FALSE(make_batch(OpenSslHasher(), source, intent).value().has_value());
}

TEST(BindTransaction, TakesTheBatchThatIsMadeOfItsIntent) {
  const OpenSslHasher hasher;
  const Template source = template_of("payment.batch");
  const LocalePack pack = testing::pack_of("en-GB");
  Binding binding;
  binding.ceremony = kApproveCeremony;
  binding.tenant.value = "bank";
  binding.rp_id = "bank.example";
  binding.origins = {"https://bank.example"};
  binding.subject.value = {1};
  binding.transaction_id = "t";
  binding.intent = intent_from(source, testing::batch_intent()).value();
  binding.view = encode_view(render_view(source, pack, binding.intent).value());
  binding.batch = make_batch(hasher, source, binding.intent).value();
  binding.expires_at = UnixSeconds{1};
  EXPECT_TRUE(bind_transaction(hasher, binding).has_value());
  binding.batch->count = 4;
  EXPECT_EQ(bind_transaction(hasher, binding).error().code, ErrorCode::binding_batch_mismatch);
}

}  // namespace
}  // namespace countersign
