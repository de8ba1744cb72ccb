#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/error.h"
#include "models/normalization.h"
#include "one_of_each.h"
#include "one_thread.h"
#include "parts.h"
#include "training/trainer.h"

namespace ae {
namespace {

TEST(EveryPart, GivesEveryParameterItsGradient) {
  for (const auto& [what, config] : one_of_each()) {
    SCOPED_TRACE(what);
    const Experiment experiment = experiment_of(config);
    const auto model = model_of(experiment, kFeatures);
    model->to(at::kDouble);
    const Objective objective = objective_of(experiment);
    const at::Tensor target = learnable_rows(kRows, kFeatures).to(at::kDouble);
    const FirstRowsNoise noise(kRows);
    const ForwardContext context{
        .training = true, .noise = &noise, .condition = model->condition(labels())};
    const auto loss = [&] {
      return objective.training(*model, RowPair::of(target), context, objective.weights()).loss;
    };
    loss().backward();
    ASSERT_TRUE(std::isfinite(loss().item<double>()));
    for (const auto& item : model->named_parameters()) {
      const at::Tensor gradient = item.value().grad();
      ASSERT_TRUE(gradient.defined()) << item.key();
      EXPECT_TRUE(at::isfinite(gradient).all().item<bool>()) << item.key();
      EXPECT_GT(gradient.abs().sum().item<double>(), 0) << item.key();
      // The gradient of thresholds is an estimate, not the derivative.
      if (item.key() == "latent.log_threshold") continue;
      // The directional derivative along the gradient is the gradient's norm.
      const c10::NoGradGuard no_grad;
      const at::Tensor direction = gradient / gradient.norm();
      constexpr double kStep = 1e-6;
      at::Tensor parameter = item.value();
      parameter.add_(direction, kStep);
      const double above = loss().item<double>();
      parameter.sub_(direction, 2 * kStep);
      const double below = loss().item<double>();
      parameter.add_(direction, kStep);
      const double length = gradient.norm().item<double>();
      EXPECT_NEAR((above - below) / (2 * kStep), length, 1e-6 * std::max(1.0, length))
          << item.key();
    }
  }
}

TEST(EveryPart, AddsUpTheTermsThatTheObjectiveNames) {
  for (const auto& [what, config] : one_of_each()) {
    SCOPED_TRACE(what);
    const Experiment experiment = experiment_of(config);
    const auto model = model_of(experiment, kFeatures);
    const Objective objective = objective_of(experiment);
    const FirstRowsNoise noise(kRows);
    const ForwardContext context{
        .training = true, .noise = &noise, .condition = model->condition(labels())};
    std::vector<std::string> names;
    for (const LossTerm& term : objective
                                    .training(*model, RowPair::of(learnable_rows(kRows, kFeatures)),
                                              context, objective.weights())
                                    .terms) {
      names.emplace_back(term.name);
    }
    EXPECT_EQ(names, objective.training_terms());
  }
}

/// Losses of each epoch of a short training.
std::vector<double> trained(const Experiment& experiment, at::Tensor* weights = nullptr) {
  class Losses : public Observer {
   public:
    Action on_epoch(const Trainer& /*trainer*/, const EpochMetrics& metrics) override {
      values.push_back(metrics.train.loss());
      return Action::go_on;
    }
    std::vector<double> values;
  } losses;
  Splits splits;
  splits.train = row_set(learnable_rows(60, kFeatures));
  splits.preprocessing.shape = {kFeatures};
  TrainingEngine engine(model_of(experiment, kFeatures), objective_of(experiment),
                        *experiment.optimizer, at::kCPU);
  Trainer trainer(experiment, splits, engine);
  trainer.add(losses);
  trainer.run();
  if (weights != nullptr) *weights = engine.parameters().values().clone();
  return losses.values;
}

Json briefly(const Json& config) {
  return layered({{"training", {{"epochs", 6}, {"batch_size", 16}}},
                  {"optimizer", {{"type", "adam"}, {"learning_rate", 0.01}}}},
                 config);
}

void expect_learning(const std::vector<double>& losses) {
  ASSERT_EQ(losses.size(), 6u);
  for (const double loss : losses) EXPECT_TRUE(std::isfinite(loss));
  EXPECT_LT(losses.back(), losses.front());
}

TEST(EveryPart, LearnsAndRepeats) {
  for (const auto& [what, config] : one_of_each()) {
    SCOPED_TRACE(what);
    const Experiment experiment = experiment_of(briefly(config));
    at::Tensor first;
    at::Tensor second;
    const std::vector<double> losses = trained(experiment, &first);
    expect_learning(losses);
    EXPECT_EQ(trained(experiment, &second), losses);
    EXPECT_TRUE(at::equal(first, second));
  }
}

/// Trains a config, unless it is refused with the names of two of its options.
/// @return true if it trained
bool learns_or_is_refused(const Json& config) {
  try {
    expect_learning(trained(experiment_of(config)));
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
    EXPECT_THAT(error.what(), testing::MatchesRegex(".*test.json: [a-z_.]+( \"[a-z0-9_]+\")? "
                                                    "(contradicts|needs) .*"));
    return false;
  }
}

TEST(EveryCombination, OfKindNetworkReconstructionAndCorruptionLearns) {
  int refused = 0;
  for (const ModelKind& kind : model_kinds()) {
    for (const std::string& network : part_names<NetworkSpec>()) {
      for (const std::string& reconstruction : part_names<ReconstructionSpec>()) {
        for (const std::string& corruption : part_names<CorruptionSpec>()) {
          SCOPED_TRACE(fmt::format("{} {} {} {}", kind.name, network, reconstruction, corruption));
          refused +=
              learns_or_is_refused(briefly({{"model", {{"kind", kind.name}, {"encoder", network}}},
                                            {"objective", {{"reconstruction", reconstruction}}},
                                            {"corruption", small_corruption(corruption)}}))
                  ? 0
                  : 1;
        }
      }
    }
  }
  // Kind "denoising" without a corruption, for any network and reconstruction.
  EXPECT_EQ(refused,
            static_cast<int>(NetworkSpec::table().size() * ReconstructionSpec::table().size()));
}

TEST(EveryCombination, OfLatentSparsityAndTyingLearnsOrIsRefused) {
  int learned = 0;
  for (const std::string& latent : part_names<LatentSpec>()) {
    for (const std::string& sparsity : part_names<Sparsity>()) {
      for (const bool tied : {false, true}) {
        SCOPED_TRACE(fmt::format("{} {} {}", latent, sparsity, tied));
        learned +=
            learns_or_is_refused(briefly(
                {{"model",
                  {{"latent", small_latent(latent)}, {"sparsity", sparsity}, {"tied", tied}}}}))
                ? 1
                : 0;
      }
    }
  }
  EXPECT_GE(learned, 6);  // deterministic with none and l1, gaussian with none, tied or not
}

}  // namespace
}  // namespace ae
