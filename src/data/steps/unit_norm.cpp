#include <ATen/TensorOperators.h>

#include "data/steps/by_row.h"

namespace ae::steps {
namespace {

/// Gaps count as 0.
class UnitNorm : public StepByRow {
 public:
  at::Tensor forward(const at::Tensor& rows) const override {
    const at::Tensor norm = rows.square().nansum(1, /*keepdim=*/true).sqrt();
    return rows / norm.masked_fill(norm.eq(0), 1);
  }
};

}  // namespace

PartEntry<StepSpec> unit_norm() {
  return {"unit_norm", "each row is divided by its Euclidean norm, which outputs do not get back",
          make_part<StepSpec, StepByRowSpec<UnitNorm>>};
}

}  // namespace ae::steps
