#include "models/objective.h"

#include <c10/core/GradMode.h>

namespace ae {

Objective::Objective(const ModelOptions& model, const ObjectiveOptions& objective,
                     const Part<Corruption>& corruption)
    : corruption_(corruption.share()),
      sparsity_(model.sparsity.share()),
      has_kl_(model.latent->has_prior()) {
  weights_ = {.reconstruction = objective.reconstruction.weight,
              .kl = objective.kl ? objective.kl->weight : 0,
              .sparsity = sparsity_->weight()};
}

BatchLoss Objective::training(Autoencoder& model, const at::Tensor& target, const Noise& noise,
                              const TermWeights& weights) const {
  const at::Tensor input = corruption_->apply(target, noise);
  const Posterior posterior = model.encode(input);
  const at::Tensor output = model.decode(model.draw(posterior, noise));

  const Reconstruction::BatchError error = model.reconstruction().batch(output, target);
  BatchLoss batch{error.sum * weights.reconstruction, {}};
  batch.terms.push_back({"reconstruction", error.sum.detach()});
  if (has_kl_) {
    const at::Tensor kl = kl_to_standard_normal(posterior.code, posterior.log_variance).sum();
    batch.loss = batch.loss + kl * weights.kl;
    batch.terms.push_back({"kl", kl.detach()});
  }
  if (sparsity_->is_active()) {
    const auto samples = static_cast<double>(target.size(0));
    const at::Tensor sparsity = sparsity_->penalty(posterior.code) * samples;
    batch.loss = batch.loss + sparsity * weights.sparsity;
    batch.terms.push_back({"sparsity", sparsity.detach()});
  }
  batch.terms.insert(batch.terms.begin(), {"loss", batch.loss.detach()});
  batch.terms.push_back({"squared_error", error.squared_error.detach()});
  return batch;
}

BatchLoss Objective::evaluation(Autoencoder& model, const at::Tensor& target, const Noise& noise,
                                const TermWeights& weights) const {
  const c10::NoGradGuard no_grad;
  BatchLoss batch = training(model, target, noise, weights);
  if (corruption_->is_active()) {
    const at::Tensor output = model.decode(model.draw(model.encode(target), noise));
    batch.terms.push_back(
        {"reconstruction_clean", model.reconstruction().per_sample(output, target).sum()});
  }
  return batch;
}

}  // namespace ae
