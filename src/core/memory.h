#pragma once

#include <cstdint>

namespace ae {

/// Bytes that this process may still take without other memory being swapped out: what the system
/// counts as available, or what a container's limit leaves, whichever is less.
int64_t available_memory_bytes();

}  // namespace ae
