#include "evaluation/ecod.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <tuple>

#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kColumnsOfRound = 16;  // bounds the memory, whatever the number of threads

/// Sign of the skewness; 0 for a column that is constant up to rounding, as of scipy.stats.skew.
int skewness_sign(const at::Tensor& column) {
  const double mean = column.mean().item<double>();
  const at::Tensor centred = column - mean;
  const at::Tensor squares = centred.square();
  const double negligible = std::numeric_limits<double>::epsilon() * mean;
  if (squares.mean().item<double>() <= negligible * negligible) return 0;
  const double third = (squares * centred).mean().item<double>();
  return (third > 0 ? 1 : 0) - (third < 0 ? 1 : 0);
}

/// Scores of values by one column.
/// @param column  [N] float64, contiguous, that the distribution is taken of
/// @param values  [M] float64, contiguous, which are in the column
/// @param out     [M]
void score_column(const at::Tensor& column, const at::Tensor& values, double* out) {
  const int sign = skewness_sign(column);
  const at::Tensor in_order = std::get<0>(at::sort(column));
  const std::span<const double> sorted(in_order.const_data_ptr<double>(),
                                       static_cast<size_t>(in_order.size(0)));
  const auto count = static_cast<double>(sorted.size());
  for (int64_t i = 0; i < values.size(0); ++i) {
    const double value = values.const_data_ptr<double>()[i];
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
    const double left = -std::log(static_cast<double>(last - sorted.begin()) / count);
    const double right = -std::log(static_cast<double>(sorted.end() - first) / count);
    // With a skewness the third term is one of the other two.
    out[i] = sign == 0 ? left + right : std::max(left, right);
  }
}

/// @param all   [N, D] rows that the distributions are taken of
/// @param rows  [M, D] among them
at::Tensor score_rows(const at::Tensor& all, const at::Tensor& rows, int threads) {
  at::Tensor sum = at::zeros({rows.size(0)}, at::kDouble);
  const int64_t width = all.size(1);
  for (int64_t first = 0; first < width; first += kColumnsOfRound) {
    const int64_t columns = std::min(kColumnsOfRound, width - first);
    at::Tensor scores = at::empty({columns, rows.size(0)}, at::kDouble);
    auto* out = scores.mutable_data_ptr<double>();
    run_tensor_jobs(static_cast<size_t>(columns), threads, [&](size_t job) {
      const auto column = static_cast<int64_t>(job);
      const auto values_of = [&](const at::Tensor& table) {
        return table.select(1, first + column).to(at::kDouble).contiguous();
      };
      score_column(values_of(all), values_of(rows), out + column * rows.size(0));
    });
    sum.add_(scores.sum(0));
  }
  return sum;
}

}  // namespace

Ecod::Ecod(const at::Tensor& rows) : rows_(rows) {}

at::Tensor Ecod::score(const at::Tensor& rows, int threads) const {
  return score_rows(at::cat({rows_.to(at::kDouble), rows.to(at::kDouble)}), rows, threads);
}

at::Tensor Ecod::score_training_rows(int threads) const {
  return score_rows(rows_, rows_, threads);
}

}  // namespace ae
