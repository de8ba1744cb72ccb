#include "inference/mixture_selection.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/random.h"

namespace ae {
namespace {

constexpr int64_t kComponents[] = {1, 2, 3, 5, 8, 12, 20, 32};
constexpr int64_t kMostFullDimensions = 64;
constexpr int64_t kMostRows = 20000;
constexpr int64_t kMostProducts = int64_t{1} << 25;  // of a component's full covariance
constexpr int64_t kMostValues = int64_t{1} << 21;    // with diagonal covariances: 16 MB
constexpr int64_t kValuesPerParameter = 10;
constexpr int64_t kRowsPerComponent = 10;
constexpr int64_t kFirstIterations = 5;
constexpr double kRelativeRegularization = 1e-6;
constexpr double kLeastRegularization = 1e-24;  // of equal rows

/// Rows about their mean with their squared norms.
struct SeededRows {
  at::Tensor values;   // [N, Z]
  at::Tensor squares;  // [N]

  /// Squared distances of all rows from one. [N]
  at::Tensor distances_from(int64_t row) const {
    return (squares + squares[row] - 2 * values.mv(values[row])).clamp_min_(0);
  }
};

/// A row drawn with probability in proportion to its weight; any row if all weights are 0.
int64_t weighted_row(const at::Tensor& weights, RandomStream& stream) {
  const at::Tensor sums = weights.cumsum(0);
  const int64_t last = weights.size(0) - 1;
  const auto* sum = sums.const_data_ptr<double>();
  if (sum[last] <= 0) return stream.below(static_cast<uint32_t>(last + 1));
  const double drawn = stream.bits() / 4294967296.0 * sum[last];
  return std::min(last, std::upper_bound(sum, sum + last, drawn) - sum);
}

/// Responsibilities of rows, each of which belongs to the nearest of `components` rows that greedy
/// k-means++ chooses. [K, N]
at::Tensor seeded_responsibilities(const SeededRows& rows, int64_t components,
                                   RandomStream& stream) {
  const int64_t n = rows.squares.size(0);
  const auto candidates = 2 + static_cast<int64_t>(std::log(static_cast<double>(components)));
  at::Tensor nearest = rows.distances_from(stream.below(static_cast<uint32_t>(n)));  // [N]
  at::Tensor owner = at::zeros({1, n}, at::kLong);
  for (int64_t k = 1; k < components; ++k) {
    at::Tensor best;  // distances from the candidate that leaves the least sum
    double least = 0;
    for (int64_t candidate = 0; candidate < candidates; ++candidate) {
      const at::Tensor distances = rows.distances_from(weighted_row(nearest, stream));
      const auto sum = at::minimum(distances, nearest).sum().item<double>();
      if (best.defined() && sum >= least) continue;
      best = distances;
      least = sum;
    }
    owner = at::where(best < nearest, at::full({1}, k, at::kLong), owner);
    nearest = at::minimum(best, nearest);
  }
  return at::zeros({components, n}, at::kDouble).scatter_(0, owner, 1.0);
}

MixtureFit best_start(const at::Tensor& rows, const SeededRows& centred, int64_t components,
                      const MixtureOptions& options, const MixtureSelectionOptions& selection) {
  MixtureOptions first = options;
  first.iterations = kFirstIterations;
  std::optional<MixtureFit> best;
  const int64_t starts = components == 1 ? 1 : selection.starts;
  for (int64_t start = 0; start < starts; ++start) {
    RandomStream stream({.seed = selection.seed,
                         .purpose = Purpose::clustering,
                         .item = static_cast<uint64_t>(start),
                         .layer = static_cast<uint32_t>(components)});
    MixtureFit fit = fit_gaussian_mixture(
        rows, mixture_of(rows, seeded_responsibilities(centred, components, stream), options),
        first);
    if (!best || fit.log_likelihood > best->log_likelihood) best = std::move(fit);
  }
  if (best->converged) return std::move(*best);
  MixtureFit fit = fit_gaussian_mixture(rows, std::move(best->mixture), options);
  fit.iterations += best->iterations;
  return fit;
}

}  // namespace

CovarianceType covariance_type_for(int64_t rows, int64_t dimensions) {
  const int64_t parameters = dimensions * (dimensions + 3) / 2;
  const bool determined = rows * dimensions >= kValuesPerParameter * parameters;
  return determined && dimensions <= kMostFullDimensions ? CovarianceType::full
                                                         : CovarianceType::diagonal;
}

int64_t most_mixture_rows(int64_t dimensions) {
  const int64_t most = dimensions <= kMostFullDimensions ? kMostProducts / (dimensions * dimensions)
                                                         : kMostValues / dimensions;
  return std::clamp(most, int64_t{2}, kMostRows);
}

SelectedMixture select_gaussian_mixture(const at::Tensor& rows,
                                        const MixtureSelectionOptions& options) {
  SeededRows centred{rows - rows.mean(0), {}};
  centred.squares = centred.values.square().sum(1);
  const double mean_variance =
      centred.squares.mean().item<double>() / static_cast<double>(rows.size(1));
  const MixtureOptions em{
      .covariance_type = covariance_type_for(rows.size(0), rows.size(1)),
      .regularization = std::max(kRelativeRegularization * mean_variance, kLeastRegularization),
      .threads = options.threads};
  SelectedMixture out;
  int rises = 0;
  for (const int64_t components : kComponents) {
    if (components > 1 && components * kRowsPerComponent > rows.size(0)) break;
    MixtureFit fit = best_start(rows, centred, components, em, options);
    rises = !out.candidates.empty() && fit.bic > out.candidates.back().bic ? rises + 1 : 0;
    out.candidates.push_back({components, fit.bic});
    if (out.candidates.size() == 1 || fit.bic < out.fit.bic) out.fit = std::move(fit);
    if (rises == 2) break;
  }
  return out;
}

}  // namespace ae
