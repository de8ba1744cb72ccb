#pragma once

#include <cstdint>

#include "engine/thread_team.h"

namespace ae {

/// The rate at which a device multiplies large square matrices: what no training can exceed.
/// @param type  of their values
/// @param team  threads that do it at once, on a CPU, each a product of its own
/// @return      floating-point operations per second; takes about half a second
double matmul_limit(at::Device device, at::ScalarType type, ThreadTeam& team);

}  // namespace ae
