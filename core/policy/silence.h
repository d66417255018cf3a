#pragma once
// What is decided where the backend says nothing, as where a browser begins a ceremony; and what
// nobody can say.

#include "policy/inputs.h"

namespace countersign {

/// The same without what a backend has to say.
PolicyInputs without_backend(PolicyInputs inputs);
bool says_nothing(const PolicyInputs& inputs);
/// What the backend has to say.
InputMask inputs_of_backend();

/// What no server knows in a ceremony of that kind, although the input exists there.
InputMask never_known_inputs(PolicyCeremony ceremony);

}  // namespace countersign
