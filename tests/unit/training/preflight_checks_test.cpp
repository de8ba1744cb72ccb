#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include "experiments.h"
#include "training/preflight_checks.h"

namespace ae {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kWidth = 64;

/// Values in (0, 1), half of them grey.
at::Tensor usual_rows() { return learnable_rows(30, kWidth); }

at::Tensor binary_rows() { return usual_rows().round(); }

PreflightReport advice_of(const Json& config, const at::Tensor& rows = binary_rows(),
                          bool has_validation = true) {
  const Experiment experiment = experiment_of(config);
  Splits splits;
  splits.train = row_set(rows);
  if (has_validation) splits.validation = row_set(rows);
  splits.preprocessing.shape = {rows.size(1)};
  return preflight_checks(experiment, splits, *model_of(experiment, rows.size(1)));
}

/// Model with a code as wide as the data and wider hidden layers.
Json wide(const Json& more = Json::object()) {
  return layered(
      {{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {80}}}}, {"latent_dim", kWidth}}}},
      more);
}

Json vae(const Json& objective, const Json& latent = "gaussian") {
  return {{"model", {{"kind", "vae"}, {"latent", latent}}}, {"objective", objective}};
}

Json l1(const Json& model) { return {{"model", layered({{"kind", "sparse"}}, model)}}; }

TEST(PreflightReport, HasNothingAgainstTheFourKinds) {
  for (const char* kind : {"autoencoder", "denoising", "vae"}) {
    const char* reconstruction = kind == std::string("vae") ? "bernoulli" : "mse";
    const PreflightReport preflight = advice_of(
        {{"model", {{"kind", kind}}}, {"objective", {{"reconstruction", reconstruction}}}});
    EXPECT_THAT(preflight.warnings, IsEmpty()) << kind;
    EXPECT_THAT(preflight.notes, IsEmpty()) << kind;
  }
  EXPECT_THAT(advice_of(l1({{"unit_norm_decoder", true}})).warnings, IsEmpty());
}

TEST(PreflightReport, WarnsOfACodeThatCanCopy) {
  for (const int64_t latent_dim : {kWidth, kWidth + 1}) {
    EXPECT_THAT(advice_of(wide({{"model", {{"latent_dim", latent_dim}}}})).warnings,
                ElementsAre(AllOf(HasSubstr(fmt::format("model.latent_dim = {}", latent_dim)),
                                  HasSubstr("the 64 values of a row"), HasSubstr("copy"),
                                  HasSubstr("corruption"))));
  }
  EXPECT_THAT(advice_of(wide({{"model", {{"encoder", "linear"}}}})).warnings,
              ElementsAre(HasSubstr("copy")));
  const Json weightless = {{"kind", "sparse"}, {"sparsity", {{"type", "l1"}, {"weight", 0}}}};
  EXPECT_THAT(advice_of(wide({{"model", weightless}})).warnings, ElementsAre(HasSubstr("copy")));
  EXPECT_THAT(
      advice_of(wide(vae({{"reconstruction", "bernoulli"}, {"kl", {{"weight", 0}}}}))).warnings,
      ElementsAre(HasSubstr("copy")));
}

TEST(PreflightReport, KnowsWhatKeepsACodeFromCopying) {
  const std::vector<Json> limits = {{{"model", {{"latent_dim", kWidth - 1}}}},
                                    {{"model", {{"encoder", {{"hidden", {80, 63, 80}}}}}}},
                                    {{"model", {{"decoder", {{"type", "mlp"}, {"hidden", {63}}}}}}},
                                    {{"model", {{"encoder", {{"dropout", 0.5}}}}}},
                                    {{"model", {{"kind", "sparse"}, {"unit_norm_decoder", true}}}},
                                    {{"model", {{"kind", "denoising"}}}},
                                    {{"model", {{"latent", {{"type", "top_k"}, {"k", 4}}}}}},
                                    {{"model", {{"latent", "jump_relu"}}}},
                                    {{"objective", {{"contractive_weight", 0.1}}}},
                                    vae({{"reconstruction", "bernoulli"}})};
  for (const Json& limit : limits) {
    EXPECT_THAT(advice_of(wide(limit)).warnings, IsEmpty()) << limit;
  }
}

TEST(PreflightReport, WarnsOfPosteriorMeansWithBounds) {
  const Json objective = {{"reconstruction", "bernoulli"}};
  const std::vector<std::pair<std::string, std::string>> bounded = {
      {"relu", "at or above 0"}, {"gelu", "at or above -0.17"}, {"tanh", "within [-1, 1]"}};
  for (const auto& [activation, bounds] : bounded) {
    EXPECT_THAT(
        advice_of(vae(objective, {{"type", "gaussian"}, {"activation", activation}})).warnings,
        ElementsAre(AllOf(HasSubstr("model.latent.activation"), HasSubstr(bounds),
                          HasSubstr("\"identity\""))));
  }
  EXPECT_THAT(
      advice_of(vae(objective, {{"type", "gaussian"}, {"activation", "leaky_relu"}})).warnings,
      IsEmpty());
  const Json certain = {{"type", "deterministic"}, {"activation", "relu"}};
  EXPECT_THAT(advice_of({{"model", {{"latent", certain}}}}).warnings, IsEmpty());
}

