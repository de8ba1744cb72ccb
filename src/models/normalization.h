#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <span>
#include <string>

#include "config/part.h"
#include "models/forward_context.h"
#include "models/operations.h"

namespace ae {

/// Normalisation layer with a learned scale and shift per channel. Parameters and running
/// statistics are named, shaped and initialised as in torch.nn: `weight` 1 and `bias` 0, both [C].
class Normalization : public torch::nn::Module {
 public:
  /// @param x  [B, C] or [B, C, positions…]
  /// @return   the same shape
  virtual at::Tensor forward(const at::Tensor& x, const ForwardContext& context) = 0;
  /// True if a row's output in training depends on the other rows of the batch.
  virtual bool couples_rows() const { return false; }
  virtual op::Normalization operation() const = 0;

 protected:
  explicit Normalization(int64_t channels);

  at::Tensor weight_;
  at::Tensor bias_;
};

/// Options of a normalisation, from the config.
class NormalizationSpec {
 public:
  virtual ~NormalizationSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// @param channels  features of a fully connected layer, channels of a convolution
  /// @param network   "model.encoder", for messages
  /// @return null for "none" only
  /// @throws Error(usage) if the options do not fit the number of channels
  virtual std::shared_ptr<Normalization> build(int64_t channels,
                                               const std::string& network) const = 0;

  static std::span<const PartEntry<NormalizationSpec>> table();
};

}  // namespace ae
