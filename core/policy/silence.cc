#include "policy/silence.h"

#include <algorithm>

namespace countersign {
namespace {

bool is_of_backend(const InputRow& row) { return row.owner == InputOwner::backend; }

}  // namespace

PolicyInputs without_backend(PolicyInputs inputs) {
  for (const InputRow& row : policy_inputs()) {
    if (is_of_backend(row)) {
      inputs.clear(row.id);
    }
  }
  return inputs;
}

bool says_nothing(const PolicyInputs& inputs) {
  return std::none_of(policy_inputs().begin(), policy_inputs().end(), [&](const InputRow& row) {
    return is_of_backend(row) && inputs.has(row.id);
  });
}

InputMask inputs_of_backend() {
  InputMask inputs = 0;
  for (const InputRow& row : policy_inputs()) {
    inputs |= is_of_backend(row) ? mask_of(row.id) : 0;
  }
  return inputs;
}

InputMask never_known_inputs(PolicyCeremony ceremony) {
  InputMask never = 0;
  switch (ceremony) {
    case PolicyCeremony::credential_add:
      // A passkey is made there; only where a transaction is approved something is displayed.
      return mask_of(PolicyInput::transaction_tier);
    case PolicyCeremony::policy_publish:
      // A server knows the time, the transaction and the credential of an approval, and that the
      // ceremony is the sign-in itself. It knows no risk, channel, role or session.
      for (const InputRow& row : policy_inputs()) {
        const bool is_of_the_session = row.owner == InputOwner::store &&
                                       row.phase == Phase::options &&
                                       row.id != PolicyInput::authentication_age;
        const bool is_said = is_of_backend(row) && row.id != PolicyInput::transaction_type;
        never |= is_of_the_session || is_said ? mask_of(row.id) : 0;
      }
      return never;
    case PolicyCeremony::registration:
    case PolicyCeremony::authenticate:
    case PolicyCeremony::credential_remove:
    case PolicyCeremony::transaction_approve:
    case PolicyCeremony::beneficiary_add:
    case PolicyCeremony::limit_change:
    case PolicyCeremony::account_access:
    case PolicyCeremony::pairing_login:
    case PolicyCeremony::recovery:
      break;
  }
  return never;
}

}  // namespace countersign
