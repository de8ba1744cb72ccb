#include "training/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "experiments.h"

namespace ae {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;

constexpr double kPeak = 0.5;

OptimizerPart optimizer_of(const Json& schedule) {
  return experiment_of(
             {{"optimizer", {{"type", "sgd"}, {"learning_rate", kPeak}, {"schedule", schedule}}}})
      .optimizer;
}

std::vector<double> rates(const Json& schedule, const TrainingLength& training) {
  const OptimizerPart optimizer = optimizer_of(schedule);
  std::vector<double> all(static_cast<size_t>(training.updates()));
  for (size_t step = 0; step < all.size(); ++step) {
    all[step] = optimizer.learning_rate(static_cast<int64_t>(step), training, {});
  }
  return all;
}

TEST(WarmUp, RisesInEqualStepsToThePeak) {
  EXPECT_THAT(rates({{"type", "constant"}, {"warm_up", "2e"}}, {2, 3}),
              ElementsAre(DoubleEq(kPeak / 4), DoubleEq(kPeak / 2), DoubleEq(kPeak * 3 / 4), kPeak,
                          kPeak, kPeak));
  EXPECT_THAT(rates({{"type", "constant"}, {"warm_up", "1u"}}, {3, 1}),
              ElementsAre(kPeak, kPeak, kPeak));
}

TEST(WarmUp, LeavesTheRestOfTrainingToTheSchedule) {
  // Three updates of warm-up, then half a cosine over the remaining two.
  EXPECT_THAT(rates({{"type", "cosine"}, {"warm_up", "3u"}}, {5, 1}),
              ElementsAre(DoubleEq(kPeak / 3), DoubleEq(kPeak * 2 / 3), kPeak, kPeak,
                          DoubleNear(kPeak / 2, 1e-15)));
  // A warm-up may take all of training.
  EXPECT_THAT(rates({{"type", "cosine"}, {"warm_up", "2u"}}, {2, 1}),
              ElementsAre(kPeak / 2, kPeak));
}

TEST(WarmUp, IsRefusedBeforeASchedulesOwnRise) {
  EXPECT_THAT([] { optimizer_of({{"type", "one_cycle"}, {"warm_up", "5e"}}); },
              fails_with(ErrorKind::usage, "test.json: optimizer.schedule.warm_up = \"5e\"",
                         "\"one_cycle\"", "leave warm_up out"));
}

/// Checks whether the schedule and its warm-up fit into training.
auto checked(const Json& schedule, const TrainingLength& training) {
  return [=] { optimizer_of(schedule).schedule.check_length(training, "test.json"); };
}

TEST(ScheduleLength, IsRefusedWithTheArithmetic) {
  EXPECT_THAT(checked({{"type", "cosine"}, {"warm_up", "20e"}}, {469, 10}),
              fails_with(ErrorKind::usage,
                         "test.json: optimizer.schedule.warm_up \"20e\" is 9,380 updates (469 an "
                         "epoch); training.epochs = 10 makes 4,690; shorten it or train longer"));
  EXPECT_THAT(checked({{"type", "step"}, {"every", "5u"}, {"warm_up", "1e"}}, {3, 2}),
              fails_with(ErrorKind::usage,
                         "optimizer.schedule.every \"5u\" is 5 updates after the first 3 (3 an "
                         "epoch); training.epochs = 2 makes 6"));
  EXPECT_THAT(checked({{"type", "constant"}, {"warm_up", "1000000000e"}}, {1 << 30, 999'999'999}),
              fails_with(ErrorKind::usage, "is 1,073,741,824,000,000,000 updates"));
}

TEST(ScheduleLength, MayBeAllOfTraining) {
  EXPECT_NO_THROW(checked({{"type", "cosine"}, {"warm_up", "10e"}}, {469, 10})());
  EXPECT_NO_THROW(checked({{"type", "cosine"}, {"warm_up", "4690u"}}, {469, 10})());
  EXPECT_THAT(checked({{"type", "cosine"}, {"warm_up", "4691u"}}, {469, 10}),
              fails_with(ErrorKind::usage, "4,691 updates"));
  EXPECT_NO_THROW(checked({{"type", "step"}, {"every", "3u"}, {"warm_up", "1e"}}, {3, 2})());
}

TEST(ScheduleLength, CountsTheUpdatesOfARemainder) {
  TrainingOptions training;
  training.batch_size = 8;
  training.epochs = 3;
  EXPECT_EQ(training.length(16).updates_per_epoch, 2);
  EXPECT_EQ(training.length(17).updates_per_epoch, 3);
  EXPECT_EQ(training.length(17).updates(), 9);
  training.accumulate_batches = 2;
  EXPECT_EQ(training.length(16).updates_per_epoch, 1);
  EXPECT_EQ(training.length(17).updates_per_epoch, 2);
}

/// Factor of the learning rate after each of these losses.
std::vector<double> factors(const Json& schedule, const std::vector<double>& losses) {
  const OptimizerPart optimizer = optimizer_of(schedule);
  const TrainingLength training{1, static_cast<int64_t>(losses.size())};
  ScheduleState state;
  std::vector<double> all;
  for (size_t epoch = 0; epoch < losses.size(); ++epoch) {
    const auto step = static_cast<int64_t>(epoch) + 1;
    optimizer.schedule.end_epoch(losses[epoch], step, training, state);
    all.push_back(optimizer.learning_rate(step, training, state) / kPeak);
  }
  return all;
}

TEST(Plateau, FallsWhenPatienceIsAtItsEnd) {
  const Json plateau = {{"type", "plateau"}, {"factor", 0.5}, {"patience_epochs", 1}};
  EXPECT_THAT(factors(plateau, {5, 5, 5, 5, 5}), ElementsAre(1, 1, 0.5, 0.5, 0.25));
  EXPECT_THAT(factors(plateau, {5, 5, 4, 4, 4}), ElementsAre(1, 1, 1, 1, 0.5));
}

TEST(Plateau, MeasuresFallsOfNegativeLossesToo) {
  // A negative loss: -100 to -100.005 is a decrease of 0.005 %.
  const Json plateau = {{"type", "plateau"}, {"factor", 0.5}, {"patience_epochs", 0}};
  EXPECT_THAT(factors(plateau, {-100, -100.005, -100.05}), ElementsAre(1, 0.5, 0.5));
  EXPECT_THAT(factors(plateau, {-100, -99.995}), ElementsAre(1, 0.5));
}

TEST(Plateau, StopsAtItsMinimum) {
  const Json plateau = {
      {"type", "plateau"}, {"factor", 0.1}, {"patience_epochs", 0}, {"minimum", 0.125}};
  EXPECT_THAT(factors(plateau, {5, 5, 5}), ElementsAre(1, 0.25, 0.25));
  EXPECT_THAT([] { optimizer_of({{"type", "plateau"}, {"minimum", 0.6}}); },
              fails_with(ErrorKind::usage, "optimizer.schedule.minimum = 0.6",
                         "above optimizer.learning_rate = 0.5"));
}

TEST(Plateau, DoesNotCountEpochsOfTheWarmUp) {
  const Json plateau = {
      {"type", "plateau"}, {"factor", 0.5}, {"patience_epochs", 0}, {"warm_up", "2e"}};
  // Losses rise during the warm-up and are constant after it.
  EXPECT_THAT(factors(plateau, {5, 6, 7, 7}), ElementsAre(1, 1, 1, 0.5));
}

TEST(Optimizer, RefusesNesterovsMomentumWithoutMomentum) {
  const auto with = [](const Json& optimizer) {
    return [=] { experiment_of({{"optimizer", optimizer}}); };
  };
  EXPECT_THAT(with({{"type", "sgd"}, {"nesterov", true}}),
              fails_with(ErrorKind::usage,
                         "test.json: optimizer.nesterov = true needs "
                         "optimizer.momentum above 0"));
  EXPECT_NO_THROW(with({{"type", "sgd"}, {"nesterov", true}, {"momentum", 0.9}})());
}

}  // namespace
}  // namespace ae
