#pragma once
// A challenge for one step of a transaction, and what its approver is told. Private to
// core/service.

#include <optional>
#include <string>

#include "service/policy_decision.h"
#include "service/transaction_binding.h"

namespace countersign {

struct IssuedApproval {
  TransactionApproval approval;
  std::string options;  // PublicKeyCredentialRequestOptionsJSON
  std::string answer;   // of create_transaction and begin_transaction_approval
};

/// For the step that is due, issued to a backend's new token or else to the caller's session.
/// Errors: policy_requirement_unmet where the approver has no passkey that would do
/// (`trace.missing`: see usable_credentials); those of bind_transaction, of the store.
Result<IssuedApproval> issue_approval(const TransactionContext& context, const Tenant& tenant,
                                      const Caller& caller, const Transaction& transaction,
                                      const OpenedTransaction& opened, const UserHandle& approver,
                                      const PolicyQuestion& question, const PolicyOptions& policy,
                                      PolicyTrace& trace);

}  // namespace countersign
