#include "models/initialization.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "experiments.h"
#include "parts.h"

namespace ae {
namespace {

constexpr int64_t kInputs = 300;
constexpr int64_t kOutputs = 200;

struct Layer {
  at::Tensor weight;
  at::Tensor bias;
};

Layer filled(const char* name, uint64_t seed = 1, int64_t outputs = kOutputs,
             int64_t inputs = kInputs) {
  Layer layer{at::empty({outputs, inputs}), at::full({outputs}, 7.0)};
  part_of<Initialization>(name)->fill(layer.weight, layer.bias,
                                      at::make_generator<at::CPUGeneratorImpl>(seed));
  return layer;
}

void expect_uniform(const at::Tensor& x, double bound, double tolerance = 0.02) {
  EXPECT_LE(x.abs().max().item<double>(), bound * (1 + 1e-6));
  EXPECT_GT(x.max().item<double>(), bound * 0.9);
  EXPECT_LT(x.min().item<double>(), -bound * 0.9);
  EXPECT_NEAR(x.var().item<double>() * 3 / (bound * bound), 1, tolerance);
}

void expect_normal(const at::Tensor& x, double variance) {
  EXPECT_NEAR(x.mean().item<double>() / std::sqrt(variance), 0, 0.02);
  EXPECT_NEAR(x.var().item<double>() / variance, 1, 0.03);
  EXPECT_GT(x.abs().max().item<double>(), 3.5 * std::sqrt(variance));
}

TEST(Initialization, TorchIsUniformByInputs) {
  const Layer layer = filled("torch");
  expect_uniform(layer.weight, 1 / std::sqrt(kInputs));
  expect_uniform(layer.bias, 1 / std::sqrt(kInputs), 0.3);
}

TEST(Initialization, GlorotIsByInputsAndOutputs) {
  expect_uniform(filled("glorot_uniform").weight, std::sqrt(6.0 / (kInputs + kOutputs)));
  expect_normal(filled("glorot_normal").weight, 2.0 / (kInputs + kOutputs));
}

TEST(Initialization, HeIsByInputs) {
  expect_uniform(filled("he_uniform").weight, std::sqrt(6.0 / kInputs));
  expect_normal(filled("he_normal").weight, 2.0 / kInputs);
}

TEST(Initialization, OrthogonalKeepsLengths) {
  const at::Tensor wide = filled("orthogonal", 1, 20, 50).weight;
  EXPECT_TRUE(at::allclose(wide.matmul(wide.t()), at::eye(20), 0, 1e-5));
  const at::Tensor tall = filled("orthogonal", 1, 50, 20).weight;
  EXPECT_TRUE(at::allclose(tall.t().matmul(tall), at::eye(20), 0, 1e-5));
  // The trace of uniform orthogonal matrices has mean 0; without the signs of R it is biased.
  double trace = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    trace += filled("orthogonal", seed, 3, 3).weight.trace().item<double>() / 400;
  }
  EXPECT_NEAR(trace, 0, 0.2);
}

TEST(Initialization, AllButTorchBeginWithoutBias) {
  for (const std::string& name : part_names<Initialization>()) {
    if (name == "torch") continue;
    EXPECT_TRUE((filled(name.c_str()).bias == 0).all().item<bool>()) << name;
  }
}

Layer filled_convolution(const char* name) {
  Layer layer{at::empty({60, 40, 3, 5}), at::full({60}, 7.0)};
  part_of<Initialization>(name)->fill(layer.weight, layer.bias,
                                      at::make_generator<at::CPUGeneratorImpl>(1));
  return layer;
}

TEST(Initialization, OfConvolutionsCountsTheKernel) {
  constexpr double kFanIn = 40 * 3 * 5;
  constexpr double kFanOut = 60 * 3 * 5;
  const Layer torch = filled_convolution("torch");
  expect_uniform(torch.weight, 1 / std::sqrt(kFanIn));
  EXPECT_LE(torch.bias.abs().max().item<double>(), 1 / std::sqrt(kFanIn));
  expect_uniform(filled_convolution("glorot_uniform").weight, std::sqrt(6 / (kFanIn + kFanOut)));
  expect_normal(filled_convolution("glorot_normal").weight, 2 / (kFanIn + kFanOut));
  expect_uniform(filled_convolution("he_uniform").weight, std::sqrt(6 / kFanIn));
  expect_normal(filled_convolution("he_normal").weight, 2 / kFanIn);
  const at::Tensor filters = filled_convolution("orthogonal").weight.view({60, -1});
  EXPECT_TRUE(at::allclose(filters.matmul(filters.t()), at::eye(60), 0, 1e-5));
}

TEST(Initialization, ReachesConvolutionsAndLeavesNormalizationsAsTheyAre) {
  const Json encoder = {{"type", "conv"}, {"channels", {6, 4}}, {"normalization", "batch"}};
  const auto parameters = [&](int64_t seed) {
    return model_of(
               experiment_of({{"seed", seed},
                              {"model", {{"encoder", encoder}, {"initialization", "orthogonal"}}}}),
               9)
        ->named_parameters();
  };
  const auto model = parameters(1);
  for (const char* name : {"encoder.0", "encoder.3", "decoder.4", "decoder.7", "decoder.10"}) {
    const std::string weight = std::string(name) + ".weight";
    const at::Tensor filters = model[weight].flatten(1);
    const at::Tensor wide = filters.size(0) < filters.size(1) ? filters : filters.t();
    EXPECT_TRUE(at::allclose(wide.matmul(wide.t()), at::eye(wide.size(0)), 0, 1e-5)) << name;
    EXPECT_EQ(model[std::string(name) + ".bias"].abs().max().item<double>(), 0) << name;
    EXPECT_FALSE(at::equal(parameters(2)[weight], model[weight])) << name;
    EXPECT_TRUE(at::equal(parameters(1)[weight], model[weight])) << name;
  }
  EXPECT_TRUE((model["encoder.1.weight"] == 1).all().item<bool>());
  EXPECT_TRUE((model["encoder.1.bias"] == 0).all().item<bool>());
}

TEST(Initialization, FollowsTheGenerator) {
  for (const std::string& name : part_names<Initialization>()) {
    const at::Tensor weight = filled(name.c_str(), 1, 20, 30).weight;
    EXPECT_TRUE(at::equal(filled(name.c_str(), 1, 20, 30).weight, weight)) << name;
    EXPECT_FALSE(at::equal(filled(name.c_str(), 2, 20, 30).weight, weight)) << name;
  }
}

TEST(Initialization, OfALayerDoesNotDependOnOtherLayers) {
  const auto first_weight = [](int64_t seed, int64_t second) {
    const Experiment experiment = experiment_of(
        {{"seed", seed}, {"model", {{"encoder", {{"type", "mlp"}, {"hidden", {6, second}}}}}}});
    return model_of(experiment, 5)->named_parameters()["encoder.0.weight"].detach().clone();
  };
  EXPECT_TRUE(at::equal(first_weight(1, 4), first_weight(1, 8)));
  EXPECT_FALSE(at::equal(first_weight(1, 4), first_weight(2, 4)));
}

TEST(Initialization, OfLayersOfOneShapeDiffers) {
  const auto model =
      model_of(experiment_of({{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {5, 5}}}}}}}), 5);
  EXPECT_FALSE(at::equal(model->named_parameters()["encoder.0.weight"],
                         model->named_parameters()["encoder.2.weight"]));
}

}  // namespace
}  // namespace ae
