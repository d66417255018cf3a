#pragma once
// What the log of receipts needs of the world: a store and a signer. There is one log a tenant.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "receipt/checkpoint.h"
#include "receipt/evidence.h"
#include "receipt/note_key.h"
#include "receipt/tiles.h"
#include "service/transaction_records.h"

namespace countersign {

/// Ed25519; a file now, a hardware module later.
class LogSigner {
 public:
  virtual ~LogSigner() = default;
  /// 32 octets.
  virtual Bytes public_key() const = 0;
  /// 64 octets. Error: store_unavailable, where the key cannot be used.
  virtual Result<ByteVector> sign(Bytes message) const = 0;
};

/// The checkpoint that a log was last signed as, kept where a restored database does not take it
/// back.
class LogHeads {
 public:
  /// Until it goes, nobody else signs that log with these heads.
  class Hold {
   public:
    virtual ~Hold() = default;
    /// Empty where it was never signed with these heads.
    virtual const std::string& checkpoint() const = 0;
    /// Durable when it returns. Error: store_unavailable.
    virtual Status remember(std::string_view checkpoint) = 0;
  };

  virtual ~LogHeads() = default;
  /// Null: another server has it, and signs. Error: store_unavailable.
  virtual Result<std::unique_ptr<Hold>> hold(const NoteKey& log) = 0;
};

/// `head` has every leaf that got its number, `checkpoint` those that were signed: the same, but
/// for a moment after each step.
struct LogState {
  TreeHead head;
  std::string checkpoint;  // text; empty: nothing was ever signed
  std::string cosigned;    // the newest that witnesses signed, too; empty: none
};

struct WaitingLeaf {
  std::string receipt;
  Digest256 leaf{};
};

/// Leaves that get the numbers from `before.size` on, the tiles that follow, the new head.
struct LogAppend {
  TreeHead before;
  std::vector<WaitingLeaf> leaves;
  std::vector<Tile> tiles;
  TreeHead after;
};

/// Whether a row is as this server wrote it: its seal is made with a key that is not in the store.
enum class RowSeal : std::uint8_t { broken, whole };

/// A receipt as far as it is still kept.
struct KeptReceipt {
  TransactionId transaction;
  std::int64_t step = 1;
  std::optional<ByteVector> record;  // nothing: erased, and the salt with it
  std::optional<Salt> salt;
  Digest256 leaf{};
  std::optional<std::uint64_t> index;  // nothing: not in the log yet
  RowSeal seal = RowSeal::broken;      // over transaction, step and leaf
};

/// What an erasure found.
enum class Erasure : std::uint8_t {
  done,
  already,  // nothing was left: nothing changed
};

/// As in ports.h, one method is one atomic and, when it returns, durable transaction.
class ReceiptStore {
 public:
  virtual ~ReceiptStore() = default;

  virtual Result<LogState> read_log(const TenantId& tenant) = 0;
  /// Not in the log yet, oldest first. None whose seal is broken: those wait for ever.
  virtual Result<std::vector<WaitingLeaf>> list_waiting_leaves(const TenantId& tenant,
                                                               std::size_t limit) = 0;
  /// Those that wait with a broken seal: somebody else than this server wrote them.
  virtual Result<std::size_t> count_unsealed_leaves(const TenantId& tenant) = 0;
  /// Empty where there is none.
  virtual Result<ByteVector> read_log_tile(const TenantId& tenant, unsigned level,
                                           std::uint64_t index) = 0;
  /// False, and nothing changed, where the log is no longer at `before` or one of the leaves is in
  /// it already: somebody else was faster.
  virtual Result<bool> append_log(const TenantId& tenant, const LogAppend& append) = 0;
  /// Leaves in the order of the log, up to the first that is missing or has a broken seal.
  virtual Result<std::vector<Digest256>> list_sealed_entries(const TenantId& tenant,
                                                             std::uint64_t first,
                                                             std::size_t count) = 0;
  /// Nothing changes where the log is no longer at `head`: whoever moved it signs it.
  virtual Status publish_checkpoint(const TenantId& tenant, const TreeHead& head,
                                    std::string_view checkpoint) = 0;
  /// False, and nothing changed, where the cosigned checkpoint is no longer `before`.
  virtual Result<bool> replace_cosigned(const TenantId& tenant, std::string_view before,
                                        std::string_view after) = 0;
  /// Leaves in the order of the log.
  virtual Result<std::vector<Digest256>> list_log_entries(const TenantId& tenant,
                                                          std::uint64_t first,
                                                          std::size_t count) = 0;

  virtual Result<std::optional<KeptReceipt>> find_receipt(const TenantId& tenant,
                                                          std::string_view id) = 0;
  /// Those of the transaction, in the order of their steps.
  virtual Result<std::vector<KeptReceipt>> list_receipts(const TenantId& tenant,
                                                         const TransactionId& transaction) = 0;
  /// Record and salt go, the leaf stays: every proof of the log does. With them go those of the
  /// transaction's other approvals, what it was about, and what its delivered events say of it
  /// (TransactionHead::erased_at).
  /// Again is no error; what this server did not write as it stands is erased as often as is asked.
  /// Errors, nothing changed: receipt_not_found; transaction_state_mismatch: the transaction is
  /// open, or the backend has not got all of its events yet; transaction_type_reserved: it
  /// publishes a policy.
  virtual Result<Erasure> erase_receipt(const TenantId& tenant, std::string_view id,
                                        UnixSeconds now) = 0;
  /// The same of a transaction with all of its receipts, whether it has any or was never approved.
  /// Errors, nothing changed: transaction_not_found, and those above.
  virtual Result<Erasure> erase_transaction(const TenantId& tenant, const TransactionId& id,
                                            UnixSeconds now) = 0;
};

}  // namespace countersign
