#include "engine/cuda/gpu_name.h"

#include <c10/cuda/CUDAException.h>
#include <cuda_runtime_api.h>

namespace ae::cuda {

std::string gpu_name() {
  int device = 0;
  cudaDeviceProp properties{};
  C10_CUDA_CHECK(cudaGetDevice(&device));
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
  return properties.name;
}

}  // namespace ae::cuda
