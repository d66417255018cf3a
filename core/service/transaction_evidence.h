#pragma once
// The evidence of an approval: made when it is verified, asked again before anything is handed
// over. Private to core/service.

#include <string>
#include <vector>

#include "model/response.h"
#include "service/policy_decision.h"
#include "service/transaction_binding.h"

namespace countersign {

/// What is known of an approval on its way.
struct Attempt {
  UnixSeconds now;
  AuthenticationResponse response;
  ClientData client_data;
  Transaction transaction;
  TransactionApproval approval;
  std::vector<GivenApproval> given;
  StoredCredential credential;  // as it was before
  TierEvidence display;
  std::vector<Check> checks;           // that passed, in their order
  std::optional<PaymentPage> payment;  // where the browser's dialog showed it
  std::optional<BrowserBoundEvidence> browser_bound;
};

/// Pages that may have the approval's page in a frame: none in display tier 1, those of its own in
/// a payment.
std::vector<std::string> accepted_top_origins(const Tenant& tenant, const Attempt& attempt);

/// The record with a salt and its leaf. Errors: policy_changed where the revision that decided is
/// not known any more; those of encode_record.
Result<StoredReceipt> make_receipt(const TransactionContext& context, const Tenant& tenant,
                                   const Attempt& attempt, const PolicyTrace& trace);

/// The approvals that a transaction has so far, as their records say: each is there, sealed by this
/// server, verified again with its signature, by a passkey of that person, for as many approvals as
/// are demanded, names the one before, and what they signed is what is stored. No two are one
/// person's. No column decides anything. Errors: transaction_store_mismatch; receipt_erased where a
/// record is gone, and nothing shows any more what was signed; transaction_record_outdated where a
/// server of before sealed one in a version that is not read any more; those of the store.
Result<std::vector<GivenApproval>> read_given(const TransactionContext& context,
                                              const Transaction& transaction);
/// The same of an approved one: no step that the last one's binding demands is missing.
Result<std::vector<GivenApproval>> read_signed(const TransactionContext& context,
                                               const Transaction& transaction);

/// Before somebody signs on top of them. Errors: transaction_record_outdated; those of the store.
Status check_records_readable(const TransactionContext& context, const Transaction& transaction);

/// Whether each of them was given with a passkey that its approver still has. Errors:
/// transaction_state_mismatch; those of the store.
Status check_passkeys_there(const TransactionContext& context, const Transaction& transaction,
                            const std::vector<GivenApproval>& given);

}  // namespace countersign
