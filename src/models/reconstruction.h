#pragma once

#include <ATen/core/Tensor.h>

#include <limits>
#include <span>

#include "config/part.h"

namespace ae {

/// What the decoder's output means, and how far the data is from it.
class Reconstruction {
 public:
  /// Values of the data that it makes sense of.
  struct Domain {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
  };

  virtual ~Reconstruction() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}

  /// @param output  [B, D] what the decoder gives
  /// @param target  [B, D] scaled data
  /// @return        [B]
  virtual at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target) const = 0;
  /// What training needs of a batch.
  struct BatchError {
    at::Tensor sum;            ///< per_sample summed over samples, with its graph
    at::Tensor squared_error;  ///< of mean(output), summed over the batch, without a graph
  };
  /// The same as by per_sample and mean; overridden where both come cheaper together.
  virtual BatchError batch(const at::Tensor& output, const at::Tensor& target) const;
  /// The data that an output stands for: the mean of the likelihood. [B, D] → [B, D]
  virtual at::Tensor mean(const at::Tensor& output) const { return output; }
  /// True where the output is logits, so that the sigmoid belongs to `mean`, not to the decoder.
  virtual bool takes_logits() const { return false; }
  virtual Domain domain() const { return {}; }
  /// "mean over features" or "nats, summed over features", as logs say it.
  virtual const char* unit() const = 0;

  static std::span<const PartEntry<Reconstruction>> table();
};

}  // namespace ae
