#include "models/corruptions/fill.h"

#include <ATen/ops/where.h>

#include <stdexcept>

namespace ae {

void FillOption::declare(OptionVisitor& visitor) {
  static const std::vector<std::string> kFills = {"zero", "mean"};
  visitor.choice("fill", fill, kFills,
                 "What masked values become: zero, or the feature's mean over the training rows.");
}

at::Tensor FillOption::values(const InputInfo& input) const {
  if (!is_mean()) return {};
  if (!input.mean.defined()) throw std::logic_error("masking to the mean was not told the mean");
  return input.mean;
}

at::Tensor filled(const at::Tensor& x, const at::Tensor& mask, const at::Tensor& fill) {
  if (!fill.defined()) return x.masked_fill(mask, 0);
  return at::where(mask, fill.to(x.options()), x);
}

}  // namespace ae
