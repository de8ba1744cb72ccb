#include "models/corruptions/fill.h"

#include <ATen/ops/where.h>

#include <stdexcept>

namespace ae {

void FillOption::declare(OptionVisitor& visitor) {
  static const std::vector<std::string> kFills = {"zero", "mean"};
  visitor.choice("fill", fill, kFills,
                 "Value of masked features: zero, or the feature's mean over the training rows.");
}

Fill FillOption::of(const InputInfo& input) const {
  if (!is_mean()) return {};
  if (!input.mean.defined()) throw std::logic_error("fill \"mean\" needs InputInfo::mean");
  return Fill(input.mean);
}

at::Tensor Fill::like(const at::Tensor& x) const {
  if (x.is_cpu()) return values_.to(x.options());  // no cache: called from several threads
  if (!on_gpu_.defined() || on_gpu_.device() != x.device() || on_gpu_.dtype() != x.dtype()) {
    on_gpu_ = values_.to(x.options());
  }
  return on_gpu_;
}

at::Tensor Fill::put(const at::Tensor& x, const at::Tensor& mask) const {
  return is_zero() ? x.masked_fill(mask, 0) : at::where(mask, like(x), x);
}

}  // namespace ae
