#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/part.h"
#include "models/activation.h"
#include "models/network.h"
#include "models/noise.h"

namespace ae {

/// What the encoder says of the code.
struct Posterior {
  at::Tensor code;  ///< [B, Z] the code; of a Gaussian posterior its mean
  at::Tensor
      log_variance;  ///< [B, Z] natural log of the variance; undefined where the code is certain
};

/// KL(q(z|x) || N(0, I)), summed over latent dimensions, one value per sample.
/// @param mean          [B, Z]
/// @param log_variance  [B, Z] natural log of the variance
/// @return              [B] nats
/// Source: Kingma & Welling 2013 (arXiv:1312.6114), appendix B.
at::Tensor kl_to_standard_normal(const at::Tensor& mean, const at::Tensor& log_variance);

/// From the encoder's features to a code.
class Latent : public torch::nn::Module {
 public:
  /// @param features  [B, F]
  virtual Posterior posterior(const at::Tensor& features) = 0;
  /// The code that the decoder is given in training: one draw from the posterior. [B, Z]
  virtual at::Tensor draw(const Posterior& posterior, const Noise& noise) const = 0;
  /// The linear map whose transpose a tied decoder begins with.
  virtual const torch::nn::Linear& projection() const = 0;
  virtual void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const = 0;
};

class LatentSpec {
 public:
  virtual ~LatentSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  virtual std::shared_ptr<Latent> build(int64_t features, int64_t latent_dim) const = 0;
  /// True where codes have a known distribution to draw new ones from.
  virtual bool has_prior() const = 0;
  /// Values that a code can take.
  virtual Activation::Bounds code_bounds() const { return {}; }

  static std::span<const PartEntry<LatentSpec>> table();
};

}  // namespace ae
