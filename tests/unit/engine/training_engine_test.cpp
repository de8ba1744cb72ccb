#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "engine/device.h"
#include "engine/training_engine.h"
#include "error_matchers.h"
#include "experiments.h"
#include "parts.h"
#include "tensor_rows.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr int64_t kFeatures = 6;

Experiment small_experiment(const std::string& optimizer = "adam") {
  return experiment_of(
      {{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {5}}}}}}, {"optimizer", optimizer}});
}

TrainingEngine learner_of(const Experiment& experiment, const UpdateOptions& update = {}) {
  return {model_of(experiment, kFeatures), objective_of(experiment), *experiment.optimizer,
          at::kCPU, update};
}

/// Runs steps on one batch of eight rows.
void learn(TrainingEngine& engine, const Experiment& experiment, int64_t first, int64_t steps) {
  const FirstRowsNoise noise(8);
  LossTerms sums;
  for (int64_t step = first; step < first + steps; ++step) {
    engine.step(TensorBatch(learnable_rows(8, kFeatures), noise),
                {experiment.optimizer->learning_rate(), objective_of(experiment).weights()}, step,
                sums);
  }
}

bool lies_in(const at::Tensor& view, const at::Tensor& buffer, int64_t offset) {
  return view.const_data_ptr() == static_cast<const std::byte*>(buffer.const_data_ptr()) +
                                      offset * static_cast<int64_t>(buffer.element_size());
}

TEST(FlatParameters, HoldTheModulesValuesUnderItsNames) {
  const auto model = model_of(small_experiment(), kFeatures);
  std::vector<at::Tensor> before;
  for (const at::Tensor& parameter : model->parameters()) {
    before.push_back(parameter.detach().clone());
  }
  const FlatParameters flat(*model);
  ASSERT_EQ(flat.slices().size(), before.size());
  int64_t count = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    const FlatParameters::Slice& slice = flat.slices()[i];
    EXPECT_EQ(slice.name, model->named_parameters().keys()[i]);
    EXPECT_TRUE(at::equal(FlatParameters::view(flat.values(), slice), before[i])) << slice.name;
    EXPECT_EQ(slice.offset * 4 % 64, 0);
    count += before[i].numel();
  }
  EXPECT_EQ(flat.parameter_count(), count);
}

TEST(FlatParameters, StayViewsWhileTheModelLearns) {
  for (const std::string& optimizer : part_names<OptimizerSpec>()) {
    const Experiment experiment = small_experiment(optimizer);
    TrainingEngine engine = learner_of(experiment);
    learn(engine, experiment, 0, 3);
    const FlatParameters& flat = engine.parameters();
    const auto parameters = engine.model().parameters();
    for (size_t i = 0; i < parameters.size(); ++i) {
      const FlatParameters::Slice& slice = flat.slices()[i];
      EXPECT_TRUE(lies_in(parameters[i], flat.values(), slice.offset)) << slice.name;
      EXPECT_TRUE(lies_in(parameters[i].grad(), flat.gradients(), slice.offset)) << slice.name;
    }
  }
}

TEST(FlatParameters, KeepTheirPaddingZero) {
  for (const std::string& optimizer : part_names<OptimizerSpec>()) {
    const Experiment experiment = small_experiment(optimizer);
    TrainingEngine engine = learner_of(experiment);
    learn(engine, experiment, 0, 3);
    at::Tensor padding = engine.parameters().values().clone();
    for (const auto& slice : engine.parameters().slices()) {
      padding.narrow(0, slice.offset, slice.count).zero_();
    }
    EXPECT_GT(padding.numel(), engine.parameters().parameter_count());
    EXPECT_TRUE((padding == 0).all().item<bool>()) << optimizer;
  }
}

TEST(TrainingEngine, StepsByTheMeanOfTheBatch) {
  // Repeating the rows leaves the mean loss, and so the step, unchanged.
  const Experiment experiment = small_experiment("sgd");
  TrainingEngine once = learner_of(experiment);
  TrainingEngine twice = learner_of(experiment);
  const at::Tensor rows = learnable_rows(4, kFeatures);
  const FirstRowsNoise noise(8);
  const StepSettings settings{0.5, objective_of(experiment).weights()};
  LossTerms single;
  LossTerms doubled;
  once.step(TensorBatch(rows, noise), settings, 0, single);
  twice.step(TensorBatch(at::cat({rows, rows}), noise), settings, 0, doubled);
  EXPECT_TRUE(at::allclose(once.parameters().values(), twice.parameters().values(), 1e-5, 1e-7));
  EXPECT_NEAR(single.means()[0].second, doubled.means()[0].second, 1e-6);
  EXPECT_NEAR(single.sums()[0].second * 2, doubled.sums()[0].second, 1e-5);
}

