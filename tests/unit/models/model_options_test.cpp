// Options of the model as a whole: tied weights, initial weights and biases, conditioning.

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "experiments.h"

namespace ae {
namespace {

constexpr int64_t kOptionRows = 4;
constexpr int64_t kOptionFeatures = 6;

auto making(const Json& config) {
  return [config] { experiment_of(config); };
}

auto building(const Json& config) {
  return [config] { model_of(experiment_of(config), kOptionFeatures); };
}

Json model(const Json& options) { return {{"model", options}}; }

at::Tensor weight(const std::shared_ptr<Autoencoder>& model, const char* name) {
  return model->named_parameters()[name];
}

ForwardContext labelled(const Autoencoder& model, const std::vector<int64_t>& labels) {
  return {.condition = model.condition(at::tensor(labels, at::kLong))};
}

at::Tensor lengths(const at::Tensor& columns) { return columns.norm(2, 0); }

TEST(UnitNorm, HoldsFromTheFirstWeightsOn) {
  for (const char* encoder : {"linear", "mlp", "conv"}) {
    const auto built = model_of(
        experiment_of(model({{"encoder", encoder}, {"unit_norm_decoder", true}})), kOptionFeatures);
    EXPECT_EQ(built->dictionary().size(1), 3);
    EXPECT_TRUE(at::allclose(lengths(built->dictionary()), at::ones({3}), 1e-5, 1e-6)) << encoder;
  }
}

TEST(UnitNorm, IsOfLatentsAndNotOfLabels) {
  const auto built = model_of(
      experiment_of(
          model({{"encoder", "linear"}, {"unit_norm_decoder", true}, {"conditional", true}})),
      kOptionFeatures);
  const at::Tensor all = weight(built, "decoder.0.weight");
  ASSERT_EQ(all.size(1), 6);
  EXPECT_TRUE(at::allclose(lengths(all).narrow(0, 0, 3), at::ones({3}), 1e-5, 1e-6));
  EXPECT_FALSE(at::allclose(lengths(all).narrow(0, 3, 3), at::ones({3}), 1e-2, 1e-2));
}

TEST(UnitNorm, LeavesAColumnOfZerosFinite) {
  const c10::NoGradGuard no_grad;
  const at::Tensor matrix = at::tensor({0.0, 3.0, 0.0, 4.0}, at::kFloat).view({2, 2});
  normalize_columns(matrix);
  EXPECT_TRUE(
      at::allclose(matrix, at::tensor({0.0, 0.6, 0.0, 0.8}, at::kFloat).view({2, 2}), 1e-6, 0));
}

TEST(UnitNorm, NeedsWeightsOfTheDecodersOwn) {
  EXPECT_THAT(building(model({{"unit_norm_decoder", true}, {"tied", true}})),
              fails_on_usage("model.unit_norm_decoder contradicts model.tied"));
}

TEST(DecoderFromEncoder, BeginsWithTheTransposes) {
  const auto built =
      model_of(experiment_of(model({{"encoder", {{"type", "mlp"}, {"hidden", {5, 4}}}},
                                    {"decoder_from_encoder", true}})),
               kOptionFeatures);
  const std::pair<const char*, const char*> pairs[] = {
      {"decoder.0.weight", "latent.projection.weight"},
      {"decoder.2.weight", "encoder.2.weight"},
      {"decoder.4.weight", "encoder.0.weight"}};
  for (const auto& [decoder, encoder] : pairs) {
    EXPECT_TRUE(at::equal(weight(built, decoder), weight(built, encoder).t())) << decoder;
    EXPECT_FALSE(weight(built, decoder).is_alias_of(weight(built, encoder))) << decoder;
  }
}

TEST(DecoderFromEncoder, OfAUnitDictionaryIsItsTransposeToo) {
  const auto built = model_of(experiment_of(model({{"encoder", "linear"},
                                                   {"latent", {{"type", "top_k"}, {"k", 2}}},
                                                   {"decoder_from_encoder", true},
                                                   {"unit_norm_decoder", true}})),
                              kOptionFeatures);
  EXPECT_TRUE(at::allclose(lengths(built->dictionary()), at::ones({3}), 1e-5, 1e-6));
  EXPECT_TRUE(at::equal(weight(built, "latent.projection.weight"), built->dictionary().t()));
}

TEST(DecoderFromEncoder, NeedsAMirrorImage) {
  EXPECT_THAT(building(model({{"decoder_from_encoder", true},
                              {"decoder", {{"type", "mlp"}, {"hidden", {5}}}}})),
              fails_on_usage("model.decoder_from_encoder contradicts model.decoder \"mlp\""));
  EXPECT_THAT(making(model({{"decoder_from_encoder", true}, {"conditional", true}})),
              fails_on_usage("model.decoder_from_encoder contradicts model.conditional"));
  EXPECT_THAT(making(model({{"decoder_from_encoder", true}, {"tied", true}})),
              fails_on_usage("model.tied contradicts model.decoder_from_encoder"));
}

/// Output of a decoder whose weights are 0, for data of this mean.
at::Tensor decoded_bias(const Json& config, const at::Tensor& mean) {
  const Experiment experiment = experiment_of(config);
  const auto built = std::make_shared<Autoencoder>(
      experiment.model, experiment.objective, InputInfo{{kOptionFeatures}, 0, mean}, /*seed=*/1);
  const c10::NoGradGuard no_grad;
  for (auto& item : built->named_parameters()) {
    if (item.key().starts_with("decoder") && item.key().ends_with("weight")) item.value().zero_();
  }
  return built->decode_to_data(at::ones({1, 3}))[0];
}

TEST(OutputBiasFromData, DecodesToTheMeanOfTheData) {
  const at::Tensor shares = at::tensor({0.1, 0.25, 0.5, 0.75, 0.9, 0.4}, at::kFloat);
  const auto config = [](const char* reconstruction, const char* activation = "identity") {
    return Json{{"model",
                 {{"encoder", {{"type", "mlp"}, {"hidden", {5}}}},
                  {"output_bias_from_data", true},
                  {"decoder", {{"output_activation", activation}}}}},
                {"objective", {{"reconstruction", reconstruction}}}};
  };
  for (const char* reconstruction : {"mse", "gaussian", "bce", "bernoulli", "poisson"}) {
    EXPECT_TRUE(at::allclose(decoded_bias(config(reconstruction), shares), shares, 1e-4, 1e-5))
        << reconstruction;
  }
  for (const char* activation : {"sigmoid", "softplus", "tanh"}) {
    EXPECT_TRUE(at::allclose(decoded_bias(config("mse", activation), shares), shares, 1e-4, 1e-5))
        << activation;
  }
  // bernoulli applies a sigmoid itself: it is inverted once.
  EXPECT_TRUE(at::allclose(decoded_bias(config("bernoulli", "sigmoid"), shares), shares, 1e-4, 0));
  const at::Tensor certain = decoded_bias(config("bernoulli"), at::tensor({0.0F, 1.0F}).repeat(3));
  EXPECT_TRUE(at::isfinite(certain).all().item<bool>());
  EXPECT_LT((certain - at::tensor({0.0F, 1.0F}).repeat(3)).abs().max().item<float>(), 2e-3);
}

TEST(OutputBiasFromData, NeedsAnActivationThatCanBeUndone) {
  EXPECT_THAT(
      building(
          model({{"output_bias_from_data", true}, {"decoder", {{"output_activation", "relu"}}}})),
      fails_on_usage("model.output_bias_from_data contradicts model.decoder.output_activation "
                     "\"relu\"",
                     "\"sigmoid\""));
}

TEST(PreEncoderBias, IsTheDecodersOwn) {
  const auto built = model_of(
      experiment_of(model({{"encoder", "linear"}, {"pre_encoder_bias", true}})), kOptionFeatures);
  const c10::NoGradGuard no_grad;
  const at::Tensor x = learnable_rows(kOptionRows, kOptionFeatures);
  weight(built, "decoder.0.bias").copy_(x[0]);
  EXPECT_TRUE(at::allclose(built->encode(x).code()[0], weight(built, "latent.projection.bias")));
  EXPECT_THAT(
      making({{"model", {{"pre_encoder_bias", true}}},
              {"objective", {{"reconstruction", "bernoulli"}}}}),
      fails_on_usage("model.pre_encoder_bias contradicts objective.reconstruction \"bernoulli\""));
}

TEST(Conditional, GivesEncoderAndDecoderTheLabel) {
  const auto built = model_of(
      experiment_of(model({{"kind", "vae"}, {"encoder", "linear"}, {"conditional", true}})),
      kOptionFeatures);
  EXPECT_EQ(built->classes(), 3);
  EXPECT_EQ(weight(built, "latent.mean.weight").sizes().vec(), (std::vector<int64_t>{3, 9}));
  EXPECT_EQ(weight(built, "decoder.0.weight").sizes().vec(), (std::vector<int64_t>{6, 6}));
  const c10::NoGradGuard no_grad;
  const at::Tensor x = learnable_rows(1, kOptionFeatures).repeat({2, 1});
  const ForwardContext context = labelled(*built, {0, 2});
  EXPECT_TRUE(
      at::equal(context.condition, at::tensor({1., 0., 0., 0., 0., 1.}, at::kFloat).view({2, 3})));
  const at::Tensor code = built->encode(x, context).code();
  const at::Tensor by_label = weight(built, "latent.mean.weight").narrow(1, 6, 3);
  EXPECT_TRUE(
      at::allclose(code[1] - code[0], by_label.select(1, 2) - by_label.select(1, 0), 1e-4, 1e-6));
  // Several samples of a row get its label; samples of a row are adjacent.
  const at::Tensor codes = at::zeros({4, 3});
  const at::Tensor rows = built->decode(codes, context);
  EXPECT_TRUE(at::equal(rows[0], rows[1]));
  EXPECT_TRUE(at::equal(rows[2], rows[3]));
  EXPECT_FALSE(at::equal(rows[0], rows[2]));
}

TEST(Conditional, TakesNoLabelsWhereItIsNotAskedTo) {
  const auto built = model_of(experiment_of(Json::object()), kOptionFeatures);
  EXPECT_EQ(built->classes(), 0);
  EXPECT_FALSE(built->condition(at::zeros({2}, at::kLong)).defined());
  EXPECT_THAT(making(model({{"tied", true}, {"conditional", true}})),
              fails_on_usage("model.tied contradicts model.conditional"));
}

TEST(TopK, KeepsTheLargestAndItsSign) {
  const auto code_of = [](bool relu) {
    const auto built =
        model_of(experiment_of(model({{"encoder", "linear"},
                                      {"latent", {{"type", "top_k"}, {"k", 2}, {"relu", relu}}}})),
                 3);
    const c10::NoGradGuard no_grad;
    weight(built, "latent.projection.weight").copy_(at::eye(3));
    weight(built, "latent.projection.bias").zero_();
    const at::Tensor x = at::tensor({3.0, -1.0, 2.0, -3.0, -2.0, 1.0}, at::kFloat).view({2, 3});
    return built->encode(x).code();
  };
  EXPECT_TRUE(at::equal(code_of(false),
                        at::tensor({3.0, 0.0, 2.0, 0.0, -2.0, 1.0}, at::kFloat).view({2, 3})));
  EXPECT_TRUE(at::equal(code_of(true),
                        at::tensor({3.0, 0.0, 2.0, 0.0, 0.0, 1.0}, at::kFloat).view({2, 3})));
}

TEST(TopK, IsRefusedWhereItCannotBe) {
  const auto latent = [](const Json& options) {
    return Json{{"encoder", "linear"}, {"latent", layered({{"type", "top_k"}, {"k", 2}}, options)}};
  };
  EXPECT_THAT(building(model(latent({{"k", 4}}))),
              fails_on_usage("model.latent.k = 4 is greater than model.latent_dim = 3"));
  Json tied = latent(Json::object());
  tied["tied"] = true;
  EXPECT_THAT(making(model(tied)), fails_on_usage("model.tied contradicts model.latent \"top_k\"",
                                                  "decoder_from_encoder"));
  Json deep = latent({{"auxiliary_k", 2}});
  deep["encoder"] = "mlp";
  EXPECT_THAT(making(model(deep)),
              fails_on_usage("model.latent.auxiliary_k needs decoder \"linear\""));
}

TEST(Iwae, NeedsALikelihoodAPosteriorAndItsPrior) {
  const auto config = [](const char* kind, const Json& objective) {
    return Json{{"model", {{"kind", kind}}},
                {"objective", layered({{"bound", "iwae"}}, objective)}};
  };
  EXPECT_NO_THROW(making(config("vae", {{"reconstruction", "bernoulli"}}))());
  EXPECT_THAT(making(config("vae", {{"reconstruction", "mse"}})),
              fails_on_usage("objective.bound \"iwae\" needs a log-likelihood", "\"mse\""));
  EXPECT_THAT(making(config("autoencoder", {{"reconstruction", "bernoulli"}})),
              fails_on_usage("objective.bound contradicts model.latent \"deterministic\""));
  EXPECT_THAT(making(config("vae", {{"reconstruction", "bernoulli"}, {"kl", nullptr}})),
              fails_on_usage("objective.bound \"iwae\" contradicts objective.kl = null"));
  EXPECT_THAT(making(config("vae", {{"reconstruction", "bernoulli"}, {"kl", {{"free_bits", 1}}}})),
              fails_on_usage("objective.bound \"iwae\" contradicts objective.kl's free_bits"));
}

TEST(LogVarianceBounds, HoldSmoothly) {
  const auto built = model_of(
      experiment_of(model({{"kind", "vae"},
                           {"encoder", "linear"},
                           {"latent", {{"log_variance_bounds", {{"low", -2}, {"high", 1}}}}}})),
      1);
  const c10::NoGradGuard no_grad;
  weight(built, "latent.log_variance.weight").fill_(1);
  weight(built, "latent.log_variance.bias").zero_();
  const at::Tensor x = at::linspace(-50, 50, 101).unsqueeze(1);
  const at::Tensor value = built->encode(x).log_variance.select(1, 0);
  EXPECT_GE(value.min().item<float>(), -2.0F);
  EXPECT_LE(value.max().item<float>(), 1.05F) << "the lower bound lifts the upper by 5 %";
  EXPECT_TRUE((value.diff() >= 0).all().item<bool>());
  EXPECT_THAT(building(model({{"kind", "vae"},
                              {"latent", {{"log_variance_bounds", {{"low", 1}, {"high", 1}}}}}})),
              fails_on_usage("model.latent.log_variance_bounds: low = 1 is not below high = 1"));
}

}  // namespace
}  // namespace ae
