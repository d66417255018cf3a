#pragma once
// Lower-case hexadecimal.

#include <string>

#include "base/bytes.h"

namespace countersign {

/// Two digits an octet, behind what `out` holds.
void append_hex(std::string& out, Bytes bytes);

}  // namespace countersign
