// Updates in the training loop: schedules, gradient accumulation, clipping and EMA.

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "one_thread.h"
#include "unit/training/observed_run.h"

namespace ae {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

/// `config` with the keys of `more` merged in.
Json with(const Json& config, const Json& more) { return layered(config, more); }

at::Tensor weights_after(const Json& config, const Splits& splits) {
  ObservedRun run(config, splits);
  run.trainer().run();
  return run.engine().parameters().values().clone();
}

class LossesOfMeans : public testing::TestWithParam<const char*> {};

TEST_P(LossesOfMeans, AccumulateAsIfInOneBatch) {
  // 20 rows in batches of 6: an update of 18 rows and one of the 2 left, as in batches of 18.
  const Splits splits = splits_of(20, 6);
  const Json config = config_of(GetParam(), 3);
  const Json few = {{"training", {{"batch_size", 18}}}};
  const Json many = {{"training", {{"batch_size", 6}, {"accumulate_batches", 3}}}};
  ObservedRun whole(with(config, few), splits);
  ObservedRun parts(with(config, many), splits);
  whole.trainer().run();
  parts.trainer().run();
  EXPECT_THAT(parts.rows_done, ElementsAre(18, 20, 18, 20, 18, 20));
  EXPECT_EQ(parts.trainer().state().step, 6);
  EXPECT_TRUE(at::allclose(parts.engine().parameters().values(),
                           whole.engine().parameters().values(), 1e-4, 1e-6));
  EXPECT_FALSE(at::allclose(weights_after(config, splits), whole.engine().parameters().values(),
                            1e-4, 1e-6));
  for (size_t epoch = 0; epoch < 3; ++epoch) {
    EXPECT_NEAR(parts.train_loss(epoch), whole.train_loss(epoch), 1e-5 * whole.train_loss(epoch));
  }
}

INSTANTIATE_TEST_SUITE_P(Trainer, LossesOfMeans,
                         testing::Values("autoencoder", "sparse", "denoising", "vae"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST(Accumulation, WeighsAnUnequalLastBatchByItsRows) {
  // An update of 7 + 2 rows equals one of 9 rows, not the mean of two means.
  const Splits splits = splits_of(9);
  const Json sgd = {{"optimizer", {{"type", "sgd"}, {"learning_rate", 1}}}};
  const Json config = with(config_of("autoencoder", 1), sgd);
  const at::Tensor whole = weights_after(with(config, {{"training", {{"batch_size", 9}}}}), splits);
  const at::Tensor parts = weights_after(
      with(config, {{"training", {{"batch_size", 7}, {"accumulate_batches", 4}}}}), splits);
  EXPECT_TRUE(at::allclose(parts, whole, 1e-5, 1e-7));
}

TEST(Schedule, GivesEachUpdateItsLearningRate) {
  const Splits splits = splits_of(20);
  const Json schedule = {
      {"optimizer", {{"learning_rate", 0.01}, {"schedule", {{"type", "step"}, {"every", "1e"}}}}}};
  ObservedRun run(with(config_of("autoencoder", 3), schedule), splits);
  run.trainer().run();
  std::vector<double> rates(run.epochs.size());
  std::transform(run.epochs.begin(), run.epochs.end(), rates.begin(),
                 [](const auto& metrics) { return metrics.train.learning_rate; });
  EXPECT_THAT(rates, ElementsAre(DoubleEq(0.01), DoubleEq(0.001), DoubleEq(0.0001)));
}

TEST(Schedule, ChangesWhatIsLearned) {
  // With SGD the step is proportional to the learning rate, which the warm-up halves.
  const Splits splits = splits_of(8);
  const Json sgd = {{"optimizer", {{"type", "sgd"}, {"learning_rate", 0.5}}}};
  const Json config = with(config_of("autoencoder", 1), sgd);
  const Json warm = {{"optimizer", {{"schedule", {{"type", "constant"}, {"warm_up", "2u"}}}}}};
  Json never = config;
  never["optimizer"]["learning_rate"] = 1e-30;
  const at::Tensor begin = weights_after(never, splits);
  const at::Tensor full = weights_after(config, splits) - begin;
  const at::Tensor half = weights_after(with(config, warm), splits) - begin;
  EXPECT_TRUE(at::allclose(half * 2, full, 1e-4, 1e-6));
  EXPECT_GT(full.abs().max().item<double>(), 1e-3);
}

TEST(Schedule, FollowsTheLossThatChoosesTheBestEpoch) {
  const Splits splits = splits_of(20, 11);
  const Json plateau = {{"type", "plateau"}, {"patience_epochs", 0}, {"threshold", 0.9}};
  const Json config = with(config_of("autoencoder", 3), {{"optimizer", {{"schedule", plateau}}}});
  ObservedRun run(config, splits);
  run.trainer().run();
  // No later loss is below a tenth of the first: each epoch reduces the learning rate.
  EXPECT_EQ(run.trainer().state().schedule.best, run.epochs[0].validation->loss());
  EXPECT_NE(run.trainer().state().schedule.best, run.train_loss(0));
  EXPECT_DOUBLE_EQ(run.trainer().state().schedule.factor, 0.01);
  EXPECT_DOUBLE_EQ(run.epochs[2].train.learning_rate, 1e-4);
}

TEST(Averaging, IsWhatValidationMeasures) {
  const Splits splits = splits_of(20, 11);
  const Json ema = {{"training", {{"ema", {{"decay", 0.9}}}}}};
  ObservedRun run(with(config_of("vae", 2), ema), splits);
  run.trainer().run();
  const EngineSnapshot end = run.engine().snapshot();
  ASSERT_TRUE(end.average.defined());
  const double reported = run.epochs.back().validation->loss();
  EXPECT_NE(run.trainer().evaluate(splits.validation.value()).value()[0].second, reported);
  {
    const AveragedWeightsGuard averaged(run.engine());
    EXPECT_EQ(run.trainer().evaluate(splits.validation.value()).value()[0].second, reported);
  }
  EXPECT_TRUE(at::equal(run.engine().parameters().values(), end.values));
}

TEST(Averaging, LeavesLearningAsItIs) {
  const Splits splits = splits_of(20, 11);
  const Json config = config_of("vae", 2);
  const Json ema = {{"training", {{"ema", {{"decay", 0.9}}}}}};
  EXPECT_TRUE(at::equal(weights_after(with(config, ema), splits), weights_after(config, splits)));
}

/// Config with every kind of state that training keeps between steps.
Json everything() {
  return with(
      config_of("vae", 6),
      {{"optimizer",
        {{"type", "rmsprop"},
         {"momentum", 0.5},
         {"centered", true},
         {"clip_norm", 0.5},
         {"schedule",
          {{"type", "plateau"}, {"patience_epochs", 0}, {"threshold", 0.2}, {"warm_up", "2u"}}}}},
       {"training", {{"batch_size", 3}, {"accumulate_batches", 3}, {"ema", {{"decay", 0.9}}}}}});
}

TEST(Resume, WithAllOptionsGoesOnBitForBit) {
  const Splits splits = splits_of(20, 6);
  ObservedRun whole(everything(), splits);
  whole.trainer().run();
  ASSERT_LT(whole.trainer().state().schedule.factor, 1);
  for (const int64_t stop_step : {1, 7, 9, 14}) {  // three updates make an epoch
    ObservedRun first(everything(), splits);
    const TrainingSnapshot snapshot = stopped_at(stop_step, first);
    ObservedRun second(everything(), splits);
    second.trainer().resume(snapshot);
    EXPECT_EQ(second.trainer().run(), Trainer::Outcome::completed);
    const EngineSnapshot a = second.engine().snapshot();
    const EngineSnapshot b = whole.engine().snapshot();
    EXPECT_TRUE(at::equal(a.values, b.values)) << stop_step;
    EXPECT_TRUE(at::equal(a.average, b.average)) << stop_step;
    ASSERT_EQ(a.optimizer.size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(at::equal(a.optimizer[i].second, b.optimizer[i].second)) << stop_step;
    }
    EXPECT_EQ(second.epochs.back().validation->means, whole.epochs.back().validation->means);
    EXPECT_EQ(second.trainer().state().schedule.factor, whole.trainer().state().schedule.factor);
  }
}

}  // namespace
}  // namespace ae
