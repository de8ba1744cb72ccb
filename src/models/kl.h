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

/// The same for each latent dimension. [B, Z] nats
at::Tensor kl_by_latent(const at::Tensor& mean, const at::Tensor& log_variance);

/// What of the KL divergence the loss sees.
struct KlShape {
  double free_bits = 0;  ///< nats that each latent's mean over the batch may have for nothing
  double capacity = -1;  ///< nats, summed over latents, that the KL is drawn to; below 0: to 0
};

/// The KL divergence as the loss counts it, summed over the batch.
/// Free bits: Kingma et al. 2016 (arXiv:1606.04934), appendix C.8, one group for each latent.
/// Capacity: Burgess et al. 2018 (arXiv:1804.03599), equation 8.
/// @return  {loss, divergence}: scalars; the second as it is, to report
struct CountedKl {
  at::Tensor loss;
  at::Tensor divergence;
};
CountedKl counted_kl(const Posterior& posterior, const KlShape& shape);

/// The importance-weighted bound of each row, negated: it replaces reconstruction and KL.
/// Source: Burda et al. 2015 (arXiv:1509.00519), equation 8.
/// @param errors   [B * samples] minus log p(x|z), weighted
/// @param draws    [B * samples, Z] the z
/// @param weight   of the prior's and the posterior's log-densities: 1 for the bound
/// @return         [B] nats
at::Tensor importance_weighted_loss(const at::Tensor& errors, const at::Tensor& draws,
                                    const Posterior& posterior, int64_t samples, double weight);

}  // namespace ae
