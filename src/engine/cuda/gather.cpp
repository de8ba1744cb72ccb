#include "engine/cuda/gather.h"

#include <ATen/ops/empty.h>

#include "engine/cuda/kernels.h"

namespace ae::cuda {

at::Tensor gather(const ResidentRows& source, const at::Tensor& rows) {
  const at::Tensor& all = source.values();
  at::Tensor out = at::empty({rows.size(0), source.width()}, rows.options().dtype(at::kFloat));
  const auto blocks = static_cast<unsigned>(rows.size(0));
  const auto* numbers = rows.const_data_ptr<int64_t>();
  const auto offset = static_cast<float>(source.scaling().offset);
  const auto divisor = static_cast<float>(source.scaling().divisor);
  const Kernels& kernels = Kernels::get();
  if (all.scalar_type() == at::kByte) {
    kernels.gather_bytes(blocks, kThreads, all.const_data_ptr<uint8_t>(), numbers, source.width(),
                         offset, divisor, mutable_data(out));
  } else {
    kernels.gather_floats(blocks, kThreads, data(all), numbers, source.width(), offset, divisor,
                          mutable_data(out));
  }
  return out;
}

}  // namespace ae::cuda
