#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>

#include "engine/cuda/kernels.h"

namespace ae::cuda {

/// An activation as kernel arguments.
struct ActivationArguments {
  int kind;
  float negative_slope;
};

/// A linear layer on the GPU.
struct Layer {
  at::Tensor weight;  ///< [out, in]
  at::Tensor bias;    ///< [out]
  at::Tensor grad_weight;
  at::Tensor grad_bias;
  ActivationArguments activation;
};

/// A layer with its output or output gradient. Parallel layers share a launch.
struct LayerRows {
  const Layer* layer;
  at::Tensor rows;  ///< [B, out]
};
using LayerRowsList = std::initializer_list<LayerRows>;

struct GemmOptions {
  bool exact = true;       ///< float32; else TF32
  bool by_cublas = false;  ///< use cuBLAS for small gemms too
};

/// Forward and backward passes of linear layers on contiguous float32 rows: small gemms by kernels
/// with a fused epilogue, large ones by cuBLAS. The kernels split each float32 operand into two
/// TF32 numbers, so that results have float32 accuracy but for the last bits. Source of the split:
/// Ootomo & Yokota 2022, "Recovering single precision accuracy from Tensor Cores".
class LinearPasses {
 public:
  LinearPasses(const Kernels& kernels, const GemmOptions& options)
      : kernels_(kernels), options_(options) {}

  /// rows = activation(input weight' + bias), for layers of the same size
  void forward(LayerRowsList layers, const at::Tensor& input) const;
  /// Forward pass of the last layer, loss of its output and gradient.
  /// @param gradient  [B, out] output: gradient before the layer's activation
  /// @return          error and squared error of each block; [2 * blocks] float64
  at::Tensor loss_forward_backward(const Layer& layer, const at::Tensor& input,
                                   const at::Tensor& target, LossOptions loss,
                                   const at::Tensor& gradient) const;
  /// Backward pass of layers to their common input, and of the activation before it.
  /// @param layers    with the gradients before their activations, of the same size and input
  /// @param before    activation whose output is the input
  /// @param input     [B, in]
  /// @param gradient  [B, in] output: gradient before `before`
  void backward(LayerRowsList layers, const ActivationArguments& before, const at::Tensor& input,
                const at::Tensor& gradient) const;
  /// Backward pass of a layer whose input is a Gaussian sample, to the Gaussian's parameters.
  void backward(const LayerRows& layer, const GaussianOptions& gaussian) const;
  /// Accumulates the gradients of the layers' weights and biases.
  /// @param layers  with the gradients before their activations, of the same size
  void add_weight_gradients(LayerRowsList layers, const at::Tensor& input) const;

 private:
  /// Returns true if the fused kernels are faster than cuBLAS.
  bool is_small(int64_t m, int64_t n, int64_t k) const;
  /// @param tile  rows per block of the kernel
  void launch(const Kernel<GemmBatch>& kernel, int64_t tile, GemmBatch& gemms, size_t count) const;

  const Kernels& kernels_;
  GemmOptions options_;
};

}  // namespace ae::cuda
