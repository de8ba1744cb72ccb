#pragma once

#include <cstdint>

#include "engine/thread_team.h"

namespace ae {

/// Throughput of a device at large square matrix multiplications: an upper bound for training.
/// Takes about half a second.
/// @param type  dtype of the matrices
/// @param team  on a CPU, threads that each multiply matrices of their own at the same time
/// @return      floating-point operations per second
double matmul_limit(at::Device device, at::ScalarType type, ThreadTeam& team);

}  // namespace ae
