#include "evaluation/umap.h"

#ifndef AE_WITH_UMAP

namespace ae {

bool has_umap() { return false; }

std::optional<at::Tensor> umap(const at::Tensor& /*rows*/, const UmapOptions& /*options*/) {
  return std::nullopt;
}

}  // namespace ae

#else

#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <knncolle/knncolle.hpp>
#include <memory>
#include <random>
#include <umappp/umappp.hpp>
#include <utility>
#include <vector>

#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kUmapBlockRows = 128;    // of a job that searches for neighbours
constexpr int64_t kLeastSpectralRows = 8;  // fewer have hardly three eigenvectors
constexpr int64_t kFewRows = 10000;        // umap-learn's limit
constexpr int kEpochsOfFewRows = 500;
constexpr int kEpochsOfManyRows = 200;
constexpr double kStartRange = 10;    // of coordinates, as umap-learn has it
constexpr double kStartNoise = 1e-4;  // separates equal rows, likewise

using Neighbours = umappp::NeighborList<int, float>;

/// Rows about their mean, the largest magnitude being 1: the map depends on neither place nor
/// scale, and squares of float32 do not overflow. Loops of its own, as LibTorch's sums depend on
/// the number of threads in their last bits. [N, Z]
std::vector<float> scaled_rows(const at::Tensor& rows) {
  const at::Tensor values = rows.to(at::kDouble).contiguous();
  const auto* value = values.const_data_ptr<double>();
  const auto width = static_cast<size_t>(values.size(1));
  const auto total = static_cast<size_t>(values.numel());
  std::vector<double> mean(width);
  for (size_t i = 0; i < total; ++i)
    mean[i % width] += value[i] / static_cast<double>(rows.size(0));
  double largest = 0;
  for (size_t i = 0; i < total; ++i) {
    largest = std::max(largest, std::abs(value[i] - mean[i % width]));
  }
  std::vector<float> out(total);
  for (size_t i = 0; largest > 0 && i < total; ++i) {
    out[i] = static_cast<float>((value[i] - mean[i % width]) / largest);
  }
  return out;
}

/// Euclidean distance in eight partial sums, which compilers vectorise.
class VectorisedDistance final : public knncolle::DistanceMetric<float, float> {
 public:
  float raw(size_t width, const float* x, const float* y) const override {
    constexpr size_t kLanes = 8;
    std::array<float, kLanes> sums{};
    size_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const float difference = x[i + lane] - y[i + lane];
        sums[lane] += difference * difference;
      }
    }
    float sum = 0;
    for (; i < width; ++i) sum += (x[i] - y[i]) * (x[i] - y[i]);
    for (const float each : sums) sum += each;
    return sum;
  }
  float normalize(float squared) const override { return std::sqrt(squared); }
  float denormalize(float distance) const override { return distance * distance; }
};

/// Nearest other rows of each row, in ascending order of their distance.
Neighbours nearest_neighbours(const std::vector<float>& rows, int64_t count, int64_t width,
                              const UmapOptions& options) {
  const auto index =
      knncolle::BruteforceBuilder<int, float, float>(std::make_shared<VectorisedDistance>())
          .build_unique(knncolle::SimpleMatrix<int, float>(static_cast<size_t>(width),
                                                           static_cast<int>(count), rows.data()));
  const auto k = static_cast<int>(std::min(options.neighbours, count) - 1);
  Neighbours out(static_cast<size_t>(count));
  const int64_t blocks = (count + kUmapBlockRows - 1) / kUmapBlockRows;
  run_tensor_jobs(static_cast<size_t>(blocks), options.threads, [&](size_t block) {
    const auto searcher = index->initialize();
    std::vector<int> found;
    std::vector<float> distances;
    const int64_t first = static_cast<int64_t>(block) * kUmapBlockRows;
    for (int64_t row = first; row < std::min(first + kUmapBlockRows, count); ++row) {
      searcher->search(static_cast<int>(row), k, &found, &distances);
      for (size_t i = 0; i < found.size(); ++i) {
        out[static_cast<size_t>(row)].emplace_back(found[i], distances[i]);
      }
    }
  });
  return out;
}

