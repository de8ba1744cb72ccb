#include "training/resampling.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "experiments.h"
#include "tensor_rows.h"
#include "training/trainer.h"

namespace ae {
namespace {

TEST(Resampling, DrawsRowsInProportionToTheSquareOfTheirError) {
  const at::Tensor errors = at::tensor({1.0, 0.0, 2.0, 1.0}, at::kDouble);  // squares 1, 0, 4, 1
  constexpr int64_t kDraws = 60'000;
  const at::Tensor u = (at::arange(kDraws, at::kDouble) + 0.5) / static_cast<double>(kDraws);
  const at::Tensor counts = at::bincount(rows_by_squared_error(errors, u), {}, 4);
  EXPECT_TRUE(at::equal(counts, at::tensor({10'000, 0, 40'000, 10'000}, at::kLong)));
}

TEST(Resampling, StaysWithinTheRowsAtTheEnds) {
  const at::Tensor errors = at::tensor({0.5, 0.25}, at::kFloat);
  const at::Tensor rows = rows_by_squared_error(errors, at::tensor({0.0, 1.0}, at::kFloat));
  EXPECT_TRUE(at::equal(rows, at::tensor({0, 1}, at::kLong)));
}

Json sparse_config(const Json& more) {
  const Json plain = {
      {"model",
       {{"kind", "sparse"}, {"encoder", "linear"}, {"latent_dim", 6}, {"unit_norm_decoder", true}}},
      {"training", {{"epochs", 8}, {"batch_size", 10}, {"resample_dead", {{"every", "2e"}}}}}};
  return layered(plain, more);
}

TEST(Resampling, IsRefusedWhereALatentHasNoWeightsOfItsOwn) {
  EXPECT_THAT([] { experiment_of(sparse_config({{"model", {{"encoder", "mlp"}}}})); },
              fails_with(ErrorKind::usage, "training.resample_dead", "linear"));
  EXPECT_THAT(
      [] {
        experiment_of(
            sparse_config({{"model", {{"kind", "autoencoder"}, {"latent", "deterministic"}}}}));
      },
      fails_with(ErrorKind::usage, "training.resample_dead", "exactly 0"));
}

/// Latents 1 and 4 are dead: their biases are very low.
std::shared_ptr<Autoencoder> with_dead_latents(const Experiment& experiment) {
  const c10::NoGradGuard no_grad;
  auto model = model_of(experiment, 8);
  model->projection()->bias.index_fill_(0, at::tensor({1, 4}, at::kLong), -100);
  return model;
}

Splits forty_rows() {
  Splits splits;
  splits.train = row_set(learnable_rows(40, 8));
  splits.preprocessing.shape = {8};
  return splits;
}

TEST(Resampling, BringsDeadLatentsBackToLife) {
  const Splits splits = forty_rows();
  const auto dead_at_the_end = [&](const Json& more) {
    const Experiment experiment = experiment_of(sparse_config(more));
    TrainingEngine engine(with_dead_latents(experiment), objective_of(experiment),
                          *experiment.optimizer, at::kCPU);
    Trainer trainer(experiment, splits, engine);
    trainer.run();
    return engine.tracker()->dead(40).sum().item<int64_t>();
  };
  EXPECT_GE(dead_at_the_end({{"training", {{"resample_dead", nullptr}}}}), 2);
  EXPECT_EQ(dead_at_the_end(Json::object()), 0);
}

TEST(Resampling, GivesUnitDirectionsAndForgetsTheOptimizersMemory) {
  const Experiment experiment = experiment_of(sparse_config(Json::object()));
  TrainingEngine engine(with_dead_latents(experiment), objective_of(experiment),
                        *experiment.optimizer, at::kCPU);
  const FirstRowsNoise noise(20);
  LossTerms sums;
  for (int64_t step = 0; step < 3; ++step) {
    engine.step(TensorBatch(learnable_rows(20, 8), noise), {0.01, engine.objective().weights()},
                step, sums);
  }
  const at::Tensor latents = at::tensor({1, 4}, at::kLong);
  const at::Tensor directions = learnable_rows(2, 8, 5);
  engine.replace_latents(latents, directions, 0.2);
  const at::Tensor columns = engine.model().dictionary().index_select(1, latents).t();
  const at::Tensor unit = directions / directions.norm(2, {1}, true);
  EXPECT_TRUE(at::allclose(columns, unit));
  const at::Tensor encoder = engine.model().projection()->weight;
  const at::Tensor living = encoder.index_select(0, at::tensor({0, 2, 3, 5}, at::kLong));
  EXPECT_TRUE(at::allclose(encoder.index_select(0, latents),
                           unit * (0.2 * living.norm(2, {1}).mean()), 1e-4, 1e-6));
  for (const auto& [name, memory] : engine.snapshot().optimizer) {
    for (const FlatParameters::Slice& slice : engine.parameters().slices()) {
      if (slice.name != "latent.projection.weight") continue;
      const at::Tensor rows = FlatParameters::view(memory, slice);
      EXPECT_EQ(rows.index_select(0, latents).abs().max().item<double>(), 0) << name;
      EXPECT_GT(rows.abs().max().item<double>(), 0) << name;
    }
  }
}

}  // namespace
}  // namespace ae
