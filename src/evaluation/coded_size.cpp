#include "evaluation/coded_size.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

/// Indices of a latent as integers. Beyond 2^53 float64 does not tell them apart.
std::vector<int64_t> symbols_of(const at::Tensor& indices) {
  constexpr double kLargest = 9007199254740992.0;  // 2^53
  const at::Tensor some = indices.clamp(-kLargest, kLargest).contiguous();
  const auto* values = some.const_data_ptr<double>();
  std::vector<int64_t> symbols(static_cast<size_t>(some.numel()));
  std::transform(values, values + some.numel(), symbols.begin(),
                 [](double value) { return static_cast<int64_t>(value); });
  return symbols;
}

double elias_gamma_bits(int64_t index) {
  const int64_t m = index >= 0 ? 2 * index + 1 : -2 * index;  // 0, -1, 1, -2, … as 1, 2, 3, 4, …
  return 2 * static_cast<double>(std::bit_width(static_cast<uint64_t>(m)) - 1) + 1;
}

struct LatentSize {
  double bits = 0;  // of all held-out rows
  int64_t escapes = 0;
};

/// @param held_out  not empty
LatentSize latent_size(std::vector<int64_t> training, std::vector<int64_t> held_out) {
  std::ranges::sort(training);
  std::ranges::sort(held_out);
  const double all = std::log2(static_cast<double>(training.size()) + 1);
  LatentSize size;
  auto first = training.begin();
  for (auto symbol = held_out.begin(); symbol != held_out.end();) {
    const auto next = std::upper_bound(symbol, held_out.end(), *symbol);
    const auto times = static_cast<double>(next - symbol);
    first = std::lower_bound(first, training.end(), *symbol);
    const auto last = std::upper_bound(first, training.end(), *symbol);
    if (first != last) {
      size.bits += times * (all - std::log2(static_cast<double>(last - first)));
    } else {
      size.bits += times * (all + elias_gamma_bits(*symbol));
      size.escapes += next - symbol;
    }
    first = last;
    symbol = next;
  }
  return size;
}

}  // namespace

at::Tensor Quantizer::indices(const at::Tensor& codes) const {
  return ((codes.to(at::kDouble) - offset) / step).round_();
}

at::Tensor Quantizer::rounded(const at::Tensor& codes) const {
  return indices(codes).mul_(step).add_(offset);
}

CodedSize coded_size(const at::Tensor& training, const at::Tensor& held_out,
                     const Quantizer& quantizer, int threads) {
  const auto latents = static_cast<size_t>(training.size(1));
  std::vector<LatentSize> sizes(latents);
  run_tensor_jobs(latents, threads, [&](size_t latent) {
    const auto j = static_cast<int64_t>(latent);
    const Quantizer one{quantizer.offset[j], quantizer.step};
    sizes[latent] = latent_size(symbols_of(one.indices(training.select(1, j))),
                                symbols_of(one.indices(held_out.select(1, j))));
  });
  CodedSize out{at::empty({training.size(1)}, at::kDouble)};
  const auto rows = static_cast<double>(held_out.size(0));
  int64_t escapes = 0;
  for (size_t j = 0; j < latents; ++j) {
    out.bits.mutable_data_ptr<double>()[j] = sizes[j].bits / rows;
    escapes += sizes[j].escapes;
  }
  out.escapes = static_cast<double>(escapes) / (rows * static_cast<double>(latents));
  return out;
}

std::optional<double> mse_at(std::vector<RatePoint> curve, double bits) {
  std::ranges::sort(curve, {}, &RatePoint::bits);
  const auto after = std::ranges::lower_bound(curve, bits, {}, &RatePoint::bits);
  if (after == curve.end()) return std::nullopt;
  if (after->bits == bits) return after->mse;
  if (after == curve.begin()) return std::nullopt;
  const RatePoint& before = *std::prev(after);
  if (!(before.mse > 0) || !(after->mse > 0)) return std::nullopt;
  const double part = (bits - before.bits) / (after->bits - before.bits);
  return std::exp(std::lerp(std::log(before.mse), std::log(after->mse), part));
}

}  // namespace ae
