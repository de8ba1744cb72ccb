#pragma once

#include <cstdint>

namespace ae {

/// Bytes that this process can still allocate without swapping: the least of the system's available
/// memory and what is left under the limits of the container (cgroup) and of the process.
int64_t available_memory_bytes();

}  // namespace ae
