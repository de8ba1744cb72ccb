#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "config/reference.h"
#include "config/writer.h"
#include "engine/learner.h"
#include "experiments.h"
#include "gradients.h"
#include "parts.h"

namespace ae {
namespace {

constexpr int64_t kRows = 5;
constexpr int64_t kFeatures = 16;
constexpr int64_t kLatents = 3;

template <class Spec>
struct Holder {
  Part<Spec> part{Spec::table().front().name};
  void visit(OptionVisitor& visitor) { visitor.part("part", part, "A part."); }
};

/// Every part of a table is well declared: this runs over all tables.
template <class Spec>
class Table : public testing::Test {};

using Tables = testing::Types<Activation, NetworkSpec, LatentSpec, Reconstruction, Sparsity,
                              Corruption, Initialization, OptimizerSpec>;
TYPED_TEST_SUITE(Table, Tables);

TYPED_TEST(Table, HasNamesAndSummaries) {
  std::set<std::string> names;
  for (const auto& entry : TypeParam::table()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name << " stands there twice";
    EXPECT_GT(std::string(entry.summary).size(), 3u) << entry.name;
  }
  EXPECT_GE(names.size(), 2u);
}

TYPED_TEST(Table, ReadsBackWhatItWrites) {
  for (const std::string& name : part_names<TypeParam>()) {
    Holder<TypeParam> holder;
    read_options(Json{{"part", name}}, {"test", {}, {}}, holder);
    const Json written = options_json(holder);
    EXPECT_EQ(written["part"]["type"], name);
    Holder<TypeParam> copy;
    read_options(parse_json(written.dump(), "test"), {"test", {}, {}}, copy);
    EXPECT_EQ(options_json(copy), written);
  }
}

TYPED_TEST(Table, ExplainsEveryOption) {
  const std::string text = explain(Holder<TypeParam>());
  for (const std::string& path : option_paths(Holder<TypeParam>())) {
    EXPECT_THAT(text, testing::HasSubstr(path));
  }
  for (const std::string& name : part_names<TypeParam>()) {
    EXPECT_THAT(text, testing::HasSubstr("\"" + name + "\": "));
  }
}

/// Numbers away from 0, where an activation may have a kink.
at::Tensor around_zero() {
  const at::Tensor x = at::linspace(-6, 6, 60, at::kDouble);  // 60 steps: 0 is between two
  return x.view({6, 10});
}

TEST(EveryActivation, KeepsShapeTypeAndBounds) {
  for (const std::string& name : part_names<Activation>()) {
    const auto part = part_of<Activation>(name);
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      const at::Tensor x = (around_zero() * 20).to(type);
      const at::Tensor y = part->forward(x);
      EXPECT_EQ(y.sizes(), x.sizes()) << name;
      EXPECT_EQ(y.scalar_type(), type) << name;
      EXPECT_TRUE(at::isfinite(y).all().item<bool>()) << name;
      EXPECT_GE(y.min().item<double>(), part->bounds().low - 1e-6) << name;
      EXPECT_LE(y.max().item<double>(), part->bounds().high + 1e-6) << name;
    }
  }
}

TEST(EveryActivation, HasTheGradientOfItsValue) {
  for (const std::string& name : part_names<Activation>()) {
    const auto part = part_of<Activation>(name);
    expect_gradient(
        around_zero(), [&](const at::Tensor& x) { return (part->forward(x) * x.cos()).sum(); },
        name);
  }
}

TEST(EveryNetwork, EncodesAndDecodesRowsOfAnyShape) {
  for (const std::string& name : part_names<NetworkSpec>()) {
    const auto part = part_of<NetworkSpec>(name);
    for (const std::vector<int64_t>& shape :
         std::vector<std::vector<int64_t>>{{16}, {1, 4, 4}, {2, 8}}) {
      const at::Tensor x = learnable_rows(kRows, kFeatures);
      const auto encoder = part->build_encoder(shape);
      const at::Tensor features = encoder->forward(x);
      EXPECT_EQ(features.sizes().vec(), (std::vector<int64_t>{kRows, encoder->outputs()})) << name;
      const auto decoder = part->mirrored()->build_decoder(kLatents, shape);
      EXPECT_EQ(decoder->outputs(), kFeatures) << name;
      EXPECT_EQ(decoder->forward(learnable_rows(kRows, kLatents)).sizes(), x.sizes()) << name;

      torch::nn::Linear projection(encoder->outputs(), kLatents);
      const auto tied = part->mirrored()->build_tied_decoder(*encoder, projection);
      if (!tied) continue;
      EXPECT_EQ(tied->forward(learnable_rows(kRows, kLatents)).sizes(), x.sizes()) << name;
      EXPECT_EQ(tied->outputs(), kFeatures) << name;
    }
  }
}

TEST(EveryNetwork, DescribesAllItsParameters) {
  for (const std::string& name : part_names<NetworkSpec>()) {
    const auto network = part_of<NetworkSpec>(name)->build_decoder(kLatents, {kFeatures});
    std::vector<LayerSummary> layers;
    network->describe("decoder", layers);
    int64_t described = 0;
    for (const LayerSummary& layer : layers) described += layer.parameters;
    int64_t held = 0;
    for (const at::Tensor& parameter : network->parameters()) held += parameter.numel();
    EXPECT_EQ(described, held) << name;
    EXPECT_EQ(layers.back().output, std::vector<int64_t>{kFeatures}) << name;
  }
}

TEST(EveryLatent, GivesCodesAndDraws) {
  for (const std::string& name : part_names<LatentSpec>()) {
    const auto part = part_of<LatentSpec>(name);
    const auto latent = part->build(7, kLatents);
    const Posterior posterior = latent->posterior(learnable_rows(kRows, 7));
    const std::vector<int64_t> shape = {kRows, kLatents};
    EXPECT_EQ(posterior.code.sizes().vec(), shape) << name;
    EXPECT_EQ(latent->draw(posterior, FirstRowsNoise(kRows)).sizes().vec(), shape) << name;
    EXPECT_TRUE(at::equal(latent->draw(posterior, FirstRowsNoise(kRows)),
                          latent->draw(posterior, FirstRowsNoise(kRows))))
        << name;
    EXPECT_EQ(latent->projection()->weight.size(0), kLatents) << name;
    if (!part->has_prior()) continue;
    EXPECT_EQ(posterior.log_variance.sizes().vec(), shape) << name;
    const at::Tensor kl = kl_to_standard_normal(posterior.code, posterior.log_variance);
    EXPECT_EQ(kl.sizes().vec(), std::vector<int64_t>{kRows}) << name;
    EXPECT_GE(kl.min().item<double>(), 0) << name;
  }
}

TEST(EveryReconstruction, IsFiniteAndLeastAtTheTruth) {
  for (const std::string& name : part_names<Reconstruction>()) {
    const auto part = part_of<Reconstruction>(name);
    const at::Tensor target = learnable_rows(kRows, kFeatures).to(at::kDouble).clamp(0.01, 0.99);
    const at::Tensor truth = part->takes_logits() ? target.logit() : target;
    EXPECT_TRUE(at::allclose(part->mean(truth), target)) << name;
    const at::Tensor best = part->per_sample(truth, target);
    EXPECT_EQ(best.sizes().vec(), std::vector<int64_t>{kRows}) << name;
    for (const double off : {-0.1, 0.1}) {
      const at::Tensor error = part->per_sample(truth + off, target);
      EXPECT_TRUE(at::isfinite(error).all().item<bool>()) << name;
      EXPECT_TRUE((error > best).all().item<bool>()) << name;
    }
  }
}

TEST(EveryReconstruction, SumsABatchAsItsSamples) {
  for (const std::string& name : part_names<Reconstruction>()) {
    const auto part = part_of<Reconstruction>(name);
    const at::Tensor target = learnable_rows(kRows, kFeatures).to(at::kDouble);
    const at::Tensor output = learnable_rows(kRows, kFeatures, 9).to(at::kDouble) * 4 - 2;
    const auto batch = part->batch(output, target);
    EXPECT_TRUE(at::allclose(batch.sum, part->per_sample(output, target).sum(), 1e-10)) << name;
    EXPECT_TRUE(
        at::allclose(batch.squared_error, (part->mean(output) - target).square().sum(), 1e-10))
        << name;
    expect_gradient(output, [&](const at::Tensor& x) { return part->batch(x, target).sum; }, name);
    expect_gradient(
        output, [&](const at::Tensor& x) { return part->per_sample(x, target).sum(); }, name);
  }
}

TEST(EverySparsity, IsAFinitePenaltyWithItsGradient) {
  for (const std::string& name : part_names<Sparsity>()) {
    const auto part = part_of<Sparsity>(name);
    const at::Tensor code = learnable_rows(kRows, kLatents).to(at::kDouble);  // within (0, 1)
    EXPECT_GE(part->penalty(code).item<double>(), 0) << name;
    EXPECT_EQ(part->penalty(code).dim(), 0) << name;
    EXPECT_GE(part->weight(), 0) << name;
    if (!part->is_active()) continue;
    expect_gradient(code, [&](const at::Tensor& x) { return part->penalty(x); }, name);
  }
}

TEST(EveryCorruption, RepeatsAndLeavesTheDataAlone) {
  for (const std::string& name : part_names<Corruption>()) {
    const auto part = part_of<Corruption>(name);
    const at::Tensor x = learnable_rows(kRows, kFeatures);
    const at::Tensor before = x.clone();
    const at::Tensor corrupted = part->apply(x, FirstRowsNoise(kRows));
    EXPECT_TRUE(at::equal(x, before)) << name;
    EXPECT_EQ(corrupted.sizes(), x.sizes()) << name;
    EXPECT_TRUE(at::isfinite(corrupted).all().item<bool>()) << name;
    EXPECT_TRUE(at::equal(part->apply(x, FirstRowsNoise(kRows)), corrupted)) << name;
    EXPECT_EQ(at::equal(corrupted, x), !part->is_active()) << name;
    EXPECT_EQ(at::equal(part->apply(x, FirstRowsNoise(kRows, 2)), corrupted), !part->is_active())
        << name;
  }
}

TEST(EveryInitialization, GivesFiniteWeightsThatTellUnitsApart) {
  for (const std::string& name : part_names<Initialization>()) {
    const auto model = model_of(experiment_of({{"model", {{"initialization", name}}}}), kFeatures);
    const at::Tensor weight = model->named_parameters()["encoder.0.weight"];
    EXPECT_TRUE(at::isfinite(weight).all().item<bool>()) << name;
    EXPECT_FALSE(at::equal(weight[0], weight[1])) << name;
  }
}

TEST(EveryOptimizer, GoesDownhillAndKeepsItsMemoryFlat) {
  for (const std::string& name : part_names<OptimizerSpec>()) {
    const auto spec = part_of<OptimizerSpec>(name);
    torch::nn::Linear module(3, 2);
    FlatParameters flat(*module);
    const auto optimizer = spec->build(flat);
    for (const auto& [key, tensor] : optimizer->state()) {
      EXPECT_EQ(tensor.sizes(), flat.values().sizes()) << name << " " << key;
    }
    const c10::NoGradGuard no_grad;
    const double before = flat.values().square().sum().item<double>();
    for (int64_t step = 0; step < 20; ++step) {
      flat.gradients().copy_(flat.values() * 2);
      optimizer->update(flat, spec->learning_rate(), step);
    }
    EXPECT_LT(flat.values().square().sum().item<double>(), before) << name;
  }
}

}  // namespace
}  // namespace ae
