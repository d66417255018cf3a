#pragma once
// The part of the configuration that is about tenants: origins, enrolment, API keys.

#include <cstdint>

#include "native/config/config.h"

namespace countersign {

class Walk;
struct JsonValue;

/// Reads `tenants` of the root object; problems stay in the walk.
void read_tenants(Walk& walk, const JsonValue& root, Config& config);

/// Rules that need the whole file, and what tenants take over from the rest of it.
void finish_tenants(Walk& walk, Config& config, std::int64_t ceremony_seconds);

}  // namespace countersign
