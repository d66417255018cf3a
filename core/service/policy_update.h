#pragma once
// A change of a tenant's revisions as the store makes it.

#include <cstdint>
#include <string>
#include <vector>

#include "service/policy_life.h"
#include "service/transaction_records.h"

namespace countersign {

/// One database transaction, alone or with the approval that completes a publication.
struct PolicyUpdate {
  TenantId tenant;
  std::uint64_t seen_version = 0;  // nothing happens where the version is another
  LifeChange change;
  std::string actor;
  UnixSeconds time;
  /// Of publications that are pending: what was approved in them is spent.
  std::vector<TransactionClosing> closings;
};

}  // namespace countersign
