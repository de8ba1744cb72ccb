#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "models/autoencoder.h"
#include "models/corruption.h"

namespace ae {

/// Factors of the loss's terms at one step.
struct TermWeights {
  double reconstruction = 1;
  double kl = 0;
  double sparsity = 0;
};

/// One named quantity of a batch, summed over its samples: [] scalar.
struct Term {
  const char* name;
  at::Tensor sum;
};

/// What a batch comes to.
struct BatchLoss {
  at::Tensor loss;          ///< scalar: the loss, summed over samples, with its graph
  std::vector<Term> terms;  ///< the loss and its parts, before their weights, without a graph
};

/// The loss of a model: reconstruction, and whatever of KL and sparsity the config asks for.
class Objective {
 public:
  Objective(const ModelOptions& model, const ObjectiveOptions& objective,
            const Part<Corruption>& corruption);

  /// The weights that the config gives.
  const TermWeights& weights() const { return weights_; }

  /// The training loss: a corrupted input, one draw from the posterior, the clean target.
  /// @param target  [B, D] scaled data
  BatchLoss training(Autoencoder& model, const at::Tensor& target, const Noise& noise,
                     const TermWeights& weights) const;
  /// The same for held-out data, without a graph; where the input is corrupted, also the
  /// reconstruction error from the clean input.
  BatchLoss evaluation(Autoencoder& model, const at::Tensor& target, const Noise& noise,
                       const TermWeights& weights) const;

 private:
  std::shared_ptr<const Corruption> corruption_;
  std::shared_ptr<const Sparsity> sparsity_;
  bool has_kl_;
  TermWeights weights_;
};

}  // namespace ae
