#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "config/reference.h"
#include "config/writer.h"
#include "core/error.h"
#include "engine/optimizer.h"
#include "experiments.h"
#include "gradients.h"
#include "models/kl.h"
#include "models/normalization.h"
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

/// Checks the declaration of every part of every table.
template <class Spec>
class Table : public testing::Test {};

using Tables =
    testing::Types<Activation, NetworkSpec, NormalizationSpec, LatentSpec, ReconstructionSpec,
                   Sparsity, CorruptionSpec, Initialization, OptimizerSpec>;
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
  const ForwardContext context;
  for (const std::string& name : part_names<NetworkSpec>()) {
    const auto part = part_of<NetworkSpec>(name);
    for (const std::vector<int64_t>& shape :
         std::vector<std::vector<int64_t>>{{16}, {1, 4, 4}, {2, 8}}) {
      const InputInfo input{shape, 0, {}};
      const at::Tensor x = learnable_rows(kRows, kFeatures);
      const auto encoder = part->build_encoder(input);
      const at::Tensor features = encoder->forward(x, context);
      EXPECT_EQ(features.sizes().vec(), (std::vector<int64_t>{kRows, encoder->outputs()})) << name;
      const auto decoder = part->mirrored()->build_decoder({.width = kLatents}, input);
      EXPECT_EQ(decoder->outputs(), kFeatures) << name;
      const at::Tensor code = learnable_rows(kRows, kLatents);
      EXPECT_EQ(decoder->forward(code, context).sizes(), x.sizes()) << name;

      torch::nn::Linear projection(encoder->outputs(), kLatents);
      const auto tied = part->mirrored()->build_tied_decoder(*encoder, projection);
      if (!tied) continue;
      EXPECT_EQ(tied->forward(code, context).sizes(), x.sizes()) << name;
      EXPECT_EQ(tied->outputs(), kFeatures) << name;
    }
  }
}

/// A decoder gives the same output for a sparse code and its dense form.
TEST(EveryNetwork, DecodesSparseCodesAsDenseOnes) {
  const ForwardContext context;
  const SparseCode code{at::tensor({0, 4, 3, 1}, at::kLong).view({2, 2}),
                        at::tensor({0.5, -2.0, 1.5, 0.0}, at::kFloat).view({2, 2}), 6};
  for (const std::string& name : part_names<NetworkSpec>()) {
    const auto decoder =
        part_of<NetworkSpec>(name)->build_decoder({.width = 6, .sparse = true}, rows_of(kFeatures));
    EXPECT_TRUE(at::allclose(decoder->forward_sparse(code, context),
                             decoder->forward(code.dense(), context), 1e-5, 1e-6))
        << name;
  }
}

/// A conditional encoder's features depend on the label.
TEST(EveryNetwork, SeesTheCondition) {
  for (const std::string& name : part_names<NetworkSpec>()) {
    const auto encoder = part_of<NetworkSpec>(name)->build_encoder(rows_of(kFeatures));
    const at::Tensor x = learnable_rows(1, kFeatures);
    const auto features = [&](int64_t label) {
      ForwardContext context;
      context.condition = at::one_hot(at::full({1}, label, at::kLong), 3).to(at::kFloat);
      return encoder->forward(x, context);
    };
    EXPECT_FALSE(at::equal(features(0), features(1))) << name;
  }
}

