#pragma once
// A file of its own: the kernel's header for this and that of the C library exclude each other.

#include <cstdint>

namespace countersign {

/// What has arrived on a TCP socket since it was connected; 0 where the kernel does not say.
std::uint64_t received_bytes(int socket);

}  // namespace countersign
