#include "evaluation/central_intervals.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/special_gammaincc.h>
#include <ATen/ops/special_ndtri.h>
#include <ATen/ops/tensor.h>

#include <cmath>

namespace ae {
namespace {

/// P(X ≤ x) of Poisson distributions; 0 below 0.
at::Tensor poisson_cdf(const at::Tensor& x, const at::Tensor& rates) {
  return at::special_gammaincc(x.clamp_min(0) + 1, rates) * x.ge(0);
}

}  // namespace

double normal_interval_end(double share) {
  return at::special_ndtri(at::tensor((1 + share) / 2, at::kDouble)).item<double>();
}

double laplace_interval_end(double share) { return -std::log1p(-share); }

at::Tensor within_poisson_interval(const at::Tensor& counts, const at::Tensor& rates,
                                   double share) {
  // A quantile is the least count whose cumulative probability reaches the share.
  const at::Tensor x = counts.to(at::kDouble);
  const at::Tensor rate = rates.to(at::kDouble);
  return poisson_cdf(x, rate)
      .ge((1 - share) / 2)
      .logical_and(poisson_cdf(x - 1, rate).lt((1 + share) / 2));
}

}  // namespace ae
