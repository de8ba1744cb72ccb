#include "data/moments.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <span>

#include "data/resident_rows.h"

namespace ae {

Moments moments_of(const RowSet& set, const Scaling& scaling) {
  constexpr size_t kChunk = 1024;
  const ResidentRows rows(*set.data, scaling, at::kCPU);
  const std::span<const int64_t> all = set.rows;
  const auto count = static_cast<double>(set.count());
  at::Tensor sum = at::zeros({set.data->info.width()}, at::kDouble);
  // Relative to the first chunk's mean, against cancellation if all rows are far from 0.
  at::Tensor origin;
  at::Tensor squares = at::zeros({}, at::kDouble);
  for (size_t begin = 0; begin < all.size(); begin += kChunk) {
    const at::Tensor x =
        rows.gather(all.subspan(begin, std::min(kChunk, all.size() - begin))).to(at::kDouble);
    if (!origin.defined()) origin = x.mean(0);
    const at::Tensor shifted = x - origin;
    sum += shifted.sum(0);
    squares += shifted.square().sum();
  }
  const at::Tensor shift = sum / count;
  return {origin + shift, squares.item<double>() / count - shift.square().sum().item<double>()};
}

}  // namespace ae
