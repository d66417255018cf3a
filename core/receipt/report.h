#pragma once
// What a verification of a receipt found, step by step, in sentences that a lawyer can read.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"

namespace countersign {

enum class ReceiptStepId : std::uint8_t {
  // of the file
  file,
  // of each approval
  record,
  binding_document,
  intent,
  view,
  parties,
  time,
  challenge,
  ceremony,
  signature,
  browser_key,
  passkey,
  policy,
  checks,
  display,
  attestation_anchor,
  // of the receipt
  chain,
  inclusion,
  checkpoint,
  witness,
};

/// `unknown`: it could not be looked at, since something was not given or is not known here.
enum class StepVerdict : std::uint8_t { holds, fails, unknown };
std::string_view step_verdict_name(StepVerdict verdict);

struct ReceiptStep {
  ReceiptStepId id = ReceiptStepId::file;
  std::int64_t approval = 0;  // which one, from 1; 0: of the receipt as a whole
  StepVerdict verdict = StepVerdict::fails;
  std::optional<Error> error;  // where it fails, or why it is unknown
  std::string sentence;
};
/// "binding_document".
std::string_view receipt_step_name(ReceiptStepId id);

/// `undecided`: everything that was signed holds, but what the policy decided cannot be judged
/// here. `incomplete`: more approvals were needed than the receipt has: the order is not approved
/// by it. `unanchored`: everything that can be looked at holds, but no key of the log was given,
/// whether all approvals are there or not. Each stands above the ones before it.
enum class ReceiptVerdict : std::uint8_t { verified, undecided, incomplete, unanchored, refused };
std::string_view receipt_verdict_name(ReceiptVerdict verdict);

/// A name out of a record, of which others may have written any: "not known" where it is empty or
/// hides something (says_what_it_shows). Wherever people read one.
std::string shown_name(std::string_view name);

/// The steps in their order.
class StepList {
 public:
  /// The steps that follow are those of this approval.
  void begin_approval(std::int64_t number) { approval_ = number; }
  /// Of the receipt again.
  void end_approval() { approval_ = 0; }

  /// Holds or fails; `detail` ends the sentence where it holds. Returns whether it holds.
  bool add(ReceiptStepId id, const Status& status, std::string_view detail = "");
  /// Fails, for a reason that has a sentence of its own.
  void add_failure(ReceiptStepId id, const Error& error, std::string sentence);
  void add_unknown(ReceiptStepId id, ErrorCode reason);
  /// Likewise, in words of its own.
  void add_unknown(ReceiptStepId id, std::string sentence);

  const std::vector<ReceiptStep>& steps() const { return steps_; }
  /// Refused where a step fails, unanchored where the log's is unknown, undecided where the
  /// policy's is, else verified.
  ReceiptVerdict verdict() const;
  /// Whether such a step is unknown.
  bool is_open(ReceiptStepId id) const;

 private:
  std::vector<ReceiptStep> steps_;
  std::int64_t approval_ = 0;
};

}  // namespace countersign
