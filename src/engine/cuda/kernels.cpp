#include "engine/cuda/kernels.h"

#include <nvrtc.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "kernel_source.h"

namespace ae::cuda {
namespace {

void check(nvrtcResult result, const char* what) {
  if (result == NVRTC_SUCCESS) return;
  throw internal_error("{}: {}", what, nvrtcGetErrorString(result));
}

/// Log of the compiler.
std::string log_of(nvrtcProgram program) {
  size_t size = 0;
  nvrtcGetProgramLogSize(program, &size);
  std::string log(size, '\0');
  nvrtcGetProgramLog(program, log.data());
  return log.c_str();
}

/// Compute capability of the current GPU, times ten: 90.
int compute_capability() {
  int device = 0;
  int major = 0;
  int minor = 0;
  C10_CUDA_CHECK(cudaGetDevice(&device));
  C10_CUDA_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  C10_CUDA_CHECK(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device));
  return 10 * major + minor;
}

/// The newest architecture of the compiler whose code runs on the given compute capability.
int architecture_for(int capability) {
  int count = 0;
  check(nvrtcGetNumSupportedArchs(&count), "NVRTC architectures");
  std::vector<int> known(static_cast<size_t>(count));
  check(nvrtcGetSupportedArchs(known.data()), "NVRTC architectures");
  int best = 0;
  for (const int each : known) {
    if (each / 10 == capability / 10 && each <= capability) best = std::max(best, each);
  }
  if (best > 0) return best;
  throw internal_error("NVRTC does not support compute capability {}", capability);
}

cudaLibrary_t load(const std::vector<char>& code) {
  cudaLibrary_t library = nullptr;
  C10_CUDA_CHECK(
      cudaLibraryLoadData(&library, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0));
  return library;
}

}  // namespace

std::vector<char> compiled_kernels(int capability) {
  const std::string architecture =
      "--gpu-architecture=sm_" + std::to_string(architecture_for(capability));
  const std::array<const char*, 2> options = {architecture.c_str(), "--std=c++17"};
  nvrtcProgram program = nullptr;
  check(nvrtcCreateProgram(&program, kKernelSource, "kernels.cu", 0, nullptr, nullptr),
        "kernel source");
  const nvrtcResult result =
      nvrtcCompileProgram(program, static_cast<int>(options.size()), options.data());
  if (result != NVRTC_SUCCESS) {
    throw internal_error("{}: {}", architecture, log_of(program));
  }
  size_t size = 0;
  check(nvrtcGetCUBINSize(program, &size), "cubin size");
  std::vector<char> code(size);
  check(nvrtcGetCUBIN(program, code.data()), "cubin");
  nvrtcDestroyProgram(&program);
  return code;
}

const Kernels* Kernels::find() {
  static const std::unique_ptr<const Kernels> kFound = []() -> std::unique_ptr<const Kernels> {
    std::string reason;
    try {
      const int capability = compute_capability();
      return std::unique_ptr<const Kernels>(
          new Kernels(load(compiled_kernels(capability)), capability >= 80));
    } catch (const c10::Error& error) {
      reason = error.what_without_backtrace();
    } catch (const Error& error) {
      reason = error.what();
    }
    spdlog::warn("cannot compile the GPU kernels; training is slower: {}",
                 reason.substr(0, reason.find('\n')));
    return nullptr;
  }();
  return kFound.get();
}

}  // namespace ae::cuda
