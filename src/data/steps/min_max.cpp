#include <algorithm>

#include "data/steps/affine.h"

namespace ae::steps {
namespace {

class MinMax : public AffineSpec {
 protected:
  Fit fit_column(std::vector<double>& values) const override {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return {*low, *high - *low};
  }
};

}  // namespace

PartEntry<StepSpec> min_max() {
  return {"min_max", "(x - minimum) / (maximum - minimum), by column: to [0, 1]",
          make_part<StepSpec, MinMax>};
}

}  // namespace ae::steps
