#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/part.h"
#include "models/activation.h"
#include "models/forward_context.h"
#include "models/network.h"
#include "models/noise.h"
#include "models/operations.h"
#include "models/repeat_rows.h"
#include "models/sparse_code.h"

namespace ae {

/// Distribution of the code given the input; a point for a deterministic latent.
struct Posterior {
  at::Tensor mean;          ///< [B, Z] code, or mean of a Gaussian posterior; see code()
  at::Tensor log_variance;  ///< [B, Z] natural log of the variance; undefined if deterministic
  std::optional<SparseCode> sparse;  ///< replaces `mean` for a k-sparse latent
  /// [B] number of active latents, differentiable; only if LatentSpec::counts_active()
  at::Tensor active_count;
  /// Code of dead latents for the auxiliary loss; in training only
  std::optional<SparseCode> auxiliary;

  /// [B, Z]
  at::Tensor code() const { return sparse ? sparse->dense() : mean; }
  int64_t rows() const { return sparse ? sparse->values.size(0) : mean.size(0); }
};

/// Values of a latent among a model's operations.
struct LatentValues {
  ValueId code;                         ///< of a Gaussian posterior its mean
  std::optional<ValueId> log_variance;  ///< none for a deterministic code
};

/// Latent layer: maps the encoder's features to a code.
class Latent : public torch::nn::Module {
 public:
  /// @param features  [B, F]
  virtual Posterior posterior(const at::Tensor& features, const ForwardContext& context) = 0;
  /// Samples from the posterior; repeats a deterministic code.
  /// @return [B * samples, Z], the samples of a row adjacent
  virtual at::Tensor sample(const Posterior& posterior, const Noise& /*noise*/,
                            int64_t samples) const {
    return repeat_rows(posterior.code(), samples);
  }
  /// Linear layer whose transpose is the first layer of a tied decoder.
  virtual const torch::nn::Linear& projection() const = 0;
  /// Derivative of a code with respect to its pre-activation, [B, Z]; undefined if it has no simple
  /// form.
  virtual at::Tensor derivative_at(const at::Tensor& /*code*/) const { return {}; }
  /// Appends what it computes of the encoder's features.
  virtual LatentValues append_to(Operations& operations, ValueId features) const = 0;
  virtual void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const = 0;
};

/// Options of a latent layer, from the config.
class LatentSpec {
 public:
  virtual ~LatentSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// @throws Error(usage) if the options do not fit latent_dim
  virtual std::shared_ptr<Latent> build(int64_t features, int64_t latent_dim) const = 0;
  /// True if there is a prior to sample codes from.
  virtual bool has_prior() const { return false; }
  /// Range of the code's values.
  virtual Activation::Bounds code_bounds() const { return {}; }
  /// True if inactive latents are exactly 0.
  virtual bool is_sparse() const { return false; }
  /// True if a fixed number of latents is active per row, returned as Posterior::sparse.
  virtual bool is_k_sparse() const { return false; }
  /// True if Posterior::active_count is set.
  virtual bool counts_active() const { return false; }
  /// Weight of the auxiliary loss that trains dead latents; 0 if there is none.
  virtual double auxiliary_weight() const { return 0; }

  static std::span<const PartEntry<LatentSpec>> table();
};

}  // namespace ae
