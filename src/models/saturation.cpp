#include "models/saturation.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "models/repeat_rows.h"

namespace ae {
namespace {

// Of the activation's range: a sigmoid's slope has fallen there to 4 % of its steepest.
constexpr double kNearBound = 0.01;
// Less than this is no error worth a warning: data close to a bound belong there.
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
  const int64_t draws = output.size(0) / target.size(0);
  const at::Tensor wanted = repeat_rows(target, draws);
  const at::Tensor flat = output.lt(bounds_.low + kNearBound * range)
                              .logical_or_(output.gt(bounds_.high - kNearBound * range));
  const at::Tensor wrong = (output - wanted).abs_().ge(kFarFromData * range);
  const at::Tensor count = flat.logical_and(wrong).sum();
  saturated_ = saturated_.defined() ? saturated_ + count : count;
  values_ += output.numel();
}

double Saturation::fraction() const {
  if (values_ == 0) return 0;
  return static_cast<double>(saturated_.item<int64_t>()) / static_cast<double>(values_);
}

}  // namespace ae
