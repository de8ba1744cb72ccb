#include "data/moments.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/nanmean.h>
#include <ATen/ops/nansum.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <span>

#include "data/resident_rows.h"

namespace ae {

Moments moments_of(const RowSet& set, const Scaling& scaling) {
  constexpr size_t kChunk = 1024;
  const ResidentRows rows(*set.data, scaling, at::kCPU);
  const std::span<const int64_t> all = set.rows;
  at::Tensor count = at::zeros({set.data->info.width()}, at::kDouble);  // without gaps
  at::Tensor sum = at::zeros_like(count);
  // Relative to the first chunk's mean, against cancellation if all rows are far from 0.
  at::Tensor origin;
  at::Tensor squares = at::zeros_like(count);
  for (size_t begin = 0; begin < all.size(); begin += kChunk) {
    const at::Tensor x =
        rows.gather(all.subspan(begin, std::min(kChunk, all.size() - begin))).to(at::kDouble);
    if (!origin.defined()) origin = x.nanmean(0).nan_to_num();
    const at::Tensor shifted = x - origin;
    count += x.isnan().logical_not().sum(0);
    sum += shifted.nansum(0);
    squares += shifted.square().nansum(0);
  }
  const at::Tensor shift = sum / count;
  if (rows.is_drawn()) {  // of zeros and ones
    const at::Tensor mean = origin + shift;
    return {mean, (mean * (1 - mean)).sum().item<double>()};
  }
  return {origin + shift, (squares / count - shift.square()).sum().item<double>()};
}

}  // namespace ae
