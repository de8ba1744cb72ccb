#include "models/reconstruction.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#define AE_RECONSTRUCTIONS(part) part(mse) part(mae) part(bce) part(bernoulli) part(gaussian)

namespace ae {

AE_PART_TABLE(Reconstruction, reconstructions, AE_RECONSTRUCTIONS)

Reconstruction::BatchError Reconstruction::batch(const at::Tensor& output,
                                                 const at::Tensor& target) const {
  BatchError error{per_sample(output, target).sum(), {}};
  const c10::NoGradGuard no_grad;
  error.squared_error = (mean(output) - target).square_().sum();
  return error;
}

}  // namespace ae
