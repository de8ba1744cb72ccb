#include "engine/cuda/kernels.h"

#include <nvrtc.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "kernel_source.h"

namespace ae::cuda {
namespace {

void check(nvrtcResult result, const char* what) {
  if (result == NVRTC_SUCCESS) return;
  throw internal_error("the GPU's kernels cannot be compiled: {}: {}", what,
                       nvrtcGetErrorString(result));
}

/// The compiler's complaints.
std::string log_of(nvrtcProgram program) {
  size_t size = 0;
  nvrtcGetProgramLogSize(program, &size);
  std::string log(size, '\0');
  nvrtcGetProgramLog(program, log.data());
  return log.c_str();
}

/// Of the current GPU, times ten: 90.
int compute_capability() {
  int device = 0;
  int major = 0;
  int minor = 0;
  C10_CUDA_CHECK(cudaGetDevice(&device));
  C10_CUDA_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  C10_CUDA_CHECK(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device));
  return 10 * major + minor;
}

/// Machine code of the .cu files.
std::vector<char> compiled(int capability) {
  const std::string architecture = "--gpu-architecture=sm_" + std::to_string(capability);
  const std::array<const char*, 2> options = {architecture.c_str(), "--std=c++17"};
  nvrtcProgram program = nullptr;
  check(nvrtcCreateProgram(&program, kKernelSource, "kernels.cu", 0, nullptr, nullptr),
        "the source");
  const nvrtcResult result =
      nvrtcCompileProgram(program, static_cast<int>(options.size()), options.data());
  if (result != NVRTC_SUCCESS) {
    throw internal_error("the GPU's kernels cannot be compiled for {}: {}", architecture,
                         log_of(program));
  }
  size_t size = 0;
  check(nvrtcGetCUBINSize(program, &size), "the code's size");
  std::vector<char> code(size);
  check(nvrtcGetCUBIN(program, code.data()), "the code");
  nvrtcDestroyProgram(&program);
  return code;
}

cudaLibrary_t load(const std::vector<char>& code) {
  cudaLibrary_t library = nullptr;
  C10_CUDA_CHECK(
      cudaLibraryLoadData(&library, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0));
  return library;
}

}  // namespace

const Kernels& Kernels::get() {
  static const Kernels kKernels = [] {
    const int capability = compute_capability();
    return Kernels(load(compiled(capability)), capability >= 80);
  }();
  return kKernels;
}

}  // namespace ae::cuda
