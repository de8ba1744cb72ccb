#include "models/autoencoder.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/writer.h"
#include "error_matchers.h"
#include "experiments.h"

namespace ae {
namespace {

using testing::ElementsAre;

Json resolved(const Json& config) { return options_json(experiment_of(config)); }

auto making(const Json& config) {
  return [config] { experiment_of(config); };
}

Json kind(const char* name) { return {{"model", {{"kind", name}}}}; }

TEST(Kind, AutoencoderIsPlain) {
  Json json = resolved(kind("autoencoder"));
  EXPECT_EQ(json["model"]["latent"]["type"], "deterministic");
  EXPECT_EQ(json["model"]["latent"]["activation"]["type"], "identity");
  EXPECT_EQ(json["model"]["sparsity"]["type"], "none");
  EXPECT_EQ(json["corruption"]["type"], "none");
  EXPECT_TRUE(json["objective"]["kl"].is_null());
  EXPECT_EQ(resolved(Json::object()), json);
}

TEST(Kind, SparseHasAReluCodeUnderL1) {
  Json model = resolved(kind("sparse"))["model"];
  EXPECT_EQ(model["latent"]["activation"]["type"], "relu");
  EXPECT_EQ(model["sparsity"]["type"], "l1");
}

TEST(Kind, DenoisingCorruptsByGaussianNoise) {
  EXPECT_EQ(resolved(kind("denoising"))["corruption"]["type"], "gaussian");
}

TEST(Kind, VaeHasAGaussianLatentAndItsKl) {
  Json json = resolved(kind("vae"));
  EXPECT_EQ(json["model"]["latent"]["type"], "gaussian");
  EXPECT_EQ(json["objective"]["kl"]["weight"], 1.0);
}

TEST(Kind, YieldsToExplicitKeys) {
  Json json = resolved({{"model", {{"kind", "sparse"}, {"sparsity", {{"weight", 0.5}}}}}});
  EXPECT_EQ(json["model"]["sparsity"],
            (Json{{"type", "l1"}, {"weight", 0.5}, {"warm_up", nullptr}}));
  json = resolved(
      {{"model",
        {{"kind", "sparse"}, {"latent", {{"activation", "sigmoid"}}}, {"sparsity", "kl"}}}});
  EXPECT_EQ(json["model"]["sparsity"]["type"], "kl");
  EXPECT_EQ(json["model"]["latent"]["activation"]["type"], "sigmoid");
  json = resolved({{"model", {{"kind", "denoising"}}}, {"corruption", "masking"}});
  EXPECT_EQ(json["corruption"]["type"], "masking");
  json = resolved({{"model", {{"kind", "vae"}}}, {"objective", {{"kl", {{"weight", 4}}}}}});
  EXPECT_EQ(json["objective"]["kl"]["weight"], 4.0);
}

TEST(Kind, AnyLatentWithAPriorHasAKlUnlessTheConfigSpeaksOfIt) {
  const Json gaussian = {{"model", {{"latent", "gaussian"}}}};
  EXPECT_EQ(resolved(gaussian)["objective"]["kl"]["weight"], 1.0);
  const Json without = {{"model", {{"latent", "gaussian"}}}, {"objective", {{"kl", nullptr}}}};
  EXPECT_TRUE(resolved(without)["objective"]["kl"].is_null());
}

TEST(CheckModel, RefusesAVaeWithoutPrior) {
  EXPECT_THAT(
      making({{"model", {{"kind", "vae"}, {"latent", "deterministic"}}}}),
      fails_on_usage("test.json: model.kind \"vae\" contradicts model.latent \"deterministic\""));
}

TEST(CheckModel, RefusesSparseWithoutSparsity) {
  EXPECT_THAT(making({{"model", {{"kind", "sparse"}, {"sparsity", "none"}}}}),
              fails_on_usage("model.kind \"sparse\" contradicts model.sparsity \"none\""));
}

TEST(CheckModel, RefusesDenoisingWithoutCorruption) {
  EXPECT_THAT(making({{"model", {{"kind", "denoising"}}}, {"corruption", "none"}}),
              fails_on_usage("model.kind \"denoising\" contradicts corruption \"none\""));
}

TEST(CheckModel, RefusesSparsityOfAPosterior) {
  EXPECT_THAT(making({{"model", {{"kind", "vae"}, {"sparsity", "l1"}}}}),
              fails_on_usage("model.sparsity \"l1\" contradicts model.latent \"gaussian\""));
}

TEST(CheckModel, RefusesKlSparsityOfUnboundedCodes) {
  EXPECT_THAT(making({{"model", {{"sparsity", "kl"}}}}),
              fails_on_usage("model.sparsity \"kl\" needs codes in [0, 1]", "codes in [-inf, inf]",
                             "\"sigmoid\""));
  EXPECT_THAT(making({{"model", {{"sparsity", "kl"}, {"latent", {{"activation", "tanh"}}}}}}),
              fails_on_usage("codes in [-1, 1]"));
}

TEST(CheckModel, RefusesKlWithoutPrior) {
  EXPECT_THAT(making({{"objective", {{"kl", {{"weight", 1}}}}}}),
              fails_on_usage("objective.kl contradicts model.latent \"deterministic\""));
}

TEST(CheckModel, RefusesAnotherActivationOfLogits) {
  const auto config = [](const char* activation, const char* reconstruction) -> Json {
    return {{"model", {{"decoder", {{"output_activation", activation}}}}},
            {"objective", {{"reconstruction", reconstruction}}}};
  };
  EXPECT_THAT(making(config("tanh", "bernoulli")),
              fails_on_usage("model.decoder.output_activation \"tanh\" contradicts "
                             "objective.reconstruction \"bernoulli\""));
  EXPECT_NO_THROW(making(config("sigmoid", "bce"))());
  EXPECT_NO_THROW(making(config("tanh", "mse"))());
}

TEST(Decoder, MirrorsTheEncoder) {
  const Json encoder = {{"type", "mlp"},
                        {"hidden", {9, 7}},
                        {"activation", {{"type", "leaky_relu"}, {"slope", 0.2}}}};
  Json decoder = resolved({{"model", {{"encoder", encoder}}}})["model"]["decoder"];
  EXPECT_EQ(decoder["hidden"], Json::array({7, 9}));
  EXPECT_EQ(decoder["activation"]["slope"], 0.2);
  EXPECT_EQ(resolved({{"model", {{"encoder", "linear"}}}})["model"]["decoder"]["type"], "linear");
}

TEST(Decoder, KeepsItsOptionsApartFromTheEncoders) {
  Json model = resolved(
      {{"model",
        {{"encoder", {{"type", "mlp"}, {"activation", {{"type", "leaky_relu"}, {"slope", 0.2}}}}},
         {"decoder", {{"activation", {{"slope", 0.4}}}, {"hidden", {5}}}}}}})["model"];
  EXPECT_EQ(model["encoder"]["activation"]["slope"], 0.2);
  EXPECT_EQ(model["decoder"]["activation"]["slope"], 0.4);
  EXPECT_EQ(model["encoder"]["hidden"], Json::array({128}));
}

std::vector<std::string> parameter_names(Autoencoder& model) {
  return model.named_parameters().keys();
}

TEST(Autoencoder, NamesParametersAsTorchSequentialDoes) {
  const Json encoder = {{"type", "mlp"}, {"hidden", {9, 7}}};
  const auto plain = model_of(experiment_of({{"model", {{"encoder", encoder}}}}), 12);
  EXPECT_THAT(parameter_names(*plain),
              ElementsAre("encoder.0.weight", "encoder.0.bias", "encoder.2.weight",
                          "encoder.2.bias", "latent.projection.weight", "latent.projection.bias",
                          "decoder.0.weight", "decoder.0.bias", "decoder.2.weight",
                          "decoder.2.bias", "decoder.4.weight", "decoder.4.bias"));
  EXPECT_THAT(plain->named_parameters()["decoder.4.weight"].sizes().vec(), ElementsAre(12, 9));
  const auto vae =
      model_of(experiment_of({{"model", {{"kind", "vae"}, {"encoder", "linear"}}}}), 12);
  EXPECT_THAT(parameter_names(*vae),
              ElementsAre("latent.mean.weight", "latent.mean.bias", "latent.log_variance.weight",
                          "latent.log_variance.bias", "decoder.0.weight", "decoder.0.bias"));
}

TEST(Autoencoder, TiedWeightsAreTheEncodersOwn) {
  const auto model = model_of(
      experiment_of({{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {9}}}}, {"tied", true}}}}),
      12);
  EXPECT_THAT(parameter_names(*model),
              ElementsAre("encoder.0.weight", "encoder.0.bias", "latent.projection.weight",
                          "latent.projection.bias", "decoder.0.bias", "decoder.2.bias"));
  const c10::NoGradGuard no_grad;
  const auto parameters = model->named_parameters();
  const at::Tensor code = learnable_rows(4, 3);
  const at::Tensor hidden =
      (code.matmul(parameters["latent.projection.weight"]) + parameters["decoder.0.bias"]).relu();
  const at::Tensor expected =
      hidden.matmul(parameters["encoder.0.weight"]) + parameters["decoder.2.bias"];
  EXPECT_TRUE(at::allclose(model->decode(code), expected, 1e-5, 1e-6));
  parameters["encoder.0.weight"].zero_();  // written in place, as an optimiser does
  EXPECT_TRUE(at::equal(model->decode(code)[0], parameters["decoder.2.bias"]));
}

