#include "evaluation/posterior_match.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cdist.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/pdist.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kPairsOfBlock = int64_t{1} << 21;  // 16 MB a thread, a few times
constexpr int64_t kMostRowsAtOnce = 1024;            // enough blocks to share
constexpr int64_t kMedianRows = 2000;                // 64 MB for the pairs of two such samples
constexpr int64_t kMatrixProduct = 1;                // mode of at::cdist
constexpr double kConstantCode =
    1e-12;  // deviation over the largest one of a code that is constant

/// At most kMedianRows rows, evenly spaced.
at::Tensor spaced_rows(const at::Tensor& rows) {
  const int64_t n = rows.size(0);
  if (n <= kMedianRows) return rows;
  return rows.index_select(
      0, at::arange(kMedianRows, at::kLong).mul(n).div_(kMedianRows, /*rounding_mode=*/"floor"));
}

/// The mean of the two middle values if their number is even.
double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double median_squared_distance(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor distances =
      at::pdist(at::cat({spaced_rows(a), spaced_rows(b)}).contiguous()).square();
  std::vector<double> values(distances.const_data_ptr<double>(),
                             distances.const_data_ptr<double>() + distances.numel());
  return median_of(values);
}

/// Mean of exp(-d² / (2σ²)) over the pairs of a row of `a` and one of `b`, or over those of two
/// distinct rows if both are one sample.
double mean_kernel(const at::Tensor& a, const at::Tensor& b, double variance, int threads) {
  const bool same = a.is_same(b);
  const int64_t n = a.size(0);
  const int64_t m = b.size(0);
  const int64_t step = std::clamp<int64_t>(kPairsOfBlock / m, 1, kMostRowsAtOnce);
  std::vector<double> sums(static_cast<size_t>((n + step - 1) / step), 0);
  run_tensor_jobs(sums.size(), threads, [&](size_t block) {
    const int64_t first = static_cast<int64_t>(block) * step;
    const int64_t count = std::min(step, n - first);
    at::Tensor distances = at::cdist(a.narrow(0, first, count), b, /*p=*/2, kMatrixProduct);
    if (same) {
      distances.narrow(1, first, count).diagonal().fill_(std::numeric_limits<double>::infinity());
    }
    sums[block] = distances.square_().div_(-2 * variance).exp_().sum().item<double>();
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total / (static_cast<double>(n) * static_cast<double>(same ? n - 1 : m));
}

}  // namespace

CodeMoments code_moments(const at::Tensor& codes) {
  const at::Tensor rows = codes.to(at::kDouble);
  const at::Tensor mean = rows.mean(0);
  const at::Tensor centred = rows - mean;
  return {mean, centred.t().mm(centred) / static_cast<double>(rows.size(0) - 1)};
}

std::optional<double> gaussian_total_correlation(const at::Tensor& covariance) {
  // -½ log det of the correlation matrix, whose condition does not depend on the codes' scales.
  const at::Tensor deviations = covariance.diagonal().sqrt();
  const double largest = deviations.max().item<double>();
  if (!(largest > 0) || deviations.min().item<double>() <= kConstantCode * largest)
    return std::nullopt;
  const at::Tensor correlations = covariance / deviations / deviations.unsqueeze(1);
  const at::Tensor eigenvalues = at::linalg_eigvalsh(correlations, "L");  // ascending
  const double rounding = static_cast<double>(covariance.size(0)) *
                          std::numeric_limits<double>::epsilon() * eigenvalues[-1].item<double>();
  if (eigenvalues[0].item<double>() <= rounding) return std::nullopt;
  return std::max(0., -0.5 * eigenvalues.log().sum().item<double>());
}

std::optional<KernelDiscrepancy> kernel_discrepancy(const at::Tensor& a, const at::Tensor& b,
                                                    int threads) {
  if (a.size(0) < 2 || b.size(0) < 2) return std::nullopt;
  at::Tensor first = a.to(at::kDouble);
  const at::Tensor origin = first.mean(0);  // against cancellation in distances
  first = first - origin;
  const at::Tensor second = b.to(at::kDouble) - origin;
  const double variance = median_squared_distance(first, second);
  if (!(variance > 0)) return std::nullopt;
  const double squared = mean_kernel(first, first, variance, threads) +
                         mean_kernel(second, second, variance, threads) -
                         2 * mean_kernel(first, second, variance, threads);
  return KernelDiscrepancy{.squared = squared, .bandwidth = std::sqrt(variance)};
}

}  // namespace ae
