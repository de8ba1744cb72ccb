#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "models/autoencoder.h"
#include "models/corruption.h"
#include "models/row_pair.h"

namespace ae {

/// Weights of the loss terms at one step, and the KL capacity.
struct LossWeights {
  double reconstruction = 1;
  double kl = 0;
  double sparsity = 0;
  double kl_capacity = -1;  ///< nats; negative if there is none

  bool operator==(const LossWeights&) const = default;
};

/// Named quantity of a batch, summed over its samples; a scalar.
struct LossTerm {
  const char* name;
  at::Tensor sum;
};

/// Loss of a batch.
struct BatchLoss {
  at::Tensor loss;              ///< scalar, summed over samples, with its autograd graph
  std::vector<LossTerm> terms;  ///< the loss and its unweighted terms, detached
  Posterior posterior;          ///< [B, …]
  at::Tensor output;            ///< [B * samples, D] output of the decoder, detached
};

/// Loss of a model: reconstruction and, as configured, KL, sparsity, contraction and the auxiliary
/// loss of dead latents.
class Objective {
 public:
  /// @throws Error(usage) if the corruption does not fit rows of this shape
  Objective(const ModelOptions& model, const ObjectiveOptions& objective,
            const CorruptionPart& corruption, const InputInfo& input);

  /// Weights after all warm-ups.
  const LossWeights& weights() const { return weights_; }
  /// Weights at update `step`, counted from 0.
  LossWeights weights_at(int64_t step, int64_t updates_per_epoch) const;
  /// First update at which the weights no longer change.
  int64_t settled_at(int64_t updates_per_epoch) const;
  /// Names of the terms of training(), in order.
  std::vector<std::string> training_terms() const;
  /// True if inactive latents are exactly 0, so that active latents are counted.
  bool counts_active() const { return counts_active_; }

  /// True if the loss is not a sum over rows, so that a batch cannot be split.
  bool couples_rows() const;
  /// The computation of the model's training loss.
  Operations operations(const Autoencoder& model) const;

  /// True if the encoder's input differs from the target.
  bool corrupts() const { return corruption_ != nullptr; }
  /// Input of the encoder; `target` itself if there is no corruption. [B, D]
  at::Tensor corrupted(const at::Tensor& target, const Noise& noise) const {
    return corruption_ ? corruption_->apply(target, noise) : target;
  }

  /// Training loss: corrupted input, samples from the posterior, clean target.
  /// @param context  with noise
  BatchLoss training(Autoencoder& model, const RowPair& rows, const ForwardContext& context,
                     const LossWeights& weights) const;
  /// Loss of held-out data, without autograd; with a corruption, also the reconstruction error of
  /// the clean input (term "reconstruction_clean").
  BatchLoss evaluation(Autoencoder& model, const RowPair& rows, const ForwardContext& context,
                       const LossWeights& weights) const;

 private:
  /// @return  squared error, summed over the batch
  at::Tensor add_reconstruction(Autoencoder& model, const at::Tensor& input, const RowPair& rows,
                                const ForwardContext& context, const LossWeights& weights,
                                BatchLoss& batch) const;
  void add_regularizers(Autoencoder& model, const at::Tensor& input, const ForwardContext& context,
                        const LossWeights& weights, BatchLoss& batch) const;
  void add_auxiliary(const Autoencoder& model, const at::Tensor& output, const at::Tensor& target,
                     const ForwardContext& context, BatchLoss& batch) const;
  /// Loss weight of each value, by whether it was corrupted; undefined if all are 1. [B, D]
  at::Tensor emphasis(const at::Tensor& input, const RowPair& rows) const;

  std::shared_ptr<const Corruption> corruption_;  // null for "none"
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
