#include "engine/fused/active_latents.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/elementwise.h"

namespace ae::fused {

template <class T>
void ActiveLatents<T>::reserve(int64_t rows) {
  const auto size = static_cast<size_t>(rows * max_count_);
  indices_.resize(size);
  values_.resize(size);
  gradients_.resize(size);
  rows_.resize(size);
  positions_.resize(size);
  begins_.resize(static_cast<size_t>(latents_) + 1);
}

template <class T>
void ActiveLatents<T>::invert(int64_t rows) {
  const auto count = static_cast<size_t>(rows * k_);
  std::fill(begins_.begin(), begins_.end(), int64_t{0});
  for (size_t i = 0; i < count; ++i) ++begins_[static_cast<size_t>(indices_[i]) + 1];
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  // Advances each latent's begin to its end, which is the next one's begin.
  for (size_t i = 0; i < count; ++i) {
    const auto to = static_cast<size_t>(begins_[static_cast<size_t>(indices_[i])]++);
    rows_[to] = static_cast<int32_t>(static_cast<int64_t>(i) / k_);
    positions_[to] = static_cast<int32_t>(i);
  }
  std::copy_backward(begins_.begin(), begins_.end() - 1, begins_.end());
  begins_.front() = 0;
}

template <class T>
typename ActiveLatents<T>::Uses ActiveLatents<T>::uses(int64_t latent) const {
  const int64_t begin = begins_[static_cast<size_t>(latent)];
  return {rows_.data() + begin, positions_.data() + begin,
          begins_[static_cast<size_t>(latent) + 1] - begin};
}

template <class T>
void active_latents_backward(const IndexRange& rows, const Buffer<T>& sums, const T* dictionary,
                             ActiveLatents<T>& code) {
  const int64_t width = sums.width();
  for (int64_t row = rows.begin; row < rows.begin + rows.count; ++row) {
    for (int64_t j = 0; j < code.k(); ++j) {
      code.gradients(row)[j] =
          dot(width, sums.gradients(row), dictionary + code.indices(row)[j] * width);
    }
  }
}

template <class T>
void TopKSelector<T>::find(int64_t n, int64_t k, const T* x, int32_t* indices) {
  constexpr int64_t kBlockLength = 32;
  const int64_t blocks = n / kBlockLength;
  candidates_.clear();
  if (blocks > k) {
    maxima_.resize(static_cast<size_t>(blocks));
    find_maxima(blocks, kBlockLength, x, maxima_.data());
  }
  const auto is_nan = [](T value) { return std::isnan(value); };
  if (blocks > k && std::none_of(maxima_.begin(), maxima_.end(), is_nan)) {
    // The k-th largest maximum of a block is at most the k-th largest value.
    sorted_ = maxima_;
    std::nth_element(sorted_.begin(), sorted_.begin() + k - 1, sorted_.end(), std::greater<>());
    const T threshold = sorted_[static_cast<size_t>(k) - 1];
    const auto collect = [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (x[i] >= threshold) candidates_.push_back(static_cast<int32_t>(i));
      }
    };
    for (int64_t block = 0; block < blocks; ++block) {
      if (maxima_[static_cast<size_t>(block)] >= threshold) {
        collect(block * kBlockLength, (block + 1) * kBlockLength);
      }
    }
    collect(blocks * kBlockLength, n);
  }
  if (static_cast<int64_t>(candidates_.size()) < k) {  // few values, or some not finite
    candidates_.resize(static_cast<size_t>(n));
    std::iota(candidates_.begin(), candidates_.end(), 0);
  }
  const auto larger = [x](int32_t a, int32_t b) {
    return std::isnan(x[a]) ? !std::isnan(x[b]) : x[a] > x[b];
  };
  if (static_cast<int64_t>(candidates_.size()) > k) {
    std::nth_element(candidates_.begin(), candidates_.begin() + k - 1, candidates_.end(), larger);
  }
  std::copy_n(candidates_.begin(), k, indices);
}

template class ActiveLatents<float>;
template class ActiveLatents<double>;
template void active_latents_backward(const IndexRange&, const Buffer<float>&, const float*,
                                      ActiveLatents<float>&);
template void active_latents_backward(const IndexRange&, const Buffer<double>&, const double*,
                                      ActiveLatents<double>&);
template class TopKSelector<float>;
template class TopKSelector<double>;

}  // namespace ae::fused
