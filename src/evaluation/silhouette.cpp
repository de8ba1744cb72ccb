#include "evaluation/silhouette.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cdist.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kBlockDistances = int64_t{1} << 22;  // 32 MB a thread
constexpr int64_t kMostRowsOfBlock = 1024;             // enough blocks to share
constexpr int64_t kByMatrixProduct = 1;                // mode of at::cdist

/// Rows in the order of their clusters, so that each cluster's distances are adjacent.
struct SortedClusters {
  SortedClusters(const at::Tensor& codes, const at::Tensor& classes, int64_t count) {
    const at::Tensor order = at::argsort(classes, /*stable=*/true, /*dim=*/0, /*descending=*/false);
    rows = codes.index_select(0, order).to(at::kDouble);
    rows.sub_(rows.mean(0));  // against cancellation in distances by matrix product
    const at::Tensor sizes = at::bincount(classes, {}, count);
    for (int64_t c = 0; c < count; ++c) ends.push_back(ends.back() + sizes[c].item<int64_t>());
  }

  at::Tensor rows;               // [N, D] float64
  std::vector<int64_t> ends{0};  // [clusters + 1] first row of each cluster, and N
};

/// @param distances  [N] of one row from all, 0 from itself
/// @param own        the row's cluster
double silhouette_of_row(const double* distances, size_t own, const std::vector<int64_t>& ends) {
  if (ends[own + 1] - ends[own] == 1) return 0;
  double inside = 0;
  double outside = std::numeric_limits<double>::infinity();
  for (size_t c = 0; c + 1 < ends.size(); ++c) {
    double sum = 0;
    for (int64_t j = ends[c]; j < ends[c + 1]; ++j) sum += distances[j];
    const auto size = static_cast<double>(ends[c + 1] - ends[c]);
    if (c == own) {
      inside = sum / (size - 1);
    } else {
      outside = std::min(outside, sum / size);
    }
  }
  const double larger = std::max(inside, outside);
  return larger > 0 ? (outside - inside) / larger : 0;
}

/// Sum of the silhouettes of consecutive rows.
double silhouettes_of_block(const SortedClusters& sorted, int64_t first, int64_t count) {
  at::Tensor distances = at::cdist(sorted.rows.narrow(0, first, count), sorted.rows, /*p=*/2,
                                   kByMatrixProduct);  // [count, N]
  distances.narrow(1, first, count).diagonal().zero_();
  distances = distances.contiguous();
  const auto* row = distances.const_data_ptr<double>();
  double sum = 0;
  size_t own = 0;
  for (int64_t i = first; i < first + count; ++i, row += distances.size(1)) {
    while (sorted.ends[own + 1] <= i) ++own;
    sum += silhouette_of_row(row, own, sorted.ends);
  }
  return sum;
}

}  // namespace

std::optional<double> mean_silhouette(const at::Tensor& codes, const at::Tensor& labels,
                                      int threads) {
  const auto [distinct, classes] = at::_unique(labels, /*sorted=*/true, /*return_inverse=*/true);
  const int64_t n = codes.size(0);
  if (distinct.size(0) < 2 || distinct.size(0) == n) return std::nullopt;
  const SortedClusters sorted(codes, classes, distinct.size(0));
  const int64_t step = std::clamp<int64_t>(kBlockDistances / n, 1, kMostRowsOfBlock);
  std::vector<double> sums(static_cast<size_t>((n + step - 1) / step), 0);
  run_tensor_jobs(sums.size(), threads, [&](size_t block) {
    const int64_t first = static_cast<int64_t>(block) * step;
    sums[block] = silhouettes_of_block(sorted, first, std::min(step, n - first));
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total / static_cast<double>(n);
}

}  // namespace ae
