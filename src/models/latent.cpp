#include "models/latent.h"

#define AE_LATENTS(part) part(deterministic) part(gaussian)

namespace ae {

AE_PART_TABLE(LatentSpec, latents, AE_LATENTS)

at::Tensor kl_to_standard_normal(const at::Tensor& mean, const at::Tensor& log_variance) {
  return (mean.square() + log_variance.exp() - log_variance - 1).sum(1).mul(0.5);
}

}  // namespace ae
