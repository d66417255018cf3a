#pragma once
// Verifying a receipt with nothing but the file and the keys of the log and its witnesses.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ceremony/authentication.h"
#include "crypto/signature.h"
#include "receipt/binding_document.h"
#include "receipt/evidence.h"
#include "receipt/receipt_file.h"
#include "receipt/report.h"
#include "transaction/template.h"
#include "transaction/view.h"
#include "x509/certificate.h"

namespace countersign {

/// What whoever verifies trusts.
struct ReceiptTrust {
  std::optional<NoteKey> log;      // without it a receipt is unanchored at best
  std::vector<NoteKey> witnesses;  // each must have signed, and nobody else
  /// Where not empty, each passkey's recorded certificates must hold the key of one of these.
  std::vector<Certificate> anchors;
};

/// Whether that key, under whatever name, is the log's or one of the witnesses: it would say
/// nothing a second time.
bool is_trusted(const ReceiptTrust& trust, const NoteKey& key);

/// Whether the recorded decision was made again; or by an earlier version of the rules of
/// evaluation that this program does not have, so that nothing is known of what the policy would
/// have let pass; or by one that came after this program. `not_shown`: it was, but the record does
/// not show that the passkey's model was certified as demanded.
enum class PolicyJudgement : std::uint8_t {
  decided_again,
  not_shown,
  of_earlier_version,
  of_later_version,
};

/// What a policy demanded of an approval.
struct PolicyDemands {
  std::int64_t display_tier = 0;
  std::int64_t approvals = 1;
  /// What it weighed where the order's amount is not in the base currency alone: the rate was the
  /// bank's. Minor units of RecordedPolicy::base_currency.
  std::optional<std::int64_t> amount_of_bank = std::nullopt;
  PolicyJudgement judgement = PolicyJudgement::decided_again;
  /// Whether a second revision, in force at the end, decided as well.
  bool has_second = false;
  /// What was demanded of which no record says anything: words of policies, "transports, …".
  std::string unrecorded = {};
  /// Which rate that was; empty where nobody said.
  std::string rate_of_bank = {};
};

/// Policies stand above receipts: deciding again is handed in (service/receipt_policy.h).
class PolicyReplay {
 public:
  virtual ~PolicyReplay() = default;
  /// Whether the recorded document has that digest and lets the approval pass exactly as the
  /// recorded decision says, with the type, currency and amount of this order and this passkey; or
  /// was decided by another version of the rules (`judgement`). `counter`: what the passkey's
  /// counter did. Error: receipt_policy_mismatch.
  virtual Result<PolicyDemands> decide_again(const ApprovalEvidence& evidence,
                                             const Digest256& digest, CounterOutcome counter,
                                             const Template& source,
                                             const CanonicalValue& intent) const = 0;
};

struct ReceiptTools {
  const Hasher& hasher;
  const SignatureVerifier& verifier;
  const PolicyReplay& policies;
};

/// What one record says. Counts for as much as the steps do.
struct CheckedApproval {
  ApprovalEvidence evidence;
  BindingDocument binding;
  View view;
  /// Where a page inside of another site's page drew it: that site. Else empty.
  std::string frame = {};
  PolicyJudgement judgement = PolicyJudgement::decided_again;
};

struct WitnessedTime {
  std::string name;
  std::uint64_t time = 0;
};

struct ReceiptReport {
  StepList steps;
  std::vector<CheckedApproval> approvals;  // as many as could be read, the first first
  std::optional<LogProof> proof;
  std::vector<WitnessedTime> witnesses;

  ReceiptVerdict verdict() const;
  /// One sentence or two about the whole.
  std::string sentence() const;
  /// Whether nothing fails and every approval that was needed is here.
  bool is_complete() const;
};

ReceiptReport verify_receipt(std::string_view file, const ReceiptTrust& trust,
                             const ReceiptTools& tools);

}  // namespace countersign
