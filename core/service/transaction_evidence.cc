#include "service/transaction_evidence.h"

#include <algorithm>

#include "receipt/approval_check.h"
#include "service/policy_facts.h"
#include "service/receipt_policy.h"

namespace countersign {
namespace {

CredentialEvidence credential_evidence(const TransactionContext& context, const Attempt& attempt) {
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
  evidence.metadata_status = review_credential(credential, context.service.models.models().get(),
                                               attempt.now, context.service.hasher)
                                 .metadata_status;
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
  evidence.credential = credential_evidence(context, attempt);
  evidence.policy = {policy->text(), trace.decision};
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

bool is_signed_for(const ServiceContext& service, const Transaction& transaction, Bytes record) {
  StepList steps;
  const std::optional<CheckedApproval> checked =
      check_approval(record, ReceiptTrust(),
                     {service.hasher, service.verifier, RecordedDecisions(service.hasher)}, steps);
  const bool has_failed =
      std::any_of(steps.steps().begin(), steps.steps().end(), [](const ReceiptStep& step) {
        return step.verdict == StepVerdict::fails && !is_about_permission(step.id);
      });
  return checked && !has_failed && checked->binding.tenant == transaction.tenant &&
         checked->binding.transaction_id == transaction.id.value &&
         checked->binding.approval_step == transaction.approvals_needed &&
         checked->evidence.customer == transaction.subject &&
         checked->evidence.intent == transaction.intent &&
         checked->evidence.view == transaction.view;
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

Status check_signed(const TransactionContext& context, const Transaction& transaction) {
  CS_ASSIGN(const std::optional<ByteVector> record,
            context.store.find_record(transaction.tenant,
                                      receipt_id(transaction.id, transaction.approvals_needed)));
  if (!record) {
    return ErrorCode::receipt_erased;
  }
  const ServiceContext& service = context.service;
  const bool is_last =
      transaction.previous && equal(record_digest(service.hasher, *record), *transaction.previous);
  return is_last && is_signed_for(service, transaction, *record)
             ? ok()
             : Status(
                   Error{ErrorCode::transaction_store_mismatch, Check::transaction_recomputed, 0});
}

}  // namespace countersign
