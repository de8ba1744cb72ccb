#include "models/reconstruction.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <stdexcept>

#define AE_RECONSTRUCTIONS(part)                                                       \
  part(mse) part(mae) part(huber) part(bce) part(bernoulli) part(continuous_bernoulli) \
      part(gaussian) part(laplace) part(poisson) part(negative_binomial) part(multinomial)

namespace ae {

AE_PART_TABLE(ReconstructionSpec, reconstructions, AE_RECONSTRUCTIONS)

at::Tensor Reconstruction::per_sample(const at::Tensor& output, const at::Tensor& target,
                                      const at::Tensor& emphasis) const {
  const at::Tensor errors = per_value(output, target);
  return (emphasis.defined() ? errors * emphasis : errors)
      .sum(1)
      .mul(feature_weight(target.size(1)));
}

at::Tensor Reconstruction::excess(const at::Tensor& output, const at::Tensor& target) const {
  return (per_value(output, target) - per_value(output_for(target), target)).clamp_min(0);
}

Reconstruction::BatchError Reconstruction::batch(const at::Tensor& output,
                                                 const at::Tensor& target) const {
  BatchError error{per_sample(output, target).sum(), {}};
  const c10::NoGradGuard no_grad;
  error.squared_error = (mean_given(output, target) - target).square_().sum();
  return error;
}

at::Tensor Reconstruction::sample(const at::Tensor& /*output*/,
                                  const at::Generator& /*generator*/) const {
  throw std::logic_error("this reconstruction is not a likelihood");
}

}  // namespace ae
