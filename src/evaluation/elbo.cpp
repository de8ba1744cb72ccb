#include "evaluation/elbo.h"

#include "models/kl.h"

namespace ae {

ElboTerms elbo_terms(Autoencoder& model, const Batch& batch, const Posterior& posterior) {
  const ForwardContext context{.noise = &batch.noise(),
                               .condition = model.condition(batch.labels())};
  const at::Tensor output = model.decode(model.sample(posterior, batch.noise()), context);
  const at::Tensor rate = kl_to_standard_normal(posterior.mean, posterior.log_variance);
  return {model.reconstruction().per_sample(output, batch.target()).to(at::kCPU, at::kDouble),
          rate.to(at::kCPU, at::kDouble)};
}

}  // namespace ae
