#include "service/receipt_requests.h"

#include "base/limits.h"
#include "service/ceremony_flow.h"
#include "service/receipt_witnesses.h"

namespace countersign {
namespace {

// What an id names, as far as it is one of ours.
TransactionId transaction_of(std::string_view receipt) {
  const TransactionId transaction{std::string(receipt.substr(0, receipt.rfind('.')))};
  return is_own_id(transaction.value) ? transaction : TransactionId();
}

bool is_of(std::string_view receipt, const TransactionId& transaction) {
  for (std::int64_t step = 1; step <= limits::kMaxApprovalSteps; ++step) {
    if (receipt == receipt_id(transaction, step)) {
      return true;
    }
  }
  return false;
}

void audit_receipt(const ServiceContext& service, std::string_view event, const Tenant& tenant,
                   const Caller& caller, std::string_view receipt,
                   const std::optional<Error>& error) {
  const TransactionId transaction = transaction_of(receipt);
  AuditRecord record = make_audit(service, event, tenant, caller, CeremonyKind::authentication,
                                  CeremonyId(transaction.value), error);
  if (!transaction.value.empty() && is_of(receipt, transaction)) {
    record.receipt = receipt;
  }
  service.audit.record(record);
}

bool is_again(const Result<Erasure>& erased) {
  return erased.has_value() && *erased == Erasure::already;
}

Status status_of(const Result<Erasure>& erased) {
  return erased.has_value() ? ok() : Status(erased.error());
}

}  // namespace

Result<std::string> hand_out_receipt(const ServiceContext& service, const ReceiptContext& receipts,
                                     ReceiptReaders readers, const Tenant& tenant,
                                     const Caller& caller, std::string_view id) {
  const bool is_reader = caller.api_key || readers == ReceiptReaders::customer;
  Result<std::string> file =
      is_reader ? read_receipt(receipts, tenant.id, caller, id) : ErrorCode::receipt_not_found;
  const std::optional<Error> error = error_of(file);
  // Whoever waits for the proof asks several times, and has got nothing yet.
  if (!error || error->code != ErrorCode::receipt_proof_pending) {
    audit_receipt(service, "receipt.read", tenant, caller, id, error);
  }
  return file;
}

Status erase_receipt(const ServiceContext& service, ReceiptStore& store, const Tenant& tenant,
                     const Caller& caller, std::string_view id) {
  const Result<Erasure> erased = caller.api_key
                                     ? store.erase_receipt(tenant.id, id, service.clock.now())
                                     : Result<Erasure>(ErrorCode::caller_not_allowed);
  audit_receipt(service, is_again(erased) ? "receipt.erased_already" : "receipt.erased", tenant,
                caller, id, error_of(erased));
  return status_of(erased);
}

Status erase_transaction(const ServiceContext& service, ReceiptStore& store, const Tenant& tenant,
                         const Caller& caller, const TransactionId& id) {
  const Result<Erasure> erased = caller.api_key
                                     ? store.erase_transaction(tenant.id, id, service.clock.now())
                                     : Result<Erasure>(ErrorCode::caller_not_allowed);
  audit(service, is_again(erased) ? "transaction.erased_already" : "transaction.erased", tenant,
        caller, CeremonyKind::authentication, CeremonyId(id.value), error_of(erased));
  return status_of(erased);
}

Status take_cosignatures(const ServiceContext& service, const ReceiptContext& receipts,
                         const Tenant& tenant, const Caller& caller, std::string_view checkpoint) {
  const Status taken = caller.api_key ? keep_cosignatures(receipts, tenant.id, checkpoint)
                                      : Status(ErrorCode::caller_not_allowed);
  audit(service, "log.cosigned", tenant, caller, CeremonyKind::authentication, CeremonyId(),
        error_of(taken));
  return taken;
}

}  // namespace countersign
