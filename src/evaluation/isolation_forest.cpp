#include "evaluation/isolation_forest.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>

#include "core/random.h"
#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr uint32_t kLayerOfDraws = 0;
constexpr uint32_t kLayerOfSplits = 1;
constexpr int64_t kForestBlockValues = int64_t{1} << 18;  // 2 MB a thread
constexpr int64_t kForestBlockRows = 4096;                // enough blocks to share

/// Mean depth at which a search fails in a binary search tree of n rows: the paper's c(n), whose
/// harmonic number is by approximation, but exact for 2 rows.
double failed_search_depth(int64_t n) {
  if (n <= 1) return 0;
  if (n == 2) return 1;
  const auto others = static_cast<double>(n - 1);
  return 2 * (std::log(others) + std::numbers::egamma) - 2 * others / static_cast<double>(n);
}

/// Distinct numbers below n, unordered. Source: Floyd, in Bentley & Floyd 1987, "A sample of
/// brilliance".
std::vector<int64_t> sample_below(int64_t n, int64_t count, RandomStream& random) {
  std::vector<int64_t> out;
  for (int64_t last = n - count; last < n; ++last) {
    const int64_t drawn = random.below(static_cast<uint32_t>(last + 1));
    out.push_back(std::find(out.begin(), out.end(), drawn) == out.end() ? drawn : last);
  }
  return out;
}

/// Uniform in [0, 1), of 53 bits.
double uniform(RandomStream& random) {
  const uint64_t high = random.bits();
  return static_cast<double>(high << 21 | random.bits() >> 11) * 0x1p-53;
}

struct Split {
  int64_t feature;
  double threshold;  // above the least value of the rows, at most the greatest
};

/// Draws splits of some rows of a table.
class Splitter {
 public:
  /// @param rows  [n, D] float64, contiguous; must outlive this
  Splitter(const at::Tensor& rows, const StreamKey& key)
      : values_(rows.const_data_ptr<double>()),
        features_(static_cast<size_t>(rows.size(1))),
        random_(key) {
    std::iota(features_.begin(), features_.end(), 0);
  }

  double value(int64_t row, int64_t feature) const {
    return values_[row * static_cast<int64_t>(features_.size()) + feature];
  }
  /// @return nothing if the rows are equal
  std::optional<Split> draw(std::span<const int64_t> rows) {
    // Features in random order, up to the first that is not constant.
    for (size_t left = features_.size(); left > 0; --left) {
      std::swap(features_[random_.below(static_cast<uint32_t>(left))], features_[left - 1]);
      const int64_t feature = features_[left - 1];
      double least = value(rows[0], feature);
      double greatest = least;
      for (const int64_t row : rows) {
        least = std::min(least, value(row, feature));
        greatest = std::max(greatest, value(row, feature));
      }
      if (least == greatest) continue;
      const double u = uniform(random_);
      const double threshold = u * least + (1 - u) * greatest;
      return Split{feature, threshold > least && threshold <= greatest ? threshold : greatest};
    }
    return std::nullopt;
  }

 private:
  const double* values_;
  std::vector<int64_t> features_;
  RandomStream random_;
};

}  // namespace

IsolationForest::IsolationForest(const at::Tensor& rows, const IsolationForestOptions& options)
    : rows_(rows) {
  const int64_t count = std::min(options.rows_of_tree, rows.size(0));
  expected_ = failed_search_depth(count);
  for (uint64_t number = 0; number < static_cast<uint64_t>(options.trees); ++number) {
    RandomStream draws({.seed = options.seed,
                        .purpose = Purpose::isolation_forest,
                        .item = number,
                        .layer = kLayerOfDraws});
    const at::Tensor drawn = at::tensor(sample_below(rows.size(0), count, draws), at::kLong);
    trees_.push_back(
        grow(rows.index_select(0, drawn).to(at::kDouble).contiguous(), number, options.seed));
  }
}

IsolationForest::Tree IsolationForest::grow(const at::Tensor& sample, uint64_t number,
                                            uint64_t seed) {
  struct Pending {
    size_t node;
    std::span<int64_t> rows;
    int depth;
  };
  Splitter splitter(sample, {.seed = seed,
                             .purpose = Purpose::isolation_forest,
                             .item = number,
                             .layer = kLayerOfSplits});
  std::vector<int64_t> order(static_cast<size_t>(sample.size(0)));
  std::iota(order.begin(), order.end(), 0);
  const auto depth_limit = static_cast<int>(std::bit_width(order.size() - 1));  // ceil(log2 n)
  Tree tree(1);
  std::vector<Pending> pending{{0, order, 0}};
  while (!pending.empty()) {
    const auto [node, rows, depth] = pending.back();
    pending.pop_back();
    const auto split = depth < depth_limit && rows.size() > 1 ? splitter.draw(rows) : std::nullopt;
    if (!split) {
      tree[node].value = depth + failed_search_depth(static_cast<int64_t>(rows.size()));
      continue;
    }
    const auto middle = std::partition(rows.begin(), rows.end(), [&](int64_t row) {
      return splitter.value(row, split->feature) < split->threshold;
    });
    const auto below = static_cast<size_t>(middle - rows.begin());
    const size_t child = tree.size();
    tree[node] = {static_cast<int32_t>(split->feature), static_cast<int32_t>(child),
                  split->threshold};
    tree.resize(child + 2);
    pending.push_back({child, rows.first(below), depth + 1});
    pending.push_back({child + 1, rows.subspan(below), depth + 1});
  }
  return tree;
}

void IsolationForest::add_path_lengths(const Tree& tree, const at::Tensor& rows,
                                       std::span<double> sums) {
  const auto* row = rows.const_data_ptr<double>();
  for (double& sum : sums) {
    const Node* node = tree.data();
    while (node->feature >= 0) {
      node = &tree[static_cast<size_t>(node->below + (row[node->feature] < node->value ? 0 : 1))];
    }
    sum += node->value;
    row += rows.size(1);
  }
}

at::Tensor IsolationForest::score(const at::Tensor& rows, int threads) const {
  const int64_t count = rows.size(0);
  const int64_t step = std::clamp<int64_t>(kForestBlockValues / rows.size(1), 1, kForestBlockRows);
  at::Tensor out = at::empty({count}, at::kDouble);
  auto* scores = out.mutable_data_ptr<double>();
  run_tensor_jobs(static_cast<size_t>((count + step - 1) / step), threads, [&](size_t block) {
    const int64_t first = static_cast<int64_t>(block) * step;
    const int64_t size = std::min(step, count - first);
    const at::Tensor part = rows.narrow(0, first, size).to(at::kDouble).contiguous();
    const std::span<double> of_block(scores + first, static_cast<size_t>(size));
    std::fill(of_block.begin(), of_block.end(), 0);
    for (const Tree& tree : trees_) add_path_lengths(tree, part, of_block);
    for (double& score : of_block) {
      const double depth = score / static_cast<double>(trees_.size());
      score = std::exp2(expected_ > 0 ? -depth / expected_ : -1);
    }
  });
  return out;
}

at::Tensor IsolationForest::score_training_rows(int threads) const { return score(rows_, threads); }

}  // namespace ae