TEST(Autoencoder, TiedWeightsNeedAMirrorImage) {
  const Experiment experiment =
      experiment_of({{"model", {{"tied", true}, {"decoder", {{"type", "mlp"}, {"hidden", {5}}}}}}});
  EXPECT_THAT([&] { model_of(experiment, 12); },
              fails_on_usage("model.tied contradicts model.decoder \"mlp\""));
}

TEST(Autoencoder, DescribesAllItsParameters) {
  for (const char* name : {"autoencoder", "vae"}) {
    for (const bool tied : {false, true}) {
      const auto model = model_of(experiment_of({{"model", {{"kind", name}, {"tied", tied}}}}), 12);
      int64_t described = 0;
      for (const LayerSummary& layer : model->describe()) described += layer.parameters;
      int64_t held = 0;
      for (const at::Tensor& parameter : model->parameters()) held += parameter.numel();
      EXPECT_EQ(described, held) << name << tied;
    }
  }
}

TEST(Autoencoder, PutsTheOutputActivationWhereTheLikelihoodHasNone) {
  const auto decoded = [](const char* reconstruction) {
    const auto model =
        model_of(experiment_of({{"model", {{"decoder", {{"output_activation", "sigmoid"}}}}},
                                {"objective", {{"reconstruction", reconstruction}}}}),
                 12);
    const c10::NoGradGuard no_grad;
    const at::Tensor code = learnable_rows(4, 3) * 20 - 10;
    return std::pair(model->decode(code), model->decode_to_data(code));
  };
  const auto [output, data] = decoded("mse");
  EXPECT_TRUE(at::equal(output, data));
  EXPECT_GE(output.min().item<float>(), 0.0F);
  const auto [logits, probabilities] = decoded("bernoulli");
  EXPECT_LT(logits.min().item<float>(), 0.0F);
  EXPECT_TRUE(at::equal(logits.sigmoid(), probabilities));  // once, not twice
}

Posterior posterior(const at::Tensor& mean, const at::Tensor& log_variance = {}) {
  Posterior posterior;
  posterior.mean = mean;
  posterior.log_variance = log_variance;
  return posterior;
}

TEST(Autoencoder, DrawsFromThePosteriorByTheReparameterisation) {
  const auto model = model_of(experiment_of(kind("vae")), 12);
  const c10::NoGradGuard no_grad;
  const FirstRowsNoise noise(2);
  const at::Tensor mean = at::full({2, 3}, 5.0);
  const at::Tensor drawn = model->sample(posterior(mean, at::full({2, 3}, std::log(0.25))), noise);
  EXPECT_TRUE(at::allclose(drawn, mean + 0.5 * noise.normal(Purpose::posterior, 3)));
  const auto plain = model_of(experiment_of(kind("autoencoder")), 12);
  EXPECT_TRUE(at::equal(plain->sample(posterior(mean), noise), mean));
}

}  // namespace
}  // namespace ae
