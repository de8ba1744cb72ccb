#pragma once

#include <cstdint>

namespace ae {

/// Bytes that this process may still take without other memory being swapped out: what the system
/// counts as available, or what the limit of a container or of this process leaves, whichever is
/// least.
int64_t available_memory_bytes();

}  // namespace ae
