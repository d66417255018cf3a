#pragma once
// Receipts as callers ask for them: handed out and erased, each with a line in the audit.

#include <string>
#include <string_view>

#include "service/receipt_service.h"

namespace countersign {

/// Who fetches receipts. One says what the bank's rules are and how it saw the customer when they
/// decided (docs/receipts.md, "What it discloses").
enum class ReceiptReaders : std::uint8_t {
  backend,   // API keys alone
  customer,  // and the session of whoever approved, or of the customer whose transaction it is
};

/// As read_receipt; for somebody who is no reader there is none (receipt_not_found).
Result<std::string> hand_out_receipt(const ServiceContext& service, const ReceiptContext& receipts,
                                     ReceiptReaders readers, const Tenant& tenant,
                                     const Caller& caller, std::string_view id);

/// By a backend: as ReceiptStore::erase_receipt and erase_transaction. In the audit
/// `receipt.erased` and `transaction.erased`; where nothing was left `receipt.erased_already` and
/// `transaction.erased_already`. Error also: caller_not_allowed.
Status erase_receipt(const ServiceContext& service, ReceiptStore& store, const Tenant& tenant,
                     const Caller& caller, std::string_view id);
Status erase_transaction(const ServiceContext& service, ReceiptStore& store, const Tenant& tenant,
                         const Caller& caller, const TransactionId& id);

/// For API keys. An audit line `log.cosigned` each. Errors: caller_not_allowed, and those of
/// keep_cosignatures.
Status take_cosignatures(const ServiceContext& service, const ReceiptContext& receipts,
                         const Tenant& tenant, const Caller& caller, std::string_view checkpoint);

}  // namespace countersign
