#include "evaluation/assignment.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace ae {
namespace {

constexpr double kUnreached = std::numeric_limits<double>::infinity();

/// Successive shortest augmenting paths; no more rows than columns.
class ShortestPaths {
 public:
  /// @param costs  [n, m] float64, contiguous, n ≤ m; not copied
  explicit ShortestPaths(const at::Tensor& costs)
      : costs_(costs.const_data_ptr<double>()),
        width_(static_cast<size_t>(costs.size(1))),
        row_duals_(static_cast<size_t>(costs.size(0)), 0),
        column_duals_(width_, 0),
        column_of_(row_duals_.size(), -1),
        row_of_(width_, -1),
        distance_(width_),
        previous_(width_),
        settled_(width_) {}

  /// The column of each row.
  std::vector<int64_t> solve() {
    for (size_t row = 0; row < row_duals_.size(); ++row) augment(row);
    return column_of_;
  }

 private:
  /// Matches one more row, by the alternating path of least reduced cost to a free column.
  void augment(size_t start) {
    std::fill(distance_.begin(), distance_.end(), kUnreached);
    std::fill(settled_.begin(), settled_.end(), char{0});
    size_t row = start;
    size_t column = 0;
    double length = 0;
    while (true) {
      column = settle_nearest(row, length);
      length = distance_[column];
      settled_[column] = 1;
      if (row_of_[column] < 0) break;
      row = static_cast<size_t>(row_of_[column]);
    }
    update_duals(start, length);
    flip_path(start, column);
  }

  /// Relaxes the edges of a row; the nearest column that is not settled, a free one if several are.
  size_t settle_nearest(size_t row, double length) {
    double least = kUnreached;
    size_t nearest = width_;
    for (size_t j = 0; j < width_; ++j) {
      if (settled_[j] != 0) continue;
      const double path = length + costs_[row * width_ + j] - row_duals_[row] - column_duals_[j];
      if (path < distance_[j]) {
        distance_[j] = path;
        previous_[j] = row;
      }
      if (nearest == width_ || distance_[j] < least || (distance_[j] == least && row_of_[j] < 0)) {
        least = distance_[j];
        nearest = j;
      }
    }
    return nearest;
  }

  /// Keeps reduced costs non-negative, and zero on matched pairs.
  void update_duals(size_t start, double length) {
    row_duals_[start] += length;
    for (size_t j = 0; j < width_; ++j) {
      if (settled_[j] == 0) continue;
      column_duals_[j] -= length - distance_[j];
      if (row_of_[j] >= 0) row_duals_[static_cast<size_t>(row_of_[j])] += length - distance_[j];
    }
  }

  void flip_path(size_t start, size_t column) {
    while (true) {
      const size_t row = previous_[column];
      row_of_[column] = static_cast<int64_t>(row);
      const int64_t next = column_of_[row];
      column_of_[row] = static_cast<int64_t>(column);
      if (row == start) return;
      column = static_cast<size_t>(next);
    }
  }

  const double* costs_;
  size_t width_;
  std::vector<double> row_duals_;
  std::vector<double> column_duals_;
  std::vector<int64_t> column_of_;
  std::vector<int64_t> row_of_;
  std::vector<double> distance_;  // of each column from the row that is being matched
  std::vector<size_t> previous_;  // row before each column on its path
  std::vector<char> settled_;
};

}  // namespace

Assignment best_assignment(const at::Tensor& costs) {
  const bool tall = costs.size(0) > costs.size(1);
  const at::Tensor wide = (tall ? costs.t() : costs).to(at::kDouble).contiguous();
  std::vector<int64_t> matched = ShortestPaths(wide).solve();
  Assignment out;
  const auto width = static_cast<size_t>(wide.size(1));
  for (size_t i = 0; i < matched.size(); ++i) {
    out.cost += wide.const_data_ptr<double>()[i * width + static_cast<size_t>(matched[i])];
  }
  if (!tall) {
    out.columns = std::move(matched);
    return out;
  }
  out.columns.assign(static_cast<size_t>(costs.size(0)), -1);
  for (size_t j = 0; j < matched.size(); ++j) {
    out.columns[static_cast<size_t>(matched[j])] = static_cast<int64_t>(j);
  }
  return out;
}

}  // namespace ae
