#include "models/gap_input.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

namespace ae {

GapInput::GapInput(const at::Tensor& fill, const std::vector<int64_t>& indicated)
    : fill_(fill), indicated_(at::tensor(indicated, at::kLong)) {}

at::Tensor GapInput::filled(const at::Tensor& x) const {
  const at::Tensor& fill = fill_.on(x.device());
  return at::where(x.isnan(), fill.to(x.scalar_type()), x);
}

at::Tensor GapInput::with_indicators(const at::Tensor& input, const at::Tensor& x) const {
  if (indicators() == 0) return input;
  const at::Tensor& indicated = indicated_.on(x.device());
  return at::cat({input, x.isnan().index_select(1, indicated).to(input.scalar_type())}, 1);
}

}  // namespace ae
