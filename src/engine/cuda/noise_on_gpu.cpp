#include "engine/cuda/noise_on_gpu.h"

#include <ATen/ops/empty.h>

#include "core/error.h"
#include "engine/cuda/kernels.h"

namespace ae::cuda {

at::Tensor NoiseOnGpu::normal(Purpose purpose, int64_t width, uint32_t layer) const {
  return generate(Kernels::get().draw_normal, purpose, width, layer);
}

at::Tensor NoiseOnGpu::uniform(Purpose purpose, int64_t width, uint32_t layer) const {
  return generate(Kernels::get().draw_uniform, purpose, width, layer);
}

std::unique_ptr<Noise> NoiseOnGpu::part(int64_t /*first*/, int64_t /*count*/) const {
  throw internal_error("noise on a GPU cannot be split");
}

template <class Kernel>
at::Tensor NoiseOnGpu::generate(const Kernel& kernel, Purpose purpose, int64_t width,
                                uint32_t layer) const {
  at::Tensor out = at::empty({rows_.size(0), width}, rows_.options().dtype(at::kFloat));
  const auto [key0, key1] = philox_key({.seed = seed_, .purpose = purpose, .layer = layer});
  kernel(blocks_of(rows_.size(0) * ((width + 3) / 4)), kThreads, rows_.size(0),
         static_cast<int>(width), rows_.const_data_ptr<int64_t>(), epoch_.const_data_ptr<int>(),
         {key0, key1}, mutable_data(out));
  return out;
}

}  // namespace ae::cuda
