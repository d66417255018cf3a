#pragma once

#include <string>

namespace countersign::cli {

/// JSON Schema of policy documents for editors (docs/policy.schema.json), from the core's tables.
std::string policy_schema();

}  // namespace countersign::cli
