#include "models/latent_statistics.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "models/kl.h"

namespace ae {

void LatentStatistics::add(const Posterior& posterior) {
  const c10::NoGradGuard no_grad;
  const auto grow = [](at::Tensor& total, const at::Tensor& values) {
    const at::Tensor sum = values.sum(0, /*keepdim=*/false, at::kDouble);
    total = total.defined() ? total + sum : sum;
  };
  const at::Tensor code = posterior.code();
  rows_ += code.size(0);
  grow(active_, code.ne(0));
  grow(sum_, code);
  grow(squares_, code.square());
  if (posterior.log_variance.defined()) {
    grow(kl_, kl_by_latent(posterior.mean, posterior.log_variance));
  }
}

at::Tensor LatentStatistics::variance() const {
  const auto n = static_cast<double>(rows_);
  return (squares_ / n - (sum_ / n).square()).clamp_min(0);
}

at::Tensor LatentStatistics::kl() const {
  return kl_.defined() ? kl_ / static_cast<double>(rows_) : kl_;
}

int64_t LatentStatistics::active_units() const { return variance().gt(0.01).sum().item<int64_t>(); }

}  // namespace ae
