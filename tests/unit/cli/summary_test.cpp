#include "cli/summary.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiments.h"

namespace ae {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(LayersText, ListsLayersInOrderAndAddsUpTheirParameters) {
  const Experiment experiment = experiment_of(
      {{"model", {{"kind", "vae"}, {"encoder", {{"type", "mlp"}, {"hidden", {60}}}}}}});
  const auto model = model_of(experiment, 1000);
  EXPECT_EQ(layers_text(*model),
            "layer                  kind  output  parameters\n"
            "encoder.0            Linear      60      60,060\n"
            "encoder.1              relu      60           0\n"
            "latent.mean          Linear       3         183\n"
            "latent.log_variance  Linear       3         183\n"
            "decoder.0            Linear      60         240\n"
            "decoder.1              relu      60           0\n"
            "decoder.2            Linear    1000      61,000\n"
            "total                                   121,666\n");
  const Json json = layers_json(*model);
  ASSERT_EQ(json.size(), 7u);
  EXPECT_EQ(json[2], parse_json(R"({"name": "latent.mean", "kind": "Linear", "output": [3],
                                    "parameters": 183})",
                                "expected"));
  EXPECT_EQ(json[5]["kind"], "relu");
}

TEST(LayersText, WritesShapesOfImages) {
  const Experiment experiment =
      experiment_of({{"data", {{"shape", {1, 8, 8}}}},
                     {"model", {{"encoder", {{"type", "conv"}, {"channels", {4}}}}}}});
  InputInfo input = rows_of(64);
  input.shape = {1, 8, 8};
  const Autoencoder model(experiment.model, experiment.objective, input, 1);
  EXPECT_THAT(layers_text(model), HasSubstr("\nencoder.0                   Conv2d   4×4×4   "));
  EXPECT_EQ(layers_json(model)[0]["output"], Json({4, 4, 4}));
}

