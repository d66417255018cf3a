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

// The approval, where it was signed for that transaction and step.
std::optional<CheckedApproval> find_signed(const ServiceContext& service,
                                           const Transaction& transaction, std::int64_t step,
                                           Bytes record) {
  StepList steps;
  std::optional<CheckedApproval> checked =
      check_approval(record, ReceiptTrust(),
                     {service.hasher, service.verifier, RecordedDecisions(service.hasher)}, steps);
  const bool has_failed =
      std::any_of(steps.steps().begin(), steps.steps().end(), [](const ReceiptStep& one) {
        return one.verdict == StepVerdict::fails && !is_about_permission(one.id);
      });
  const bool is_meant = checked && !has_failed && checked->binding.tenant == transaction.tenant &&
                        checked->binding.transaction_id == transaction.id.value &&
                        checked->binding.approval_step == step &&
                        checked->binding.approval_of == transaction.approvals_needed &&
                        checked->evidence.customer == transaction.subject &&
                        checked->evidence.intent == transaction.intent &&
                        checked->evidence.view == transaction.view;
  return is_meant ? std::move(checked) : std::nullopt;
}

const Error kOtherwise{ErrorCode::transaction_store_mismatch, Check::transaction_recomputed, 0};

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
  return is_last && find_signed(service, transaction, transaction.approvals_needed, *record)
             ? ok()
             : Status(kOtherwise);
}

Status check_given(const TransactionContext& context, const Transaction& transaction,
                   const std::vector<GivenApproval>& given) {
  const ServiceContext& service = context.service;
  std::optional<Digest256> previous;
  for (const GivenApproval& one : given) {
    CS_ASSIGN(const std::optional<ByteVector> record,
              context.store.find_record(transaction.tenant, receipt_id(transaction.id, one.step)));
    if (!record) {
      return ErrorCode::receipt_erased;
    }
    const std::optional<CheckedApproval> signed_for =
        find_signed(service, transaction, one.step, *record);
    CS_ASSIGN(const std::optional<StoredCredential> credential,
              service.credentials.find_credential(transaction.tenant, one.credential));
    if (!credential) {
      return ErrorCode::transaction_state_mismatch;  // revoked: nobody approved any more
    }
    const bool is_theirs =
        signed_for && signed_for->evidence.subject == one.approver &&
        signed_for->evidence.credential.id == one.credential &&
        signed_for->evidence.credential.public_key == credential->record.public_key &&
        signed_for->binding.previous == previous;
    if (!is_theirs) {
      return kOtherwise;
    }
    previous = record_digest(service.hasher, *record);
  }
  return previous == transaction.previous ? ok() : Status(kOtherwise);
}

}  // namespace countersign
