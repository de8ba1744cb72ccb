#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <limits>
#include <memory>
#include <span>

#include "config/part.h"
#include "models/operations.h"

namespace ae {

/// What the decoder's output means, and how far the data is from it. Parameters of its own, such as
/// a learned variance, are named "reconstruction.…".
class Reconstruction : public torch::nn::Module {
 public:
  /// @param output  [N, D] what the decoder gives
  /// @param target  [N, D] scaled data
  /// @return        [N, D] the error of each value, constants included
  virtual at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const = 0;
  /// What per_value is multiplied by as it is summed over a row's features: 1, or 1 / features.
  virtual double feature_weight(int64_t features) const = 0;
  /// @param emphasis  [N, D] factors of the values' errors, or undefined
  /// @return          [N]
  at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target,
                        const at::Tensor& emphasis = {}) const;

  /// What training needs of a batch.
  struct BatchError {
    at::Tensor sum;            ///< per_sample summed over samples, with its graph
    at::Tensor squared_error;  ///< of mean(output), summed over the batch, without a graph
  };
  /// The same as by per_sample and mean; overridden where both come cheaper together.
  virtual BatchError batch(const at::Tensor& output, const at::Tensor& target) const;

  /// The form that fused kernels have; none if they have none.
  virtual std::optional<PointwiseLoss> pointwise() const { return std::nullopt; }

  /// The data that an output stands for: the mean of the likelihood. [N, D] → [N, D]
  virtual at::Tensor mean(const at::Tensor& output) const { return output; }
  /// The output whose mean is this data, as near as it can be. [D] → [D]
  virtual at::Tensor output_for(const at::Tensor& mean) const { return mean; }
  /// One draw from the likelihood; only where ReconstructionSpec::is_likelihood. [N, D] → [N, D]
  virtual at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const;
};

/// A reconstruction as the config describes it.
class ReconstructionSpec {
 public:
  /// Values of the data that it makes sense of.
  struct Domain {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool whole = false;  ///< whole numbers only
  };

  virtual ~ReconstructionSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  virtual std::shared_ptr<Reconstruction> build(int64_t features) const = 0;
  /// True where the mean is a function of the output (a sigmoid of logits, an exponential) that
  /// belongs to the reconstruction, so that the decoder ends without an activation.
  virtual bool has_link() const { return false; }
  /// True where the error is minus a log-likelihood: nats, summed over features, with constants.
  virtual bool is_likelihood() const { return false; }
  virtual Domain domain() const { return {}; }
  /// As logs say it.
  const char* unit() const {
    return is_likelihood() ? "nats, summed over features" : "mean over features";
  }

  static std::span<const PartEntry<ReconstructionSpec>> table();
};

}  // namespace ae
