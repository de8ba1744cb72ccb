#include "data/steps/affine.h"

namespace ae::steps {
namespace {

class Robust : public AffineSpec {
 protected:
  Fit fit_column(const at::Tensor& column) const override {
    const std::vector<double> sorted = sorted_column(column.unsqueeze(1), 0);
    return {quantile_of(sorted, 0.5), quantile_of(sorted, 0.75) - quantile_of(sorted, 0.25)};
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
