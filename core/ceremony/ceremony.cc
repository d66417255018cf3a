#include "ceremony/ceremony.h"

#include <algorithm>

namespace countersign {
namespace {

struct StepRow {
  CeremonyKind kind;
  Check check;
  std::string_view step;
};

constexpr StepRow kSteps[] = {
#define CS_STEP(kind, check, step) {CeremonyKind::kind, Check::check, step},
#include "ceremony_steps.inc"
#undef CS_STEP
};

// checks.def: the ranges of the attestation formats and of certificate paths.
constexpr std::uint16_t kFirstAttestationCheck = 100;
constexpr std::uint16_t kFirstBlobCheck = 162;  // of no ceremony
constexpr std::uint16_t kBlobChecksEnd = 180;
constexpr std::uint16_t kFirstPathCheck = 300;
constexpr std::uint16_t kPathChecksEnd = 350;

}  // namespace

std::string_view step_of(CeremonyKind kind, Check check) {
  for (const StepRow& row : kSteps) {
    if (row.kind == kind && row.check == check) {
      return row.step;
    }
  }
  const auto number = static_cast<std::uint16_t>(check);
  if (kind == CeremonyKind::authentication || number < kFirstAttestationCheck ||
      number >= kPathChecksEnd || (number >= kFirstBlobCheck && number < kBlobChecksEnd)) {
    return "";
  }
  return number < kFirstPathCheck ? step_of(kind, Check::attestation_statement_verifies)
                                  : step_of(kind, Check::attestation_trusted);
}

Result<std::vector<SignatureVerdict>> match_host_results(
    std::span<const SignatureObligation> obligations, std::span<const HostSignatureResult> results,
    const Hasher& hasher) {
  if (results.size() > obligations.size()) {
    return ErrorCode::obligation_results_mismatch;
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (results[i].obligation == results[j].obligation) {
        return ErrorCode::obligation_results_mismatch;
      }
    }
  }
  std::vector<SignatureVerdict> verdicts;
  verdicts.reserve(obligations.size());
  std::vector<bool> is_used(results.size(), false);
  for (const SignatureObligation& obligation : obligations) {
    const Digest256 digest = obligation_digest(obligation, hasher);
    const auto found = std::find_if(
        results.begin(), results.end(),
        [&](const HostSignatureResult& result) { return result.obligation == digest; });
    if (found == results.end()) {
      return ErrorCode::obligation_results_mismatch;
    }
    is_used[static_cast<std::size_t>(found - results.begin())] = true;
    if (found->is_unsupported) {
      verdicts.push_back(SignatureVerdict::unsupported);
    } else {
      verdicts.push_back(found->is_valid ? SignatureVerdict::valid : SignatureVerdict::invalid);
    }
  }
  if (std::find(is_used.begin(), is_used.end(), false) != is_used.end()) {
    return ErrorCode::obligation_results_mismatch;
  }
  return verdicts;
}

}  // namespace countersign
