#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>

#include "engine/cuda/kernels.h"

namespace ae::cuda {

/// An activation as kernels take it.
struct ActivationArguments {
  int kind;
  float slope;
};

/// A linear layer on the GPU.
struct Layer {
  at::Tensor weight;  ///< [out, in]
  at::Tensor bias;    ///< [out]
  at::Tensor grad_weight;
  at::Tensor grad_bias;  ///< their gradients
  ActivationArguments activation;
};

/// What of a layer belongs together in a launch: of two layers side by side, two.
struct LayerRows {
  const Layer* layer;
  at::Tensor rows;  ///< [B, out]
};
using LayerRowsList = std::initializer_list<LayerRows>;

/// How products are found.
struct GemmOptions {
  bool exact = true;       ///< in float32; else in TF32
  bool by_cublas = false;  ///< small ones, too
};

/// The passes of a linear layer, of float32 rows that lie one by one in memory: small products by
/// own kernels that also do what follows, large ones by cuBLAS. A number is the sum of two of TF32
/// there, so that products are those of float32 but for the last bits. Source of the split: Ootomo
/// & Yokota 2022, "Recovering single precision accuracy from Tensor Cores".
class LinearPasses {
 public:
  LinearPasses(const Kernels& kernels, const GemmOptions& options)
      : kernels_(kernels), options_(options) {}

  /// rows = activation(input weight' + bias), of layers of the same size
  void forward(LayerRowsList layers, const at::Tensor& input) const;
  /// The last layer's pass and the loss of its output.
  /// @param gradient  [B, out] is given the loss's by what the activation was given
  /// @return          by blocks: error, squared error; [2 * blocks] float64
  at::Tensor loss_forward_backward(const Layer& layer, const at::Tensor& input,
                                   const at::Tensor& target, LossOptions loss,
                                   const at::Tensor& gradient) const;
  /// From gradients by what layers' activations were given to that by their input.
  /// @param layers    with the gradients, of the same size and input
  /// @param before    the activation that made the input, and so is gone through, too
  /// @param gradient  [B, in] is given it
  void backward(LayerRowsList layers, const ActivationArguments& before, const at::Tensor& input,
                const at::Tensor& gradient) const;
  /// The same where the input was drawn from Gaussians, on to their parameters.
  void backward(const LayerRows& layer, const GaussianOptions& gaussian) const;
  /// Adds to the gradients of layers' weights and biases.
  /// @param layers  with the gradients by what their activations were given, of the same size
  void add_weight_gradients(LayerRowsList layers, const at::Tensor& input) const;

 private:
  /// True where own kernels are the faster.
  bool is_small(int64_t m, int64_t n, int64_t k) const;
  /// @param tile  rows that a block of the kernel has
  void launch(const Kernel<GemmBatch>& kernel, int64_t tile, GemmBatch& gemms, size_t count) const;

  const Kernels& kernels_;
  GemmOptions options_;
};

}  // namespace ae::cuda
