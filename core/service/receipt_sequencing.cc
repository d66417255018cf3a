#include "service/receipt_sequencing.h"

#include <algorithm>

namespace countersign {

Result<ByteVector> StoredTiles::read_tile(unsigned level, std::uint64_t index) {
  const auto found = changed_.find({level, index});
  return found == changed_.end() ? store_.read_log_tile(tenant_, level, index)
                                 : Result<ByteVector>(*found->second);
}

void StoredTiles::put(const std::vector<Tile>& tiles) {
  for (const Tile& tile : tiles) {
    changed_[{tile.level, tile.index}] = &tile.hashes;
  }
}

namespace {

Status check_root(const ReceiptContext& context, StoredTiles& tiles, const TreeHead& head,
                  ErrorCode refusal) {
  CS_ASSIGN(const Digest256 root, TileTree(context.hasher, tiles, head.size).root());
  return root == head.root ? ok() : Status(refusal);
}

std::vector<Digest256> leaf_hashes(const Hasher& hasher, const std::vector<Digest256>& leaves) {
  std::vector<Digest256> hashes;
  hashes.reserve(leaves.size());
  for (const Digest256& leaf : leaves) {
    hashes.push_back(merkle_leaf_hash(hasher, leaf));
  }
  return hashes;
}

// Whether the leaves behind `size` are all there and sealed, and the tiles are theirs: whoever
// writes to the store can number a leaf of his own.
Status check_leaves(const ReceiptContext& context, const TenantId& tenant, StoredTiles& tiles,
                    std::uint64_t size, std::uint64_t end) {
  while (size < end) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(end - size, kMaxLeavesAtOnce));
    CS_ASSIGN(const std::vector<Digest256> leaves,
              context.store.list_sealed_entries(tenant, size, count));
    if (leaves.size() != count) {
      return ErrorCode::log_tile_mismatch;
    }
    CS_ASSIGN(const std::vector<Tile> expected,
              extend_tiles(context.hasher, tiles, size, leaf_hashes(context.hasher, leaves)));
    for (const Tile& tile : expected) {
      CS_ASSIGN(const ByteVector stored, tiles.read_tile(tile.level, tile.index));
      if (stored.size() < tile.hashes.size() ||
          !equal(Bytes(stored).first(tile.hashes.size()), tile.hashes)) {
        return ErrorCode::log_tile_mismatch;
      }
    }
    size += count;
  }
  return ok();
}

// What was signed by this key and shown, by whichever server: no other can have made it.
std::optional<TreeHead> shown_head(const ReceiptContext& context, const NoteKey& key,
                                   const LogState& state) {
  const Result<Checkpoint> checkpoint = parse_checkpoint(state.checkpoint);
  if (!checkpoint.has_value()) {
    return std::nullopt;
  }
  const Result<SignatureObligation> obligation = log_obligation(*checkpoint, key);
  const bool is_ours =
      obligation.has_value() &&
      context.verifier.verify(obligation->algorithm, obligation->key, obligation->message,
                              obligation->signature) == SignatureVerdict::valid;
  return is_ours ? std::optional<TreeHead>(checkpoint->head) : std::nullopt;
}

// Whether the log that is stored only adds to `signed_head`, and only what a server sealed.
Status check_continues(const ReceiptContext& context, const TenantId& tenant, const NoteKey& key,
                       TreeHead signed_head, const LogState& state) {
  const TreeHead& head = state.head;
  if (head.size < signed_head.size) {
    return ErrorCode::consistency_proof_invalid;
  }
  StoredTiles tiles(context.store, tenant);
  // A server on another machine may have signed since: its leaves need not be looked at again.
  const std::optional<TreeHead> shown = shown_head(context, key, state);
  if (shown && shown->size > signed_head.size && shown->size <= head.size) {
    CS_ASSIGN(const std::vector<Digest256> proof,
              TileTree(context.hasher, tiles, shown->size).prove_consistency(signed_head.size));
    CS_TRY(check_consistency(context.hasher, signed_head, *shown, proof));
    signed_head = *shown;
  }
  CS_TRY(check_root(
      context, tiles, signed_head,
      head == signed_head ? ErrorCode::log_tile_mismatch : ErrorCode::consistency_proof_invalid));
  CS_TRY(check_leaves(context, tenant, tiles, signed_head.size, head.size));
  return check_root(context, tiles, head, ErrorCode::log_tile_mismatch);
}

