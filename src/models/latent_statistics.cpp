#include "models/latent_statistics.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <optional>

#include "models/kl.h"

namespace ae {
namespace {

/// Sums per latent of a sparse code.
/// @param values  [B, K] one value per entry of code.indices
/// @return        [Z] float64
at::Tensor sum_by_latent(const SparseCode& code, const at::Tensor& values) {
  return at::zeros({code.width}, values.options().dtype(at::kDouble))
      .index_add_(0, code.indices.reshape(-1), values.reshape(-1).to(at::kDouble));
}

}  // namespace

void LatentStatistics::add(const Posterior& posterior) {
  const c10::NoGradGuard no_grad;
  const std::optional<SparseCode>& sparse = posterior.sparse;
  const auto grow = [&](at::Tensor& total, const at::Tensor& values) {
    const at::Tensor sum = sparse ? sum_by_latent(*sparse, values)
                                  : values.sum(0, /*keepdim=*/false, at::kDouble);  // [Z]
    total = total.defined() ? total + sum : sum;
  };
  const at::Tensor code = sparse ? sparse->values : posterior.mean;  // [B, K] or [B, Z]
  rows_ += code.size(0);
  grow(active_, code.ne(0));
  grow(sum_, code);
  grow(squares_, code.square());
  if (posterior.log_variance.defined()) {
    grow(kl_, kl_per_latent(posterior.mean, posterior.log_variance));
    grow(noise_, posterior.log_variance.exp());
  }
}

at::Tensor LatentStatistics::variance() const {
  const auto n = static_cast<double>(rows_);
  return (squares_ / n - (sum_ / n).square()).clamp_min(0);
}

at::Tensor LatentStatistics::kl() const {
  return kl_.defined() ? kl_ / static_cast<double>(rows_) : kl_;
}

at::Tensor LatentStatistics::aggregated_kl() const {
  if (!noise_.defined()) return {};
  const auto n = static_cast<double>(rows_);
  const at::Tensor mean = sum_ / n;
  const at::Tensor spread = (variance() + noise_ / n).clamp_min(1e-12);
  return 0.5 * (spread + mean.square() - 1 - spread.log());
}

int64_t LatentStatistics::active_units() const { return variance().gt(0.01).sum().item<int64_t>(); }

}  // namespace ae
