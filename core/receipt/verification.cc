#include "receipt/verification.h"

#include <algorithm>

#include "receipt/approval_check.h"

namespace countersign {
namespace {

// "1 of 2".
std::string count_of(const std::vector<CheckedApproval>& approvals) {
  return std::to_string(approvals.size()) + " of " +
         std::to_string(approvals.empty() ? 0 : approvals.back().binding.approval_of);
}

std::string chain_detail(const std::vector<CheckedApproval>& approvals) {
  if (approvals.empty()) {
    return "";
  }
  const auto given = static_cast<std::int64_t>(approvals.size());
  const std::int64_t of = approvals.back().binding.approval_of;
  if (of == 1) {
    return "One approval was needed, and this is it: the customer's own";
  }
  const std::string count = count_of(approvals);
  return given == of
             ? "All approvals that were needed are here, the customer's own first and each by "
               "another person: " +
                   count
             : "Approvals " + count +
                   ", the customer's own first and each by another person; this receipt does not "
                   "show whether the others were given";
}

Status check_log_signature(const Checkpoint& checkpoint, const ReceiptTrust& trust,
                           const SignatureVerifier& verifier) {
  CS_ASSIGN(const SignatureObligation obligation, log_obligation(checkpoint, *trust.log));
  const std::vector<SignatureVerdict> verdicts = discharge({&obligation, 1}, verifier);
  return verdicts.front() == SignatureVerdict::valid
             ? check_signers_known(checkpoint, *trust.log, trust.witnesses)
             : Status(ErrorCode::checkpoint_signature_invalid);
}

Result<WitnessedTime> check_witness(const Checkpoint& checkpoint, const NoteKey& witness,
                                    const SignatureVerifier& verifier) {
  CS_ASSIGN(const Cosignature cosignature, witness_obligation(checkpoint, witness));
  const std::vector<SignatureVerdict> verdicts = discharge({&cosignature.obligation, 1}, verifier);
  if (verdicts.front() != SignatureVerdict::valid) {
    return ErrorCode::checkpoint_signature_invalid;
  }
  return WitnessedTime{witness.name(), cosignature.time};
}

void check_log(const Receipt& receipt, const ReceiptTrust& trust, const ReceiptTools& tools,
               ReceiptReport& report) {
  StepList& steps = report.steps;
  const LogProof& proof = receipt.proof;
  const TreeHead& head = proof.checkpoint.head;
  const Digest256 leaf = leaf_of(tools.hasher, receipt.salt, receipt.record);
  steps.add(ReceiptStepId::inclusion,
            check_inclusion(tools.hasher, merkle_leaf_hash(tools.hasher, leaf), proof.index,
                            proof.path, head),
            " of " + proof.checkpoint.origin + ": entry " + std::to_string(proof.index + 1) +
                " of " + std::to_string(head.size));
  if (!trust.log) {
    steps.add_unknown(ReceiptStepId::checkpoint, ErrorCode::receipt_unanchored);
  } else {
    steps.add(ReceiptStepId::checkpoint,
              check_log_signature(proof.checkpoint, trust, tools.verifier));
  }
  for (const NoteKey& witness : trust.witnesses) {
    const Result<WitnessedTime> seen = check_witness(proof.checkpoint, witness, tools.verifier);
    std::string detail;
    if (seen) {
      const auto time = static_cast<std::int64_t>(seen->time);
      detail = ": " + seen->name + ", at " + encode_rfc3339(UnixSeconds{time});
      report.witnesses.push_back(*seen);
    }
    steps.add(ReceiptStepId::witness, seen ? ok() : Status(seen.error()), detail);
  }
}

}  // namespace

bool is_trusted(const ReceiptTrust& trust, const NoteKey& key) {
  const auto is_same = [&](const NoteKey& other) { return other.key() == key.key(); };
  return (trust.log && is_same(*trust.log)) ||
         std::any_of(trust.witnesses.begin(), trust.witnesses.end(), is_same);
}

bool ReceiptReport::is_complete() const {
  return steps.verdict() != ReceiptVerdict::refused && !approvals.empty() &&
         static_cast<std::int64_t>(approvals.size()) == approvals.back().binding.approval_of;
}

ReceiptVerdict ReceiptReport::verdict() const {
  const ReceiptVerdict of_steps = steps.verdict();
  return of_steps < ReceiptVerdict::incomplete && !is_complete() ? ReceiptVerdict::incomplete
                                                                 : of_steps;
}

std::string ReceiptReport::sentence() const {
  const ReceiptVerdict of_steps = steps.verdict();
  if (of_steps == ReceiptVerdict::refused) {
    return "This receipt proves nothing: at least one step fails.";
  }
  std::string sentence;
  if (!is_complete()) {
    sentence = count_of(approvals) + " approvals: this alone does not approve the order. ";
  }
  sentence += of_steps == ReceiptVerdict::unanchored
                  ? "The signatures hold, but without the log's key nothing shows when this was "
                    "recorded, nor that the record was not made up later by whoever holds the "
                    "bank's systems."
                  : "The passkey recorded for each approver, the customer's own first, approved "
                    "exactly this, and the log proves the record.";
  const auto is_any = [&](PolicyJudgement judgement) {
    return std::any_of(approvals.begin(), approvals.end(), [&](const CheckedApproval& approval) {
      return approval.judgement == judgement;
    });
  };
  if (is_any(PolicyJudgement::of_earlier_version)) {
    sentence += " Whether the bank's policy let it pass, this version of the program cannot say.";
  }
  if (is_any(PolicyJudgement::not_shown)) {
    sentence +=
        " The bank's policy demanded a higher certification of the passkey's model than is "
        "recorded: whether it had it, the record does not show.";
  }
  return sentence;
}

ReceiptReport verify_receipt(std::string_view file, const ReceiptTrust& trust,
                             const ReceiptTools& tools) {
  ReceiptReport report;
  StepList& steps = report.steps;
  const Result<Receipt> receipt = parse_receipt(file);
  if (!steps.add(ReceiptStepId::file, receipt ? ok() : Status(receipt.error()))) {
    return report;
  }
  std::vector<Bytes> records(receipt->earlier_records.begin(), receipt->earlier_records.end());
  records.emplace_back(receipt->record);
  for (std::size_t i = 0; i < records.size(); ++i) {
    steps.begin_approval(static_cast<std::int64_t>(i + 1));
    std::optional<CheckedApproval> approval = check_approval(records[i], trust, tools, steps);
    steps.end_approval();
    if (!approval) {
      return report;  // a step of it fails
    }
    report.approvals.push_back(std::move(*approval));
  }
  Status chain = check_chain(tools.hasher, receipt->earlier_records, report.approvals);
  if (chain.has_value() && !has_distinct_approvers(report.approvals)) {
    chain = ErrorCode::receipt_previous_mismatch;
  }
  steps.add(ReceiptStepId::chain, chain, chain_detail(report.approvals));
  check_log(*receipt, trust, tools, report);
  report.proof = receipt->proof;
  return report;
}

}  // namespace countersign
