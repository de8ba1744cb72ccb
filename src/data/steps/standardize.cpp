#include <ATen/ops/from_blob.h>

#include "data/steps/affine.h"

namespace ae::steps {
namespace {

class Standardize : public AffineSpec {
 protected:
  Fit fit_column(std::vector<double>& values) const override {
    const at::Tensor column =
        at::from_blob(values.data(), static_cast<int64_t>(values.size()), at::kDouble);
    const double mean = column.mean().item<double>();
    // Two passes: the mean may be large against the spread.
    const double spread = column.sub_(mean).square_().mean().sqrt().item<double>();
    return {mean, spread};
  }
};

}  // namespace

PartEntry<StepSpec> standardize() {
  return {"standardize", "(x - mean) / standard deviation, by column",
          make_part<StepSpec, Standardize>};
}

}  // namespace ae::steps
