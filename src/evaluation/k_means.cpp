#include "evaluation/k_means.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "core/random.h"
#include "evaluation/row_chunks.h"
#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kCachedValues = int64_t{1} << 15;  // rows and distances of a chunk: 256 kB each

/// Rows about their mean, against cancellation in distances by matrix product.
struct CentredRows {
  explicit CentredRows(const at::Tensor& rows) {
    values = rows.to(at::kDouble);
    mean = values.mean(0);
    values = (values - mean).contiguous();
    squares = values.square().sum(1);
    mean_variance = squares.mean().item<double>() / static_cast<double>(values.size(1));
  }

  int64_t count() const { return values.size(0); }
  int64_t width() const { return values.size(1); }

  at::Tensor mean;     // [D]
  at::Tensor values;   // [N, D] float64
  at::Tensor squares;  // [N] squared norms
  double mean_variance = 0;
};

/// Lloyd's iterations on one set of centres.
class Lloyd {
 public:
  Lloyd(const CentredRows& rows, const at::Tensor& centres)
      : rows_(rows),
        centres_(centres.contiguous()),
        classes_(at::full({rows.count()}, -1, at::kLong)) {}

  KMeans run(const KMeansOptions& options) {
    const double tolerance = options.tolerance * rows_.mean_variance;
    KMeans out;
    bool settled = false;
    while (!settled && out.iterations < options.iterations) {
      ++out.iterations;
      settled = !assign_rows();
      if (move_centres() <= tolerance) break;
    }
    if (!settled) assign_rows();
    out.centres = centres_ + rows_.mean;
    out.classes = classes_;
    out.inertia = distances_from_centres().sum().item<double>();
    return out;
  }

 private:
  /// Finds the nearest centre of each row; true if it is another one for any row.
  bool assign_rows() {
    const at::Tensor squares = centres_.square().sum(1, /*keepdim=*/true);
    auto* of_row = classes_.mutable_data_ptr<int64_t>();
    bool changed = false;
    for_each_chunk(rows_.count(), std::max(centres_.size(0), rows_.width()), kCachedValues,
                   [&](int64_t first, int64_t count) {
                     // ‖c - x‖² without ‖x‖², which is equal for all centres c. [K, count]
                     const at::Tensor distances =
                         at::addmm(squares, centres_, rows_.values.narrow(0, first, count).t(), 1,
                                   -2)
                             .contiguous();
                     changed = write_nearest(distances, of_row + first) || changed;
                   });
    return changed;
  }

  /// Index of the least value of each column; true if it is another one than before for any.
  /// @param distances  [K, count], in this order so that the loop over columns is a vector's
  bool write_nearest(const at::Tensor& distances, int64_t* of_row) {
    const int64_t count = distances.size(1);
    const auto* distance = distances.const_data_ptr<double>();
    least_.assign(distance, distance + count);
    nearest_.assign(static_cast<size_t>(count), 0);
    double* least = least_.data();
    int64_t* nearest = nearest_.data();
    for (int64_t c = 1; c < distances.size(0); ++c) {
      distance += count;
      for (int64_t i = 0; i < count; ++i) {
        const bool nearer = distance[i] < least[i];
        least[i] = nearer ? distance[i] : least[i];
        nearest[i] = nearer ? c : nearest[i];
      }
    }
    const bool changed = !std::equal(nearest_.begin(), nearest_.end(), of_row);
    std::copy(nearest_.begin(), nearest_.end(), of_row);
    return changed;
  }

  /// Moves each centre to the mean of its rows. Returns the sum of squared shifts.
  double move_centres() {
    at::Tensor sums = at::zeros_like(centres_);
    std::vector<int64_t> sizes(static_cast<size_t>(centres_.size(0)), 0);
    const auto* row = rows_.values.const_data_ptr<double>();
    const auto* of_row = classes_.const_data_ptr<int64_t>();
    auto* sum = sums.mutable_data_ptr<double>();
    const int64_t width = rows_.width();
    for (int64_t i = 0; i < rows_.count(); ++i, row += width) {
      double* of_class = sum + of_row[i] * width;
      for (int64_t j = 0; j < width; ++j) of_class[j] += row[j];
      ++sizes[static_cast<size_t>(of_row[i])];
    }
    fill_empty(sums, sizes);
    const at::Tensor counts = at::tensor(sizes, at::kDouble).unsqueeze(1);
    const at::Tensor moved = at::where(counts > 0, sums / counts.clamp_min(1), centres_);
    const auto shift = (moved - centres_).square().sum().item<double>();
    centres_ = moved;
    return shift;
  }

