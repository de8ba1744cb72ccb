#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "models/networks/sequence.h"

namespace ae {

/// Kernel size, stride and padding of a convolution, the same along each axis.
struct Window {
  int64_t kernel;
  int64_t stride;
  int64_t padding;  ///< zeros on each side

  /// Output size along an axis of input size n; 0 if the kernel does not fit.
  int64_t output_size(int64_t n) const {
    return n + 2 * padding < kernel ? 0 : (n + 2 * padding - kernel) / stride + 1;
  }
  /// output_padding, as in torch.nn.ConvTranspose2d, that restores size n from output_size(n); less
  /// than the stride.
  int64_t output_padding(int64_t n) const { return (n + 2 * padding - kernel) % stride; }
};

/// Parameters of a 1D or 2D convolution, named, shaped and initialised as in torch.nn.Conv1d,
/// Conv2d, ConvTranspose1d and ConvTranspose2d.
class Convolution : public torch::nn::Module {
 public:
  /// @param weight_shape  [out, in, kernel…]; transposed: [in, out, kernel…]
  Convolution(const std::vector<int64_t>& weight_shape, int64_t outputs);

  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

class ConvolutionLayer : public Layer {
 public:
  /// Convolution of a {C, L} or {C, H, W} input to `channels` channels.
  /// @throws Error(usage) if its weights do not fit into memory
  static std::shared_ptr<ConvolutionLayer> forwards(const std::vector<int64_t>& input,
                                                    int64_t channels, const Window& window);
  /// Transposed convolution to a given output shape.
  /// @throws Error(usage) if its weights do not fit into memory
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
