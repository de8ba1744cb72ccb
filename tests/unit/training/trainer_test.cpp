#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "one_thread.h"
#include "unit/training/observed_run.h"

namespace ae {
namespace {

using testing::ElementsAre;

TEST(Trainer, LearnsFromEveryRowOfEveryEpochInBatches) {
  const Splits splits = splits_of(20);
  ObservedRun run(config_of("autoencoder"), splits);
  EXPECT_EQ(run.trainer().run(), Trainer::Outcome::completed);
  EXPECT_THAT(run.rows_done, ElementsAre(8, 16, 20, 8, 16, 20));
  EXPECT_EQ(run.trainer().state().epoch, 2);
  EXPECT_EQ(run.trainer().state().step, 6);
  EXPECT_EQ(run.trainer().state().rows_done, 0);
  EXPECT_EQ(run.epochs.size(), 2u);
  EXPECT_EQ(run.begins, 1);
  EXPECT_EQ(run.ends, 1);
}

TEST(Trainer, WeightsThePartialBatchByItsRows) {
  // With a vanishing learning rate the running mean is the mean over all rows.
  const Splits splits = splits_of(20);
  Json config = config_of("autoencoder", 1);
  config["optimizer"] = {{"type", "sgd"}, {"learning_rate", 1e-30}};
  ObservedRun run(config, splits);
  run.trainer().run();
  const LossTerms::Means all = run.trainer().evaluate(splits.train).value();
  EXPECT_NEAR(run.train_loss(0), all[0].second, 1e-7);
}

TEST(Trainer, VisitsRowsInAnotherOrderEachEpoch) {
  const Splits splits = splits_of(20);
  Json config = config_of("autoencoder");
  config["optimizer"] = {{"type", "sgd"}, {"learning_rate", 1e-30}};
  ObservedRun run(config, splits);
  std::vector<double> first_batches;
  run.step_hook = [&](const Trainer& trainer) {
    if (trainer.state().rows_done == 8) {
      first_batches.push_back(trainer.running_means()[0].second);
    }
    return Observer::Action::go_on;
  };
  run.trainer().run();
  ASSERT_EQ(first_batches.size(), 2u);
  EXPECT_NE(first_batches[0], first_batches[1]);
}

TEST(Trainer, LearnsOnlyFromTheRowsOfItsSet) {
  Splits some = splits_of(20);
  some.train.rows = {1, 3, 5, 7, 9};
  Splits poisoned = some;
  auto data = std::make_shared<Dataset>(*some.train.data);
  data->rows = data->rows.clone();
  data->rows[0].fill_(1e6);
  poisoned.train.data = data;
  ObservedRun clean(config_of("autoencoder"), some);
  ObservedRun other(config_of("autoencoder"), poisoned);
  clean.trainer().run();
  other.trainer().run();
  EXPECT_TRUE(
      at::equal(clean.engine().parameters().values(), other.engine().parameters().values()));
}

TEST(Trainer, ReportsItsSplitsAndRepeatsValidation) {
  const Splits splits = splits_of(20, 11);
  ObservedRun run(config_of("denoising"), splits);
  run.trainer().run();
  const EpochMetrics& last = run.epochs.back();
  EXPECT_EQ(last.train.split, "train");
  ASSERT_TRUE(last.validation);
  EXPECT_EQ(last.validation->split, "validation");
  std::vector<std::string> names;
  for (const auto& [name, mean] : last.validation->means) names.push_back(name);
  EXPECT_THAT(names,
              ElementsAre("loss", "reconstruction", "squared_error", "reconstruction_clean"));
  // Corruption depends on seed and row only: evaluation is repeatable.
  EXPECT_EQ(run.trainer().evaluate(*splits.validation).value(), last.validation->means);
}

TEST(Trainer, RemembersTheBestEpoch) {
  const Splits splits = splits_of(20, 11);
  ObservedRun run(config_of("autoencoder", 5), splits);
  run.trainer().run();
  size_t best = 0;
  for (size_t i = 1; i < 5; ++i) {
    if (run.epochs[i].validation->loss() < run.epochs[best].validation->loss()) best = i;
  }
  EXPECT_EQ(run.trainer().state().best.epoch, static_cast<int64_t>(best) + 1);
  EXPECT_EQ(run.trainer().state().best.loss, run.epochs[best].validation->loss());
  EXPECT_EQ(run.trainer().state().best.step, (static_cast<int64_t>(best) + 1) * 3);
}

TEST(Trainer, StopsEarlyWhenTheLossNoLongerFalls) {
  const Splits splits = splits_of(20);
  Json config = config_of("autoencoder", 50);
  config["training"]["early_stopping"] = {{"patience_epochs", 3}, {"min_delta", 1e6}};
  ObservedRun run(config, splits);
  run.trainer().run();
  // The first epoch always counts as an improvement; no later one improves by a million.
  EXPECT_EQ(run.trainer().state().epoch, 4);
  EXPECT_EQ(run.trainer().state().best.epoch, 1);
  EXPECT_EQ(run.ends, 1);
}

TEST(Trainer, GoesOnWhileTheLossFalls) {
  const Splits splits = splits_of(20);
  Json config = config_of("autoencoder", 6);
  config["training"]["early_stopping"] = {{"patience_epochs", 1}};
  ObservedRun run(config, splits);
  run.trainer().run();
  EXPECT_EQ(run.trainer().state().epoch, 6);
}

TEST(Trainer, StopsWhenAnObserverSaysSo) {
  const Splits splits = splits_of(20);
  ObservedRun run(config_of("autoencoder"), splits);
  run.step_hook = [](const Trainer& trainer) {
    return trainer.state().step == 2 ? Observer::Action::stop : Observer::Action::go_on;
  };
  EXPECT_EQ(run.trainer().run(), Trainer::Outcome::stopped);
  EXPECT_EQ(run.trainer().state().step, 2);
  EXPECT_EQ(run.trainer().state().rows_done, 16);
  EXPECT_EQ(run.ends, 1);
  EXPECT_EQ(run.epochs.size(), 0u);
}

TEST(Trainer, FinishesAnEpochThatIsStoppedAtItsLastStep) {
  const Splits splits = splits_of(20);
  ObservedRun run(config_of("autoencoder"), splits);
  run.step_hook = [](const Trainer& trainer) {
    return trainer.state().rows_done == 20 ? Observer::Action::stop : Observer::Action::go_on;
  };
  EXPECT_EQ(run.trainer().run(), Trainer::Outcome::stopped);
  EXPECT_EQ(run.trainer().state().epoch, 1);
  EXPECT_EQ(run.epochs.size(), 1u);
}

TEST(Trainer, LeavesAValidationWhenAskedToAndDoesItAnewLater) {
  class Impatient : public Observer {
   public:
    bool interrupts() const override { return asked; }
    bool asked = false;
  };
  const Splits splits = splits_of(20, 40);
  ObservedRun whole(config_of("vae", 3), splits);
  whole.trainer().run();

  ObservedRun first(config_of("vae", 3), splits);
  Impatient impatient;
  first.trainer().add(impatient);
  // During the second epoch's validation, after step 6.
  first.step_hook = [&](const Trainer& trainer) {
    impatient.asked = trainer.state().step == 6;
    return Observer::Action::go_on;
  };
  EXPECT_EQ(first.trainer().run(), Trainer::Outcome::stopped);
  EXPECT_EQ(first.trainer().state().epoch, 1);
  EXPECT_EQ(first.trainer().state().rows_done, 20);
  EXPECT_EQ(first.epochs.size(), 1u);

  ObservedRun second(config_of("vae", 3), splits);
  second.trainer().resume(first.trainer().snapshot());
  EXPECT_EQ(second.trainer().run(), Trainer::Outcome::completed);
  ASSERT_EQ(second.epochs.size(), 2u);
  EXPECT_EQ(second.epochs[0].train.means, whole.epochs[1].train.means);
  EXPECT_EQ(second.epochs[0].validation->means, whole.epochs[1].validation->means);
  EXPECT_TRUE(
      at::equal(second.engine().parameters().values(), whole.engine().parameters().values()));
}

TEST(Trainer, DivergesWithTheEpochAndTheRemedy) {
  const Splits splits = splits_of(20);
  Json config = config_of("autoencoder", 20);
  config["optimizer"] = {{"type", "sgd"}, {"learning_rate", 1e10}};
  ObservedRun run(config, splits);
  EXPECT_THAT([&] { run.trainer().run(); },
              fails_with(ErrorKind::diverged, "training diverged in epoch ", "is not finite",
                         "lower optimizer.learning_rate (now 10000000000)", "data.scale"));
}

TEST(Trainer, DoesNotResumeBeyondTheRowsOfAnEpoch) {
  const Splits splits = splits_of(20);
  ObservedRun first(config_of("autoencoder"), splits);
  TrainingSnapshot snapshot = stopped_at(2, first);
  snapshot.state.rows_done = snapshot.state.samples = 21;
  ObservedRun second(config_of("autoencoder"), splits);
  EXPECT_THAT([&] { second.trainer().resume(snapshot); },
              fails_on_data("21 rows of an epoch done, of 20 in total"));
}

class FourKinds : public testing::TestWithParam<const char*> {};

TEST_P(FourKinds, ResumeInMidEpochBitForBit) {
  expect_exact_resume(config_of(GetParam(), 3), splits_of(20, 6));
}

TEST(Trainer, ResumesBatchStatisticsAndDropoutBitForBit) {
  Json config = config_of("vae", 3);
  config["model"]["encoder"].update({{"normalization", "batch"}, {"dropout", 0.25}});
  const Splits splits = splits_of(17, 6);  // a last batch of one row
  EXPECT_EQ(ObservedRun(config, splits).engine().snapshot().buffers.size(), 4u);
  expect_exact_resume(config, splits);
}

TEST_P(FourKinds, FollowFromTheSeed) {
  const Splits splits = splits_of(20);
  Json config = config_of(GetParam());
  const auto weights = [&](int64_t seed) {
    config["seed"] = seed;
    ObservedRun run(config, splits);
    run.trainer().run();
    return run.engine().parameters().values().clone();
  };
  EXPECT_TRUE(at::equal(weights(1), weights(1)));
  EXPECT_FALSE(at::equal(weights(1), weights(2)));
}

INSTANTIATE_TEST_SUITE_P(Trainer, FourKinds,
                         testing::Values("autoencoder", "sparse", "denoising", "vae"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace
}  // namespace ae
