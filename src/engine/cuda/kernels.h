#pragma once

#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <vector_types.h>

#include <array>
#include <cstdint>
#include <vector>

#include "engine/cuda/arguments.h"

namespace ae::cuda {

/// A kernel of the .cu files, with the argument types of its __global__ function.
template <class... Arguments>
class Kernel {
 public:
  Kernel(cudaLibrary_t library, const char* name) {
    C10_CUDA_CHECK(cudaLibraryGetKernel(&kernel_, library, name));
  }
  /// Launches the kernel on the current stream.
  void operator()(dim3 blocks, dim3 threads, Arguments... arguments) const {
    std::array<void*, sizeof...(Arguments)> pointers = {&arguments...};
    C10_CUDA_CHECK(cudaLaunchKernel(reinterpret_cast<const void*>(kernel_), blocks, threads,
                                    pointers.data(), /*sharedMem=*/0,
                                    c10::cuda::getCurrentCUDAStream()));
  }

 private:
  cudaKernel_t kernel_;
};

/// Threads per block of elementwise kernels.
inline constexpr unsigned kThreads = 256;
inline unsigned blocks_of(int64_t n) {
  return static_cast<unsigned>((n + kThreads - 1) / kThreads);
}
inline const float* data(const at::Tensor& tensor) { return tensor.const_data_ptr<float>(); }
inline float* mutable_data(const at::Tensor& tensor) { return tensor.mutable_data_ptr<float>(); }

/// Compiles all kernels with LibTorch's NVRTC; needs no GPU.
/// @param capability  the GPU's compute capability, times ten
/// @return            cubin
/// @throws Error(internal) with the compiler's log
std::vector<char> compiled_kernels(int capability);

/// All kernels, compiled for the current GPU with LibTorch's NVRTC.
class Kernels {
 public:
  /// Compiles the kernels at the first call. Returns null, after a warning, if that fails.
  static const Kernels* find();
  /// The kernels; requires find() != nullptr.
  static const Kernels& get() { return *find(); }
  /// Returns true if the GPU supports the gemm kernels: compute capability 8.0 or higher.
  bool has_gemm() const { return has_gemm_; }

 private:
  Kernels(cudaLibrary_t library, bool has_gemm) : has_gemm_(has_gemm), library_(library) {}
  bool has_gemm_;
  cudaLibrary_t library_;  // never unloaded

 public:
  Kernel<const uint8_t*, const int64_t*, int64_t, float, float, float*> gather_bytes{
      library_, "gather_bytes"};
  Kernel<const float*, const int64_t*, int64_t, float, float, float*> gather_floats{
      library_, "gather_floats"};
  Kernel<int64_t, int, const int64_t*, const int*, uint2, float*> draw_uniform{library_,
                                                                               "draw_uniform"};
  Kernel<int64_t, int, const int64_t*, const int*, uint2, float*> draw_normal{library_,
                                                                              "draw_normal"};
  Kernel<int64_t, int, const float*, int, float, float*> add_bias_and_activate{
      library_, "add_bias_and_activate"};
  Kernel<int64_t, int, float, const float*, float*> activation_backward{library_,
                                                                        "activation_backward"};
  Kernel<int64_t, int, const float*, float*> add_column_sums{library_, "add_column_sums"};
  Kernel<int64_t, LossOptions, const float*, const float*, float*, double*> loss_forward_backward{
      library_, "loss_forward_backward"};
  Kernel<int64_t, const float*, const float*, const float*, float*, double*> reparameterize{
      library_, "reparameterize"};
  Kernel<int64_t, GaussianOptions, const float*> reparameterize_backward{library_,
                                                                         "reparameterize_backward"};
  Kernel<int64_t, const float*, const double*, double, float*, double*> code_penalty{
      library_, "code_penalty"};
  Kernel<SumList, double*> sum_terms{library_, "sum_terms"};
  Kernel<int64_t, AdamFactors, const float*, const float*, float*, float*, float*, float*> adam{
      library_, "adam"};  // float4* in the kernel
  Kernel<GemmBatch> gemm_by_rows{library_, "gemm_by_rows"};
  Kernel<GemmBatch> gemm{library_, "gemm"};
  Kernel<GemmBatch> gemm_by_columns{library_, "gemm_by_columns"};
};

}  // namespace ae::cuda
