#include "evaluation/intrinsic_dimension.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kDistancesAtOnce = int64_t{1} << 22;  // 32 MB a thread
constexpr int64_t kRowsAtOnce = 1024;                   // enough blocks to share
constexpr double kDiscarded = 0.1;                      // share of the ratios, the largest
// Candidates in addition to the two neighbours: rounding changes a row's rank by little.
constexpr int64_t kMoreCandidates = 6;

double distance_between(const double* a, const double* b, int64_t width) {
  double sum = 0;
  for (int64_t i = 0; i < width; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

/// Log of the second nearest distance over the nearest one, for a block of rows; NaN if the nearest
/// distance is 0.
/// @param rows     [N, D] float64, contiguous, about their mean
/// @param squares  [N] squared norms of the rows
/// @param out      [count]
void log_ratios_of_block(const at::Tensor& rows, const at::Tensor& squares, int64_t first,
                         int64_t count, double* out) {
  // ‖b - a‖² without ‖a‖², which is equal for all rows b.
  at::Tensor distances = at::addmm(squares, rows.narrow(0, first, count), rows.t(), 1, -2);
  distances.narrow(1, first, count).diagonal().fill_(std::numeric_limits<double>::infinity());
  const int64_t candidates = std::min(2 + kMoreCandidates, rows.size(0) - 1);
  const at::Tensor nearest =
      std::get<1>(distances.topk(candidates, 1, /*largest=*/false)).contiguous();
  const auto* candidate = nearest.const_data_ptr<int64_t>();
  const auto* row = rows.const_data_ptr<double>();
  const int64_t width = rows.size(1);
  std::vector<double> exact(static_cast<size_t>(candidates));
  for (int64_t i = first; i < first + count; ++i) {
    for (double& distance : exact) {
      distance = distance_between(row + i * width, row + *candidate++ * width, width);
    }
    std::partial_sort(exact.begin(), exact.begin() + 2, exact.end());
    *out++ =
        exact[0] > 0 ? std::log(exact[1] / exact[0]) : std::numeric_limits<double>::quiet_NaN();
  }
}

/// Log ratios of all rows. [N]
std::vector<double> log_ratios(const at::Tensor& given, int threads) {
  at::Tensor rows = given.to(at::kDouble);
  rows = (rows - rows.mean(0)).contiguous();
  const at::Tensor squares = rows.square().sum(1);
  const int64_t n = rows.size(0);
  const int64_t step = std::clamp<int64_t>(kDistancesAtOnce / n, 1, kRowsAtOnce);
  std::vector<double> out(static_cast<size_t>(n));
  run_tensor_jobs(static_cast<size_t>((n + step - 1) / step), threads, [&](size_t block) {
    const int64_t first = static_cast<int64_t>(block) * step;
    log_ratios_of_block(rows, squares, first, std::min(step, n - first), out.data() + first);
  });
  return out;
}

/// @param log_ratios  ascending
double slope_through_origin(const std::vector<double>& log_ratios) {
  const auto n = static_cast<double>(log_ratios.size());
  const auto kept = static_cast<size_t>(n * (1 - kDiscarded));
  double products = 0;
  double squares = 0;
  for (size_t i = 0; i < kept; ++i) {
    products -= log_ratios[i] * std::log1p(-static_cast<double>(i + 1) / n);
    squares += log_ratios[i] * log_ratios[i];
  }
  return products / squares;
}

}  // namespace

std::optional<IntrinsicDimension> intrinsic_dimension(const at::Tensor& rows, int threads) {
  if (rows.size(0) < 3) return std::nullopt;
  std::vector<double> ratios = log_ratios(rows, threads);
  const auto end =
      std::remove_if(ratios.begin(), ratios.end(), [](double ratio) { return std::isnan(ratio); });
  const auto duplicates = static_cast<int64_t>(ratios.end() - end);
  ratios.erase(end, ratios.end());
  std::sort(ratios.begin(), ratios.end());
  double sum = 0;
  for (const double ratio : ratios) sum += ratio;
  const double slope = ratios.size() < 3 ? 0 : slope_through_origin(ratios);
  if (ratios.size() < 3 || sum <= 0 || !std::isfinite(slope)) return std::nullopt;
  return IntrinsicDimension{.maximum_likelihood = static_cast<double>(ratios.size() - 1) / sum,
                            .linear_fit = slope,
                            .rows = static_cast<int64_t>(ratios.size()),
                            .duplicates = duplicates};
}

}  // namespace ae
