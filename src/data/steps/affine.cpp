#include "data/steps/affine.h"

#include "core/error.h"

namespace ae {

at::Tensor observed(const at::Tensor& rows, int64_t column) {
  const at::Tensor values = rows.select(1, column);
  const at::Tensor gaps = values.isnan();
  return gaps.any().item<bool>() ? values.masked_select(gaps.logical_not()) : values;
}

std::unique_ptr<Step> AffineSpec::fit(const StepRows& rows) const {
  std::vector<double> offsets;
  std::vector<double> divisors;
  for (int64_t column = 0; column < rows.rows.size(1); ++column) {
    const Fit found = fit_column(observed(rows.rows, column));
    offsets.push_back(found.offset);
    divisors.push_back(found.divisor);
  }
  return std::make_unique<AffineStep>(double_tensor(offsets), double_tensor(divisors));
}

std::unique_ptr<Step> AffineSpec::restore(const Json& state, int64_t width) const {
  return std::make_unique<AffineStep>(read_doubles(state.at("offset"), width),
                                      read_doubles(state.at("divisor"), width));
}

}  // namespace ae
