#include "service/transaction_records.h"

namespace countersign {
namespace {

constexpr TransactionState kStates[] = {TransactionState::pending,  TransactionState::approved,
                                        TransactionState::declined, TransactionState::cancelled,
                                        TransactionState::expired,  TransactionState::erased};

}  // namespace

std::string_view transaction_state_name(TransactionState state) {
  switch (state) {
    case TransactionState::pending:
      return "pending";
    case TransactionState::approved:
      return "approved";
    case TransactionState::declined:
      return "declined";
    case TransactionState::cancelled:
      return "cancelled";
    case TransactionState::expired:
      return "expired";
    case TransactionState::erased:
      return "erased";
  }
  return "";
}

std::optional<TransactionState> find_transaction_state(std::string_view name) {
  for (const TransactionState state : kStates) {
    if (transaction_state_name(state) == name) {
      return state;
    }
  }
  return std::nullopt;
}

TransactionState state_at(const TransactionHead& transaction, UnixSeconds now) {
  if (transaction.erased_at) {
    return TransactionState::erased;
  }
  const bool is_over =
      transaction.state == TransactionState::pending && transaction.expires_at < now;
  return is_over ? TransactionState::expired : transaction.state;
}

std::string receipt_id(const TransactionId& transaction, std::int64_t step) {
  return transaction.value + "." + std::to_string(step);
}

std::string execution_route(const TransactionId& transaction) {
  return "POST /v1/transactions/" + transaction.value + "/execute";
}

}  // namespace countersign
