#include "evaluation/nearest_neighbours.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "evaluation/row_chunks.h"

namespace ae {
namespace {

constexpr int64_t kChunkDistances = int64_t{1} << 24;  // 64 MB of float32
constexpr int64_t kDistanceChunkValues = int64_t{1} << 22;
// Candidates in addition to k: float32 rounding changes a row's rank by little.
constexpr int64_t kExtraCandidates = 16;

double squared_distance(const float* a, const float* b, int64_t width) {
  double sum = 0;
  for (int64_t i = 0; i < width; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

}  // namespace

NearestNeighbours::NearestNeighbours(at::Tensor rows, at::Tensor classes, int64_t class_count)
    : rows_(std::move(rows)), classes_(std::move(classes)), class_count_(class_count) {
  at::Tensor sum = at::zeros({rows_.size(1)}, at::kDouble);
  for_each_chunk(rows_.size(0), rows_.size(1), kDistanceChunkValues,
                 [&](int64_t first, int64_t count) {
                   sum.add_(rows_.narrow(0, first, count).to(at::kDouble).sum(0));
                 });
  mean_ = (sum / static_cast<double>(rows_.size(0))).to(at::kFloat);
  squares_ = at::empty({rows_.size(0)}, at::kFloat);
  for_each_chunk(rows_.size(0), rows_.size(1), kDistanceChunkValues,
                 [&](int64_t first, int64_t count) {
                   squares_.narrow(0, first, count)
                       .copy_((rows_.narrow(0, first, count) - mean_).square().sum(1));
                 });
}

at::Tensor NearestNeighbours::classify(const at::Tensor& queries, int64_t k) const {
  return classify(queries, k, /*leave_one_out=*/false);
}

at::Tensor NearestNeighbours::classify_leave_one_out(int64_t count, int64_t k) const {
  return classify(rows_.narrow(0, 0, count), k, /*leave_one_out=*/true);
}

at::Tensor NearestNeighbours::classify(const at::Tensor& queries, int64_t k,
                                       bool leave_one_out) const {
  const int64_t others = rows_.size(0) - (leave_one_out ? 1 : 0);
  const int64_t candidates = std::min(k + kExtraCandidates, others);
  at::Tensor out = at::empty({queries.size(0)}, at::kLong);
  auto* predicted = out.mutable_data_ptr<int64_t>();
  for_each_chunk(
      queries.size(0), rows_.size(0), kChunkDistances, [&](int64_t first, int64_t count) {
        const at::Tensor part = queries.narrow(0, first, count).contiguous();
        const at::Tensor nearest =
            nearest_rows(part, candidates, leave_one_out ? first : -1);  // [q, candidates]
        for (int64_t i = 0; i < count; ++i) {
          *predicted++ = vote(part.const_data_ptr<float>() + i * part.size(1),
                              nearest.const_data_ptr<int64_t>() + i * candidates, candidates, k);
        }
      });
  return out;
}

at::Tensor NearestNeighbours::nearest_rows(const at::Tensor& queries, int64_t count,
                                           int64_t excluded) const {
  // ‖b - q‖² without terms that are equal for all rows b: ‖b‖² - 2 q·b, with the mean subtracted
  // from b and q against cancellation. b in q·b needs no subtraction, as q·mean is such a term.
  at::Tensor distances = at::addmm(squares_, queries - mean_, rows_.t(), 1, -2);  // [Q, N]
  if (excluded >= 0) {
    distances.narrow(1, excluded, queries.size(0))
        .diagonal()
        .fill_(std::numeric_limits<float>::infinity());
  }
  return std::get<1>(distances.topk(count, 1, /*largest=*/false)).contiguous();
}

int64_t NearestNeighbours::vote(const float* query, const int64_t* candidates, int64_t count,
                                int64_t k) const {
  const int64_t width = rows_.size(1);
  std::vector<std::pair<double, int64_t>> neighbours;
  for (const int64_t row : std::span(candidates, static_cast<size_t>(count))) {
    neighbours.emplace_back(
        squared_distance(query, rows_.const_data_ptr<float>() + row * width, width), row);
  }
  std::sort(neighbours.begin(), neighbours.end());
  neighbours.resize(static_cast<size_t>(k));
  std::vector<int64_t> votes(static_cast<size_t>(class_count_), 0);
  const auto class_of = [&](const auto& neighbour) {
    return classes_.const_data_ptr<int64_t>()[neighbour.second];
  };
  for (const auto& neighbour : neighbours) ++votes[static_cast<size_t>(class_of(neighbour))];
  const int64_t most = *std::max_element(votes.begin(), votes.end());
  return class_of(*std::find_if(neighbours.begin(), neighbours.end(), [&](const auto& neighbour) {
    return votes[static_cast<size_t>(class_of(neighbour))] == most;
  }));
}

}  // namespace ae