TEST(TrainingEngine, RestoresASnapshotExactly) {
  const Experiment experiment = small_experiment();
  TrainingEngine engine = learner_of(experiment);
  learn(engine, experiment, 0, 3);
  const EngineSnapshot snapshot = engine.snapshot();
  const at::Tensor values = snapshot.values.clone();
  learn(engine, experiment, 3, 4);
  const at::Tensor end = engine.parameters().values().clone();
  EXPECT_TRUE(at::equal(snapshot.values, values));  // a copy
  TrainingEngine other = learner_of(experiment);
  other.restore(snapshot);
  learn(other, experiment, 3, 4);
  EXPECT_TRUE(at::equal(other.parameters().values(), end));
}

/// Change by one SGD step of learning rate 1 with a gradient of `each` in every parameter.
at::Tensor step_by(double each, const UpdateOptions& update) {
  TrainingEngine engine = learner_of(small_experiment("sgd"), update);
  const at::Tensor before = engine.parameters().values().clone();
  for (const FlatParameters::Slice& slice : engine.parameters().slices()) {
    FlatParameters::view(engine.parameters().gradients(), slice).fill_(each);
  }
  engine.update({1, {}}, 0);
  EXPECT_TRUE((engine.parameters().gradients() == 0).all().item<bool>());
  return before - engine.parameters().values();
}

TEST(Clipping, ScalesALongGradientToItsLength) {
  const double length = std::sqrt(static_cast<double>(
      learner_of(small_experiment()).parameters().parameter_count()));  // of a gradient of ones
  const at::Tensor ones = step_by(1, {});
  const auto clipped = [&](double each, double norm) {
    return step_by(each, {.clip_norm = norm, .ema_decay = {}});
  };
  EXPECT_NEAR(clipped(2, 0.5).norm().item<double>(), 0.5, 1e-5);
  EXPECT_TRUE(at::allclose(clipped(2, 0.5), ones * (0.5 / length), 1e-5, 1e-6));
  // As in PyTorch, by min(1, c / (norm + 1e-6)): a short gradient stays bit-identical.
  EXPECT_TRUE(at::equal(clipped(1, length * 1.01), ones));
  EXPECT_NEAR(clipped(1e-6 / length, 1e-6).norm().item<double>(), 0.5e-6, 1e-7);
  EXPECT_TRUE((clipped(0, 1) == 0).all().item<bool>());
}

TEST(Averaging, ForgetsTheFirstWeightsSoon) {
  TrainingEngine engine = learner_of(small_experiment("sgd"), {.clip_norm = {}, .ema_decay = 0.25});
  at::Tensor average = engine.parameters().values().to(at::kDouble);
  for (int64_t step = 0; step < 6; ++step) {
    engine.parameters().gradients().fill_(0.1);
    engine.update({1, {}}, step);
    // (1 + s) / (10 + s) is 0.1, 0.18, 0.25, 0.31, ...
    const double decay =
        std::min(0.25, (1 + static_cast<double>(step)) / (10 + static_cast<double>(step)));
    average = decay * average + (1 - decay) * engine.parameters().values();
    EXPECT_TRUE(at::allclose(engine.snapshot().average.to(at::kDouble), average, 1e-6, 1e-6));
  }
}

TEST(Averaging, StandsInForTheWeightsWithoutMovingThem) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const Experiment experiment = small_experiment();
    const auto model = model_of(experiment, kFeatures);
    model->to(type);
    TrainingEngine engine(model, objective_of(experiment), *experiment.optimizer, at::kCPU,
                          {.clip_norm = {}, .ema_decay = 0.9});
    engine.parameters().gradients().fill_(0.1);
    engine.update({0.1, {}}, 0);
    const EngineSnapshot before = engine.snapshot();
    ASSERT_FALSE(at::equal(before.average, before.values));
    EXPECT_TRUE(at::equal(before.evaluation_weights(), before.average));
    const void* place = engine.parameters().values().const_data_ptr();
    {
      const AveragedWeightsGuard averaged(engine);
      EXPECT_TRUE(at::equal(engine.parameters().values(), before.average));
      EXPECT_EQ(engine.parameters().values().const_data_ptr(), place);
    }
    EXPECT_TRUE(at::equal(engine.parameters().values(), before.values));
    EXPECT_TRUE(at::equal(engine.snapshot().average, before.average));
  }
}

