#include "receipt/merkle.h"

#include <gtest/gtest.h>

#include <bit>

#include "tests/receipt/trees.h"
#include "transaction/bound.h"

namespace countersign {
namespace {

using testing::leaf_hashes;
using testing::MemoryTiles;

const OpenSslHasher kMerkleHasher;

// The roots that implementations of RFC 6962 publish for the trees of these leaves.
TEST(MerkleRoot, IsThatOfPublishedTrees) {
  const char* leaves[] = {"",
                          "00",
                          "10",
                          "2021",
                          "3031",
                          "40414243",
                          "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  std::vector<Digest256> hashes;
  EXPECT_EQ(encode_hex(merkle_root(kMerkleHasher, hashes)),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < std::size(leaves); ++i) {
    hashes.push_back(merkle_leaf_hash(kMerkleHasher, parse_hex(leaves[i]).value()));
    EXPECT_EQ(encode_hex(merkle_root(kMerkleHasher, hashes)), roots[i]) << i;
  }
}

TEST(MerkleRoot, TellsLeavesFromNodes) {
  const std::vector<Digest256> two = leaf_hashes(2);
  ByteVector both(two[0].begin(), two[0].end());
  both.insert(both.end(), two[1].begin(), two[1].end());
  EXPECT_NE(merkle_leaf_hash(kMerkleHasher, both), merkle_node_hash(kMerkleHasher, two[0], two[1]));
}

// PATH and SUBPROOF as RFC 6962 §2.1.1 and §2.1.2 define them.
std::vector<Digest256> naive_path(std::size_t index, std::span<const Digest256> leaves) {
  if (leaves.size() <= 1) {
    return {};
  }
  const std::size_t k = std::bit_floor(leaves.size() - 1);
  std::vector<Digest256> path =
      index < k ? naive_path(index, leaves.first(k)) : naive_path(index - k, leaves.subspan(k));
  path.push_back(merkle_root(kMerkleHasher, index < k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

std::vector<Digest256> naive_subproof(std::size_t m, std::span<const Digest256> leaves,
                                      bool is_known) {
  if (m == leaves.size()) {
    return is_known ? std::vector<Digest256>{}
                    : std::vector<Digest256>{merkle_root(kMerkleHasher, leaves)};
  }
  const std::size_t k = std::bit_floor(leaves.size() - 1);
  std::vector<Digest256> proof = m <= k ? naive_subproof(m, leaves.first(k), is_known)
                                        : naive_subproof(m - k, leaves.subspan(k), false);
  proof.push_back(merkle_root(kMerkleHasher, m <= k ? leaves.subspan(k) : leaves.first(k)));
  return proof;
}

TreeHead head_of(std::span<const Digest256> leaves) {
  return {leaves.size(), merkle_root(kMerkleHasher, leaves)};
}

// Every way to spoil a proof by one hash.
std::vector<std::vector<Digest256>> spoiled(const std::vector<Digest256>& proof) {
  std::vector<std::vector<Digest256>> all;
  for (std::size_t i = 0; i < proof.size(); ++i) {
    std::vector<Digest256> flipped = proof;
    flipped[i][i % 32] ^= 1;
    all.push_back(flipped);
    std::vector<Digest256> shorter = proof;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    all.push_back(shorter);
    if (i > 0) {
      std::vector<Digest256> swapped = proof;
      std::swap(swapped[i - 1], swapped[i]);
      all.push_back(swapped);
    }
  }
  for (const bool is_front : {true, false}) {
    std::vector<Digest256> longer = proof;
    longer.insert(is_front ? longer.begin() : longer.end(), merkle_empty_root(kMerkleHasher));
    all.push_back(longer);
  }
  return all;
}

TEST(CheckInclusion, AcceptsEveryLeafOfEveryTreeTo130) {
  const std::vector<Digest256> leaves = leaf_hashes(130);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto tree = std::span(leaves).first(size);
    const TreeHead head = head_of(tree);
    for (std::size_t index = 0; index < size; ++index) {
      const std::vector<Digest256> path = naive_path(index, tree);
      EXPECT_TRUE(check_inclusion(kMerkleHasher, leaves[index], index, path, head))
          << index << " of " << size;
    }
  }
}

TEST(CheckInclusion, FailsIfAnythingDiffers) {
  const std::vector<Digest256> leaves = leaf_hashes(33);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto tree = std::span(leaves).first(size);
    const TreeHead head = head_of(tree);
    for (std::size_t index = 0; index < size; ++index) {
      const std::vector<Digest256> path = naive_path(index, tree);
      for (const std::vector<Digest256>& other : spoiled(path)) {
        EXPECT_FALSE(check_inclusion(kMerkleHasher, leaves[index], index, other, head));
      }
      for (std::size_t elsewhere = 0; elsewhere < size + 2; ++elsewhere) {
        EXPECT_EQ(bool(check_inclusion(kMerkleHasher, leaves[index], elsewhere, path, head)),
                  elsewhere == index)
            << elsewhere << " for " << index << " of " << size;
      }
      const TreeHead other_root{size, merkle_node_hash(kMerkleHasher, head.root, head.root)};
      EXPECT_FALSE(check_inclusion(kMerkleHasher, leaves[index], index, path, other_root));
      EXPECT_FALSE(check_inclusion(kMerkleHasher, leaves[(index + 1) % 33], index, path, head) &&
                   size > 1);
    }
  }
}

TEST(CheckInclusion, FailsInALogOfAnotherHeight) {
  const std::vector<Digest256> leaves = leaf_hashes(16);
  const TreeHead head = head_of(leaves);
  const std::vector<Digest256> path = naive_path(5, leaves);
  for (std::uint64_t size = 0; size < 70; ++size) {
    // Sizes of one height have the same path for a leaf in their complete part.
    const bool is_possible = size > 8 && size <= 16;
    const bool accepted =
        bool(check_inclusion(kMerkleHasher, leaves[5], 5, path, {size, head.root}));
    EXPECT_EQ(accepted, is_possible) << size;
  }
}

TEST(CheckInclusion, EndsForTheLargestSizes) {
  const std::vector<Digest256> path(64);
  const std::uint64_t most = ~std::uint64_t{0};
  EXPECT_FALSE(check_inclusion(kMerkleHasher, {}, most - 1, path, {most, {}}));
  EXPECT_FALSE(check_inclusion(kMerkleHasher, {}, most, path, {most, {}}));
}

TEST(CheckConsistency, AcceptsAllPairsTo130) {
  const std::vector<Digest256> leaves = leaf_hashes(130);
  for (std::size_t second = 1; second <= leaves.size(); ++second) {
    const auto tree = std::span(leaves).first(second);
    const TreeHead head = head_of(tree);
    for (std::size_t first = 1; first <= second; ++first) {
      EXPECT_TRUE(check_consistency(kMerkleHasher, head_of(tree.first(first)), head,
                                    naive_subproof(first, tree, true)))
          << first << " to " << second;
    }
  }
}

TEST(CheckConsistency, FailsIfAnythingDiffers) {
  const std::vector<Digest256> leaves = leaf_hashes(20);
  for (std::size_t second = 1; second <= leaves.size(); ++second) {
    const auto tree = std::span(leaves).first(second);
    const TreeHead head = head_of(tree);
    for (std::size_t first = 1; first <= second; ++first) {
      const TreeHead old = head_of(tree.first(first));
      const std::vector<Digest256> proof = naive_subproof(first, tree, true);
      for (const std::vector<Digest256>& other : spoiled(proof)) {
        EXPECT_FALSE(check_consistency(kMerkleHasher, old, head, other))
            << first << " to " << second;
      }
      const Digest256 stranger = merkle_empty_root(kMerkleHasher);
      EXPECT_FALSE(check_consistency(kMerkleHasher, {first, stranger}, head, proof));
      EXPECT_FALSE(check_consistency(kMerkleHasher, old, {second, stranger}, proof));
      if (first != second) {
        EXPECT_FALSE(check_consistency(kMerkleHasher, head, old, proof));
      }
    }
  }
}

TEST(CheckConsistency, FailsIfTheLogWasRewritten) {
  std::vector<Digest256> leaves = leaf_hashes(13);
  const TreeHead before = head_of(std::span(leaves).first(7));
  leaves[3][0] ^= 1;
  EXPECT_FALSE(
      check_consistency(kMerkleHasher, before, head_of(leaves), naive_subproof(7, leaves, true)));
}

TEST(CheckConsistency, OfTheEmptyTreeNeedsItsRoot) {
  const std::vector<Digest256> leaves = leaf_hashes(3);
  const TreeHead empty{0, merkle_empty_root(kMerkleHasher)};
  EXPECT_TRUE(check_consistency(kMerkleHasher, empty, head_of(leaves), {}));
  EXPECT_FALSE(check_consistency(kMerkleHasher, {0, leaves[0]}, head_of(leaves), {}));
  EXPECT_FALSE(check_consistency(kMerkleHasher, empty, head_of(leaves), leaves));
}

}  // namespace
}  // namespace countersign
