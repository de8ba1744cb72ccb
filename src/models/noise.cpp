#include "models/noise.h"

#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

namespace ae {

template <class Fill>
at::Tensor RowNoise::by_row(Purpose purpose, int64_t width, const Fill& fill) const {
  at::Tensor out = at::empty({static_cast<int64_t>(rows_.size()), width}, at::kFloat);
  auto* to = out.mutable_data_ptr<float>();
  for (const int64_t row : rows_) {
    RandomStream stream({.seed = moment_.seed,
                         .purpose = purpose,
                         .epoch = moment_.epoch,
                         .item = static_cast<uint64_t>(row)});
    fill(stream, std::span<float>(to, static_cast<size_t>(width)));
    to += width;
  }
  return out;
}

at::Generator RowNoise::generator(Purpose purpose) const {
  at::Generator generator = at::globalContext().defaultGenerator(device_).clone();
  generator.set_current_seed(derived_seed(
      {.seed = moment_.seed, .purpose = purpose, .epoch = moment_.epoch, .item = moment_.step}));
  return generator;
}

at::Tensor RowNoise::normal(Purpose purpose, int64_t width) const {
  if (device_.is_cpu()) {
    return by_row(purpose, width, [](RandomStream& s, std::span<float> out) { s.normal(out); });
  }
  return at::randn({static_cast<int64_t>(rows_.size()), width}, generator(purpose),
                   at::TensorOptions().dtype(at::kFloat).device(device_));
}

at::Tensor RowNoise::uniform(Purpose purpose, int64_t width) const {
  if (device_.is_cpu()) {
    return by_row(purpose, width, [](RandomStream& s, std::span<float> out) { s.uniform(out); });
  }
  return at::rand({static_cast<int64_t>(rows_.size()), width}, generator(purpose),
                  at::TensorOptions().dtype(at::kFloat).device(device_));
}

}  // namespace ae
