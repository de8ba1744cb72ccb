// Warm-up of loss weights: best epoch, early stopping and length checks.

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "one_thread.h"
#include "unit/training/observed_run.h"

namespace ae {
namespace {

/// VAE whose loss rises during the KL warm-up: 20 rows, three updates per epoch.
Json warmed_up(const char* length, int64_t epochs, double weight = 100) {
  return layered(config_of("vae", epochs),
                 {{"objective", {{"kl", {{"weight", weight}, {"warm_up", {{"length", length}}}}}}},
                  {"optimizer", {{"type", "sgd"}, {"learning_rate", 1e-30}}}});
}

TEST(WarmUp, IsSeenByTheLossOfEachUpdate) {
  const Splits splits = splits_of(20, 11);
  ObservedRun run(warmed_up("9u", 4), splits);
  run.trainer().run();
  // The learning rate vanishes: the validation loss follows the weight, at updates 3, 6, 9 and 12.
  const auto term = [&](size_t epoch, size_t index) {
    return run.epochs.at(epoch).validation.value().means.at(index).second;
  };
  for (size_t epoch = 0; epoch < 4; ++epoch) {
    const double weight = 100 * std::min(1.0, static_cast<double>(epoch + 1) / 3);
    EXPECT_NEAR(term(epoch, 0), term(epoch, 1) + weight * term(epoch, 2), 1e-3);
  }
}

TEST(WarmUp, IsWaitedForByTheBestEpoch) {
  const Splits splits = splits_of(20, 11);
  ObservedRun run(warmed_up("9u", 5), splits);
  std::vector<int64_t> best;
  run.step_hook = [&](const Trainer& trainer) {
    best.push_back(trainer.state().best.epoch);
    return Observer::Action::go_on;
  };
  run.trainer().run();
  // The loss of the first epoch is the least by far, but of another objective: until the weights
  // are settled, the last epoch stands for the best. Then nothing is better than the third.
  EXPECT_THAT(best, testing::ElementsAre(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3));
  EXPECT_EQ(run.trainer().state().best.epoch, 3);
  EXPECT_LT(run.epochs[0].validation->loss(), run.trainer().state().best.loss);
}

/// A training loss is a mean over its epoch: that of the warm-up's last epoch includes smaller
/// weights.
TEST(WarmUp, IsWaitedForAnEpochLongerWhereTrainingLossesAreCompared) {
  const Splits splits = splits_of(20);
  ObservedRun run(warmed_up("9u", 6), splits);
  run.trainer().run();
  EXPECT_LT(run.train_loss(2), 0.95 * run.train_loss(3));
  EXPECT_GE(run.trainer().state().best.epoch, 4);
  Json config = warmed_up("3e", 20);
  config["training"]["early_stopping"] = {{"patience_epochs", 2}, {"min_delta", 1e9}};
  ObservedRun stopped(config, splits);
  stopped.trainer().run();
  EXPECT_EQ(stopped.trainer().state().epoch, 6) << "two epochs after the fourth";
}

TEST(WarmUp, IsWaitedForByEarlyStopping) {
  const Splits splits = splits_of(20, 11);
  Json config = warmed_up("6e", 20);
  config["training"]["early_stopping"] = {{"patience_epochs", 2}};
  ObservedRun run(config, splits);
  run.trainer().run();
  EXPECT_EQ(run.trainer().state().epoch, 8) << "two epochs after the sixth";
  EXPECT_EQ(run.trainer().state().best.epoch, 6);
}

TEST(WarmUp, OfAPenaltyOnTheCodeAndOfCapacityIsWaitedForToo) {
  const Splits splits = splits_of(20);
  Json sparse = config_of("sparse", 3);
  sparse["model"]["sparsity"] = {{"weight", 1000}, {"warm_up", "2e"}};
  sparse["optimizer"] = {{"type", "sgd"}, {"learning_rate", 1e-30}};
  ObservedRun first(sparse, splits);
  first.trainer().run();
  EXPECT_GE(first.trainer().state().best.epoch, 2);
  Json vae = warmed_up("1u", 4, 0.001);
  vae["objective"]["kl"]["capacity"] = {{"nats", 1e6}, {"length", "4e"}};
  ObservedRun second(vae, splits);
  second.trainer().run();
  EXPECT_EQ(second.trainer().state().best.epoch, 4);
}

auto checking(const Json& config, int64_t updates_per_epoch) {
  const Experiment experiment = experiment_of(config);
  return [experiment, updates_per_epoch] {
    check_lengths(experiment, {updates_per_epoch, experiment.training.epochs}, "c.json");
  };
}

TEST(WarmUp, MustFitIntoTraining) {
  EXPECT_NO_THROW(checking(warmed_up("4e", 4), 3)());
  EXPECT_NO_THROW(checking(warmed_up("12u", 4), 3)());
  EXPECT_THAT(checking(warmed_up("5e", 4), 3),
              fails_with(ErrorKind::usage,
                         "c.json: objective.kl.warm_up.length \"5e\" is 15 updates (3 an epoch); "
                         "training.epochs = 4 makes 12"));
  EXPECT_THAT(checking(warmed_up("13u", 4), 3),
              fails_with(ErrorKind::usage, "\"13u\" is 13 updates", "makes 12"));
  Json capacity = config_of("vae", 2);
  capacity["objective"]["kl"] = {{"capacity", {{"nats", 3}, {"length", "3e"}}}};
  EXPECT_THAT(checking(capacity, 3),
              fails_with(ErrorKind::usage, "objective.kl.capacity.length \"3e\""));
  Json sparse = config_of("sparse", 2);
  sparse["model"]["sparsity"] = {{"warm_up", "7u"}};
  EXPECT_THAT(checking(sparse, 3),
              fails_with(ErrorKind::usage, "model.sparsity.warm_up \"7u\" is 7 updates"));
}

TEST(DeadLatents, AreThoseInactiveOnEveryRowOfTheEpoch) {
  const Splits splits = splits_of(20, 11);
  Json config = config_of("sparse", 3);
  config["model"]["encoder"] = "linear";
  config["model"]["latent_dim"] = 16;
  config["model"]["latent"] = {{"type", "top_k"}, {"k", 1}, {"auxiliary_k", 4}};
  config["training"]["dead_after"] = "4u";
  ObservedRun run(config, splits);
  run.trainer().run();
  for (const EpochMetrics& epoch : run.epochs) {
    const std::map<std::string, double> train(epoch.train.means.begin(), epoch.train.means.end());
    const std::map<std::string, double> held_out(epoch.validation->means.begin(),
                                                 epoch.validation->means.end());
    EXPECT_GT(train.at("dead"), 0);
    EXPECT_LT(train.at("dead"), 1);
    EXPECT_LE(train.at("density"), 1.0 / 16 + 1e-9) << "one of sixteen at most";
    EXPECT_TRUE(train.contains("auxiliary"));
    EXPECT_FALSE(held_out.contains("auxiliary"));
    EXPECT_FALSE(held_out.contains("dead"));
    EXPECT_LE(held_out.at("variance_explained"), 1);
  }
}

/// A run stopped within an epoch and resumed by another trainer ends bit-identically.
TEST(DeadLatents, AreCountedOnAfterAResume) {
  const Splits splits = splits_of(40);
  Json config = config_of("sparse", 4);
  config["model"]["encoder"] = "linear";
  config["model"]["latent_dim"] = 16;
  config["model"]["latent"] = {{"type", "top_k"}, {"k", 1}, {"auxiliary_k", 4}};
  config["training"]["dead_after"] = "3u";
  ObservedRun whole(config, splits);
  whole.trainer().run();
  ObservedRun parts(config, splits);
  parts.step_hook = [](const Trainer& trainer) {
    return trainer.state().step == 7 ? Observer::Action::stop : Observer::Action::go_on;
  };
  parts.trainer().run();
  const TrainingSnapshot snapshot = parts.trainer().snapshot();
  EXPECT_GT(snapshot.engine.rows_since_active.max().item<int64_t>(), 24);
  ObservedRun rest(config, splits);
  rest.trainer().resume(snapshot);
  rest.trainer().run();
  EXPECT_TRUE(at::equal(rest.engine().parameters().values(), whole.engine().parameters().values()));
  ASSERT_EQ(whole.epochs.size(), 4u);
  EXPECT_EQ(rest.epochs.back().train.means, whole.epochs.back().train.means);
}

}  // namespace
}  // namespace ae
