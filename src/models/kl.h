#pragma once

#include <ATen/core/Tensor.h>

#include "models/latent.h"

namespace ae {

/// KL(q(z|x) || N(0, I)), summed over latent dimensions, one value per sample.
/// @param mean          [B, Z]
/// @param log_variance  [B, Z] natural log of the variance
/// @return              [B] nats
/// Source: Kingma & Welling 2013 (arXiv:1312.6114), appendix B.
at::Tensor kl_to_standard_normal(const at::Tensor& mean, const at::Tensor& log_variance);

/// KL(q(z|x) || N(0, I)) of each latent dimension. [B, Z] nats
at::Tensor kl_per_latent(const at::Tensor& mean, const at::Tensor& log_variance);

struct KlLossOptions {
  double free_bits = 0;  ///< nats per latent, mean over the batch, that are not penalised
  double capacity = -1;  ///< target KL in nats, summed over latents; negative: no target
};

/// Scalars, summed over the batch.
struct KlLoss {
  at::Tensor loss;        ///< KL term of the loss, with free bits and capacity applied
  at::Tensor divergence;  ///< plain KL divergence, for metrics
};
/// KL term of the loss.
/// Free bits: Kingma et al. 2016 (arXiv:1606.04934), appendix C.8, one group per latent.
/// Capacity: Burgess et al. 2018 (arXiv:1804.03599), equation 8.
KlLoss kl_loss(const Posterior& posterior, const KlLossOptions& shape);

/// Negative importance-weighted bound (IWAE) of each row; replaces reconstruction and KL.
/// Source: Burda et al. 2015 (arXiv:1509.00519), equation 8.
/// @param errors   [B * samples] -log p(x|z) times the reconstruction weight
/// @param codes    [B * samples, Z] samples of the posterior
/// @param weight   KL weight, applied to log p(z) - log q(z|x); 1 for the bound
/// @return         [B] nats
at::Tensor importance_weighted_loss(const at::Tensor& errors, const at::Tensor& codes,
                                    const Posterior& posterior, int64_t samples, double weight);

}  // namespace ae
