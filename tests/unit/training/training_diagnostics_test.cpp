#include "training/training_diagnostics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/training/observed_run.h"

namespace ae {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// TrainingDiagnostics fed with synthetic epochs.
class Monitored {
 public:
  explicit Monitored(const Json& config)
      : splits_(splits_of(20, 11)),
        run_(config, splits_),
        monitor_([this](const std::string& text) { warnings.push_back(text); }) {}

  void end_epoch(const LossTerms::Means& train, const LossTerms::Means& validation) {
    TrainingSnapshot snapshot = run_.trainer().snapshot();
    TrainingState& state = snapshot.state;
    ++state.epoch;
    state.step += 3;
    const double loss = (validation.empty() ? train : validation).front().second;
    if (loss < state.best.loss) state.best = {loss, state.epoch, state.step};
    run_.trainer().resume(snapshot);
    EpochMetrics metrics{.train = {.split = "train", .means = train}, .validation = {}};
    if (!validation.empty()) metrics.validation = {.split = "validation", .means = validation};
    EXPECT_EQ(monitor_.on_epoch(run_.trainer(), metrics), Observer::Action::go_on);
  }

  std::vector<std::string> warnings;

 private:
  Splits splits_;
  ObservedRun run_;
  TrainingDiagnostics monitor_;
};

/// Warnings of a whole training.
std::vector<std::string> warnings_of_training(const Json& config, const Splits& splits) {
  ObservedRun run(config, splits);
  std::vector<std::string> warnings;
  TrainingDiagnostics monitor([&](const std::string& text) { warnings.push_back(text); });
  run.trainer().add(monitor);
  run.trainer().run();
  return warnings;
}

void end_vae_epoch(Monitored& monitored, double kl, double active_units) {
  monitored.end_epoch({{"loss", 9}, {"kl", kl}},
                      {{"loss", 9}, {"kl", kl}, {"active_units", active_units}});
}

/// 1,000 epochs of 3 updates.
Json long_config(const Json& kl = {{"weight", 1}}) {
  Json config = config_of("vae", 1000);
  config["objective"]["kl"] = kl;
  return config;
}

TEST(TrainingDiagnostics, WarnsOnceOfACollapsedPosterior) {
  Monitored monitored(long_config({{"weight", 50}}));
  for (int i = 0; i < 166; ++i) end_vae_epoch(monitored, 0.02, 0);
  EXPECT_THAT(monitored.warnings, IsEmpty()) << "498 updates: a passing state of the beginning";
  for (int i = 0; i < 3; ++i) end_vae_epoch(monitored, 0.02, 0);
  EXPECT_THAT(
      monitored.warnings,
      ElementsAre(AllOf(HasSubstr("posterior collapse"), HasSubstr("0.02 nats"),
                        HasSubstr("0 of 3 units"), HasSubstr("objective.kl.weight (now 50)"),
                        HasSubstr("objective.kl.warm_up"), HasSubstr("objective.kl.free_bits"),
                        Not(HasSubstr("\n")))));
}

TEST(TrainingDiagnostics, WaitsForATenthOfALongTraining) {
  Json config = long_config();
  config["training"]["epochs"] = 3000;  // 9,000 updates
  Monitored monitored(config);
  for (int i = 0; i < 299; ++i) end_vae_epoch(monitored, 0.02, 0);
  EXPECT_THAT(monitored.warnings, IsEmpty());
  end_vae_epoch(monitored, 0.02, 0);
  EXPECT_THAT(monitored.warnings, SizeIs(1));
}

TEST(TrainingDiagnostics, WarnsOfACollapseThatTrainingEndsIn) {
  Monitored shorter(config_of("vae", 2));
  for (int i = 0; i < 2; ++i) end_vae_epoch(shorter, 0.02, 0);
  EXPECT_THAT(shorter.warnings, ElementsAre(HasSubstr("posterior collapse")));
  Monitored least(config_of("vae", 1));
  end_vae_epoch(least, 0.02, 0);
  EXPECT_THAT(least.warnings, IsEmpty()) << "three updates tell nothing";
}

TEST(TrainingDiagnostics, TakesUnitsThatAreAllStillForACollapse) {
  Monitored monitored(config_of("vae", 2));
  for (int i = 0; i < 2; ++i) end_vae_epoch(monitored, 0.5, 0);
  EXPECT_THAT(monitored.warnings, ElementsAre(HasSubstr("0.5 nats in total, 0 of 3 units")));
}

TEST(TrainingDiagnostics, IsContentWithAPosteriorInUse) {
  Monitored monitored(long_config());
  for (int i = 0; i < 300; ++i) end_vae_epoch(monitored, i % 100 == 0 ? 0.11 : 0.02, i % 100 == 0);
  EXPECT_THAT(monitored.warnings, IsEmpty());
}

TEST(TrainingDiagnostics, JudgesTheKlOfTrainingWhereThereIsNoValidation) {
  Monitored monitored(config_of("vae", 2));
  for (int i = 0; i < 2; ++i) monitored.end_epoch({{"loss", 9}, {"kl", 0.01}}, {});
  EXPECT_THAT(monitored.warnings,
              ElementsAre(AllOf(HasSubstr("0.01 nats in total; "), Not(HasSubstr("units")))));
}

TEST(TrainingDiagnostics, WaitsForTheEndOfWarmUpsAndOffersWhatIsNotYetSet) {
  Monitored monitored(long_config({{"free_bits", 0.1}, {"warm_up", {{"length", "400e"}}}}));
  for (int i = 0; i < 399 + 166; ++i) end_vae_epoch(monitored, 0.02, 0);
  EXPECT_THAT(monitored.warnings, IsEmpty());
  end_vae_epoch(monitored, 0.02, 0);
  EXPECT_THAT(monitored.warnings,
              ElementsAre(AllOf(HasSubstr("posterior collapse"), Not(HasSubstr("warm_up")),
                                Not(HasSubstr("free_bits")))));
}

TEST(TrainingDiagnostics, FindsACollapseInTrainingAndNoneWhereThereIsNone) {
  const Splits splits = splits_of(200, 40);
  Json config = config_of("vae", 4);
  config["optimizer"] = {{"type", "adam"}, {"learning_rate", 0.01}};
  config["objective"] = {{"reconstruction", {{"type", "gaussian"}, {"sigma", 0.1}}}};
  EXPECT_THAT(warnings_of_training(config, splits), IsEmpty());
  config["objective"]["kl"] = {{"weight", 1000}};
  EXPECT_THAT(warnings_of_training(config, splits), ElementsAre(HasSubstr("posterior collapse")));
}

TEST(TrainingDiagnostics, WarnsOfDeadLatentsWithARemedyForTheirKind) {
  const std::vector<std::pair<Json, std::string>> kinds = {
      {{{"latent", {{"type", "top_k"}, {"k", 2}}}}, "set model.latent.auxiliary_k"},
      {{{"kind", "sparse"}}, "lower model.sparsity.weight (now 0.0001)"},
      {{{"latent", {{"type", "deterministic"}, {"activation", "relu"}}}},
       "lower optimizer.learning_rate"}};
  for (const auto& [model, remedy] : kinds) {
    Monitored monitored(layered(config_of("autoencoder"), {{"model", model}}));
    for (const double dead : {0.1, 0.4, 0.1, 0.4}) {
      monitored.end_epoch({{"loss", 9}, {"dead", dead}}, {});
    }
    EXPECT_THAT(monitored.warnings, IsEmpty()) << "never above a tenth twice in a row";
    for (int i = 0; i < 3; ++i) monitored.end_epoch({{"loss", 9}, {"dead", 0.4}}, {});
    EXPECT_THAT(monitored.warnings,
                ElementsAre(AllOf(HasSubstr("40 % of 3 latents are dead"), HasSubstr(remedy))));
  }
}

TEST(TrainingDiagnostics, WaitsForTheEndWhereDeadLatentsAreRevived) {
  Json config = config_of("autoencoder");
  config["model"].update(
      {{"latent", {{"type", "top_k"}, {"k", 2}, {"auxiliary_k", 4}}}, {"decoder", "linear"}});
  config["training"]["epochs"] = 6;
  Monitored monitored(config);
  for (int i = 0; i < 5; ++i) monitored.end_epoch({{"loss", 9}, {"dead", 0.4}}, {});
  EXPECT_THAT(monitored.warnings, IsEmpty());
  monitored.end_epoch({{"loss", 9}, {"dead", 0.4}}, {});
  EXPECT_THAT(monitored.warnings, ElementsAre(HasSubstr("train for longer")));
}

/// Reports epochs with these training and validation losses.
std::vector<std::string> warnings_of_losses(const Json& config,
                                            const std::vector<std::pair<double, double>>& losses) {
  Monitored monitored(config);
  for (const auto& [train, validation] : losses) {
    monitored.end_epoch({{"loss", train}}, {{"loss", validation}});
  }
  return monitored.warnings;
}

TEST(TrainingDiagnostics, WarnsWhereValidationRisesWhileTrainingFalls) {
  const Json config = config_of("autoencoder");
  EXPECT_THAT(
      warnings_of_losses(config, {{9, 9}, {5, 6}, {4, 6.5}, {3, 7}, {2, 7.5}, {1, 8}}),
      ElementsAre(AllOf(HasSubstr("risen for 3 epochs"), HasSubstr("to 7.5 from 6 in epoch 2"),
                        HasSubstr("training.early_stopping"), HasSubstr("dropout"))));
  Json stopping = config;
  stopping["training"]["early_stopping"] = {{"patience_epochs", 10}};
  EXPECT_THAT(warnings_of_losses(stopping, {{9, 9}, {5, 6}, {4, 6.5}, {3, 7}, {2, 7.5}}),
              ElementsAre(Not(HasSubstr("early_stopping"))));
  // The negative log of a density may be negative.
  EXPECT_THAT(warnings_of_losses(config, {{9, 9}, {-5, -4}, {-6, -3.5}, {-7, -3}, {-8, -2}}),
              SizeIs(1));
}

TEST(TrainingDiagnostics, IsNotAlarmedByOtherLosses) {
  const Json config = config_of("autoencoder");
  const std::vector<std::vector<std::pair<double, double>>> harmless = {
      {{9, 9}, {5, 6}, {4, 6.5}, {3, 7}, {2, 6.9}, {1, 7}},         // only two in a row
      {{9, 9}, {5, 6}, {5.1, 6.5}, {5.2, 7}, {5.3, 7.5}},           // training loss rises too
      {{9, 9}, {5, 6}, {4.9, 6.01}, {4.8, 6.02}, {4.7, 6.03}},      // negligible rise
      {{30, 9}, {25, 6}, {20, 5}, {15, 4}, {14, 3.9}, {13, 3.8}}};  // both fall
  for (const auto& losses : harmless) {
    EXPECT_THAT(warnings_of_losses(config, losses), IsEmpty());
  }
}

TEST(TrainingDiagnostics, FindsSaturatedOutputs) {
  const Splits splits = splits_of(40, 11);
  Json config = config_of("autoencoder", 3);
  config["model"]["decoder"] = {{"output_activation", "sigmoid"}};
  EXPECT_THAT(warnings_of_training(config, splits), IsEmpty());
  config["optimizer"] = {{"type", "sgd"}, {"learning_rate", 1e5}};
  EXPECT_THAT(warnings_of_training(config, splits),
              Contains(AllOf(HasSubstr("model.decoder.output_activation \"sigmoid\""),
                             HasSubstr("optimizer.learning_rate (now 1e+05)"),
                             HasSubstr("\"bernoulli\""))));
}

TEST(Trainer, KeepsWhatLatentsDidInValidation) {
  const Splits splits = splits_of(20, 11);
  ObservedRun run(config_of("vae", 1), splits);
  EXPECT_EQ(run.trainer().latents(), nullptr);
  run.trainer().run();
  ASSERT_NE(run.trainer().latents(), nullptr);
  EXPECT_EQ(run.trainer().latents()->rows(), 11);
  EXPECT_EQ(run.trainer().saturation(), nullptr) << "outputs without bounds";
  const LossTerms::Means& means = run.epochs.back().validation->means;
  EXPECT_EQ(means.back().first, "active_units");
  EXPECT_EQ(means.back().second, run.trainer().latents()->active_units());
  for (const auto& [name, mean] : run.epochs.back().train.means) EXPECT_NE(name, "active_units");
}

}  // namespace
}  // namespace ae
