#include "service/transaction_evidence.h"

#include <algorithm>

#include "receipt/approval_check.h"
#include "service/receipt_policy.h"

namespace countersign {
namespace {

CredentialEvidence credential_evidence(const Attempt& attempt, const PolicyTrace& trace) {
  const StoredCredential& credential = attempt.credential;
  const CredentialRecord& record = credential.record;
  CredentialEvidence evidence;
  evidence.id = record.id;
  evidence.public_key = record.public_key;
  evidence.algorithm = credential.algorithm;
  evidence.sign_count = record.sign_count;
  evidence.is_uv_initialized = record.is_uv_initialized;
  evidence.is_backup_eligible = record.is_backup_eligible;
  evidence.is_backed_up = record.is_backed_up;
  evidence.attestation_format = credential.attestation_format;
  evidence.attestation_type = credential.attestation_type;
  evidence.attestation_trust = credential.attestation_trust;
  evidence.registered = credential.model.registered;
  evidence.at_registration = credential.model.at_registration;
  evidence.metadata_status = trace.metadata_status;
  if (credential.model.objection) {
    evidence.objection = error_name(*credential.model.objection);
  }
  evidence.created_at = credential.created_at;
  return evidence;
}

Result<ApprovalEvidence> make_evidence(const TransactionContext& context, const Tenant& tenant,
                                       const Attempt& attempt, const PolicyTrace& trace) {
  const Transaction& transaction = attempt.transaction;
  const std::shared_ptr<const PolicyDocument> policy =
      context.service.policies.find(tenant.id, transaction.policy.document);
  if (policy == nullptr) {
    return ErrorCode::policy_changed;
  }
  ApprovalEvidence evidence;
  evidence.binding = attempt.approval.binding;
  evidence.origins = attempt.approval.origins;
  evidence.top_origins = accepted_top_origins(tenant, attempt);
  evidence.subject = attempt.approval.subject;
  evidence.customer = transaction.subject;
  evidence.intent = transaction.intent;
  evidence.view = transaction.view;
  evidence.template_document = transaction.source.cbor;
  evidence.locale_pack = transaction.pack.cbor;
  evidence.client_data_json = attempt.response.client_data_json;
  evidence.authenticator_data = attempt.response.authenticator_data;
  evidence.signature = attempt.response.signature;
  evidence.browser_bound = attempt.browser_bound;
  evidence.credential = credential_evidence(attempt, trace);
  evidence.policy = {kDecisionVersion, policy->text(), trace.decision,
                     context.settings.base_currency};
  evidence.tier = attempt.display;
  for (const Check check : attempt.checks) {
    evidence.checks.emplace_back(check_name(check));
  }
  evidence.core_version = context.settings.core_version;
  evidence.verifier = std::string(context.service.verifier.name());
  evidence.approved_at = attempt.now;
  return evidence;
}

// These say whether the approval was allowed, not what was approved.
bool is_about_permission(ReceiptStepId id) {
  return id == ReceiptStepId::policy || id == ReceiptStepId::display ||
         id == ReceiptStepId::attestation_anchor;
}

Error mismatch() {
  return {ErrorCode::transaction_store_mismatch, Check::transaction_recomputed, 0};
}

// Nothing: a step fails that is about what was approved.
std::optional<CheckedApproval> verify_again(const ServiceContext& service, Bytes record) {
  StepList steps;
  std::optional<CheckedApproval> checked =
      check_approval(record, ReceiptTrust(),
                     {service.hasher, service.verifier, RecordedDecisions(service.hasher)}, steps);
  const bool has_failed =
      std::any_of(steps.steps().begin(), steps.steps().end(), [](const ReceiptStep& step) {
        return step.verdict == StepVerdict::fails && !is_about_permission(step.id);
      });
  return has_failed ? std::nullopt : std::move(checked);
}

// The key that the record brings along is the one that was registered for that person. A passkey
// whose row is gone altogether was so when the server sealed the record.
Status check_passkey(const TransactionContext& context, const TenantId& tenant,
                     const ApprovalEvidence& evidence) {
  CS_ASSIGN(const std::optional<CredentialKey> registered,
            context.store.find_credential_key(tenant, evidence.credential.id));
  const bool is_same = !registered || (registered->account == evidence.subject &&
                                       registered->public_key == evidence.credential.public_key);
  return is_same ? ok() : Status(mismatch());
}

bool is_sealed(const Hasher& hasher, const KeptReceipt& kept) {
  return kept.record && kept.salt && kept.seal == RowSeal::whole &&
         equal(leaf_of(hasher, *kept.salt, *kept.record), kept.leaf);
}

// Nobody changed it, and nothing here can verify it again.
bool is_outdated(const Hasher& hasher, const KeptReceipt& kept) {
  return is_sealed(hasher, kept) &&
         record_version(*kept.record).value_or(kRecordVersion) < kRecordVersion;
}

Result<CheckedApproval> check_kept(const TransactionContext& context,
                                   const Transaction& transaction, const KeptReceipt& kept) {
  const ServiceContext& service = context.service;
  if (!kept.record || !kept.salt) {
    return ErrorCode::receipt_erased;
  }
  if (!is_sealed(service.hasher, kept)) {
    return mismatch();
  }
  if (is_outdated(service.hasher, kept)) {
    return ErrorCode::transaction_record_outdated;
  }
  std::optional<CheckedApproval> checked = verify_again(service, *kept.record);
  if (!checked || checked->binding.approval_step != kept.step) {
    return mismatch();
  }
  CS_TRY(check_passkey(context, transaction.tenant, checked->evidence));
  return *std::move(checked);
}

// Whether these are all approvals that this transaction has so far, and of no other.
bool is_whole(const Hasher& hasher, const Transaction& transaction,
              const std::vector<ByteVector>& records,
              const std::vector<CheckedApproval>& approvals) {
  const CheckedApproval& last = approvals.back();
  const BindingDocument& binding = last.binding;
  const auto given = static_cast<std::int64_t>(approvals.size());
  return check_chain(hasher, std::span(records).first(records.size() - 1), approvals) &&
         binding.approval_of == transaction.approvals_needed && binding.approval_step == given &&
         transaction.approvals == given && transaction.previous &&
         equal(record_digest(hasher, records.back()), *transaction.previous) &&
         has_distinct_approvers(approvals) && binding.tenant == transaction.tenant &&
         binding.transaction_id == transaction.id.value &&
         last.evidence.customer == transaction.subject &&
         last.evidence.intent == transaction.intent && last.evidence.view == transaction.view;
}

}  // namespace

std::vector<std::string> accepted_top_origins(const Tenant& tenant, const Attempt& attempt) {
  if (attempt.payment) {
    return attempt.payment->top_origins;
  }
  return attempt.transaction.display_tier == 0 ? tenant.top_origins : std::vector<std::string>();
}

Result<StoredReceipt> make_receipt(const TransactionContext& context, const Tenant& tenant,
                                   const Attempt& attempt, const PolicyTrace& trace) {
  CS_ASSIGN(const ApprovalEvidence evidence, make_evidence(context, tenant, attempt, trace));
  StoredReceipt receipt;
  receipt.transaction = attempt.transaction.id;
  receipt.step = attempt.approval.step;
  receipt.id = receipt_id(receipt.transaction, receipt.step);
  CS_ASSIGN(receipt.record, encode_record(evidence));
  context.service.random.fill(receipt.salt);
  receipt.leaf = leaf_of(context.service.hasher, receipt.salt, receipt.record);
  receipt.created_at = attempt.now;
  return receipt;
}

Result<std::vector<GivenApproval>> read_given(const TransactionContext& context,
                                              const Transaction& transaction) {
  CS_ASSIGN(std::vector<KeptReceipt> kept,
            context.store.list_receipts(transaction.tenant, transaction.id));
  const auto count = static_cast<std::size_t>(transaction.approvals);
  if (kept.size() < count) {
    return mismatch();
  }
  kept.resize(count);  // what was given since the transaction was read is another reader's
  if (kept.empty()) {
    return transaction.previous ? Result<std::vector<GivenApproval>>(mismatch())
                                : std::vector<GivenApproval>();
  }
  std::vector<ByteVector> records;
  std::vector<CheckedApproval> approvals;
  for (KeptReceipt& receipt : kept) {
    CS_ASSIGN(CheckedApproval checked, check_kept(context, transaction, receipt));
    approvals.push_back(std::move(checked));
    records.push_back(*std::move(receipt.record));
  }
  const Hasher& hasher = context.service.hasher;
  if (!is_whole(hasher, transaction, records, approvals)) {
    return mismatch();
  }
  std::vector<GivenApproval> given;
  for (std::size_t i = 0; i < approvals.size(); ++i) {
    const ApprovalEvidence& evidence = approvals[i].evidence;
    given.push_back({approvals[i].binding.approval_step, evidence.subject, evidence.credential.id,
                     record_digest(hasher, records[i]), evidence.approved_at});
  }
  return given;
}

Result<std::vector<GivenApproval>> read_signed(const TransactionContext& context,
                                               const Transaction& transaction) {
  CS_ASSIGN(std::vector<GivenApproval> given, read_given(context, transaction));
  const bool is_complete =
      !given.empty() && static_cast<std::int64_t>(given.size()) == transaction.approvals_needed;
  return is_complete ? Result<std::vector<GivenApproval>>(std::move(given)) : mismatch();
}

Status check_records_readable(const TransactionContext& context, const Transaction& transaction) {
  if (transaction.approvals == 0) {
    return ok();
  }
  CS_ASSIGN(const std::vector<KeptReceipt> kept,
            context.store.list_receipts(transaction.tenant, transaction.id));
  return std::any_of(kept.begin(), kept.end(),
                     [&](const KeptReceipt& receipt) {
                       return is_outdated(context.service.hasher, receipt);
                     })
             ? Status(ErrorCode::transaction_record_outdated)
             : ok();
}

Status check_passkeys_there(const TransactionContext& context, const Transaction& transaction,
                            const std::vector<GivenApproval>& given) {
  for (const GivenApproval& approval : given) {
    CS_ASSIGN(const std::optional<StoredCredential> credential,
              context.service.credentials.find_credential(transaction.tenant, approval.credential));
    if (!credential) {
      return ErrorCode::transaction_state_mismatch;  // revoked: nobody approved any more
    }
  }
  return ok();
}

}  // namespace countersign
