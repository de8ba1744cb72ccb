#include "engine/plan/operation.h"

#include <algorithm>

#include "engine/plan/loops.h"

namespace ae::plan {

std::vector<WeightShare> shares_of(const FlatParameters::Slice& weight, int64_t lines,
                                   int64_t length, const FlatParameters::Slice& bias) {
  constexpr int64_t kWeights = 1 << 16;
  constexpr int64_t kTogether = 8;  // lines that a product takes at a time
  const int64_t lines_at_once = kWeights / length;
  const int64_t left_over = lines_at_once < kTogether ? 0 : lines_at_once % kTogether;
  const int64_t at_once = std::max<int64_t>(lines_at_once - left_over, 1);
  std::vector<WeightShare> shares;
  for (int64_t first = 0; first < lines; first += at_once) {
    const int64_t count = std::min(at_once, lines - first);
    shares.push_back(
        {{weight.offset + first * length, count * length}, /*is_bias=*/false, first, count});
  }
  shares.push_back({{bias.offset, bias.count}, /*is_bias=*/true, 0, bias.count});
  return shares;
}

template <class T>
void WeightedOperation<T>::find_bias_gradient(const Buffer<T>& output, const WeightShare& share,
                                              int64_t rows, T beta, T* out) const {
  if (centred_ != nullptr) {
    sum_rows(rows, share.count, centred_->gradients() + share.first, centred_->width(), -beta, out);
    beta = T(-1);
  }
  sum_rows(rows, share.count, output.gradients() + share.first, output.width(), beta, out);
}

template class WeightedOperation<float>;
template class WeightedOperation<double>;

}  // namespace ae::plan