TEST(Averaging, ChangesNothingWhereNoneIsKept) {
  TrainingEngine engine = learner_of(small_experiment());
  const EngineSnapshot before = engine.snapshot();
  EXPECT_FALSE(before.average.defined());
  EXPECT_TRUE(at::equal(before.evaluation_weights(), before.values));
  const AveragedWeightsGuard averaged(engine);
  EXPECT_TRUE(at::equal(engine.parameters().values(), before.values));
}

TEST(Averaging, IsPartOfASnapshot) {
  const Experiment experiment = small_experiment();
  const UpdateOptions update{.clip_norm = {}, .ema_decay = 0.9};
  TrainingEngine engine = learner_of(experiment, update);
  learn(engine, experiment, 0, 3);
  TrainingEngine other = learner_of(experiment, update);
  other.restore(engine.snapshot());
  learn(engine, experiment, 3, 2);
  learn(other, experiment, 3, 2);
  EXPECT_TRUE(at::equal(other.snapshot().average, engine.snapshot().average));
}

TEST(TrainingEngine, LeavesTheModelAloneWhenItMeasures) {
  const Experiment experiment = small_experiment();
  TrainingEngine engine = learner_of(experiment);
  const EngineSnapshot before = engine.snapshot();
  const FirstRowsNoise noise(8);
  LossTerms sums;
  engine.evaluate(TensorBatch(learnable_rows(8, kFeatures), noise),
                  {0.1, objective_of(experiment).weights()}, {.sums = &sums});
  EXPECT_EQ(sums.samples(), 8);
  EXPECT_TRUE(at::equal(engine.parameters().values(), before.values));
  EXPECT_TRUE((engine.parameters().gradients() == 0).all().item<bool>());
}

std::vector<LossTerm> terms(double loss, double kl) {
  return {{"loss", at::scalar_tensor(loss)}, {"kl", at::scalar_tensor(kl)}};
}

TEST(LossTerms, WeightBatchesByTheirSamples) {
  LossTerms sums;
  sums.add(terms(6, 3), 3);
  sums.add(terms(4, 1), 1);
  EXPECT_EQ(sums.samples(), 4);
  EXPECT_THAT(sums.means(), ElementsAre(Pair("loss", 2.5), Pair("kl", 1)));
  EXPECT_THAT(sums.sums(), ElementsAre(Pair("loss", 10), Pair("kl", 4)));
  sums.clear();
  EXPECT_EQ(sums.samples(), 0);
  EXPECT_THAT(sums.means(), IsEmpty());
}

TEST(LossTerms, DoNotLoseSmallBatchesInLargeSums) {
  LossTerms sums;
  sums.add(terms(16'777'216, 0), 1);  // 2^24: float32 cannot add 1
  for (int i = 0; i < 10; ++i) sums.add(terms(1, 0), 1);
  EXPECT_EQ(sums.sums()[0].second, 16'777'226);
}

TEST(LossTerms, AreTakenUpAgainExactly) {
  LossTerms sums;
  sums.add({{"loss", at::scalar_tensor(0.1, at::kDouble)}}, 3);
  LossTerms copy;
  copy.restore(sums.sums(), sums.samples());
  copy.add({{"loss", at::scalar_tensor(0.2, at::kDouble)}}, 4);
  EXPECT_THAT(copy.sums(), ElementsAre(Pair("loss", 0.1 + 0.2)));
  EXPECT_EQ(copy.samples(), 7);
  EXPECT_EQ(sums.sums()[0].second, 0.1);  // the copy is independent
}

TEST(Device, IsChosenByName) {
  EXPECT_TRUE(choose_device("cpu").is_cpu());
  EXPECT_NO_THROW(choose_device("auto"));
  EXPECT_THAT([] { choose_device("gpu"); },
              fails_with(ErrorKind::usage, "--device gpu", "auto, cpu or cuda"));
}

TEST(Device, SharesLargeModelsAmongThreads) {
  const int64_t before = threads();
  set_threads(3);
  EXPECT_EQ(default_threads(100, 32, false), 1);
  EXPECT_EQ(default_threads(10'000, 128, false), 2);
  EXPECT_EQ(default_threads(100'000'000, 1'024, false), 3);
  EXPECT_EQ(default_threads(600'000, 128, true), 1);
  EXPECT_EQ(default_threads(600'000, 512, true), 2);
  set_threads(before);
}

TEST(Device, HasAsManyThreadsAsAsked) {
  const int64_t before = threads();
  set_threads(1);
  EXPECT_EQ(threads(), 1);
  EXPECT_THAT(device_text(at::kCPU), testing::HasSubstr(", 1 thread)"));
  set_threads(2);
  EXPECT_EQ(threads(), 2);
  set_threads(before);
}

}  // namespace
}  // namespace ae