/// Orthonormal columns of the same span; what cannot be normalised becomes zero. [Z][2]
void orthonormalise(std::vector<std::array<double, 2>>& axes) {
  for (size_t axis = 0; axis < 2; ++axis) {
    double along = 0;
    if (axis == 1) {
      for (const auto& each : axes) along += each[0] * each[1];
    }
    double square = 0;
    for (auto& each : axes) {
      each[axis] -= axis == 1 ? along * each[0] : 0;
      square += each[axis] * each[axis];
    }
    for (auto& each : axes) each[axis] /= square > 0 ? std::sqrt(square) : 1;
  }
}

/// Writes the rows' projection on their two principal axes, by orthogonal iteration, with some
/// noise: where the spectral start is impossible. Not by LibTorch, for the reason above.
/// @param out  [N, 2]
void write_principal_start(const std::vector<float>& rows, int64_t count, uint64_t seed,
                           float* out) {
  constexpr int kIterations = 20;  // a start need not be exact
  const size_t width = rows.size() / static_cast<size_t>(count);
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<std::array<double, 2>> axes(width);
  for (auto& each : axes) each = {normal(random), normal(random)};
  double largest = 0;
  for (int i = 0; i < kIterations; ++i) {
    orthonormalise(axes);
    largest = 0;
    std::vector<std::array<double, 2>> next(width);
    for (size_t row = 0; row < static_cast<size_t>(count); ++row) {
      const float* values = rows.data() + row * width;
      std::array<double, 2> projected{};
      for (size_t j = 0; j < width; ++j) {
        for (size_t axis = 0; axis < 2; ++axis) projected[axis] += axes[j][axis] * values[j];
      }
      for (size_t j = 0; j < width; ++j) {
        for (size_t axis = 0; axis < 2; ++axis) next[j][axis] += projected[axis] * values[j];
      }
      for (size_t axis = 0; axis < 2; ++axis) {
        out[2 * row + axis] = static_cast<float>(projected[axis]);
        largest = std::max(largest, std::abs(projected[axis]));
      }
    }
    axes = std::move(next);
  }
  const double scale = largest > 0 ? kStartRange / largest : 0;
  for (size_t i = 0; i < 2 * static_cast<size_t>(count); ++i) {
    out[i] = static_cast<float>(out[i] * scale + kStartNoise * normal(random));
  }
}

}  // namespace

bool has_umap() { return true; }

std::optional<at::Tensor> umap(const at::Tensor& rows, const UmapOptions& options) {
  const int64_t count = rows.size(0);
  const int64_t width = rows.size(1);
  at::Tensor map = at::zeros({count, 2}, at::kFloat);
  if (count < 2) return map;
  const std::vector<float> scaled = scaled_rows(rows);
  auto* coordinates = map.mutable_data_ptr<float>();
  write_principal_start(scaled, count, options.seed, coordinates);
  umappp::Options settings;
  settings.min_dist = options.min_distance;
  settings.num_epochs = count <= kFewRows ? kEpochsOfFewRows : kEpochsOfManyRows;
  settings.initialize_method = count < kLeastSpectralRows ? umappp::InitializeMethod::NONE
                                                          : umappp::InitializeMethod::SPECTRAL;
  settings.initialize_random_on_spectral_fail = false;
  settings.initialize_spectral_scale = kStartRange;
  settings.initialize_spectral_jitter = true;
  settings.initialize_spectral_jitter_sd = kStartNoise;
  settings.initialize_seed = options.seed;
  settings.optimize_seed = ~options.seed;
  settings.num_threads = 1;
  auto status = umappp::initialize(nearest_neighbours(scaled, count, width, options), 2,
                                   coordinates, std::move(settings));
  status.run(coordinates);
  return map;
}

}  // namespace ae

#endif
