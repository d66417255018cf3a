#pragma once
// Receipts that are consistent in themselves, verified, and what failed as one line.

#include <gtest/gtest.h>

#include "service/receipt_policy.h"
#include "tests/receipt/approvals.h"

namespace countersign::testing {

inline ReceiptTrust trust_of(const TestLog& log = {}) {
  ReceiptTrust trust;
  trust.log = log.operator_key.key;
  if (log.is_witnessed) {
    trust.witnesses.push_back(log.witness.key);
  }
  return trust;
}

/// `program`: which version of the rules of evaluation it has.
inline ReceiptReport verify(std::string_view file, const ReceiptTrust& trust = trust_of(),
                            std::int64_t program = kDecisionVersion) {
  static const OpenSslVerifier kVerifier;
  const OpenSslHasher hasher;
  const RecordedDecisions policies(hasher, program);
  return verify_receipt(file, trust, {hasher, kVerifier, policies});
}

// "approval 1 view: receipt_view_mismatch", one a step that fails; "verified" where none does.
inline std::string failures(const ReceiptReport& report) {
  std::string text;
  for (const ReceiptStep& step : report.steps.steps()) {
    if (step.verdict != StepVerdict::holds) {
      text += text.empty() ? "" : ", ";
      text += step.approval == 0 ? "" : std::to_string(step.approval) + " ";
      text += std::string(receipt_step_name(step.id)) + ": " +
              (step.error ? std::string(error_name(step.error->code)) : "unknown");
      EXPECT_FALSE(step.sentence.empty());
    }
  }
  return text.empty() ? std::string(receipt_verdict_name(report.verdict())) : text;
}

// Of a receipt that is consistent in itself: the log has exactly this record.
inline std::string failures_of(const ApprovalOptions& options,
                               std::int64_t program = kDecisionVersion) {
  return failures(
      verify(encode_receipt(make_receipt({make_record(options)})), trust_of(), program));
}

inline std::string failures_if(std::function<void(ApprovalEvidence&)> edit) {
  ApprovalOptions options;
  options.edit_evidence = std::move(edit);
  return failures_of(options);
}

/// The sentence of the first such step.
inline std::string sentence_of(const ReceiptReport& report, ReceiptStepId id) {
  for (const ReceiptStep& step : report.steps.steps()) {
    if (step.id == id) {
      return step.sentence;
    }
  }
  return "";
}

}  // namespace countersign::testing
