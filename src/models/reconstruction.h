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

/// Reconstruction loss, and the distribution that the decoder's output parametrises. Its own
/// parameters, such as a learned variance, are named "reconstruction.…".
class Reconstruction : public torch::nn::Module {
 public:
  /// Elementwise loss, constants included.
  /// @param output  [N, D] output of the decoder
  /// @param target  [N, D] scaled data
  /// @return        [N, D]
  virtual at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const = 0;
  /// Weight of each feature in per_sample(): 1 (sum) or 1 / features (mean).
  virtual double feature_weight(int64_t features) const = 0;
  /// Loss of each sample.
  /// @param emphasis  [N, D] weight of each value, or undefined
  /// @return          [N]
  virtual at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target,
                                const at::Tensor& emphasis = {}) const;

  /// Loss of each value above that of an output whose mean is the target; at least 0.
  /// [N, D], [N, D] → [N, D]
  at::Tensor excess(const at::Tensor& output, const at::Tensor& target) const;

  /// Sums over a batch.
  struct BatchError {
    at::Tensor sum;            ///< per_sample() summed over samples, with its autograd graph
    at::Tensor squared_error;  ///< of mean_given(), summed over the batch, detached
  };
  /// Both sums; overridden where computing them together is cheaper.
  virtual BatchError batch(const at::Tensor& output, const at::Tensor& target) const;

  /// The form that fused kernels have; none if they have none.
  virtual std::optional<PointwiseLoss> pointwise() const { return std::nullopt; }

  /// Mean of the likelihood, in scaled data. [N, D] → [N, D]
  virtual at::Tensor mean(const at::Tensor& output) const { return output; }
  /// Mean for rows that are known, on whose totals a likelihood may be conditional. [N, D] → [N, D]
  /// @param target  [N, D] scaled data
  virtual at::Tensor mean_given(const at::Tensor& output, const at::Tensor& /*target*/) const {
    return mean(output);
  }
  /// Inverse of mean(), clamped where the mean has no finite output. [D] → [D], [N, D] → [N, D]
  virtual at::Tensor output_for(const at::Tensor& mean) const { return mean; }
  /// Sample from the likelihood; only if ReconstructionSpec::is_likelihood(). [N, D] → [N, D]
  virtual at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const;
  /// Takes what the likelihood needs of the training rows, if ReconstructionSpec::needs_mean().
  /// @param mean  [D] their mean, scaled
  virtual void fit(const at::Tensor& /*mean*/) {}
};

/// Options of a reconstruction loss, from the config.
class ReconstructionSpec {
 public:
  /// Values of the data for which the loss is defined.
  struct Domain {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool whole = false;  ///< integers only
  };

  virtual ~ReconstructionSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  virtual std::shared_ptr<Reconstruction> build(int64_t features) const = 0;
  /// True if the loss includes an inverse link function (sigmoid of logits, exponential), so that
  /// the decoder's output is linear.
  virtual bool has_link() const { return false; }
  /// True if the loss is a negative log-likelihood: nats, summed over features, with constants.
  virtual bool is_likelihood() const { return false; }
  /// True if a value's likelihood depends on the row's other values, as shares of a total do.
  virtual bool couples_features() const { return false; }
  /// True if the loss takes the mean of the training rows: Reconstruction::fit().
  virtual bool needs_mean() const { return false; }
  virtual Domain domain() const { return {}; }
  /// Unit of the loss, for messages.
  const char* unit() const {
    return is_likelihood() ? "nats, summed over features" : "mean over features";
  }

  static std::span<const PartEntry<ReconstructionSpec>> table();
};

}  // namespace ae
