#include "evaluation/embedding_quality.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kDistancesOfBlock = int64_t{1} << 21;  // 16 MB a space and thread
constexpr int64_t kRowsOfBlock = 1024;                   // enough blocks to share
constexpr int64_t kCountedRanks = 64;                    // more are read off a sorted row
constexpr double kRelativeRounding = 1e-12;              // of squared distances

/// Squared distances in one space, each row's up to a term of its own.
class RankedSpace {
 public:
  explicit RankedSpace(const at::Tensor& rows) : rows_(rows.to(at::kDouble)) {
    rows_ = rows_ - rows_.mean(0);  // against cancellation
    squares_ = rows_.square().sum(1);
    rounding_ = std::max(kRelativeRounding * squares_.max().item<double>(),
                         std::numeric_limits<double>::min());  // equal rows tie too
  }

  /// Infinity for the distance of a row from itself. [count, n]
  at::Tensor distances(int64_t first, int64_t count) const {
    // ‖b - a‖² without ‖a‖², which is equal for all rows b.
    at::Tensor out =
        at::addmm(squares_, rows_.narrow(0, first, count), rows_.t(), 1, -2).contiguous();
    out.narrow(1, first, count).diagonal().fill_(std::numeric_limits<double>::infinity());
    return out;
  }
  /// Differences of squared distances that are not above it are rounding.
  double rounding() const { return rounding_; }

 private:
  at::Tensor rows_;     // [n, D] float64
  at::Tensor squares_;  // [n]
  double rounding_ = 0;
};

/// Number of values of a row below a limit.
class CountBelow {
 public:
  /// @param queries  calls to be made; for many the row is sorted
  void set_row(const double* values, int64_t n, int64_t queries) {
    values_ = values;
    n_ = n;
    sorted_.clear();
    if (queries <= kCountedRanks) return;
    sorted_.assign(values, values + n);
    std::sort(sorted_.begin(), sorted_.end());
  }

  int64_t operator()(double limit) const {
    if (!sorted_.empty()) {
      return std::lower_bound(sorted_.begin(), sorted_.end(), limit) - sorted_.begin();
    }
    int64_t out = 0;
    for (int64_t j = 0; j < n_; ++j) out += values_[j] < limit ? 1 : 0;
    return out;
  }

 private:
  const double* values_ = nullptr;
  int64_t n_ = 0;
  std::vector<double> sorted_;
};

/// Mean of max(0, rank - k) over the ranks from `nearer` + 1 to `through`.
double mean_excess(int64_t nearer, int64_t through, int64_t k) {
  if (through <= k) return 0;
  const auto below = static_cast<double>(std::max(nearer, k) - k);
  const auto last = static_cast<double>(through - k);
  return (last * (last + 1) - below * (below + 1)) / 2 / static_cast<double>(through - nearer);
}

/// Σ max(0, rank - k) of the neighbours of a block of rows, ranked by another space's distances.
/// @param ranking     [count, n]
/// @param neighbours  [count, k] int64
double excess_ranks(const at::Tensor& ranking, double rounding, const at::Tensor& neighbours) {
  const int64_t n = ranking.size(1);
  const int64_t k = neighbours.size(1);
  const auto* distances = ranking.const_data_ptr<double>();
  const auto* neighbour = neighbours.const_data_ptr<int64_t>();
  CountBelow count_below;
  double excess = 0;
  for (int64_t i = 0; i < ranking.size(0); ++i, distances += n) {
    count_below.set_row(distances, n, k);
    for (int64_t m = 0; m < k; ++m) {
      const double distance = distances[*neighbour++];
      excess += mean_excess(count_below(distance - rounding), count_below(distance + rounding), k);
    }
  }
  return excess;
}

at::Tensor nearest_rows(const at::Tensor& distances, int64_t k) {
  return std::get<1>(distances.topk(k, 1, /*largest=*/false)).contiguous();
}

}  // namespace

std::optional<EmbeddingQuality> embedding_quality(const at::Tensor& data, const at::Tensor& codes,
                                                  int64_t k, int threads) {
  const int64_t n = data.size(0);
  if (2 * k >= n) return std::nullopt;
  const RankedSpace data_space(data);
  const RankedSpace code_space(codes);
  const int64_t step = std::clamp<int64_t>(kDistancesOfBlock / n, 1, kRowsOfBlock);
  struct Excess {
    double intruders = 0;
    double missing = 0;
  };
  std::vector<Excess> blocks(static_cast<size_t>((n + step - 1) / step));
  run_tensor_jobs(blocks.size(), threads, [&](size_t block) {
    const int64_t first = static_cast<int64_t>(block) * step;
    const int64_t count = std::min(step, n - first);
    const at::Tensor in_data = data_space.distances(first, count);
    const at::Tensor in_codes = code_space.distances(first, count);
    blocks[block] = {excess_ranks(in_data, data_space.rounding(), nearest_rows(in_codes, k)),
                     excess_ranks(in_codes, code_space.rounding(), nearest_rows(in_data, k))};
  });
  Excess total;
  for (const Excess& block : blocks) {
    total.intruders += block.intruders;
    total.missing += block.missing;
  }
  const double scale = 2 / (static_cast<double>(n * k) * static_cast<double>(2 * n - 3 * k - 1));
  return EmbeddingQuality{.trustworthiness = 1 - scale * total.intruders,
                          .continuity = 1 - scale * total.missing};
}

}  // namespace ae