Result<std::string> sign_head(const ReceiptContext& context, const NoteKey& key,
                              const TreeHead& head) {
  Checkpoint checkpoint{key.name(), head, {}};
  CS_ASSIGN(ByteVector signature,
            context.signer->sign(bytes_of(checkpoint_text(checkpoint.origin, head))));
  checkpoint.signatures.push_back({key.name(), key.id(), std::move(signature)});
  return encode_checkpoint(checkpoint);
}

// Signs what has numbers, and looks each time whether that continues what was signed. False:
// another server is at it.
Result<bool> sign_log(const ReceiptContext& context, const TenantId& tenant) {
  CS_ASSIGN(const NoteKey key, log_key(context, tenant));
  CS_ASSIGN(const std::unique_ptr<LogHeads::Hold> hold, context.heads->hold(key));
  if (hold == nullptr) {
    return false;
  }
  // Not before: of two servers the second one must see what the first one has signed.
  CS_ASSIGN(const LogState state, context.store.read_log(tenant));
  TreeHead signed_head{0, merkle_empty_root(context.hasher)};
  if (!hold->checkpoint().empty()) {
    CS_ASSIGN(const Checkpoint remembered, parse_checkpoint(hold->checkpoint()));
    signed_head = remembered.head;
  }
  const bool is_signed = signed_head == state.head;
  if ((is_signed && state.checkpoint == hold->checkpoint()) ||
      (state.head.size == 0 && signed_head.size == 0)) {
    return true;
  }
  CS_TRY(check_continues(context, tenant, key, signed_head, state));
  std::string checkpoint = hold->checkpoint();
  if (!is_signed) {
    CS_ASSIGN(checkpoint, sign_head(context, key, state.head));
    CS_TRY(hold->remember(checkpoint));
  }
  CS_TRY(context.store.publish_checkpoint(tenant, state.head, checkpoint));
  return true;
}

Result<std::size_t> number_leaves(const ReceiptContext& context, const TenantId& tenant,
                                  std::vector<WaitingLeaf> waiting) {
  LogAppend append;
  append.leaves = std::move(waiting);
  CS_ASSIGN(const LogState state, context.store.read_log(tenant));
  append.before = state.head;
  StoredTiles tiles(context.store, tenant);
  if (state.head.size != 0) {
    CS_TRY(check_root(context, tiles, state.head, ErrorCode::log_tile_mismatch));
  }
  std::vector<Digest256> leaves;
  leaves.reserve(append.leaves.size());
  for (const WaitingLeaf& leaf : append.leaves) {
    leaves.push_back(leaf.leaf);
  }
  CS_ASSIGN(append.tiles, extend_tiles(context.hasher, tiles, state.head.size,
                                       leaf_hashes(context.hasher, leaves)));
  tiles.put(append.tiles);
  append.after.size = state.head.size + leaves.size();
  CS_ASSIGN(append.after.root, TileTree(context.hasher, tiles, append.after.size).root());
  CS_ASSIGN(const bool is_ours, context.store.append_log(tenant, append));
  return is_ours ? leaves.size() : std::size_t{0};
}

}  // namespace

Result<Sequenced> sequence_receipts(const ReceiptContext& context, const TenantId& tenant) {
  Sequenced sequenced;
  if (context.signer == nullptr || context.heads == nullptr) {
    return sequenced;
  }
  CS_ASSIGN(sequenced.is_signed, sign_log(context, tenant));
  if (!sequenced.is_signed) {
    return sequenced;
  }
  CS_ASSIGN(std::vector<WaitingLeaf> waiting,
            context.store.list_waiting_leaves(tenant, kMaxLeavesAtOnce));
  if (waiting.empty()) {
    return sequenced;
  }
  CS_ASSIGN(sequenced.leaves, number_leaves(context, tenant, std::move(waiting)));
  CS_ASSIGN(sequenced.is_signed, sign_log(context, tenant));
  return sequenced;
}

}  // namespace countersign
