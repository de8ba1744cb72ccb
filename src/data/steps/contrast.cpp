#include <ATen/TensorOperators.h>
#include <ATen/ops/nanmean.h>

#include "data/steps/by_row.h"

namespace ae::steps {
namespace {

class Contrast : public StepByRow {
 public:
  at::Tensor forward(const at::Tensor& rows) const override {
    constexpr double kLeastSpread = 1e-8;  // of a row of one value
    const at::Tensor centred = rows - rows.nanmean(1, /*keepdim=*/true);
    const at::Tensor spread = centred.square().nanmean(1, /*keepdim=*/true).sqrt();
    return centred / spread.masked_fill(spread.lt(kLeastSpread), 1);
  }
};

}  // namespace

PartEntry<StepSpec> contrast() {
  return {"contrast",
          "each row, such as an image, is given mean 0 and standard deviation 1, which outputs do "
          "not get back",
          make_part<StepSpec, StepByRowSpec<Contrast>>};
}

}  // namespace ae::steps
