#pragma once
// The id that a line of JSON is answered under. Private to core/service.

#include <string>

#include "codec/json_reader.h"

namespace countersign {

/// The JSON of the case's id as it is echoed: a scalar, or "null" where there is none.
std::string case_id_json(const JsonValue& json);

}  // namespace countersign
