#pragma once
// What a record says of the passkey that approved, held against what a policy demanded. Private to
// core/service.

#include "policy/inputs.h"
#include "policy/requirements.h"
#include "receipt/evidence.h"

namespace countersign {

/// One bit a RequirementKind, of what was demanded and is not met.
struct UnmetDemands {
  std::uint32_t refuted = 0;  // what is recorded says otherwise
  /// It falls short of the record, though the metadata may have said more at the approval than at
  /// the registration.
  std::uint32_t doubtful = 0;
  std::uint32_t unrecorded = 0;  // no record says it
};

/// `document`: that of the demands, for its lists; null where nobody has it, and only whether the
/// model is proved can be said. `inputs`: those of the decision; where a rule asked for it they say
/// how old the sign-in was, which transports the passkey has and how it was certified. Display
/// tier and approvals are other steps' to hold, a time-out is about the beginning.
UnmetDemands find_unmet(const PolicyDocument* document, const Requirements& demanded,
                        const PolicyInputs& inputs, const ApprovalEvidence& evidence);

/// Whether the inputs, as far as they speak of what the record has as well, say the same: the tier
/// and the passkey's model, format, algorithm, whether it can be backed up, what the metadata said
/// of it, and, of what it signed, whether it is. It is not older than the record has it, nor
/// attested or certified where the record proves no model. What is not held, since the record does
/// not tell: that it is not younger, nor no longer attested (metadata forget models), nor how high
/// a proved model is certified (they certify it later).
bool agree_with_record(const PolicyInputs& inputs, const ApprovalEvidence& evidence);

}  // namespace countersign
