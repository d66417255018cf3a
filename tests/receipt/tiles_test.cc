#include "receipt/tiles.h"

#include <gtest/gtest.h>

#include "tests/receipt/trees.h"

namespace countersign {
namespace {

using testing::leaf_hashes;
using testing::MemoryTiles;

const OpenSslHasher kTilesHasher;

// One leaf at a time to 600, and every tile against the definition.
TEST(Tiles, AreThoseOfTheNaiveTreeForSizesTo600) {
  const std::vector<Digest256> leaves = leaf_hashes(600);
  MemoryTiles log;
  for (std::size_t size = 0; size <= leaves.size(); ++size) {
    if (size > 0) {
      log.append(std::span(leaves).subspan(size - 1, 1));
    }
    const auto tree = std::span(leaves).first(size);
    ASSERT_EQ(TileTree(kTilesHasher, log, size).root().value(), merkle_root(kTilesHasher, tree))
        << size;
    ASSERT_EQ(log.tiles.size(), (size + 255) / 256 + (size >= 256 ? 1 : 0)) << size;
    for (const auto& [place, hashes] : log.tiles) {
      const auto& [level, index] = place;
      const std::size_t width = level == 0 ? 1 : 256;
      for (std::size_t i = 0; i < hashes.size() / 32; ++i) {
        const std::size_t number = index * 256 + i;
        const Digest256 expected = merkle_root(kTilesHasher, tree.subspan(number * width, width));
        ASSERT_TRUE(equal(Bytes(hashes).subspan(i * 32, 32), expected)) << size;
      }
    }
  }
}

TEST(Tiles, AreTheSameHoweverManyLeavesComeAtOnce) {
  const std::vector<Digest256> leaves = leaf_hashes(70000);
  MemoryTiles at_once;
  at_once.append(leaves);
  MemoryTiles in_parts;
  for (std::size_t at = 0; at < leaves.size();) {
    const std::size_t count = std::min<std::size_t>(1 + at % 700, leaves.size() - at);
    in_parts.append(std::span(leaves).subspan(at, count));
    at += count;
  }
  EXPECT_EQ(at_once.tiles, in_parts.tiles);
  // The example of the specification.
  std::map<unsigned, std::size_t> tiles;
  for (const auto& [place, hashes] : at_once.tiles) {
    ++tiles[place.first];
  }
  EXPECT_EQ(tiles, (std::map<unsigned, std::size_t>{{0, 274}, {1, 2}, {2, 1}}));
  EXPECT_EQ((at_once.tiles[{0, 273}].size()), 112U * 32);
  EXPECT_EQ((at_once.tiles[{1, 1}].size()), 17U * 32);
  EXPECT_EQ((at_once.tiles[{2, 0}].size()), 1U * 32);
  EXPECT_EQ(TileTree(kTilesHasher, at_once, 70000).root().value(),
            merkle_root(kTilesHasher, leaves));
}

TEST(Tiles, ProveInclusionOfEveryLeaf) {
  const std::vector<Digest256> leaves = leaf_hashes(600);
  MemoryTiles log;
  log.append(leaves);
  for (const std::size_t size : {1, 2, 3, 255, 256, 257, 511, 512, 513, 600}) {
    const TreeHead head{size, merkle_root(kTilesHasher, std::span(leaves).first(size))};
    for (std::size_t index = 0; index < size; ++index) {
      const auto path = TileTree(kTilesHasher, log, size).prove_inclusion(index);
      ASSERT_TRUE(path);
      ASSERT_TRUE(check_inclusion(kTilesHasher, leaves[index], index, *path, head))
          << index << " of " << size;
    }
  }
}

TEST(Tiles, ProveConsistencyOfAllPairsTo130AndAroundTileBorders) {
  const std::vector<Digest256> leaves = leaf_hashes(600);
  MemoryTiles log;
  log.append(leaves);
  std::vector<std::size_t> sizes = {255, 256, 257, 300, 511, 512, 513, 599, 600};
  for (std::size_t size = 0; size <= 130; ++size) {
    sizes.push_back(size);
  }
  for (const std::size_t second : sizes) {
    const TreeHead head{second, merkle_root(kTilesHasher, std::span(leaves).first(second))};
    TileTree tree(kTilesHasher, log, second);
    for (const std::size_t first : sizes) {
      const auto proof = tree.prove_consistency(first);
      if (first > second) {
        ASSERT_EQ(proof.error().code, ErrorCode::log_index_out_of_range);
        continue;
      }
      ASSERT_TRUE(proof);
      const TreeHead old{first, merkle_root(kTilesHasher, std::span(leaves).first(first))};
      ASSERT_TRUE(check_consistency(kTilesHasher, old, head, *proof)) << first << " to " << second;
    }
  }
}

TEST(Tiles, GiveAProofFromFewOfThem) {
  MemoryTiles log;
  log.append(leaf_hashes(70000));
  log.reads = 0;
  ASSERT_TRUE(TileTree(kTilesHasher, log, 70000).prove_inclusion(31337));
  EXPECT_LE(log.reads, 5);
}

TEST(Tiles, HaveNoProofBeyondTheLog) {
  MemoryTiles log;
  log.append(leaf_hashes(5));
  EXPECT_EQ(TileTree(kTilesHasher, log, 5).prove_inclusion(5).error().code,
            ErrorCode::log_index_out_of_range);
  EXPECT_EQ(TileTree(kTilesHasher, log, 0).prove_inclusion(0).error().code,
            ErrorCode::log_index_out_of_range);
}

TEST(Tiles, FailIfHashesAreMissing) {
  MemoryTiles log;
  log.append(leaf_hashes(300));
  log.tiles[{0, 1}].resize(43 * 32);
  EXPECT_EQ(TileTree(kTilesHasher, log, 300).root().error().code, ErrorCode::log_tile_mismatch);
  EXPECT_TRUE(TileTree(kTilesHasher, log, 299).root());
  EXPECT_EQ(extend_tiles(kTilesHasher, log, 300, leaf_hashes(1)).error().code,
            ErrorCode::log_tile_mismatch);
}

TEST(Tiles, PassOverHashesBeyondTheLog) {
  MemoryTiles log;
  log.append(leaf_hashes(300));
  log.size = 290;  // a batch that was never committed left its hashes behind
  log.append(leaf_hashes(20, 290));
  EXPECT_EQ(TileTree(kTilesHasher, log, 310).root().value(),
            merkle_root(kTilesHasher, leaf_hashes(310)));
}

TEST(TileHashes, CountsCompleteSubtrees) {
  EXPECT_EQ(tile_hashes(70000, 0), 70000U);
  EXPECT_EQ(tile_hashes(70000, 1), 273U);
  EXPECT_EQ(tile_hashes(70000, 2), 1U);
  EXPECT_EQ(tile_hashes(~std::uint64_t{0}, 8), 0U);
}

TEST(TilePath, IsWrittenAsTheSpecificationSays) {
  using Kind = TilePath::Kind;
  const std::pair<TilePath, const char*> paths[] = {
      {{Kind::hashes, 0, 1234067, 256}, "tile/0/x001/x234/067"},
      {{Kind::hashes, 63, 0, 256}, "tile/63/000"},
      {{Kind::hashes, 1, 999, 255}, "tile/1/999.p/255"},
      {{Kind::hashes, 2, 1000, 1}, "tile/2/x001/000.p/1"},
      {{Kind::entries, 0, 5, 256}, "tile/entries/005"},
      {{Kind::entries, 0, 123456789012345, 12}, "tile/entries/x123/x456/x789/x012/345.p/12"},
  };
  for (const auto& [path, text] : paths) {
    EXPECT_EQ(encode_tile_path(path), text);
    const Result<TilePath> parsed = parse_tile_path(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, path) << text;
  }
}

TEST(TilePath, FailsIfItIsWrittenOtherwise) {
  for (const char* text : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/00/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/x/000",
                           "tile/0/x000/001",
                           "tile/0/001/001",
                           "tile/0/x001",
                           "tile/0/x001/x001",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/257",
                           "tile/0/000/",
                           "tile/0/000 ",
                           "tile//000",
                           "/tile/0/000",
                           "tile/0/000.p/1.p/1",
                           "tile/entries/",
                           "tile/entries",
                           "tile/entriesx/000",
                           "tile/entries/0",
                           "tile/0/x001/x001/x001/x001/x001/001",
                           "tile/18446744073709551616/000",
                           "tile/0/18446744073709551616",
                           "tile/0/000.p/18446744073709551617",
                           "tile/0/..",
                           "tile/0/x001/-01"}) {
    EXPECT_EQ(parse_tile_path(text).has_value(), false) << text;
  }
}

TEST(EntryBundle, HasLengthAndBytesOfEachEntry) {
  const std::vector<Digest256> entries = leaf_hashes(2);
  const ByteVector bundle = encode_entry_bundle(entries);
  ASSERT_EQ(bundle.size(), 68U);
  EXPECT_EQ(bundle[0], 0);
  EXPECT_EQ(bundle[1], 32);
  EXPECT_TRUE(equal(Bytes(bundle).subspan(2, 32), entries[0]));
  EXPECT_EQ(bundle[35], 32);
  EXPECT_TRUE(equal(Bytes(bundle).subspan(36, 32), entries[1]));
}

}  // namespace
}  // namespace countersign
