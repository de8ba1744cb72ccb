#include "models/saturation.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "models/repeat_rows.h"

namespace ae {
namespace {

// Fraction of the activation's range; there a sigmoid's derivative is 4 % of its maximum.
constexpr double kNearBound = 0.01;
// Fraction of the activation's range; smaller errors are expected for data close to a bound.
constexpr double kFarFromData = 0.1;

}  // namespace

std::optional<Saturation> Saturation::of(const Activation* last) {
  if (last == nullptr) return std::nullopt;
  const Activation::Bounds bounds = last->bounds();
  if (!std::isfinite(bounds.low) || !std::isfinite(bounds.high)) return std::nullopt;
  return Saturation(bounds);
}

void Saturation::add(const at::Tensor& output, const at::Tensor& target) {
  const c10::NoGradGuard no_grad;
  const double range = bounds_.high - bounds_.low;
  const int64_t samples = output.size(0) / target.size(0);
  const at::Tensor targets = repeat_rows(target, samples);
  const at::Tensor flat = output.lt(bounds_.low + kNearBound * range)
                              .logical_or_(output.gt(bounds_.high - kNearBound * range));
  const at::Tensor wrong = (output - targets).abs_().ge(kFarFromData * range);
  const at::Tensor count = flat.logical_and(wrong).sum();
  saturated_ = saturated_.defined() ? saturated_ + count : count;
  values_ += output.numel();
}

double Saturation::fraction() const {
  if (values_ == 0) return 0;
  return static_cast<double>(saturated_.item<int64_t>()) / static_cast<double>(values_);
}

}  // namespace ae
