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

/// What the encoder says of the code.
struct Posterior {
  at::Tensor mean;          ///< [B, Z] the code; of a Gaussian posterior its mean; see code()
  at::Tensor log_variance;  ///< [B, Z] natural log of the variance; undefined for a certain code
  std::optional<SparseCode> sparse;  ///< instead of `mean` where few latents are active
  /// [B] how many latents are active, with a gradient; only where the latent says how it moves
  at::Tensor active_count;
  /// What dead latents would say, to learn from what the others leave; in training alone
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

/// From the encoder's features to a code.
class Latent : public torch::nn::Module {
 public:
  /// @param features  [B, F]
  virtual Posterior posterior(const at::Tensor& features, const ForwardContext& context) = 0;
  /// Draws from the posterior, those of one row together; the code itself where it is certain.
  /// @return [B * samples, Z]
  virtual at::Tensor draw(const Posterior& posterior, const Noise& /*noise*/,
                          int64_t samples) const {
    return repeat_rows(posterior.code(), samples);
  }
  /// The linear map whose transpose a tied decoder begins with.
  virtual const torch::nn::Linear& projection() const = 0;
  /// The derivative of a code by its pre-activation; undefined where it has no simple form. [B, Z]
  virtual at::Tensor derivative_at(const at::Tensor& /*code*/) const { return {}; }
  /// Appends what it computes of the encoder's features.
  virtual LatentValues append_to(Operations& operations, ValueId features) const = 0;
  virtual void describe(const std::string& prefix, std::vector<LayerSummary>& layers) const = 0;
};

class LatentSpec {
 public:
  virtual ~LatentSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// @throws Error(usage) where a code of this width cannot be built
  virtual std::shared_ptr<Latent> build(int64_t features, int64_t latent_dim) const = 0;
  /// True where codes have a known distribution to draw new ones from.
  virtual bool has_prior() const { return false; }
  /// Values that a code can take.
  virtual Activation::Bounds code_bounds() const { return {}; }
  /// True where latents that have nothing to say are exactly 0.
  virtual bool is_sparse() const { return false; }
  /// True where few of many latents are active and come as Posterior::sparse.
  virtual bool chooses() const { return false; }
  /// True where Posterior::active_count is given.
  virtual bool counts_active() const { return false; }
  /// Factor of the auxiliary loss, by which dead latents learn; 0 without.
  virtual double auxiliary_weight() const { return 0; }

  static std::span<const PartEntry<LatentSpec>> table();
};

}  // namespace ae
