#include "models/noise.h"

#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

namespace ae {

DrawAddress RowNoise::address(Purpose purpose, uint32_t layer, uint64_t item) const {
  return {.seed = moment_.seed,
          .purpose = purpose,
          .epoch = moment_.epoch,
          .item = item,
          .layer = layer};
}

template <class Fill>
at::Tensor RowNoise::by_row(Purpose purpose, uint32_t layer, int64_t width,
                            const Fill& fill) const {
  at::Tensor out = at::empty({static_cast<int64_t>(rows_.size()), width}, at::kFloat);
  auto* to = out.mutable_data_ptr<float>();
  for (const int64_t row : rows_) {
    RandomStream stream(address(purpose, layer, static_cast<uint64_t>(row)));
    fill(stream, std::span<float>(to, static_cast<size_t>(width)));
    to += width;
  }
  return out;
}

at::Generator RowNoise::generator(Purpose purpose, uint32_t layer) const {
  at::Generator generator = at::globalContext().defaultGenerator(device_).clone();
  generator.set_current_seed(derived_seed(address(purpose, layer, moment_.step)));
  return generator;
}

at::Tensor RowNoise::normal(Purpose purpose, int64_t width, uint32_t layer) const {
  if (device_.is_cpu()) {
    return by_row(purpose, layer, width,
                  [](RandomStream& s, std::span<float> out) { s.normal(out); });
  }
  return at::randn({static_cast<int64_t>(rows_.size()), width}, generator(purpose, layer),
                   at::TensorOptions().dtype(at::kFloat).device(device_));
}

at::Tensor RowNoise::uniform(Purpose purpose, int64_t width, uint32_t layer) const {
  if (device_.is_cpu()) {
    return by_row(purpose, layer, width,
                  [](RandomStream& s, std::span<float> out) { s.uniform(out); });
  }
  return at::rand({static_cast<int64_t>(rows_.size()), width}, generator(purpose, layer),
                  at::TensorOptions().dtype(at::kFloat).device(device_));
}

}  // namespace ae
