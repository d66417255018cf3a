#pragma once
// UTF-8 validity (Unicode 15, table 3-7: shortest form, no surrogates, at most U+10FFFF).

#include "base/bytes.h"
#include "base/result.h"

namespace countersign {

/// Whether every byte is below 0x80.
bool is_ascii(Bytes bytes);

/// Error: utf8_invalid with the offset of the first byte of the ill-formed sequence.
Status check_utf8(Bytes bytes);

}  // namespace countersign
