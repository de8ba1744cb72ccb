#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "models/autoencoder.h"
#include "models/corruption.h"

namespace ae {

/// Factors of the loss's terms at one step, and what else of the loss changes with the steps.
struct LossWeights {
  double reconstruction = 1;
  double kl = 0;
  double sparsity = 0;
  double kl_capacity = -1;  ///< nats; below 0 without

  bool operator==(const LossWeights&) const = default;
};

/// One named quantity of a batch, summed over its samples: [] scalar.
struct LossTerm {
  const char* name;
  at::Tensor sum;
};

/// What a batch comes to.
struct BatchLoss {
  at::Tensor loss;              ///< scalar: the loss, summed over samples, with its graph
  std::vector<LossTerm> terms;  ///< the loss and its parts, before their weights, without a graph
  Posterior posterior;          ///< of the rows
  at::Tensor output;            ///< [B * draws, D] the decoder's, without a graph
};

/// The loss of a model: reconstruction, and whatever of KL, sparsity, contraction and the auxiliary
/// loss of dead latents the config asks for.
class Objective {
 public:
  /// @throws Error(usage) where rows of this shape cannot be corrupted as the config says
  Objective(const ModelOptions& model, const ObjectiveOptions& objective,
            const CorruptionPart& corruption, const InputInfo& input);

  /// The weights that the config gives, once every warm-up is over.
  const LossWeights& weights() const { return weights_; }
  /// The weights at an update: a function of its number alone.
  LossWeights weights_at(int64_t step, int64_t updates_per_epoch) const;
  /// The update from which on the weights no longer change.
  int64_t settled_at(int64_t updates_per_epoch) const;
  /// Names of the terms that training() gives, in their order.
  std::vector<std::string> training_terms() const;
  /// True where latents that have nothing to say are exactly 0, so that the active are counted.
  bool counts_active() const { return counts_active_; }

  /// True where the loss is no sum over rows, so that parts of a batch do not add up to the batch.
  bool couples_rows() const;
  /// The computation of the model's training loss.
  Operations operations(const Autoencoder& model) const;

  /// True where the encoder is given something else than the target.
  bool corrupts() const { return corruption_ != nullptr; }
  /// What the encoder is given for these rows; the rows themselves where nothing is done to them.
  at::Tensor corrupted(const at::Tensor& target, const Noise& noise) const {
    return corruption_ ? corruption_->apply(target, noise) : target;
  }

  /// The training loss: a corrupted input, draws from the posterior, the clean target.
  /// @param target  [B, D] scaled data
  /// @param pass    with its noise
  BatchLoss training(Autoencoder& model, const at::Tensor& target, const ForwardContext& context,
                     const LossWeights& weights) const;
  /// The same for held-out data, without a graph; where the input is corrupted, also the
  /// reconstruction error from the clean input.
  BatchLoss evaluation(Autoencoder& model, const at::Tensor& target, const ForwardContext& context,
                       const LossWeights& weights) const;

 private:
  /// @return  the squared error, summed over the batch
  at::Tensor add_reconstruction(Autoencoder& model, const at::Tensor& input,
                                const at::Tensor& target, const ForwardContext& context,
                                const LossWeights& weights, BatchLoss& batch) const;
  void add_regularizers(Autoencoder& model, const at::Tensor& input, const ForwardContext& context,
                        const LossWeights& weights, BatchLoss& batch) const;
  void add_auxiliary(const Autoencoder& model, const at::Tensor& output, const at::Tensor& target,
                     const ForwardContext& context, BatchLoss& batch) const;
  /// Factors of the values' errors by what the corruption changed; undefined where all are 1.
  at::Tensor emphasis(const at::Tensor& input, const at::Tensor& target) const;

  std::shared_ptr<const Corruption> corruption_;  // null without
  double corrupted_weight_;
  double clean_weight_;
  std::shared_ptr<const Sparsity> sparsity_;
  bool has_kl_;
  bool counts_active_;  // the code has exact zeros
  int64_t samples_;
  bool importance_weighted_;
  std::optional<KlOptions> kl_;
  std::optional<Interval> sparsity_warm_up_;
  double contractive_weight_;
  double auxiliary_weight_;
  LossWeights weights_;
};

}  // namespace ae
