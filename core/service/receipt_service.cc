#include "service/receipt_service.h"

#include <algorithm>

#include "receipt/receipt_file.h"
#include "service/receipt_sequencing.h"
#include "service/receipt_witnesses.h"

namespace countersign {
namespace {

std::string origin_of(const ReceiptContext& context, const TenantId& tenant) {
  return context.origin + "/" + tenant.value;
}

// Whose receipt it is stands in its record alone: whoever approved, and whose order it is.
bool may_read(const Caller& caller, const KeptReceipt& receipt) {
  if (caller.api_key) {
    return true;
  }
  if (!caller.session || !receipt.record) {
    return false;
  }
  const Result<ApprovalEvidence> evidence = parse_record(*receipt.record);
  return evidence && (evidence->subject == caller.session->user_handle ||
                      evidence->customer == caller.session->user_handle);
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
      if (!other.record || !other.salt) {
        return ErrorCode::receipt_erased;
      }
      // What nobody sealed would make a file that proves nothing.
      if (other.seal != RowSeal::whole ||
          !equal(leaf_of(context.hasher, *other.salt, *other.record), other.leaf)) {
        return Error{ErrorCode::transaction_store_mismatch, Check::transaction_recomputed, 0};
      }
      records.push_back(*other.record);
    }
  }
  return records;
}

// The newest that witnesses signed, unless somebody has changed it.
std::optional<Checkpoint> cosigned_checkpoint(const ReceiptContext& context, const TenantId& tenant,
                                              const LogState& state) {
  if (state.cosigned.empty()) {
    return std::nullopt;
  }
  const Result<NoteKey> log = log_key(context, tenant);
  Result<Checkpoint> checkpoint = log.has_value() ? verify_cosigned(context, *log, state.cosigned)
                                                  : Result<Checkpoint>(log.error());
  return checkpoint.has_value() ? std::optional<Checkpoint>(*std::move(checkpoint)) : std::nullopt;
}

Result<Checkpoint> checkpoint_with(const ReceiptContext& context, const TenantId& tenant,
                                   const LogState& state, std::uint64_t index) {
  std::optional<Checkpoint> cosigned = cosigned_checkpoint(context, tenant, state);
  if (cosigned && index < cosigned->head.size && cosigned->head.size <= state.head.size) {
    return *std::move(cosigned);
  }
  if (state.checkpoint.empty()) {
    return ErrorCode::receipt_proof_pending;
  }
  CS_ASSIGN(Checkpoint newest, parse_checkpoint(state.checkpoint));
  return index < newest.head.size ? Result<Checkpoint>(std::move(newest))
                                  : Result<Checkpoint>(ErrorCode::receipt_proof_pending);
}

// Never a proof that does not hold.
Result<LogProof> prove(const ReceiptContext& context, const TenantId& tenant,
                       const KeptReceipt& receipt) {
  CS_ASSIGN(const LogState state, context.store.read_log(tenant));
  CS_ASSIGN(Checkpoint checkpoint, checkpoint_with(context, tenant, state, *receipt.index));
  StoredTiles tiles(context.store, tenant);
  CS_ASSIGN(std::vector<Digest256> path,
            TileTree(context.hasher, tiles, checkpoint.head.size).prove_inclusion(*receipt.index));
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
  const std::optional<Checkpoint> cosigned = cosigned_checkpoint(context, tenant, state);
  if (cosigned && cosigned->head == state.head) {
    return std::move(state.cosigned);
  }
  return state.checkpoint.empty() ? Result<std::string>(ErrorCode::log_not_found)
                                  : Result<std::string>(std::move(state.checkpoint));
}

Result<ByteVector> read_log_resource(const ReceiptContext& context, const TenantId& tenant,
                                     std::string_view path) {
  CS_ASSIGN(const TilePath tile, parse_tile_path(path));
  // Of what the checkpoint has, and nothing beyond.
  CS_ASSIGN(const LogState state, context.store.read_log(tenant));
  if (state.checkpoint.empty()) {
    return ErrorCode::log_not_found;
  }
  CS_ASSIGN(const Checkpoint checkpoint, parse_checkpoint(state.checkpoint));
  const std::uint64_t known = tile_hashes(checkpoint.head.size, tile.level);
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
