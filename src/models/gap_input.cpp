#include "models/gap_input.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

namespace ae {

GapInput::GapInput(const at::Tensor& fill, const std::vector<int64_t>& indicated)
    : fill_(fill), indicated_(at::tensor(indicated, at::kLong)) {}

void GapInput::move_to(const at::Tensor& x) const {
  if (fill_.device() == x.device() && fill_.scalar_type() == x.scalar_type()) return;
  fill_ = fill_.to(x.device(), x.scalar_type());
  indicated_ = indicated_.to(x.device());
}

at::Tensor GapInput::filled(const at::Tensor& x) const {
  move_to(x);
  return at::where(x.isnan(), fill_, x);
}

at::Tensor GapInput::with_indicators(const at::Tensor& input, const at::Tensor& x) const {
  if (indicators() == 0) return input;
  move_to(x);
  return at::cat({input, x.isnan().index_select(1, indicated_).to(input.scalar_type())}, 1);
}

}  // namespace ae
