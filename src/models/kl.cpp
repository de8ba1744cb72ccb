#include "models/kl.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/logsumexp.h>

#include <cmath>

namespace ae {

at::Tensor kl_per_latent(const at::Tensor& mean, const at::Tensor& log_variance) {
  return (mean.square() + log_variance.exp() - log_variance - 1).mul(0.5);
}

at::Tensor kl_to_standard_normal(const at::Tensor& mean, const at::Tensor& log_variance) {
  return (mean.square() + log_variance.exp() - log_variance - 1).sum(1).mul(0.5);
}

KlLoss kl_loss(const Posterior& posterior, const KlLossOptions& shape) {
  const auto samples = static_cast<double>(posterior.mean.size(0));
  KlLoss kl;
  if (shape.free_bits > 0) {
    const at::Tensor per_latent = kl_per_latent(posterior.mean, posterior.log_variance);  // [B, Z]
    kl.divergence = per_latent.sum();
    kl.loss = per_latent.mean(0).clamp_min(shape.free_bits).sum() * samples;
  } else {
    kl.divergence = kl_to_standard_normal(posterior.mean, posterior.log_variance).sum();
    kl.loss = kl.divergence;
  }
  if (shape.capacity >= 0) kl.loss = (kl.loss - shape.capacity * samples).abs();
  return kl;
}

at::Tensor importance_weighted_loss(const at::Tensor& errors, const at::Tensor& codes,
                                    const Posterior& posterior, int64_t samples, double weight) {
  const int64_t rows = posterior.mean.size(0);
  const at::Tensor z = codes.view({rows, samples, -1});  // [B, S, Z]
  const at::Tensor log_variance = posterior.log_variance.unsqueeze(1);
  const at::Tensor standard = (z - posterior.mean.unsqueeze(1)) * log_variance.mul(-0.5).exp();
  // log p(z) - log q(z|x); the factors of 2 pi cancel.
  const at::Tensor log_ratio =
      (standard.square() + log_variance - z.square()).sum(2).mul(0.5);  // [B, S]
  const at::Tensor log_weight = log_ratio * weight - errors.view({rows, samples});
  return std::log(static_cast<double>(samples)) - at::logsumexp(log_weight, {1});
}

}  // namespace ae
