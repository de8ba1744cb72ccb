#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "config/overrides.h"
#include "data/splits.h"
#include "models/autoencoder.h"
#include "models/objective.h"
#include "temp_dir.h"
#include "training/experiment.h"

namespace ae {

/// Experiment of a config, completed by small data and a small latent_dim.
inline Experiment experiment_of(const Json& config, const std::vector<std::string>& settings = {}) {
  const Json least = {{"data", {{"train", {{"path", "rows.npy"}}}}},
                      {"model", {{"latent_dim", 3}}}};
  const TempDir dir;
  return read_experiment(dir.write("test.json", layered(least, config).dump()), settings);
}

/// Input of rows with `features` values of mean 0.5, and three classes.
inline InputInfo rows_of(int64_t features) {
  return {{features}, 3, at::full({features}, 0.5, at::kFloat)};
}

inline std::shared_ptr<Autoencoder> model_of(const Experiment& experiment, int64_t features) {
  return std::make_shared<Autoencoder>(experiment.model, experiment.objective, rows_of(features),
                                       static_cast<uint64_t>(experiment.seed));
}

inline Objective objective_of(const Experiment& experiment, int64_t features = 8) {
  return {experiment.model, experiment.objective, experiment.corruption, rows_of(features)};
}

/// All rows of a tensor [N, D] float32 as a set.
inline RowSet row_set(const at::Tensor& rows) {
  auto data = std::make_shared<Dataset>();
  data->path = "rows.npy";
  data->rows = rows.contiguous();
  data->info = {.shape = {rows.size(1)}, .dtype = DType::float32, .count = rows.size(0)};
  std::vector<int64_t> numbers(static_cast<size_t>(rows.size(0)));
  std::iota(numbers.begin(), numbers.end(), int64_t{0});
  return {std::move(data), std::move(numbers)};
}

/// Numbers 0, 1, …, n - 1, as row numbers of a batch.
inline std::vector<int64_t> first_rows(int64_t n) {
  std::vector<int64_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

/// Noise for the first n rows, with a fixed seed.
class FirstRowsNoise : public Noise {
 public:
  explicit FirstRowsNoise(int64_t n, uint64_t seed = 1)
      : rows_(first_rows(n)), noise_({.seed = seed}, rows_, at::kCPU) {}

  at::Tensor normal(Purpose purpose, int64_t width, uint32_t layer = 0) const override {
    return noise_.normal(purpose, width, layer);
  }
  at::Tensor uniform(Purpose purpose, int64_t width, uint32_t layer = 0) const override {
    return noise_.uniform(purpose, width, layer);
  }
  std::unique_ptr<Noise> part(int64_t first, int64_t count) const override {
    return noise_.part(first, count);
  }

 private:
  std::vector<int64_t> rows_;
  RowNoise noise_;
};

/// Rows [n, width] in [0, 1) that depend on two latent variables, so that there is structure to
/// learn. Deterministic in the seed.
inline at::Tensor learnable_rows(int64_t n, int64_t width, uint64_t seed = 1) {
  const FirstRowsNoise noise(n, seed);
  const at::Tensor hidden = noise.normal(Purpose::sampling, 2);  // [n, 2]
  const FirstRowsNoise mixing(2, seed + 1);
  return hidden.matmul(mixing.normal(Purpose::sampling, width)).sigmoid();
}

}  // namespace ae
