#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/writer.h"
#include "error_matchers.h"
#include "experiments.h"
#include "parts.h"

namespace ae {
namespace {

using testing::ElementsAre;

std::string text_of(const std::vector<int64_t>& shape) { return testing::PrintToString(shape); }

InputInfo rows_shaped(const std::vector<int64_t>& shape) {
  InputInfo info;
  info.shape = shape;
  return info;
}

Json resolved_json(const Json& encoder, const Json& decoder = Json::object()) {
  return options_json(
      experiment_of({{"model", {{"encoder", encoder}, {"decoder", decoder}}}}))["model"];
}

std::shared_ptr<Autoencoder> model_for(const Json& model, const std::vector<int64_t>& shape) {
  const Experiment experiment = experiment_of({{"model", model}});
  return std::make_shared<Autoencoder>(experiment.model, experiment.objective, rows_shaped(shape),
                                       /*seed=*/1);
}

auto building(const Json& model, const std::vector<int64_t>& shape) {
  return [model, shape] { model_for(model, shape); };
}

Json conv(const Json& options) { return layered({{"type", "conv"}}, options); }

/// Expects the mirrored decoder of an encoder to restore the shape of the rows.
void expect_round_trip(const Json& options, const std::vector<int64_t>& shape) {
  const ForwardContext context;
  const auto part = part_of<NetworkSpec>(options);
  const InputInfo input = rows_shaped(shape);
  const auto encoder = part->build_encoder(input);
  const auto decoder = part->mirrored()->build_decoder({.width = 2}, input);
  const at::Tensor features = encoder->forward(learnable_rows(2, input.width()), context);
  EXPECT_EQ(features.sizes().vec(), (std::vector<int64_t>{2, encoder->outputs()}));
  const at::Tensor output = decoder->forward(learnable_rows(2, 2), context);
  EXPECT_EQ(output.sizes().vec(), (std::vector<int64_t>{2, input.width()}));
  std::vector<LayerSummary> layers;
  decoder->describe("decoder", layers);
  const std::vector<int64_t> image = shape.size() == 1 ? std::vector<int64_t>{1, shape[0]} : shape;
  EXPECT_EQ(layers[layers.size() - 2].output, image);
}

/// Every size and kernel: the decoder restores the input's shape, or the kernel does not fit.
TEST(Conv, DecodersGiveBackTheInputsShape) {
  const c10::NoGradGuard no_grad;
  int fitting = 0;
  for (int64_t n = 1; n <= 9; ++n) {
    for (int64_t kernel = 1; kernel <= 5; ++kernel) {
      for (int64_t stride = 1; stride <= 4; ++stride) {
        for (const char* padding : {"same", "valid"}) {
          const Json options = {{"type", "conv"},
                                {"channels", {2}},
                                {"kernel", kernel},
                                {"stride", stride},
                                {"padding", padding}};
          const int64_t zeros = padding == std::string("same") ? (kernel - 1) / 2 : 0;
          for (const std::vector<int64_t>& shape :
               {std::vector<int64_t>{n}, {3, n}, {2, n, 10 - n}}) {
            SCOPED_TRACE(fmt::format("{} {}", options.dump(), text_of(shape)));
            const int64_t least = shape.size() == 3 ? std::min(n, 10 - n) : n;
            if (least + 2 * zeros >= kernel) {
              expect_round_trip(options, shape);
              ++fitting;
            } else {
              EXPECT_THAT([&] { expect_round_trip(options, shape); },
                          fails_on_usage("does not fit the data's rows"));
            }
          }
        }
      }
    }
  }
  EXPECT_GT(fitting, 700);
}

TEST(Conv, DecodersGoBackThroughSeveralSizes) {
  const Json layers = {{{"channels", 3}, {"kernel", 4}, {"stride", 3}},
                       {{"channels", 2}, {"kernel", 1}, {"stride", 2}},
                       {{"channels", 5}, {"kernel", 3}, {"stride", 1}}};
  for (const std::vector<int64_t>& shape :
       std::vector<std::vector<int64_t>>{{50}, {2, 41}, {2, 31, 44}, {1, 28, 28}}) {
    for (const char* padding : {"same", "valid"}) {
      SCOPED_TRACE(text_of(shape) + padding);
      expect_round_trip({{"type", "conv"}, {"layers", layers}, {"padding", padding}}, shape);
    }
  }
}

/// Keras's convolutional VAE: examples/generative/vae.
TEST(Conv, DescribesItsLayers) {
  const auto model = model_for({{"kind", "vae"},
                                {"encoder", conv({{"hidden", {16}}})},
                                {"decoder", {{"hidden", Json::array()}}},
                                {"latent_dim", 2}},
                               {1, 28, 28});
  std::vector<std::string> names;
  std::vector<std::string> kinds;
  std::vector<std::string> outputs;
  int64_t parameters = 0;
  for (const LayerSummary& layer : model->describe()) {
    names.push_back(layer.name);
    kinds.push_back(layer.kind);
    outputs.push_back(text_of(layer.output));
    parameters += layer.parameters;
  }
  EXPECT_THAT(names, ElementsAre("encoder.0", "encoder.1", "encoder.2", "encoder.3", "encoder.4",
                                 "encoder.5", "encoder.6", "latent.mean", "latent.log_variance",
                                 "decoder.0", "decoder.1", "decoder.2", "decoder.3", "decoder.4",
                                 "decoder.5", "decoder.6", "decoder.7", "decoder.8"));
  EXPECT_THAT(kinds,
              ElementsAre("Conv2d", "relu", "Conv2d", "relu", "Flatten", "Linear", "relu", "Linear",
                          "Linear", "Linear", "Unflatten", "relu", "ConvTranspose2d", "relu",
                          "ConvTranspose2d", "relu", "Conv2d", "Flatten"));
  EXPECT_THAT(outputs,
              ElementsAre("{ 32, 14, 14 }", "{ 32, 14, 14 }", "{ 64, 7, 7 }", "{ 64, 7, 7 }",
                          "{ 3136 }", "{ 16 }", "{ 16 }", "{ 2 }", "{ 2 }", "{ 3136 }",
                          "{ 64, 7, 7 }", "{ 64, 7, 7 }", "{ 64, 14, 14 }", "{ 64, 14, 14 }",
                          "{ 32, 28, 28 }", "{ 32, 28, 28 }", "{ 1, 28, 28 }", "{ 784 }"));
  EXPECT_EQ(parameters, 69'076 + 65'089);  // encoder and decoder as Keras counts them
  int64_t held = 0;
  for (const at::Tensor& parameter : model->parameters()) held += parameter.numel();
  EXPECT_EQ(parameters, held);
}

TEST(Conv, ShapesWeightsAsTorchDoes) {
  const auto parameters =
      model_for({{"encoder", conv({{"channels", {4, 5}}})}}, {3, 8, 8})->named_parameters();
  EXPECT_THAT(parameters["encoder.0.weight"].sizes().vec(), ElementsAre(4, 3, 3, 3));
  EXPECT_THAT(parameters["encoder.2.weight"].sizes().vec(), ElementsAre(5, 4, 3, 3));
  EXPECT_THAT(parameters["decoder.0.weight"].sizes().vec(), ElementsAre(20, 3));
  EXPECT_THAT(parameters["decoder.3.weight"].sizes().vec(), ElementsAre(5, 5, 3, 3));
  EXPECT_THAT(parameters["decoder.5.weight"].sizes().vec(), ElementsAre(5, 4, 3, 3));
  EXPECT_THAT(parameters["decoder.7.weight"].sizes().vec(), ElementsAre(3, 4, 3, 3));
  EXPECT_THAT(parameters["decoder.7.bias"].sizes().vec(), ElementsAre(3));
}

TEST(Conv, IsMirrored) {
  Json decoder = resolved_json(conv({{"channels", {4, 5}}, {"hidden", {7, 6}}}))["decoder"];
  EXPECT_EQ(decoder["channels"], Json::array({5, 4}));
  EXPECT_EQ(decoder["hidden"], Json::array({6, 7}));
  const Json layers = {{{"channels", 4}, {"kernel", 5}}, {{"channels", 9}, {"stride", 1}}};
  decoder = resolved_json(conv({{"layers", layers}, {"hidden", {7}}}), {{"hidden", Json::array()}});
  decoder = decoder["decoder"];
  EXPECT_EQ(decoder["layers"], Json::array({{{"channels", 9}, {"kernel", 3}, {"stride", 1}},
                                            {{"channels", 4}, {"kernel", 5}, {"stride", 2}}}));
  EXPECT_EQ(decoder["channels"], Json::array());
  EXPECT_EQ(decoder["hidden"], Json::array());
}

/// Layers that the encoder lists have a kernel and a stride each; a decoder that is given one for
/// all has it for all.
TEST(Conv, IsMirroredWithAKernelOfItsOwn) {
  const Json encoder =
      conv({{"kernel", 5}, {"layers", {{{"channels", 4}, {"kernel", 7}}, {{"channels", 9}}}}});
  const auto convolution = [](int64_t channels, int64_t kernel, int64_t stride) {
    return Json{{"channels", channels}, {"kernel", kernel}, {"stride", stride}};
  };
  EXPECT_EQ(resolved_json(encoder, {{"kernel", 3}})["decoder"]["layers"],
            Json::array({convolution(9, 3, 2), convolution(4, 3, 2)}));
  // An explicit value equal to the encoder's still overrides.
  EXPECT_EQ(resolved_json(encoder, {{"kernel", 5}, {"stride", 1}})["decoder"]["layers"],
            Json::array({convolution(9, 5, 1), convolution(4, 5, 1)}));
  // Layers of the decoder itself keep theirs.
  const Json own = {{"kernel", 3}, {"layers", {convolution(6, 1, 1), {{"channels", 8}}}}};
  EXPECT_EQ(resolved_json(encoder, own)["decoder"]["layers"],
            Json::array({convolution(6, 1, 1), convolution(8, 3, 2)}));
}

TEST(Conv, TakesChannelsOrLayers) {
  EXPECT_EQ(resolved_json("conv")["encoder"]["channels"], Json::array({32, 64}));
  const Json layers = {{{"channels", 4}}};
  Json encoder = resolved_json(conv({{"layers", layers}, {"kernel", 5}, {"stride", 1}}))["encoder"];
  EXPECT_EQ(encoder["channels"], Json::array());
  EXPECT_EQ(encoder["layers"], Json::array({{{"channels", 4}, {"kernel", 5}, {"stride", 1}}}));
  EXPECT_EQ(resolved_json(encoder)["encoder"], encoder);  // round trip
  // An explicit decoder, for either description of the encoder.
  EXPECT_EQ(resolved_json(encoder, {{"channels", {7}}})["decoder"]["layers"], Json::array());
  EXPECT_EQ(resolved_json("conv", {{"layers", layers}})["decoder"]["channels"], Json::array());
  EXPECT_THAT(building({{"encoder", conv({{"layers", layers}, {"channels", {4}}})}}, {9}),
              fails_on_usage("model.encoder.channels contradicts model.encoder.layers"));
  EXPECT_THAT(
      building({{"encoder", "linear"}, {"decoder", conv({{"layers", layers}, {"channels", {4}}})}},
               {9}),
      fails_on_usage("model.decoder.channels contradicts model.decoder.layers"));
}

TEST(Conv, NamesTheConvolutionThatDoesNotFit) {
  const Json layers = {{{"channels", 4}, {"kernel", 3}},
                       {{"channels", 4}, {"kernel", 2}},
                       {{"channels", 4}, {"kernel", 5}}};
  const Json valid = conv({{"layers", layers}, {"padding", "valid"}});
  EXPECT_THAT(
      building({{"encoder", valid}}, {1, 14, 13}),
      fails_on_usage("model.encoder.layers[2]: a kernel of 5 does not fit the output of the "
                     "convolution before it, 3×3; take a smaller kernel, padding \"same\" or fewer "
                     "convolutions"));
  EXPECT_THAT(building({{"encoder", conv({{"kernel", 2}})}}, {3}),
              fails_on_usage("model.encoder.channels[1]: a kernel of 2 does not fit",
                             "before it, 1; take an odd kernel or fewer convolutions"));
  EXPECT_THAT(
      building({{"encoder", conv({{"kernel", 9}, {"padding", "valid"}})}}, {8}),
      fails_on_usage("model.encoder.channels[0]: a kernel of 9 does not fit the data's rows, 8;"));
  EXPECT_THAT(building({{"encoder", "linear"}, {"decoder", valid}}, {1, 14, 14}),
              fails_on_usage("model.decoder.layers[0]: a kernel of 3 does not fit the input of the "
                             "convolution after it, 2×2"));
}

TEST(Conv, NeedsAnOddLastKernel) {
  EXPECT_THAT(building({{"encoder", "linear"}, {"decoder", conv({{"output_kernel", 4}})}}, {9}),
              fails_on_usage("model.decoder.output_kernel = 4; expected an odd number"));
}

TEST(Conv, RefusesWeightsThatDoNotFitIntoMemory) {
  const Json layers = {{{"channels", 65536}}, {{"channels", 65536}, {"kernel", 65535}}};
  EXPECT_THAT(building({{"encoder", conv({{"layers", layers}})}}, {1, 9, 9}),
              fails_on_usage("does not fit into memory", "from 65,536 to 65,536 channels",
                             "65535×65535", "take smaller channels or kernels"));
}

TEST(Conv, HasNoTiedForm) {
  EXPECT_THAT(building({{"encoder", "conv"}, {"tied", true}}, {9}),
              fails_on_usage("model.tied contradicts model.decoder \"conv\""));
  EXPECT_THAT(building({{"encoder", "conv"}, {"decoder_from_encoder", true}}, {9}),
              fails_on_usage("model.decoder_from_encoder contradicts model.decoder \"conv\""));
  // A dense decoder does not mirror convolutions, even with the same number of dense layers.
  EXPECT_THAT(building({{"encoder", "conv"}, {"decoder", "linear"}, {"tied", true}}, {9}),
              fails_on_usage("model.tied contradicts model.decoder \"linear\""));
}

TEST(Conv, BeginsAtTheMeanOfEachChannel) {
  const auto decoder = part_of<NetworkSpec>(conv({{"channels", {4}}}))
                           ->build_decoder({.width = 3}, rows_shaped({2, 3}));
  EXPECT_FALSE(decoder->output_bias().defined());
  const c10::NoGradGuard no_grad;
  EXPECT_TRUE(decoder->set_output_bias(at::tensor({1.0, 2.0, 3.0, 10.0, 20.0, 30.0}, at::kFloat)));
  const at::Tensor bias = decoder->named_parameters()["5.bias"];
  EXPECT_TRUE(at::equal(bias, at::tensor({2.0, 20.0}, at::kFloat)));
}

TEST(Conv, IsTheFirstLayersDictionary) {
  const auto decoder = part_of<NetworkSpec>(conv({{"channels", {4}}}))
                           ->build_decoder({.width = 3}, rows_shaped({2, 4}));
  EXPECT_TRUE(at::equal(decoder->first_weight(), decoder->named_parameters()["0.weight"]));
  EXPECT_THAT(decoder->first_weight().sizes().vec(), ElementsAre(8, 3));
  EXPECT_FALSE(
      part_of<NetworkSpec>("conv")->build_encoder(rows_shaped({9}))->first_weight().defined());
}

/// Results do not depend on the memory layout of the rows.
TEST(Conv, SeesNeighboursInTheRowsShape) {
  const auto encoder = part_of<NetworkSpec>(conv({{"channels", {1}}, {"stride", 1}}))
                           ->build_encoder(rows_shaped({1, 4, 5}));
  const c10::NoGradGuard no_grad;
  encoder->named_parameters()["0.weight"].copy_(
      at::tensor({0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0}).view({1, 1, 3, 3}));
  encoder->named_parameters()["0.bias"].zero_();
  const at::Tensor x = learnable_rows(3, 20);
  const at::Tensor shifted = at::constant_pad_nd(x.view({3, 4, 5}).narrow(2, 1, 4), {0, 1});
  EXPECT_TRUE(at::allclose(encoder->forward(x, {}), shifted.flatten(1)));
}

}  // namespace
}  // namespace ae
