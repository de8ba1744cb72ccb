#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "models/networks/sequence.h"

namespace ae {

/// How a convolution moves over its input, the same along each axis.
struct Window {
  int64_t kernel;
  int64_t stride;
  int64_t padding;  ///< zeros on either side

  /// Outputs along an axis of n inputs: the size that a convolution leaves. Below 1 where the
  /// kernel does not fit.
  int64_t positions(int64_t n) const {
    return n + 2 * padding < kernel ? 0 : (n + 2 * padding - kernel) / stride + 1;
  }
  /// What a transposed convolution must add at an axis's end to come from positions(n) back to n:
  /// less than a stride.
  int64_t remainder(int64_t n) const { return (n + 2 * padding - kernel) % stride; }
};

/// The parameters of a convolution in one or two dimensions, named and shaped as in
/// torch.nn.Conv1d, Conv2d, ConvTranspose1d and ConvTranspose2d, which they also begin as.
class Convolution : public torch::nn::Module {
 public:
  /// @param weight_shape  [out, in, kernel…]; of a transposed convolution [in, out, kernel…]
  Convolution(const std::vector<int64_t>& weight_shape, int64_t outputs);

  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

class ConvolutionLayer : public Layer {
 public:
  /// From {C, L} or {C, H, W} to so many channels, or, transposed, to the output of another layer.
  /// @throws Error(usage) where its weights would not fit into memory
  static std::shared_ptr<ConvolutionLayer> forwards(const std::vector<int64_t>& input,
                                                    int64_t channels, const Window& window);
  static std::shared_ptr<ConvolutionLayer> transposed(const std::vector<int64_t>& input,
                                                      const std::vector<int64_t>& output,
                                                      const Window& window);

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override;
  std::shared_ptr<torch::nn::Module> module() const override { return convolution_; }
  at::Tensor bias() const override { return convolution_->bias(); }
  ValueId append_to(Operations& operations, ValueId input) const override;

 private:
  ConvolutionLayer(bool transposed, std::vector<int64_t> input, const std::vector<int64_t>& output,
                   const Window& window);

  bool transposed_;
  std::vector<int64_t> input_;
  Window window_;
  std::vector<int64_t> output_padding_;
  std::shared_ptr<Convolution> convolution_;
};

}  // namespace ae
