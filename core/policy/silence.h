#pragma once
// What is decided where the backend says nothing, as where a browser begins a ceremony.

#include "policy/inputs.h"

namespace countersign {

/// The same without what a backend has to say.
PolicyInputs without_backend(PolicyInputs inputs);
bool says_nothing(const PolicyInputs& inputs);

}  // namespace countersign
