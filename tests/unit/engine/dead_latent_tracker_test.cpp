#include "engine/dead_latent_tracker.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "engine/training_engine.h"
#include "experiments.h"
#include "tensor_rows.h"

namespace ae {
namespace {

constexpr int64_t kFeatures = 6;

at::Tensor counts(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

Posterior dense(const std::vector<double>& values, int64_t width) {
  Posterior posterior;
  posterior.mean = at::tensor(values, at::kFloat).view({-1, width});
  return posterior;
}

TEST(DeadLatentTracker, CountsTheRowsSinceALatentWasNotZero) {
  DeadLatentTracker tracker(3, at::kCPU);
  EXPECT_TRUE(at::equal(tracker.rows_since_active(), counts({0, 0, 0})));
  tracker.add(dense({1, 0, 0, 0, 0, -2}, 3));
  EXPECT_TRUE(at::equal(tracker.rows_since_active(), counts({0, 2, 0})));
  tracker.add(dense({0, 0, 0, 0, 0, 1, 0, 0, 0}, 3));
  EXPECT_TRUE(at::equal(tracker.rows_since_active(), counts({3, 5, 0})));
  EXPECT_TRUE(at::equal(tracker.dead(3), counts({1, 1, 0}).to(at::kBool)));
  EXPECT_TRUE(at::equal(tracker.dead(4), counts({0, 1, 0}).to(at::kBool)));
}

TEST(DeadLatentTracker, CountsSparseCodesAsDenseOnes) {
  Posterior sparse;
  sparse.sparse = SparseCode{at::tensor({0, 3, 3, 1}, at::kLong).view({2, 2}),
                             at::tensor({1.0, 0.0, 0.5, -1.0}, at::kFloat).view({2, 2}), 5};
  Posterior written_out;
  written_out.mean = sparse.code();
  DeadLatentTracker a(5, at::kCPU);
  DeadLatentTracker b(5, at::kCPU);
  for (int i = 0; i < 2; ++i) {
    a.add(sparse);
    b.add(written_out);
  }
  EXPECT_TRUE(at::equal(a.rows_since_active(), counts({0, 0, 4, 0, 4})));
  EXPECT_TRUE(at::equal(a.rows_since_active(), b.rows_since_active()));
  // Selected, but set to 0 by the ReLU: not active.
  sparse.sparse->values.zero_();
  a.add(sparse);
  EXPECT_TRUE(at::equal(a.rows_since_active(), counts({2, 2, 6, 2, 6})));
}

TEST(DeadLatentTracker, IsTakenUpAgain) {
  DeadLatentTracker tracker(2, at::kCPU);
  tracker.restore(counts({7, 0}));
  tracker.add(dense({0, 0}, 2));
  EXPECT_TRUE(at::equal(tracker.rows_since_active(), counts({8, 1})));
}

Experiment sparse_experiment(const Json& model, const Json& optimizer = "adam") {
  return experiment_of(
      {{"model", layered({{"encoder", "linear"},
                          {"latent_dim", 12},
                          {"latent", {{"type", "top_k"}, {"k", 2}, {"auxiliary_k", 3}}}},
                         model)},
       {"optimizer", optimizer}});
}

TrainingEngine learner_of(const Experiment& experiment, const UpdateOptions& update = {}) {
  return {model_of(experiment, kFeatures), objective_of(experiment, kFeatures),
          *experiment.optimizer, at::kCPU, update};
}

/// Runs steps on different rows each.
void learn(TrainingEngine& engine, int64_t first, int64_t steps, int64_t dead_after_rows = 16) {
  LossTerms sums;
  for (int64_t step = first; step < first + steps; ++step) {
    const FirstRowsNoise noise(8);
    const at::Tensor rows = learnable_rows(8, kFeatures, static_cast<uint64_t>(step));
    engine.step(TensorBatch(rows, noise), {0.05, engine.objective().weights(), dead_after_rows},
                step, sums);
  }
}

TEST(TrainingEngine, WithDeadLatentsGoesOnExactly) {
  const Experiment experiment = sparse_experiment(Json::object());
  TrainingEngine engine = learner_of(experiment);
  learn(engine, 0, 4);
  const EngineSnapshot snapshot = engine.snapshot();
  EXPECT_GT(snapshot.rows_since_active.max().item<int64_t>(), 16) << "some latent is dead";
  TrainingEngine other = learner_of(experiment);
  other.restore(snapshot);
  learn(engine, 4, 5);
  learn(other, 4, 5);
  EXPECT_TRUE(at::equal(other.parameters().values(), engine.parameters().values()));
  EXPECT_TRUE(
      at::equal(other.tracker()->rows_since_active(), engine.tracker()->rows_since_active()));
}

/// Batches with and without dead latents have the same loss terms.
TEST(TrainingEngine, AddsUpBatchesWithAndWithoutDeadLatents) {
  TrainingEngine engine = learner_of(sparse_experiment(Json::object()));
  EngineSnapshot begin = engine.snapshot();
  LossTerms sums;
  for (const int64_t unused : {0, 1000, 0}) {
    begin.rows_since_active.fill_(unused);
    engine.restore(begin);
    const FirstRowsNoise noise(8);
    engine.step(TensorBatch(learnable_rows(8, kFeatures), noise),
                {0.01, engine.objective().weights(), /*dead_after_rows=*/500}, 0, sums);
  }
  EXPECT_EQ(sums.samples(), 24);
  EXPECT_EQ(sums.means().size(), 5u) << "loss, reconstruction, auxiliary, squared_error, l0";
}

at::Tensor lengths(const at::Tensor& columns) { return columns.norm(2, 0); }

TEST(UnitNorm, HoldsAfterEveryUpdate) {
  const Json adamw = {{"type", "adamw"}, {"weight_decay", 0.5}};
  for (const Json& optimizer : {Json("adam"), adamw, Json("sgd")}) {
    for (const char* latent : {"top_k", "jump_relu"}) {
      SCOPED_TRACE(optimizer.dump() + latent);
      Json options = {{"latent", {{"type", latent}}}, {"unit_norm_decoder", true}};
      if (std::string(latent) == "top_k") options["latent"]["k"] = 2;
      TrainingEngine engine =
          learner_of(sparse_experiment(options, optimizer), {.clip_norm = 1, .ema_decay = 0.9});
      const at::Tensor before = engine.model().dictionary().detach().clone();
      for (int64_t step = 0; step < 5; ++step) {
        learn(engine, step, 1);
        const at::Tensor dictionary = engine.model().dictionary().detach();
        EXPECT_TRUE(at::allclose(lengths(dictionary), at::ones({12}), 1e-5, 1e-6));
        const AveragedWeightsGuard averaged(engine);
        EXPECT_TRUE(
            at::allclose(lengths(engine.model().dictionary().detach()), at::ones({12}), 1e-5, 1e-6))
            << "what is validated, saved and used, too";
      }
      EXPECT_FALSE(at::allclose(engine.model().dictionary(), before, 1e-3, 1e-3)) << "it turned";
    }
  }
}

TEST(UnitNorm, LeavesTheOtherAveragesAsTheyAre) {
  const UpdateOptions update{.clip_norm = {}, .ema_decay = 0.25};
  TrainingEngine engine =
      learner_of(sparse_experiment({{"unit_norm_decoder", true}}, "sgd"), update);
  at::Tensor average = engine.parameters().values().to(at::kDouble);
  learn(engine, 5, 1);  // after five updates the decay is min(0.25, 6 / 15)
  average = 0.25 * average + 0.75 * engine.parameters().values();
  const at::Tensor kept = engine.snapshot().average.to(at::kDouble);
  for (const FlatParameters::Slice& slice : engine.parameters().slices()) {
    const at::Tensor expected = FlatParameters::view(average, slice);
    const at::Tensor got = FlatParameters::view(kept, slice);
    if (slice.name == "decoder.0.weight") {
      EXPECT_TRUE(at::allclose(got, expected / expected.norm(2, 0, true), 1e-5, 1e-6));
    } else {
      EXPECT_TRUE(at::allclose(got, expected, 1e-5, 1e-6)) << slice.name;
    }
  }
}

TEST(UnitNorm, StepsByNoGradientAlongTheDictionary) {
  TrainingEngine engine = learner_of(sparse_experiment({{"unit_norm_decoder", true}}, "sgd"));
  const at::Tensor before = engine.model().dictionary().detach().clone();
  at::Tensor gradient;
  for (const FlatParameters::Slice& slice : engine.parameters().slices()) {
    if (slice.name != "decoder.0.weight") continue;
    gradient = FlatParameters::view(engine.parameters().gradients(), slice);
  }
  gradient.copy_(before * 3);  // along each column alone
  engine.update({0.1, {}}, 0);
  EXPECT_TRUE(at::allclose(engine.model().dictionary(), before, 1e-5, 1e-6));
}

}  // namespace
}  // namespace ae
