#include "data/steps/affine.h"

namespace ae::steps {
namespace {

class MinMax : public AffineSpec {
 protected:
  Fit fit_column(const at::Tensor& column) const override {
    const double low = column.min().item<double>();
    return {low, column.max().item<double>() - low};
  }
};

}  // namespace

PartEntry<StepSpec> min_max() {
  return {"min_max", "(x - minimum) / (maximum - minimum), by column: to [0, 1]",
          make_part<StepSpec, MinMax>};
}

}  // namespace ae::steps
