#include "data/steps/affine.h"

namespace ae::steps {
namespace {

class Standardize : public AffineSpec {
 protected:
  Fit fit_column(const at::Tensor& column) const override {
    const double mean = column.mean().item<double>();
    // Two passes: the mean may be large against the spread.
    const double spread = (column - mean).square().mean().sqrt().item<double>();
    return {mean, spread};
  }
};

}  // namespace

PartEntry<StepSpec> standardize() {
  return {"standardize", "(x - mean) / standard deviation, by column",
          make_part<StepSpec, Standardize>};
}

}  // namespace ae::steps
