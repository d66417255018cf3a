// What receipts cost: verifying one against its two bare signatures, growing the log, and a proof
// against the size of the log.

#include <benchmark/benchmark.h>

#include <map>

#include "service/receipt_policy.h"
#include "tests/receipt/approvals.h"

namespace countersign {
namespace {

using testing::make_receipt;
using testing::make_record;
using testing::TestLog;

class MemoryTiles final : public TileReader {
 public:
  Result<ByteVector> read_tile(unsigned level, std::uint64_t index) override {
    return tiles_[{level, index}];
  }
  void append(std::span<const Digest256> leaf_hashes) {
    const OpenSslHasher hasher;
    std::vector<Tile> tiles = extend_tiles(hasher, *this, size_, leaf_hashes).value();
    for (Tile& tile : tiles) {
      tiles_[{tile.level, tile.index}] = std::move(tile.hashes);
    }
    size_ += leaf_hashes.size();
  }
  std::uint64_t size() const { return size_; }

 private:
  std::map<std::pair<unsigned, std::uint64_t>, ByteVector> tiles_;
  std::uint64_t size_ = 0;
};

std::vector<Digest256> hashes(std::size_t count) {
  std::vector<Digest256> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t byte = 0; byte < 8; ++byte) {
      out[i][byte] = static_cast<std::uint8_t>(i >> (8 * byte));
    }
  }
  return out;
}

void verify_whole(benchmark::State& state) {
  const OpenSslHasher hasher;
  const OpenSslVerifier verifier;
  const RecordedDecisions policies(hasher);
  const TestLog log;
  const std::string file = encode_receipt(make_receipt({make_record()}, log));
  ReceiptTrust trust;
  trust.log = log.operator_key.key;
  for (auto _ : state) {
    const ReceiptReport report = verify_receipt(file, trust, {hasher, verifier, policies});
    if (report.verdict() != ReceiptVerdict::verified) {
      state.SkipWithError("not verified");
    }
  }
  state.counters["fileBytes"] = static_cast<double>(file.size());
}
BENCHMARK(verify_whole)->Name("verify receipt")->Unit(benchmark::kMicrosecond);

// The passkey's signature and the log's, and nothing else.
void verify_signatures(benchmark::State& state) {
  const OpenSslVerifier verifier;
  const TestLog log;
  const Receipt receipt = make_receipt({make_record()}, log);
  const ApprovalEvidence evidence = parse_record(receipt.record).value();
  const CoseKey key = parse_cose_key(evidence.credential.public_key).value();
  const SignatureAlgorithm algorithm{SignatureScheme::ecdsa, HashAlgorithm::sha256};
  const Digest256 client_data = OpenSslHasher().sha256({evidence.client_data_json});
  ByteVector message = evidence.authenticator_data;
  message.insert(message.end(), client_data.begin(), client_data.end());
  const std::vector<SignatureObligation> obligations = {
      {Check::none, algorithm, key.key, message,
       make_fixed_signature(algorithm, key.key, evidence.signature).value()},
      log_obligation(receipt.proof.checkpoint, log.operator_key.key).value()};
  for (auto _ : state) {
    for (const SignatureVerdict verdict : discharge(obligations, verifier)) {
      if (verdict != SignatureVerdict::valid) {
        state.SkipWithError("not valid");
      }
    }
  }
}
BENCHMARK(verify_signatures)->Name("verify its two signatures")->Unit(benchmark::kMicrosecond);

// Leaves a second, taken up in groups of that size.
void append(benchmark::State& state) {
  const std::vector<Digest256> leaves = hashes(static_cast<std::size_t>(state.range(0)));
  MemoryTiles tiles;
  for (auto _ : state) {
    tiles.append(leaves);
    benchmark::DoNotOptimize(TileTree(OpenSslHasher(), tiles, tiles.size()).root());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append)->Name("append to the log, root")->Arg(1)->Arg(100)->Arg(4096);

// From the tiles, and how long the proof is.
void prove(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  MemoryTiles tiles;
  tiles.append(hashes(size));
  std::uint64_t index = 0;
  std::size_t longest = 0;
  for (auto _ : state) {
    const auto path =
        TileTree(OpenSslHasher(), tiles, size).prove_inclusion(index = (index + 7919) % size);
    longest = std::max(longest, path->size());
  }
  state.counters["hashes"] = static_cast<double>(longest);
  state.counters["proofBytes"] = static_cast<double>(longest * 45);
}
BENCHMARK(prove)
    ->Name("prove inclusion")
    ->RangeMultiplier(10)
    ->Range(1000, 1000000)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace countersign

BENCHMARK_MAIN();
