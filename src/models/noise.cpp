#include "models/noise.h"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace ae {

StreamKey RowNoise::stream_key(Purpose purpose, uint32_t layer, uint64_t item) const {
  return {.seed = key_.seed, .purpose = purpose, .epoch = key_.epoch, .item = item, .layer = layer};
}

void Noise::fill_normal(Purpose purpose, int64_t width, float* out) const {
  const at::Tensor drawn = normal(purpose, width).contiguous();
  std::copy_n(drawn.const_data_ptr<float>(), drawn.numel(), out);
}

void Noise::fill_normal(Purpose purpose, int64_t width, double* out) const {
  const at::Tensor drawn = normal(purpose, width).to(at::kDouble).contiguous();
  std::copy_n(drawn.const_data_ptr<double>(), drawn.numel(), out);
}

template <class Fill>
void RowNoise::fill_rows(Purpose purpose, uint32_t layer, int64_t width, float* out,
                         const Fill& fill) const {
  for (const int64_t row : rows_) {
    RandomStream stream(stream_key(purpose, layer, static_cast<uint64_t>(row)));
    fill(stream, std::span<float>(out, static_cast<size_t>(width)));
    out += width;
  }
}

template <class Fill>
at::Tensor RowNoise::by_row(Purpose purpose, uint32_t layer, int64_t width,
                            const Fill& fill) const {
  at::Tensor out = at::empty({static_cast<int64_t>(rows_.size()), width}, at::kFloat);
  fill_rows(purpose, layer, width, out.mutable_data_ptr<float>(), fill);
  return out.to(device_);
}

void RowNoise::fill_normal(Purpose purpose, int64_t width, float* out) const {
  fill_rows(purpose, 0, width, out, [](RandomStream& s, std::span<float> row) { s.normal(row); });
}

at::Tensor RowNoise::normal(Purpose purpose, int64_t width, uint32_t layer) const {
  return by_row(purpose, layer, width,
                [](RandomStream& s, std::span<float> out) { s.normal(out); });
}

at::Tensor RowNoise::uniform(Purpose purpose, int64_t width, uint32_t layer) const {
  return by_row(purpose, layer, width,
                [](RandomStream& s, std::span<float> out) { s.uniform(out); });
}

}  // namespace ae
