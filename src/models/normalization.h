#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <span>
#include <string>

#include "config/part.h"
#include "models/forward_context.h"
#include "models/operations.h"

namespace ae {

/// Brings what a layer puts out to a common scale, and learns a scale and a shift for each channel.
/// Parameters and running statistics are named and shaped as those of torch.nn's modules, so that
/// `weight` begins at 1 and `bias` at 0, both [C].
class Normalization : public torch::nn::Module {
 public:
  /// @param x  [B, C] or [B, C, positions…]
  /// @return   the same shape
  virtual at::Tensor forward(const at::Tensor& x, const ForwardContext& context) = 0;
  /// True where a row's output in training depends on the batch's other rows.
  virtual bool couples_rows() const { return false; }
  virtual op::Normalization operation() const = 0;

 protected:
  explicit Normalization(int64_t channels);

  at::Tensor weight_;
  at::Tensor bias_;
};

class NormalizationSpec {
 public:
  virtual ~NormalizationSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// @param channels  features of a dense layer, channels of a convolution
  /// @param network   "model.encoder", for messages
  /// @return null where nothing is normalised
  /// @throws Error(usage) where so many channels cannot be normalised
  virtual std::shared_ptr<Normalization> build(int64_t channels,
                                               const std::string& network) const = 0;

  static std::span<const PartEntry<NormalizationSpec>> table();
};

}  // namespace ae