TEST(ProfileText, SharesOutAStepAndRelatesItToTheLimit) {
  Profile profile;
  profile.steps = 2000;
  profile.samples = 128'000;
  profile.seconds = 0.5;
  profile.threads = 2;
  profile.phase_fractions = {{"forward", 0.6}, {"waiting", 0.4}};
  profile.operations_per_sample = 3e6;
  profile.operations_per_second = 7.68e11;
  profile.limit_per_second = 1.024e12;
  EXPECT_EQ(
      profile_text(profile, "fused steps on 2 threads"),
      "fused steps on 2 threads\n"
      "2,000 steps, 2.56e+05 samples/s\n"
      "\n"
      "phase    fraction  time per step\n"
      "forward    60.0 %         150 µs\n"
      "waiting    40.0 %         100 µs\n"
      "total                     250 µs\n"
      "\n"
      "3 MFLOP of matrix multiplications per sample, zeros included: 768 GFLOP/s, 75.0 % of the "
      "1024 GFLOP/s measured on this device with large matrices");
  EXPECT_EQ(profile_json(profile, "plan"), Json({{"plan", "plan"},
                                                 {"threads", 2},
                                                 {"steps", 2000},
                                                 {"seconds", 0.5},
                                                 {"samples_per_second", 256'000.0},
                                                 {"shares", {{"forward", 0.6}, {"waiting", 0.4}}},
                                                 {"flop_per_sample", 3e6},
                                                 {"flop_per_second", 7.68e11},
                                                 {"product_limit_flop_per_second", 1.024e12}}));
}

TEST(ResultText, NamesTheBestEpochTheTestAndThePlace) {
  Json result = {
      {"run", "runs/a"}, {"completed", true},
      {"epochs", 30},    {"steps", 6000},
      {"seconds", 75.2}, {"best", {{"epoch", 28}, {"loss", 1.5}, {"split", "validation"}}}};
  EXPECT_EQ(result_text(result),
            "best epoch 28 of 30, validation loss 1.5; 1 min 15 s; results in runs/a");
  result["test"] = {{"loss", 27.1234567}, {"mse", 0.0125}};
  EXPECT_EQ(result_text(result),
            "best epoch 28 of 30, validation loss 1.5; test loss 27.1235, mse 0.0125; 1 min 15 s; "
            "results in runs/a");
}

TEST(ResultText, OfAStoppedRunSaysHowToGoOn) {
  const Json result = {{"run", "runs/a"}, {"completed", false}, {"epochs", 3},
                       {"steps", 6000},   {"seconds", 75.2},    {"best", {{"epoch", 2}}}};
  EXPECT_EQ(result_text(result), "stopped after 6,000 steps; continue with --resume: runs/a");
}

/// Figures of 1,500 rows of 4 values, and the latents' own.
Evaluation evaluation_with(const Posterior& posterior) {
  Evaluation evaluation;
  evaluation.split = "test";
  evaluation.path = "data/test.npy";
  evaluation.rows = 1500;
  evaluation.features = 4;
  evaluation.observed = 4;
  evaluation.terms = {{"loss", 12.3456789}, {"reconstruction", 10}, {"kl", 2.3456789}};
  evaluation.squared_error = 0.5;
  evaluation.pca_squared_error = 1;
  evaluation.mean_squared_error = 8.25;
  evaluation.variance = 8;
  evaluation.pca_components = 2;
  evaluation.latents.add(posterior);
  return evaluation;
}

TEST(EvaluationText, SetsTheModelBesidePcaAndTheMean) {
  // KL divergences of 0 and of mu^2 / 2.
  const Evaluation evaluation =
      evaluation_with({.mean = at::tensor({0.0, 1.0, 0.0, -1.0}).view({2, 2}),
                       .log_variance = at::zeros({2, 2}, at::kDouble)});
  EXPECT_EQ(evaluation_text(evaluation, "model (from the posterior mean)"),
            "test: 1,500 rows of 4 values (data/test.npy)\n"
            "objective: loss 12.3457, reconstruction 10, kl 2.34568\n"
            "active units 1 of 2 (variance of the posterior mean above 0.01); KL per latent, "
            "largest first: 0.5, 0\n"
            "\n"
            "reconstruction                   squared error     mse  variance explained\n"
            "model (from the posterior mean)            0.5   0.125             93.75 %\n"
            "PCA, 2 components                            1    0.25             87.50 %\n"
            "mean of the training rows                 8.25  2.0625             -3.12 %\n"
            "\n"
            "Squared error: sum over features, mean over rows, in scaled units.");
}

TEST(EvaluationText, ListsTheTenLargestDivergences) {
  // Of latent i: i * i / 2, the last the largest.
  const auto divergences = [](int64_t latents) {
    const at::Tensor mean = at::arange(latents, at::kDouble).unsqueeze(0);
    return evaluation_text(evaluation_with({.mean = mean, .log_variance = at::zeros_like(mean)}),
                           "model");
  };
  EXPECT_THAT(divergences(11), HasSubstr("active units 0 of 11 "));
  EXPECT_THAT(divergences(11),
              HasSubstr("first: 50, 40.5, 32, 24.5, 18, 12.5, 8, 4.5, 2, 0.5, …\n"));
  EXPECT_THAT(divergences(10), HasSubstr("first: 40.5, 32, 24.5, 18, 12.5, 8, 4.5, 2, 0.5, 0\n"));
}

TEST(EvaluationText, CountsTheLatentsOfASparseCode) {
  Evaluation evaluation =
      evaluation_with({.mean = at::tensor({0.0, 1.0, 0.0, 3.0, 0.0, 2.0, 0.0, 0.0}).view({2, 4})});
  EXPECT_THAT(evaluation_text(evaluation, "model"),
              testing::AllOf(Not(HasSubstr("latents")), Not(HasSubstr("active"))));
  evaluation.has_exact_zeros = true;
  EXPECT_THAT(
      evaluation_text(evaluation, "model"),
      HasSubstr("\nactive latents per row 1.5 of 4; never active on these rows 50.00 %\n\n"));
}

TEST(EvaluationText, ExplainsNoVarianceWhereThereIsNone) {
  Evaluation evaluation = evaluation_with({.mean = at::zeros({2, 2})});
  evaluation.variance = 0;
  EXPECT_THAT(evaluation_text(evaluation, "model"),
              HasSubstr("\nmodel                                0.5   0.125\n"));
}

TEST(EvaluationText, SetsTheLossOfCleanRowsApart) {
  Evaluation evaluation = evaluation_with({.mean = at::zeros({2, 2})});
  evaluation.terms = {{"loss", 3}, {"reconstruction", 3}, {"reconstruction_clean", 2}};
  EXPECT_THAT(evaluation_text(evaluation, "model"),
              HasSubstr("objective: loss 3, reconstruction 3, reconstruction_clean 2 (other terms "
                        "from corrupted rows)\n"));
}

/// Both classifiers on codes.
Probe probe_of_codes(int64_t neighbours) {
  Probe probe;
  probe.classes = 10;
  probe.training_rows = 60'000;
  probe.rows = 10'000;
  probe.neighbours = neighbours;
  probe.results = {{.classifier = "logistic_regression",
                    .features = "codes",
                    .title = "codes",
                    .width = 20,
                    .evaluated = {10'000, 825},
                    .training = {60'000, 6'000},
                    .c = 0.1},
                   {.classifier = "nearest_neighbours",
                    .features = "pca",
                    .title = "principal components",
                    .width = 20,
                    .evaluated = {10'000, 300},
                    .training = {10'000, 250},
                    .c = 7}};
  return probe;
}

TEST(ProbeText, HasALineForEachClassifierAndFeature) {
  EXPECT_EQ(
      probe_text(probe_of_codes(5)),
      "10 classes; probes trained on 60,000 rows, evaluated on 10,000 rows\n"
      "\n"
      "probe                                           error  accuracy  training accuracy    C\n"
      "logistic regression, 20 codes                  8.25 %   91.75 %            90.00 %  0.1\n"
      "5 nearest neighbours, 20 principal components  3.00 %   97.00 %            97.50 %\n"
      "\n"
      "Training accuracy of nearest neighbours: leave-one-out.");
  EXPECT_THAT(probe_text(probe_of_codes(1)), HasSubstr("\n1 nearest neighbour, 20 principal"));
}

TEST(ProbeText, NamesSomeOfTheLabelsThatNoTrainingRowHas) {
  Probe probe = probe_of_codes(5);
  probe.unseen_rows = 1200;
  probe.unseen = {"a\nb", "c"};
  EXPECT_THAT(probe_text(probe),
              StartsWith("10 classes; probes trained on 60,000 rows, evaluated on "
                         "10,000 rows, of which 1,200 have labels that no "
                         "training row has (a\\nb, c)\n"));
  probe.unseen = {"1", "2", "3", "4", "5"};
  EXPECT_THAT(probe_text(probe), HasSubstr(" (1, 2, 3, 4, 5)\n"));
  probe.unseen.emplace_back("6");
  EXPECT_THAT(probe_text(probe), HasSubstr(" (1, 2, 3, 4, 5, … 6 in total)\n"));
}

}  // namespace
}  // namespace ae