  /// Gives each empty cluster the farthest row that is left, as scikit-learn does.
  void fill_empty(at::Tensor& sums, std::vector<int64_t>& sizes) const {
    const int64_t empty = std::count(sizes.begin(), sizes.end(), 0);
    if (empty == 0) return;
    const auto [farthest, order] = distances_from_centres().topk(empty);
    int64_t next = 0;
    for (size_t c = 0; c < sizes.size(); ++c) {
      if (sizes[c] != 0) continue;
      const auto row = order[next].item<int64_t>();
      if (farthest[next++].item<double>() <= 0) return;
      const auto from = classes_[row].item<int64_t>();
      sums[from].sub_(rows_.values[row]);
      sums[static_cast<int64_t>(c)].copy_(rows_.values[row]);
      --sizes[static_cast<size_t>(from)];
      ++sizes[c];
    }
  }

  /// Squared distance of each row from its centre. [N]
  at::Tensor distances_from_centres() const {
    at::Tensor out = at::empty({rows_.count()}, at::kDouble);
    for_each_chunk(rows_.count(), rows_.width(), kCachedValues, [&](int64_t first, int64_t count) {
      const at::Tensor own = centres_.index_select(0, classes_.narrow(0, first, count));
      out.narrow(0, first, count)
          .copy_((rows_.values.narrow(0, first, count) - own).square().sum(1));
    });
    return out;
  }

  const CentredRows& rows_;
  at::Tensor centres_;            // [K, D]
  at::Tensor classes_;            // [N]
  std::vector<double> least_;     // of a chunk
  std::vector<int64_t> nearest_;  // of a chunk
};

/// Uniform in [0, 1), of 53 bits.
double fraction(RandomStream& stream) {
  const double high = stream.bits() >> 5;
  const double low = stream.bits() >> 6;
  return (high * 67108864 + low) / 9007199254740992;
}

/// Squared distances of all rows from some of them. [chosen, N]
at::Tensor distances_from_rows(const CentredRows& rows, const at::Tensor& chosen) {
  const at::Tensor from = rows.values.index_select(0, chosen);
  return at::addmm(rows.squares, from, rows.values.t(), 1, -2)
      .add_(rows.squares.index_select(0, chosen).unsqueeze(1))
      .clamp_min_(0);
}

/// Rows drawn with probabilities in proportion to `weights`. [count] int64
at::Tensor drawn_rows(const at::Tensor& weights, int64_t count, RandomStream& stream) {
  const at::Tensor sums = weights.cumsum(0);
  const int64_t last = weights.size(0) - 1;
  const auto* begin = sums.const_data_ptr<double>();
  std::vector<int64_t> out;
  for (int64_t i = 0; i < count; ++i) {
    out.push_back(std::min(
        last, std::upper_bound(begin, begin + last, fraction(stream) * begin[last]) - begin));
  }
  return at::tensor(out, at::kLong);
}

/// Centres by greedy k-means++. [K, D]
at::Tensor drawn_centres(const CentredRows& rows, int64_t clusters, RandomStream& stream) {
  const auto candidates = 2 + static_cast<int64_t>(std::log(static_cast<double>(clusters)));
  const auto n = static_cast<uint32_t>(rows.count());
  at::Tensor chosen = at::full({1}, static_cast<int64_t>(stream.below(n)), at::kLong);
  at::Tensor nearest = distances_from_rows(rows, chosen)[0];  // [N]
  while (chosen.size(0) < clusters) {
    const at::Tensor drawn = drawn_rows(nearest, candidates, stream);
    const at::Tensor distances = at::minimum(nearest, distances_from_rows(rows, drawn));
    const at::Tensor best = distances.sum(1).argmin().unsqueeze(0);
    nearest = distances.index_select(0, best)[0];
    chosen = at::cat({chosen, drawn.index_select(0, best)});
  }
  return rows.values.index_select(0, chosen);
}

}  // namespace

KMeans k_means(const at::Tensor& rows, const KMeansOptions& options) {
  const CentredRows centred(rows);
  std::vector<KMeans> found(static_cast<size_t>(options.starts));
  run_tensor_jobs(found.size(), options.threads, [&](size_t start) {
    RandomStream stream({.seed = options.seed, .purpose = Purpose::clustering, .item = start});
    found[start] = Lloyd(centred, drawn_centres(centred, options.clusters, stream)).run(options);
  });
  return *std::min_element(found.begin(), found.end(),
                           [](const KMeans& a, const KMeans& b) { return a.inertia < b.inertia; });
}

KMeans k_means_from(const at::Tensor& rows, const at::Tensor& centres,
                    const KMeansOptions& options) {
  const CentredRows centred(rows);
  return Lloyd(centred, centres.to(at::kDouble) - centred.mean).run(options);
}

}  // namespace ae
