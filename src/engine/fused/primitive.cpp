#include "engine/fused/primitive.h"

#include <algorithm>

#include "kernels/elementwise.h"

namespace ae::fused {

std::vector<WeightRange> partition_weight(const FlatParameters::Slice& weight, int64_t lines,
                                          int64_t length, const FlatParameters::Slice& bias) {
  constexpr int64_t kMaxWeights = 1 << 16;
  constexpr int64_t kTileRows = 8;  // of a gemm
  const int64_t max_lines = kMaxWeights / length;
  const int64_t remainder = max_lines < kTileRows ? 0 : max_lines % kTileRows;
  const int64_t at_once = std::max<int64_t>(max_lines - remainder, 1);
  std::vector<WeightRange> ranges;
  for (int64_t first = 0; first < lines; first += at_once) {
    const int64_t count = std::min(at_once, lines - first);
    ranges.push_back(
        {{weight.offset + first * length, count * length}, /*is_bias=*/false, first, count});
  }
  ranges.push_back({{bias.offset, bias.count}, /*is_bias=*/true, 0, bias.count});
  return ranges;
}

template <class T>
void WeightedPrimitive<T>::compute_bias_gradient(const Buffer<T>& output, const WeightRange& range,
                                                 int64_t rows, bool accumulate, T* out) const {
  T beta = accumulate ? 1 : 0;
  if (centred_ != nullptr) {
    sum_rows(rows, range.count, centred_->gradients() + range.first, centred_->width(), -beta, out);
    beta = T(-1);
  }
  sum_rows(rows, range.count, output.gradients() + range.first, output.width(), beta, out);
}

template class WeightedPrimitive<float>;
template class WeightedPrimitive<double>;

}  // namespace ae::fused