TEST(EveryNetwork, DescribesAllItsParameters) {
  for (const std::string& name : part_names<NetworkSpec>()) {
    const auto network =
        part_of<NetworkSpec>(name)->build_decoder({.width = kLatents}, rows_of(kFeatures));
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

/// Latent options for the small latent_dim of this test.
Part<LatentSpec> small_latent(const std::string& name) {
  return name == "top_k" ? part_of<LatentSpec>({{"type", name}, {"k", 2}})
                         : part_of<LatentSpec>(name);
}

TEST(EveryLatent, GivesCodesAndDraws) {
  for (const std::string& name : part_names<LatentSpec>()) {
    const auto part = small_latent(name);
    const auto latent = part->build(7, kLatents);
    const Posterior posterior = latent->posterior(learnable_rows(kRows, 7), {});
    const std::vector<int64_t> shape = {kRows, kLatents};
    EXPECT_EQ(posterior.code().sizes().vec(), shape) << name;
    EXPECT_EQ(latent->sample(posterior, FirstRowsNoise(kRows), 1).sizes().vec(), shape) << name;
    EXPECT_TRUE(at::equal(latent->sample(posterior, FirstRowsNoise(kRows), 1),
                          latent->sample(posterior, FirstRowsNoise(kRows), 1)))
        << name;
    EXPECT_EQ(latent->projection()->weight.size(0), kLatents) << name;
    if (!part->has_prior()) continue;
    EXPECT_EQ(posterior.log_variance.sizes().vec(), shape) << name;
    const at::Tensor kl = kl_to_standard_normal(posterior.mean, posterior.log_variance);
    EXPECT_EQ(kl.sizes().vec(), std::vector<int64_t>{kRows}) << name;
    EXPECT_GE(kl.min().item<double>(), 0) << name;
  }
}

TEST(EveryReconstruction, IsFiniteAndLeastAtTheTruth) {
  for (const std::string& name : part_names<ReconstructionSpec>()) {
    const auto part = part_of<ReconstructionSpec>(name);
    const auto built = part->build(kFeatures);
    const at::Tensor target = learnable_rows(kRows, kFeatures).to(at::kDouble).clamp(0.01, 0.99);
    const at::Tensor truth = built->output_for(target);
    EXPECT_TRUE(at::allclose(built->mean_given(truth, target), target)) << name;
    const at::Tensor best = built->per_sample(truth, target);
    EXPECT_EQ(best.sizes().vec(), std::vector<int64_t>{kRows}) << name;
    // Of every other feature, as logits of shares are the same up to a constant.
    const at::Tensor some = at::arange(kFeatures, at::kDouble).remainder(2);
    for (const double off : {-0.1, 0.1}) {
      const at::Tensor error = built->per_sample(truth + some * off, target);
      EXPECT_TRUE(at::isfinite(error).all().item<bool>()) << name;
      EXPECT_TRUE((error > best).all().item<bool>()) << name;
    }
  }
}

TEST(EveryReconstruction, SumsABatchAsItsSamples) {
  for (const std::string& name : part_names<ReconstructionSpec>()) {
    const auto built = part_of<ReconstructionSpec>(name)->build(kFeatures);
    const at::Tensor target = learnable_rows(kRows, kFeatures).to(at::kDouble);
    const at::Tensor output = learnable_rows(kRows, kFeatures, 9).to(at::kDouble) * 4 - 2;
    const auto batch = built->batch(output, target);
    EXPECT_TRUE(at::allclose(batch.sum, built->per_sample(output, target).sum(), 1e-10)) << name;
    const at::Tensor mean = built->mean_given(output, target);
    EXPECT_TRUE(at::allclose(batch.squared_error, (mean - target).square().sum(), 1e-10)) << name;
    expect_gradient(output, [&](const at::Tensor& x) { return built->batch(x, target).sum; }, name);
    expect_gradient(
        output, [&](const at::Tensor& x) { return built->per_sample(x, target).sum(); }, name);
  }
}

TEST(EverySparsity, IsAFinitePenaltyWithItsGradient) {
  for (const std::string& name : part_names<Sparsity>()) {
    const auto part = part_of<Sparsity>(name);
    const at::Tensor code = learnable_rows(kRows, kLatents).to(at::kDouble);  // within (0, 1)
    const auto penalty = [&](const at::Tensor& x) {
      Posterior posterior;
      posterior.mean = x;
      posterior.active_count = x.sum(1);
      return part->penalty(posterior);
    };
    EXPECT_GE(penalty(code).item<double>(), 0) << name;
    EXPECT_EQ(penalty(code).dim(), 0) << name;
    EXPECT_GE(part->weight(), 0) << name;
    if (part->is_active()) expect_gradient(code, penalty, name);
  }
}

TEST(EveryCorruption, RepeatsAndLeavesTheDataAlone) {
  for (const std::string& name : part_names<CorruptionSpec>()) {
    const auto part = part_of<CorruptionSpec>(name);
    const auto corruption = part->build(rows_of(kFeatures));
    ASSERT_EQ(corruption != nullptr, part->is_active()) << name;
    if (!corruption) continue;
    const at::Tensor x = learnable_rows(kRows, kFeatures);
    const at::Tensor before = x.clone();
    const at::Tensor corrupted = corruption->apply(x, FirstRowsNoise(kRows));
    EXPECT_TRUE(at::equal(x, before)) << name;
    EXPECT_EQ(corrupted.sizes(), x.sizes()) << name;
    EXPECT_TRUE(at::isfinite(corrupted).all().item<bool>()) << name;
    EXPECT_TRUE(at::equal(corruption->apply(x, FirstRowsNoise(kRows)), corrupted)) << name;
    EXPECT_FALSE(at::equal(corrupted, x)) << name;
    EXPECT_FALSE(at::equal(corruption->apply(x, FirstRowsNoise(kRows, 2)), corrupted)) << name;
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

}  // namespace
}  // namespace ae
