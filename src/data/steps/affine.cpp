#include "data/steps/affine.h"

#include "core/error.h"
#include "data/columns.h"

namespace ae {

std::unique_ptr<Step> AffineSpec::fit(const StepRows& rows) const {
  const auto width = static_cast<size_t>(rows.rows.size(1));
  std::vector<double> offsets(width);
  std::vector<double> divisors(width);
  for_each_column(rows.rows, [&](int64_t column, std::vector<double>& values) {
    const Fit found = fit_column(values);
    offsets[static_cast<size_t>(column)] = found.offset;
    divisors[static_cast<size_t>(column)] = found.divisor;
  });
  return std::make_unique<AffineStep>(double_tensor(offsets), double_tensor(divisors));
}

std::unique_ptr<Step> AffineSpec::restore(const Json& state, int64_t width) const {
  return std::make_unique<AffineStep>(read_doubles(state.at("offset"), width),
                                      read_doubles(state.at("divisor"), width));
}

}  // namespace ae