TEST(PreflightReport, WarnsOfAKlBesideAMeanOverFeatures) {
  for (const char* mean : {"mse", "mae", "bce", "huber"}) {
    EXPECT_THAT(advice_of(vae({{"reconstruction", mean}})).warnings,
                ElementsAre(AllOf(HasSubstr(fmt::format("objective.reconstruction \"{}\"", mean)),
                                  HasSubstr("mean over 64 features"), HasSubstr("weighs 64 times"),
                                  HasSubstr("objective.kl.weight to 0.0156"))));
  }
  const Json mse = {{"reconstruction", "mse"}};
  const std::vector<Json> good = {{{"reconstruction", "bernoulli"}},
                                  {{"reconstruction", "gaussian"}},
                                  layered(mse, {{"kl", {{"weight", 1.0 / kWidth}}}}),
                                  layered(mse, {{"kl", {{"capacity", {{"nats", 5}}}}}}),
                                  {{"reconstruction", {{"type", "mse"}, {"weight", kWidth}}}}};
  for (const Json& objective : good) {
    EXPECT_THAT(advice_of(vae(objective)).warnings, IsEmpty()) << objective;
  }
  // A beta of 8 may be intended.
  EXPECT_THAT(advice_of(vae(mse), learnable_rows(30, 8)).warnings, IsEmpty());
}

TEST(PreflightReport, WarnsOfAnL1CodeThatIsNeverZero) {
  for (const char* activation : {"identity", "sigmoid"}) {
    const Json latent = {{"type", "deterministic"}, {"activation", activation}};
    EXPECT_THAT(advice_of(l1({{"latent", latent}})).warnings,
                ElementsAre(AllOf(HasSubstr("never exactly 0"), HasSubstr("\"relu\""))));
  }
  const Json sigmoid = {{"type", "deterministic"}, {"activation", "sigmoid"}};
  EXPECT_THAT(advice_of(l1({{"latent", sigmoid}, {"sparsity", "kl"}})).warnings, IsEmpty());
}

TEST(PreflightReport, NotesThatAnL1PenaltyCanBeEvaded) {
  EXPECT_THAT(advice_of(l1(Json::object())).notes,
              ElementsAre(HasSubstr("model.unit_norm_decoder = true")));
  EXPECT_THAT(advice_of(l1({{"unit_norm_decoder", true}})).notes, IsEmpty());
  EXPECT_THAT(advice_of(l1({{"tied", true}})).notes, IsEmpty());
  const Json sigmoid = {{"type", "deterministic"}, {"activation", "sigmoid"}};
  EXPECT_THAT(advice_of(l1({{"latent", sigmoid}})).notes, IsEmpty());
}

TEST(PreflightReport, WarnsOfDataThatNoOutputCanReach) {
  const auto with_output = [](const char* activation) -> Json {
    return {{"model", {{"decoder", {{"output_activation", activation}}}}}};
  };
  const at::Tensor rows = usual_rows();
  const at::Tensor standardised = (rows - rows.mean()) / rows.std();
  EXPECT_THAT(advice_of(with_output("sigmoid"), standardised).warnings,
              ElementsAre(AllOf(HasSubstr("model.decoder.output_activation \"sigmoid\""),
                                HasSubstr("within [0, 1]"), HasSubstr("data.scale"))));
  EXPECT_THAT(advice_of(with_output("relu"), standardised).warnings,
              ElementsAre(HasSubstr("at or above 0")));
  EXPECT_THAT(advice_of(with_output("sigmoid"), rows).warnings, IsEmpty());
  EXPECT_THAT(advice_of(with_output("identity"), standardised).warnings, IsEmpty());
  // One value in a hundred may be an outlier.
  at::Tensor outlier = rows.clone();
  outlier[0][0] = 1.5;
  EXPECT_THAT(advice_of(with_output("sigmoid"), outlier).warnings, IsEmpty());
}

TEST(PreflightReport, LooksAtTheDataAsTheyAreScaled) {
  const Experiment experiment =
      experiment_of({{"model", {{"decoder", {{"output_activation", "sigmoid"}}}}}});
  Splits splits;
  splits.train = row_set(usual_rows() * 16);
  splits.preprocessing.shape = {kWidth};
  const auto model = model_of(experiment, kWidth);
  EXPECT_THAT(preflight_checks(experiment, splits, *model).warnings,
              ElementsAre(HasSubstr("sigmoid")));
  splits.preprocessing.scaling.divisor = 16;
  EXPECT_THAT(preflight_checks(experiment, splits, *model).warnings, IsEmpty());
}

TEST(PreflightReport, NotesGreyValuesUnderABernoulli) {
  const Json bernoulli = {{"objective", {{"reconstruction", "bernoulli"}}}};
  EXPECT_THAT(advice_of(bernoulli, usual_rows()).notes,
              ElementsAre(AllOf(HasSubstr("% of the data's values"),
                                HasSubstr("\"continuous_bernoulli\""), HasSubstr("\"gaussian\""))));
  EXPECT_THAT(advice_of(bernoulli, binary_rows()).notes, IsEmpty());
  EXPECT_THAT(advice_of({{"objective", {{"reconstruction", "gaussian"}}}}, usual_rows()).notes,
              IsEmpty());
}

TEST(PreflightReport, NotesThatNothingChoosesTheBestEpochButTraining) {
  EXPECT_THAT(advice_of(Json::object(), binary_rows(), /*has_validation=*/false).notes,
              ElementsAre(HasSubstr("no validation rows (data.validation)")));
}

}  // namespace
}  // namespace ae
