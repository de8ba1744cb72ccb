#include "differentiated.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/weight_layout.h"
#include "models/networks/sequence.h"
#include "tensor_rows.h"

namespace ae {

at::Tensor Rows::values(int64_t features) const {
  const at::Tensor rows = learnable_rows(count, features);
  if (zeros == 0) return rows;
  // Scattered zeros, and every fifth row and feature entirely.
  const at::Tensor row = at::arange(count).unsqueeze(1);
  const at::Tensor feature = at::arange(features);
  const at::Tensor empty = ((row * 7 + feature * 3).remainder(10) < zeros * 10)
                               .logical_or(row.remainder(5) == 0)
                               .logical_or(feature.remainder(5) == 0);
  return rows.masked_fill(empty, 0);
}

Differentiated::Differentiated(const Json& config, at::ScalarType type, const Rows& of,
                               const Placement& placement)
    : rows(of),
      experiment(experiment_of(config)),
      model(build()),
      objective(objective_of(experiment)) {
  model->to(placement.device, type);
  if (placement.laid_out) lay_out_weights(*model, objective, rows.zeros);
  flat = std::make_unique<FlatParameters>(*model);
  if (!objective.counts_active()) return;
  // Every other latent is dead.
  tracker.emplace(model->latent_dim(), placement.device);
  tracker->restore(at::arange(model->latent_dim()).remainder(2) * kDeadAfter);
}

int64_t Differentiated::features() const {
  return experiment.data.shape.empty() ? kFeatures : values_of(experiment.data.shape);
}

std::shared_ptr<Autoencoder> Differentiated::build() const {
  InputInfo input = rows_of(features());
  if (!experiment.data.shape.empty()) input.shape = experiment.data.shape;
  return std::make_shared<Autoencoder>(experiment.model, experiment.objective, input,
                                       static_cast<uint64_t>(experiment.seed));
}

void Differentiated::add_gradients(StepExecutor& program) {
  add_gradients([&](const StepInputs& inputs, const StepSettings& settings, double scale) {
    program.accumulate(
        TensorBatch(inputs.rows.input, inputs.noise, labels().to(inputs.rows.input.device())),
        settings, scale, {.sums = &sums, .tracker = tracker ? &*tracker : nullptr});
  });
}

void Differentiated::add_gradients(
    const std::function<void(const StepInputs&, const StepSettings&, double)>& work) {
  const at::TensorOptions options = flat->values().options();
  const FirstRowsNoise drawn(rows.count);
  const NoiseOnDevice noise(drawn, options.device());
  work({.rows = RowPair::of(rows.values(features()).to(options)), .condition = {}, .noise = noise},
       {0, objective.weights(), kDeadAfter}, 0.25);
}

void expect_same(const Differentiated& a, const Differentiated& b, double tolerance) {
  const at::Tensor gradients = a.flat->gradients().cpu();
  const at::Tensor wanted_gradients = b.flat->gradients().cpu();
  const double size = wanted_gradients.abs().max().item<double>();
  EXPECT_GT(size, 0);
  for (size_t i = 0; i < b.flat->slices().size(); ++i) {
    const at::Tensor difference = FlatParameters::view(gradients, a.flat->slices()[i]) -
                                  FlatParameters::view(wanted_gradients, b.flat->slices()[i]);
    EXPECT_LE(difference.abs().max().item<double>(), tolerance * size) << b.flat->slices()[i].name;
  }
  const LossTerms::Means got = a.sums.means();
  const LossTerms::Means wanted = b.sums.means();
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].first, wanted[i].first);
    EXPECT_NEAR(got[i].second, wanted[i].second,
                tolerance * std::max(1.0, std::abs(wanted[i].second)))
        << got[i].first;
  }
  if (!b.tracker) return;
  EXPECT_TRUE(
      at::equal(a.tracker->rows_since_active().cpu(), b.tracker->rows_since_active().cpu()));
}

}  // namespace ae
