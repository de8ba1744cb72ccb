#include "evaluation/knn_detector.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kKnnBlockDistances = int64_t{1} << 21;  // 16 MB a thread
constexpr int64_t kKnnBlockRows = 256;                    // enough blocks to share

double squared_distance(const double* a, const double* b, int64_t width) {
  double sum = 0;
  for (int64_t i = 0; i < width; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// Bound of the rounding of ‖b‖² - 2 q·b, as a share of ‖b‖² + ‖q‖².
double rounding_share(int64_t width) {
  return 4 * static_cast<double>(width + 8) * std::numeric_limits<double>::epsilon();
}

/// Rows that may be among the k nearest to a query; memory to reuse.
class Candidates {
 public:
  explicit Candidates(int64_t k) : k_(static_cast<size_t>(k)) {}

  /// @param products  [n] of the rows b: ‖b‖² - 2 q·b; infinite for a row that is left out
  /// @param squares   [n] ‖b‖²
  /// @param own       ‖q‖²
  /// @param share     rounding_share()
  void select(const double* products, const double* squares, int64_t n, double own, double share) {
    // The k smallest upper bounds so far: a row whose lower bound is above all of them is farther.
    upper_.assign(k_, std::numeric_limits<double>::max());
    rows_.clear();
    for (int64_t row = 0; row < n; ++row) {
      const double rounding = share * (squares[row] + own);
      if (products[row] - rounding > upper_.front()) continue;
      rows_.push_back({row, products[row] - rounding});
      if (products[row] + rounding >= upper_.front()) continue;
      std::pop_heap(upper_.begin(), upper_.end());
      upper_.back() = products[row] + rounding;
      std::push_heap(upper_.begin(), upper_.end());
    }
    std::erase_if(rows_, [&](const Bounded& each) { return each.lower > upper_.front(); });
  }
  /// k-th smallest distance. @param distance_of  of a row from the query
  template <class Distance>
  double kth(const Distance& distance_of) {
    distances_.clear();
    for (const Bounded& each : rows_) distances_.push_back(distance_of(each.row));
    const auto kth = distances_.begin() + static_cast<std::ptrdiff_t>(k_) - 1;
    std::nth_element(distances_.begin(), kth, distances_.end());
    return *kth;
  }

 private:
  struct Bounded {
    int64_t row;
    double lower;
  };

  size_t k_;
  std::vector<double> upper_;  // a heap, the greatest first
  std::vector<Bounded> rows_;
  std::vector<double> distances_;
};

}  // namespace

KnnDetector::KnnDetector(const at::Tensor& rows, int64_t k)
    : rows_(rows.to(at::kDouble).contiguous()),
      mean_(rows_.mean(0)),
      centred_(rows_ - mean_),  // against cancellation
      squares_(centred_.square().sum(1)),
      k_(k) {}

at::Tensor KnnDetector::score(const at::Tensor& rows, int threads) const {
  return distances(rows, /*leave_one_out=*/false, threads);
}

at::Tensor KnnDetector::score_training_rows(int threads) const {
  return distances(rows_, /*leave_one_out=*/true, threads);
}

at::Tensor KnnDetector::distances(const at::Tensor& queries, bool leave_one_out,
                                  int threads) const {
  const int64_t count = queries.size(0);
  const int64_t step = std::clamp<int64_t>(kKnnBlockDistances / rows_.size(0), 1, kKnnBlockRows);
  at::Tensor out = at::empty({count}, at::kDouble);
  auto* scores = out.mutable_data_ptr<double>();
  run_tensor_jobs(static_cast<size_t>((count + step - 1) / step), threads, [&](size_t block) {
    const int64_t first = static_cast<int64_t>(block) * step;
    const at::Tensor part = queries.narrow(0, first, std::min(step, count - first));
    distances_of_block(part.to(at::kDouble).contiguous(), leave_one_out ? first : -1,
                       scores + first);
  });
  return out;
}

void KnnDetector::distances_of_block(const at::Tensor& queries, int64_t excluded,
                                     double* out) const {
  const int64_t n = rows_.size(0);
  const int64_t width = rows_.size(1);
  const at::Tensor centred = queries - mean_;
  const at::Tensor query_squares = centred.square().sum(1);
  // ‖b - q‖² without ‖q‖², which is equal for all rows b.
  at::Tensor products = at::addmm(squares_, centred, centred_.t(), 1, -2).contiguous();  // [q, N]
  if (excluded >= 0) {
    products.narrow(1, excluded, queries.size(0))
        .diagonal()
        .fill_(std::numeric_limits<double>::infinity());
  }
  const double share = rounding_share(width);
  const auto* squares = squares_.const_data_ptr<double>();
  const auto* rows = rows_.const_data_ptr<double>();
  Candidates candidates(k_);
  for (int64_t i = 0; i < queries.size(0); ++i) {
    const auto* query = queries.const_data_ptr<double>() + i * width;
    candidates.select(products.const_data_ptr<double>() + i * n, squares, n,
                      query_squares.const_data_ptr<double>()[i], share);
    out[i] = std::sqrt(candidates.kth(
        [&](int64_t row) { return squared_distance(query, rows + row * width, width); }));
  }
}

}  // namespace ae
