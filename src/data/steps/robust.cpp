#include <algorithm>

#include "data/steps/affine.h"

namespace ae::steps {
namespace {

class Robust : public AffineSpec {
 protected:
  Fit fit_column(std::vector<double>& values) const override {
    std::sort(values.begin(), values.end());
    return {quantile_of(values, 0.5), quantile_of(values, 0.75) - quantile_of(values, 0.25)};
  }
};

}  // namespace

PartEntry<StepSpec> robust() {
  return {"robust",
          "(x - median) / (upper quartile - lower quartile), by column: unmoved by a few "
          "extreme values",
          make_part<StepSpec, Robust>};
}

}  // namespace ae::steps
