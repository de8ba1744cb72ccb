#include "models/objective.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "error_matchers.h"
#include "experiments.h"

namespace ae {
namespace {

using testing::Contains;
using testing::Key;
using testing::Not;

constexpr int64_t kObjectiveRows = 6;
constexpr int64_t kObjectiveFeatures = 8;

WarmUp warm_up(const char* shape, const char* length, int64_t cycles = 4, double rising = 0.5) {
  const Experiment experiment = experiment_of(
      {{"model", {{"kind", "vae"}}},
       {"objective",
        {{"kl",
          {{"warm_up",
            {{"shape", shape}, {"length", length}, {"cycles", cycles}, {"rising", rising}}}}}}}});
  return *experiment.objective.kl->warm_up;
}

TEST(WarmUp, RisesInAStraightLine) {
  const WarmUp linear = warm_up("linear", "20u");
  EXPECT_EQ(linear.factor(0, 7), 0);
  EXPECT_DOUBLE_EQ(linear.factor(5, 7), 0.25);
  EXPECT_DOUBLE_EQ(linear.factor(19, 7), 0.95);
  EXPECT_EQ(linear.factor(20, 7), 1);
  EXPECT_EQ(linear.factor(1'000'000, 7), 1);
  EXPECT_DOUBLE_EQ(warm_up("linear", "2e").factor(5, 10), 0.25);
}

TEST(WarmUp, RisesSlowlyAtBothEndsByACosine) {
  const WarmUp cosine = warm_up("cosine", "12u");
  EXPECT_EQ(cosine.factor(0, 1), 0);
  EXPECT_NEAR(cosine.factor(4, 1), 0.25, 1e-15);
  EXPECT_NEAR(cosine.factor(6, 1), 0.5, 1e-15);
  EXPECT_NEAR(cosine.factor(8, 1), 0.75, 1e-15);
  EXPECT_EQ(cosine.factor(12, 1), 1);
}

TEST(WarmUp, RisesSeveralTimesInCycles) {
  const WarmUp cyclical = warm_up("cyclical", "40u", 4, 0.5);
  for (const int64_t cycle : {0, 10, 20, 30}) {
    EXPECT_EQ(cyclical.factor(cycle, 1), 0) << cycle;
    EXPECT_NEAR(cyclical.factor(cycle + 1, 1), 0.2, 1e-12) << cycle;
    EXPECT_NEAR(cyclical.factor(cycle + 4, 1), 0.8, 1e-12) << cycle;
    EXPECT_EQ(cyclical.factor(cycle + 5, 1), 1) << cycle;
    EXPECT_EQ(cyclical.factor(cycle + 9, 1), 1) << cycle;
  }
  EXPECT_EQ(cyclical.factor(40, 1), 1);
  EXPECT_EQ(cyclical.factor(41, 1), 1) << "it does not begin a fifth time";
  EXPECT_NEAR(warm_up("cyclical", "40u", 2, 1).factor(15, 1), 0.75, 1e-12);
}

TEST(Objective, HasItsWeightsAsFunctionsOfTheUpdate) {
  const Experiment experiment =
      experiment_of({{"model", {{"kind", "vae"}}},
                     {"objective",
                      {{"reconstruction", {{"type", "mse"}, {"weight", 3}}},
                       {"kl",
                        {{"weight", 4},
                         {"capacity", {{"nats", 25}, {"length", "5e"}}},
                         {"warm_up", {{"length", "2e"}}}}}}}});
  const Objective objective = objective_of(experiment);
  const LossWeights begin = objective.weights_at(0, 10);
  EXPECT_EQ(begin.reconstruction, 3);
  EXPECT_EQ(begin.kl, 0);
  EXPECT_EQ(begin.kl_capacity, 0);
  EXPECT_DOUBLE_EQ(objective.weights_at(5, 10).kl, 1);
  EXPECT_DOUBLE_EQ(objective.weights_at(5, 10).kl_capacity, 2.5);
  EXPECT_EQ(objective.weights_at(20, 10).kl, 4);
  EXPECT_DOUBLE_EQ(objective.weights_at(49, 10).kl_capacity, 24.5);
  EXPECT_EQ(objective.weights_at(50, 10).kl_capacity, objective.weights().kl_capacity);
  EXPECT_EQ(objective.weights().kl, 4);
  EXPECT_EQ(objective.settled_at(10), 50) << "the longer of the two";
  EXPECT_EQ(objective.settled_at(1), 5);
}

TEST(Objective, SettlesAtOnceWithoutWarmUps) {
  const Json capacity = {{"kl", {{"capacity", {{"nats", 5}}}}}};
  const Objective objective =
      objective_of(experiment_of({{"model", {{"kind", "vae"}}}, {"objective", capacity}}));
  EXPECT_EQ(objective.settled_at(10), 0);
  EXPECT_EQ(objective.weights_at(0, 10).kl_capacity, 5);
  EXPECT_LT(objective_of(experiment_of({{"model", {{"kind", "vae"}}}})).weights().kl_capacity, 0);
}

TEST(Objective, LetsThePenaltyOnTheCodeGrow) {
  const Objective objective = objective_of(experiment_of(
      {{"model", {{"kind", "sparse"}, {"sparsity", {{"weight", 0.5}, {"warm_up", "8u"}}}}}}));
  EXPECT_EQ(objective.weights_at(0, 10).sparsity, 0);
  EXPECT_DOUBLE_EQ(objective.weights_at(2, 10).sparsity, 0.125);
  EXPECT_EQ(objective.weights_at(8, 10).sparsity, 0.5);
  EXPECT_EQ(objective.settled_at(10), 8);
}

/// Loss terms of a training batch by name, means over its rows.
std::map<std::string, double> terms_of(const Experiment& experiment, const at::Tensor& dead = {},
                                       bool training = true) {
  const auto model = model_of(experiment, kObjectiveFeatures);
  const FirstRowsNoise noise(kObjectiveRows);
  const Objective objective = objective_of(experiment);
  const ForwardContext context{
      .training = training, .noise = &noise, .condition = {}, .dead = dead};
  const at::Tensor target = learnable_rows(kObjectiveRows, kObjectiveFeatures);
  const BatchLoss batch =
      training ? objective.training(*model, RowPair::of(target), context, objective.weights())
               : objective.evaluation(*model, RowPair::of(target), context, objective.weights());
  std::map<std::string, double> means;
  for (const LossTerm& term : batch.terms)
    means[term.name] = term.sum.item<double>() / kObjectiveRows;
  return means;
}

Experiment with_auxiliary(const Json& options = Json::object()) {
  return experiment_of(
      {{"model",
        {{"encoder", "linear"},
         {"latent_dim", 10},
         {"latent", layered({{"type", "top_k"}, {"k", 2}, {"auxiliary_k", 3}}, options)}}}});
}

TEST(Auxiliary, IsATermOfEveryTrainingBatchAndOfNoOther) {
  const Experiment experiment = with_auxiliary();
  const at::Tensor none = at::zeros({10}, at::kBool);
  const auto without_dead = terms_of(experiment, none);
  ASSERT_THAT(without_dead, Contains(Key("auxiliary")));
  EXPECT_EQ(without_dead.at("auxiliary"), 0);
  EXPECT_NEAR(without_dead.at("loss"), without_dead.at("reconstruction"), 1e-7);
  const auto with_dead = terms_of(experiment, none.logical_not());
  EXPECT_GT(with_dead.at("auxiliary"), 0);
  EXPECT_NEAR(with_dead.at("loss"), with_dead.at("reconstruction") + with_dead.at("auxiliary") / 32,
              1e-6);
  EXPECT_THAT(terms_of(experiment, {}, /*training=*/false), Not(Contains(Key("auxiliary"))));
}

TEST(Auxiliary, IsNotComputedWhereItWeighsNothing) {
  Experiment experiment = with_auxiliary({{"auxiliary_weight", 0}});
  EXPECT_THAT(terms_of(experiment, at::ones({10}, at::kBool)), Not(Contains(Key("auxiliary"))));
  // Without the auxiliary loss, a decoder may be non-linear.
  experiment = experiment_of(
      {{"model",
        {{"encoder", {{"type", "mlp"}, {"hidden", {5}}}},
         {"latent", {{"type", "top_k"}, {"k", 2}, {"auxiliary_k", 3}, {"auxiliary_weight", 0}}}}}});
  EXPECT_GT(terms_of(experiment, at::ones({3}, at::kBool)).at("loss"), 0);
}

TEST(Emphasis, WeighsChangedAndCleanValuesApart) {
  const auto error = [](double corrupted, double clean) {
    return terms_of(experiment_of({{"corruption",
                                    {{"type", "masking"},
                                     {"fraction", 0.5},
                                     {"corrupted_weight", corrupted},
                                     {"clean_weight", clean}}}}))
        .at("reconstruction");
  };
  const double changed = error(1, 0);
  const double kept = error(0, 1);
  EXPECT_GT(changed, 0);
  EXPECT_GT(kept, 0);
  EXPECT_NEAR(error(1, 1), changed + kept, 1e-6);
  EXPECT_NEAR(error(3, 0.25), 3 * changed + 0.25 * kept, 1e-6);
}

TEST(Emphasis, LeavesTheErrorFromTheCleanInputAsItIs) {
  const auto clean_error = [](double weight) {
    return terms_of(experiment_of(
                        {{"corruption",
                          {{"type", "masking"}, {"fraction", 0.5}, {"corrupted_weight", weight}}}}),
                    {}, /*training=*/false)
        .at("reconstruction_clean");
  };
  EXPECT_EQ(clean_error(1), clean_error(5));
}

TEST(PosteriorSamples, AreAveragedButForTheBound) {
  const auto terms = [](int64_t samples, const char* bound) {
    return terms_of(experiment_of(
        {{"model", {{"kind", "vae"}}},
         {"objective",
          {{"reconstruction", "gaussian"}, {"posterior_samples", samples}, {"bound", bound}}}}));
  };
  const auto one = terms(1, "elbo");
  const auto many = terms(64, "elbo");
  EXPECT_NEAR(many.at("kl"), one.at("kl"), 1e-6);
  EXPECT_NEAR(many.at("loss"), many.at("reconstruction") + many.at("kl"), 1e-5);
  EXPECT_NEAR(many.at("squared_error"), one.at("squared_error"), one.at("squared_error"));
  EXPECT_LT(terms(64, "iwae").at("loss"), many.at("loss"));
  EXPECT_NEAR(terms(64, "iwae").at("reconstruction"), many.at("reconstruction"), 1e-5);
}

}  // namespace
}  // namespace ae
