#include "evaluation/cluster_agreement.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/xlogy.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "evaluation/assignment.h"

namespace ae {
namespace {

/// Number of rows of each pair of labels. [labels of a, labels of b] float64
at::Tensor contingency_table(const at::Tensor& a, const at::Tensor& b) {
  const auto [labels_a, classes_a] = at::_unique(a, /*sorted=*/true, /*return_inverse=*/true);
  const auto [labels_b, classes_b] = at::_unique(b, /*sorted=*/true, /*return_inverse=*/true);
  const int64_t width = labels_b.size(0);
  const at::Tensor pairs = classes_a * width + classes_b;
  return at::bincount(pairs, {}, labels_a.size(0) * width)
      .view({labels_a.size(0), width})
      .to(at::kDouble);
}

/// Σ x log x
double sum_of_x_log_x(const at::Tensor& x) { return at::xlogy(x, x).sum().item<double>(); }

/// @param shares, of_a, of_b  table over the number of rows, and its margins
double normalized_information(const at::Tensor& shares, const at::Tensor& of_a,
                              const at::Tensor& of_b) {
  if (shares.numel() == 1) return 1;
  const double entropy_a = -sum_of_x_log_x(of_a);
  const double entropy_b = -sum_of_x_log_x(of_b);
  const double information = sum_of_x_log_x(shares) + entropy_a + entropy_b;
  if (information <= std::numeric_limits<double>::epsilon()) return 0;
  return std::min(1., 2 * information / (entropy_a + entropy_b));
}

/// @param table, of_a, of_b  counts
double adjusted_rand(const at::Tensor& table, const at::Tensor& of_a, const at::Tensor& of_b) {
  const auto n = of_a.sum().item<double>();
  const auto squares = table.square().sum().item<double>();
  const double together = squares - n;  // ordered pairs of rows in one cluster of both labelings
  const double only_b = of_b.square().sum().item<double>() - squares;
  const double only_a = of_a.square().sum().item<double>() - squares;
  const double apart = n * n - only_a - only_b - squares;
  if (only_a == 0 && only_b == 0) return 1;
  return 2 * (together * apart - only_a * only_b) /
         ((together + only_a) * (only_a + apart) + (together + only_b) * (only_b + apart));
}

}  // namespace

ClusterAgreement cluster_agreement(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor table = contingency_table(a, b);
  const at::Tensor of_a = table.sum(1);
  const at::Tensor of_b = table.sum(0);
  const auto n = static_cast<double>(a.size(0));
  return {.accuracy = -best_assignment(-table).cost / n,
          .normalized_mutual_information = normalized_information(table / n, of_a / n, of_b / n),
          .adjusted_rand_index = adjusted_rand(table, of_a, of_b)};
}

}  // namespace ae
