#pragma once
// How receipts come into the log: they get numbers first, and are signed after that.

#include <map>

#include "service/receipt_service.h"

namespace countersign {

/// Of one step. [bounds memory and the time of a commit]
inline constexpr std::size_t kMaxLeavesAtOnce = 4096;

/// The tenant's tiles as they are stored, under those that are about to be.
class StoredTiles final : public TileReader {
 public:
  StoredTiles(ReceiptStore& store, const TenantId& tenant) : store_(store), tenant_(tenant) {}

  Result<ByteVector> read_tile(unsigned level, std::uint64_t index) override;
  /// Borrowed.
  void put(const std::vector<Tile>& tiles);

 private:
  ReceiptStore& store_;
  const TenantId& tenant_;
  std::map<std::pair<unsigned, std::uint64_t>, const ByteVector*> changed_;
};

struct Sequenced {
  std::size_t leaves = 0;
  bool is_signed = true;  // false: another server signs, and whatever is left is for the next call
};

/// Takes waiting leaves into the log, at most kMaxLeavesAtOnce, and signs it: how many. None where
/// another server was faster or signs at this moment, or where there is no signer.
///
/// Numbers and tiles are one transaction; then the new head is remembered (LogHeads); then its
/// checkpoint is shown. Whatever ends in between is made up for by the next call: what is
/// remembered is never ahead of what is on the disk. What is signed has only leaves that a server
/// sealed, behind what was signed before. Errors, under which nothing is signed: those of the
/// store, the signer and the heads; log_tile_mismatch (the stored tiles or leaves do not give the
/// stored root); consistency_proof_invalid (the log does not continue what was signed last: the
/// database is an older one, or was changed); checkpoint_malformed (what is remembered is none).
Result<Sequenced> sequence_receipts(const ReceiptContext& context, const TenantId& tenant);

}  // namespace countersign
