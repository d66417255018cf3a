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

}  // namespace countersign
