#include "evaluation/variance_explained.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

namespace ae {

void VarianceExplained::add(const at::Tensor& rows, const at::Tensor& decoded) {
  const at::Tensor x = rows.to(at::kCPU, at::kDouble);
  if (!origin_.defined()) {
    origin_ = x.nanmean(0).nan_to_num(0);
    sum_ = at::zeros_like(origin_);
    squares_ = at::zeros_like(origin_);
    observed_ = at::zeros_like(origin_);
  }
  const at::Tensor shifted = x - origin_;
  sum_ += shifted.nansum(0);
  squares_ += shifted.square().nansum(0);
  observed_ += x.isnan().logical_not().sum(0);
  error_ += (decoded.to(at::kCPU, at::kDouble) - x).square().nansum().item<double>();
}

std::optional<double> VarianceExplained::value() const {
  if (!origin_.defined()) return std::nullopt;
  const double variance = (squares_ - sum_.square() / observed_.clamp_min(1)).sum().item<double>();
  if (!(variance > 0)) return std::nullopt;
  return 1 - error_ / variance;
}

}  // namespace ae
