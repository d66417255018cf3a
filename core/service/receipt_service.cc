#include "service/receipt_service.h"

#include <algorithm>
#include <map>

#include "receipt/receipt_file.h"

namespace countersign {
namespace {

// The tenant's tiles as they are stored, under those that are about to be.
class StoredTiles final : public TileReader {
 public:
  StoredTiles(ReceiptStore& store, const TenantId& tenant) : store_(store), tenant_(tenant) {}

  Result<ByteVector> read_tile(unsigned level, std::uint64_t index) override {
    const auto found = changed_.find({level, index});
    return found == changed_.end() ? store_.read_log_tile(tenant_, level, index)
                                   : Result<ByteVector>(*found->second);
  }
  void put(const std::vector<Tile>& tiles) {
    for (const Tile& tile : tiles) {
      changed_[{tile.level, tile.index}] = &tile.hashes;
    }
  }

 private:
  ReceiptStore& store_;
  const TenantId& tenant_;
  std::map<std::pair<unsigned, std::uint64_t>, const ByteVector*> changed_;
};

std::string origin_of(const ReceiptContext& context, const TenantId& tenant) {
  return context.origin + "/" + tenant.value;
}

// What is signed follows from what was signed, or nothing is.
Status check_tiles(const ReceiptContext& context, StoredTiles& tiles, const LogState& state) {
  if (state.checkpoint.empty()) {
    return ok();
  }
  CS_ASSIGN(const Digest256 root, TileTree(context.hasher, tiles, state.head.size).root());
  return root == state.head.root ? ok() : Status(ErrorCode::log_tile_mismatch);
}

Result<std::string> sign_head(const ReceiptContext& context, const TenantId& tenant,
                              const TreeHead& head) {
  CS_ASSIGN(const NoteKey key, log_key(context, tenant));
  Checkpoint checkpoint{key.name(), head, {}};
  CS_ASSIGN(ByteVector signature,
            context.signer->sign(bytes_of(checkpoint_text(checkpoint.origin, head))));
  checkpoint.signatures.push_back({key.name(), key.id(), std::move(signature)});
  return encode_checkpoint(checkpoint);
}

// Whose receipt it is stands in its record alone.
bool may_read(const Caller& caller, const KeptReceipt& receipt) {
  if (caller.api_key) {
    return true;
  }
  if (!caller.session || !receipt.record) {
    return false;
  }
  const Result<ApprovalEvidence> evidence = parse_record(*receipt.record);
  return evidence && evidence->subject == caller.session->user_handle;
}

Result<std::vector<ByteVector>> earlier_records(const ReceiptContext& context,
                                                const TenantId& tenant,
                                                const KeptReceipt& receipt) {
  std::vector<ByteVector> records;
  if (receipt.step == 1) {
    return records;
  }
  CS_ASSIGN(const std::vector<KeptReceipt> all,
            context.store.list_receipts(tenant, receipt.transaction));
  for (const KeptReceipt& other : all) {
    if (other.step < receipt.step) {
      if (!other.record) {
        return ErrorCode::receipt_erased;
      }
      records.push_back(*other.record);
    }
  }
  return records;
}

// Never a proof that does not hold.
Result<LogProof> prove(const ReceiptContext& context, const TenantId& tenant,
                       const KeptReceipt& receipt) {
  CS_ASSIGN(const LogState state, context.store.read_log(tenant));
  CS_ASSIGN(Checkpoint checkpoint, parse_checkpoint(state.checkpoint));
  StoredTiles tiles(context.store, tenant);
  CS_ASSIGN(std::vector<Digest256> path,
            TileTree(context.hasher, tiles, state.head.size).prove_inclusion(*receipt.index));
  const Digest256 leaf = leaf_of(context.hasher, *receipt.salt, *receipt.record);
  if (!check_inclusion(context.hasher, merkle_leaf_hash(context.hasher, leaf), *receipt.index, path,
                       checkpoint.head)) {
    return ErrorCode::log_tile_mismatch;
  }
  return LogProof{*receipt.index, std::move(path), std::move(checkpoint)};
}

}  // namespace

Result<NoteKey> log_key(const ReceiptContext& context, const TenantId& tenant) {
  return context.signer == nullptr ? Result<NoteKey>(ErrorCode::log_not_found)
                                   : NoteKey::make(origin_of(context, tenant), NoteKeyKind::log,
                                                   context.signer->public_key(), context.hasher);
}

Result<std::size_t> sequence_receipts(const ReceiptContext& context, const TenantId& tenant) {
  if (context.signer == nullptr) {
    return std::size_t{0};
  }
  LogAppend append;
  CS_ASSIGN(append.leaves, context.store.list_waiting_leaves(tenant, kMaxLeavesAtOnce));
  if (append.leaves.empty()) {
    return std::size_t{0};
  }
  CS_ASSIGN(const LogState state, context.store.read_log(tenant));
  append.before = state.head;
  StoredTiles tiles(context.store, tenant);
  CS_TRY(check_tiles(context, tiles, state));
  std::vector<Digest256> hashes;
  hashes.reserve(append.leaves.size());
  for (const WaitingLeaf& waiting : append.leaves) {
    hashes.push_back(merkle_leaf_hash(context.hasher, waiting.leaf));
  }
  CS_ASSIGN(append.tiles, extend_tiles(context.hasher, tiles, state.head.size, hashes));
  tiles.put(append.tiles);
  append.after.head.size = state.head.size + hashes.size();
  CS_ASSIGN(append.after.head.root, TileTree(context.hasher, tiles, append.after.head.size).root());
  CS_ASSIGN(append.after.checkpoint, sign_head(context, tenant, append.after.head));
  CS_ASSIGN(const bool is_ours, context.store.append_log(tenant, append));
  return is_ours ? append.leaves.size() : std::size_t{0};
}

Result<std::string> read_receipt(const ReceiptContext& context, const TenantId& tenant,
                                 const Caller& caller, std::string_view id) {
  CS_ASSIGN(const std::optional<KeptReceipt> receipt, context.store.find_receipt(tenant, id));
  if (!receipt || !may_read(caller, *receipt)) {
    return ErrorCode::receipt_not_found;
  }
  if (!receipt->record || !receipt->salt) {
    return ErrorCode::receipt_erased;
  }
  if (!receipt->index) {
    return ErrorCode::receipt_proof_pending;
  }
  Receipt file;
  CS_ASSIGN(file.earlier_records, earlier_records(context, tenant, *receipt));
  CS_ASSIGN(file.proof, prove(context, tenant, *receipt));
  file.record = *receipt->record;
  file.salt = *receipt->salt;
  return encode_receipt(file);
}

Result<std::string> read_log_checkpoint(const ReceiptContext& context, const TenantId& tenant) {
  CS_ASSIGN(LogState state, context.store.read_log(tenant));
  return state.checkpoint.empty() ? Result<std::string>(ErrorCode::log_not_found)
                                  : Result<std::string>(std::move(state.checkpoint));
}

Result<ByteVector> read_log_resource(const ReceiptContext& context, const TenantId& tenant,
                                     std::string_view path) {
  CS_ASSIGN(const TilePath tile, parse_tile_path(path));
  CS_ASSIGN(const LogState state, context.store.read_log(tenant));
  // Of what the checkpoint has, and nothing beyond.
  const std::uint64_t known = tile_hashes(state.head.size, tile.level);
  if (tile.index > known / kTileWidth || known - tile.index * kTileWidth < tile.width) {
    return ErrorCode::log_not_found;
  }
  if (tile.kind == TilePath::Kind::entries) {
    CS_ASSIGN(const std::vector<Digest256> entries,
              context.store.list_log_entries(tenant, tile.index * kTileWidth, tile.width));
    return entries.size() == tile.width ? Result<ByteVector>(encode_entry_bundle(entries))
                                        : Result<ByteVector>(ErrorCode::log_tile_mismatch);
  }
  CS_ASSIGN(ByteVector hashes, context.store.read_log_tile(tenant, tile.level, tile.index));
  const std::size_t size = tile.width * sizeof(Digest256);
  if (hashes.size() < size) {
    return ErrorCode::log_tile_mismatch;
  }
  hashes.resize(size);
  return hashes;
}

}  // namespace countersign
