#pragma once

#include <string>

namespace ae::cuda {

/// The current GPU as its driver names it: "NVIDIA H200".
std::string gpu_name();

}  // namespace ae::cuda
