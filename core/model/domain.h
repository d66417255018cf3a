#pragma once
// RP IDs are domains.

#include <string_view>

namespace countersign {

/// A domain as browsers write an RP ID: lower-case ASCII labels, no port, no address (a colon or a
/// bracket of an IPv6 address is no letter of a label).
bool is_domain(std::string_view text);

}  // namespace countersign
