#include <ATen/autocast_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <set>

#include "all_configs.h"
#include "differentiated.h"
#include "engine/fused/fused_executor.h"
#include "engine/small/small_network_executor.h"
#include "engine/training_engine.h"

namespace ae {
namespace {

using testing::IsSupersetOf;

template <class T>
void expect_fused_to_equal_autograd(const Json& config, double tolerance, const Rows& rows = {}) {
  constexpr auto kType = c10::CppTypeToScalarType<T>::value;
  Differentiated reference(config, kType, rows);
  AutogradExecutor autograd(*reference.model, reference.objective);
  reference.add_gradients(autograd);
  const auto expect_of = [&](int threads, const auto& make_program) {
    Differentiated fused(config, kType, rows, {.laid_out = true});
    ThreadTeam team(threads);
    const std::unique_ptr<StepExecutor> program =
        make_program(fused, fuse(fused.objective.operations(*fused.model)), team);
    fused.add_gradients(*program);
    expect_same(fused, reference, tolerance);
  };
  for (const int threads : {1, 3}) {
    SCOPED_TRACE(threads);
    expect_of(threads, [](Differentiated& of, const FusedPlan& plan, ThreadTeam& team) {
      return std::make_unique<FusedExecutor<T>>(*of.model, plan, of.objective, *of.flat, team);
    });
    if (!is_small_network(fuse(reference.objective.operations(*reference.model)),
                          reference.objective))
      continue;
    SCOPED_TRACE("narrow");
    expect_of(threads, [](Differentiated& of, const FusedPlan& plan, ThreadTeam& team) {
      return std::make_unique<SmallNetworkExecutor<T>>(plan, of.objective, *of.flat, team);
    });
  }
}

TEST(TheFusedStep, EqualsAutogradForEveryPartThatHasIt) {
  std::set<std::string> fused;
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    const Differentiated model(config, at::kFloat);
    if (fuse(model.objective.operations(*model.model)).unsupported) continue;
    fused.insert(what);
    expect_fused_to_equal_autograd<float>(config, 1e-5);
    expect_fused_to_equal_autograd<double>(config, 1e-10);
  }
  EXPECT_THAT(fused, IsSupersetOf({"hidden activation relu",
                                   "hidden activation leaky_relu",
                                   "hidden activation sigmoid",
                                   "hidden activation tanh",
                                   "latent gaussian",
                                   "reconstruction mse",
                                   "reconstruction mae",
                                   "reconstruction bce",
                                   "vae reconstruction bernoulli",
                                   "sparsity l1",
                                   "corruption masking",
                                   "network linear",
                                   "sparse with a ReLU code",
                                   "top k",
                                   "top k of few",
                                   "top k between layers",
                                   "latent top_k",
                                   "vae of a linear encoder",
                                   "network conv",
                                   "layer norm, relu",
                                   "layer norm, tanh, vae",
                                   "layer norm, identity, top k",
                                   "layer norm, relu, centred",
                                   "top k, 7 dead learn, relu true",
                                   "top k of centred rows, dead learn",
                                   "centred rows",
                                   "centred denoising"}));
  for (const auto& [what, config] : convolutional_configs()) {
    EXPECT_TRUE(fused.contains(what)) << what;
  }
}

TEST(TheNarrowStep, IsThatOfSmallLinearLayers) {
  std::set<std::string> narrow;
  for (const auto& [what, config] : all_configs()) {
    const Differentiated of(config, at::kFloat);
    const FusedPlan plan = fuse(of.objective.operations(*of.model));
    if (!plan.unsupported && is_small_network(plan, of.objective)) narrow.insert(what);
  }
  EXPECT_THAT(narrow,
              IsSupersetOf({"hidden activation relu", "hidden activation leaky_relu",
                            "hidden activation sigmoid", "hidden activation tanh",
                            "reconstruction mse", "reconstruction mae", "reconstruction bce", "vae",
                            "vae of a linear encoder", "denoising vae", "corruption masking"}));
  for (const char* other : {"top k", "network conv", "sparsity l1", "centred rows"}) {
    EXPECT_FALSE(narrow.contains(other)) << other;
  }
  const Json wide = {{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {1000}}}}}}};
  const Differentiated of(wide, at::kFloat);
  EXPECT_FALSE(is_small_network(fuse(of.objective.operations(*of.model)), of.objective));
}

TEST(TheNarrowStep, EqualsAutogradOverSeveralBlocksOfRows) {
  for (const int64_t rows : {1, 32, 75}) {
    for (const char* what : {"vae", "denoising vae", "hidden activation leaky_relu"}) {
      SCOPED_TRACE(fmt::format("{} rows, {}", rows, what));
      expect_fused_to_equal_autograd<float>(all_configs().at(what), 1e-5, {rows});
      expect_fused_to_equal_autograd<double>(all_configs().at(what), 1e-10, {rows});
    }
  }
}

TEST(TheFusedStep, EqualsAutogradWhereZerosAreLeftOut) {
  const Json wide = {{"data", {{"shape", {120}}}},
                     {"model",
                      {{"latent_dim", 50},
                       {"encoder", {{"type", "mlp"}, {"hidden", {90, 64}}, {"activation", "relu"}}},
                       {"output_bias_from_data", false}}}};
  const Json vae = {{"model", {{"kind", "vae"}}}, {"objective", {{"reconstruction", "mse"}}}};
  const Json conv = convolutional({{"channels", {48, 64}}, {"hidden", {64}}}, {3, 10, 8});
  for (const double zeros : {0.0, 0.3, 0.8}) {
    for (const Json& config : {wide, layered(wide, vae), conv}) {
      SCOPED_TRACE(config.dump() + std::to_string(zeros));
      expect_fused_to_equal_autograd<float>(config, 1e-5, {150, zeros});
      expect_fused_to_equal_autograd<double>(config, 1e-10, {150, zeros});
    }
  }
}

TEST(TheFusedStep, LaysWeightsOutByTheSideThatHasMoreZeros) {
  const Json config = {{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {6, 5}}}}}}};
  const auto by_column = [&](double zeros) {
    const Differentiated of(layered(config, {{"data", {{"shape", {1000}}}}}), at::kFloat,
                            {kRows, zeros}, {.laid_out = true});
    std::set<std::string> names;
    for (const FlatParameters::Slice& slice : of.flat->slices()) {
      if (slice.by_column) names.insert(slice.name);
    }
    return names;
  };
  const std::set<std::string> after_relu = {"latent.projection.weight", "decoder.4.weight"};
  EXPECT_EQ(by_column(0), after_relu);
  EXPECT_EQ(by_column(0.4), after_relu);
  std::set<std::string> and_first = after_relu;
  and_first.insert("encoder.0.weight");
  EXPECT_EQ(by_column(0.8), and_first);
}

TEST(TheFusedStep, LaysTheDictionaryOfAReluCodeOutByLatent) {
  const Json sparse = {{"model",
                        {{"kind", "sparse"},
                         {"encoder", "linear"},
                         {"latent", {{"type", "deterministic"}, {"activation", "relu"}}},
                         {"sparsity", {{"type", "l1"}, {"weight", 0.5}}}}}};
  const Differentiated of(sparse, at::kFloat, {}, {.laid_out = true});
  for (const FlatParameters::Slice& slice : of.flat->slices()) {
    EXPECT_EQ(slice.by_column, slice.name == "decoder.0.weight") << slice.name;
  }
}

TEST(TheFusedStep, IsRefusedByNameWhereAPartHasNone) {
  const auto refusal_of = [](const Json& config) {
    const Differentiated model(config, at::kFloat);
    return fuse(model.objective.operations(*model.model)).unsupported.value_or("");
  };
  EXPECT_EQ(refusal_of({{"model", {{"encoder", {{"type", "mlp"}, {"activation", "gelu"}}}}}}),
            "gelu");
  EXPECT_EQ(refusal_of({{"model", {{"encoder", {{"type", "mlp"}, {"dropout", 0.5}}}}}}), "dropout");
  EXPECT_EQ(refusal_of({{"model", {{"encoder", "mlp"}, {"tied", true}}}}), "model.tied");
  EXPECT_EQ(refusal_of({{"model", {{"kind", "vae"}}}, {"objective", {{"posterior_samples", 2}}}}),
            "objective.posterior_samples");
}

TEST(Replicas, EqualOneModelForEveryPartThatTreatsRowsAlone) {
  size_t shared = 0;
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    Differentiated reference(config, at::kDouble);
    if (reference.model->couples_rows() || reference.objective.couples_rows()) continue;
    AutogradExecutor autograd(*reference.model, reference.objective);
    reference.add_gradients(autograd);
    Differentiated replicated(config, at::kDouble);
    ThreadTeam team(3);
    const auto build = [&] { return replicated.build(); };
    DataParallelExecutor program(*replicated.model, build, replicated.objective, *replicated.flat,
                                 team);
    replicated.add_gradients(program);
    expect_same(replicated, reference, 1e-10);
    ++shared;
  }
  EXPECT_GE(shared, 60U);
}

/// On the CPU, whose autocast is implemented as a GPU's. A ReLU or a top-k that decides differently
/// changes single values, so the gradients' directions are compared.
TEST(Bfloat16, HasNearlyTheGradientsOfFloat32ForEveryPart) {
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    // The CPU's autocast does not cover at::convolution, the GPU's does.
    if (config.dump().find("\"conv\"") != std::string::npos) continue;
    Differentiated reference(config, at::kFloat);
    AutogradExecutor exact(*reference.model, reference.objective);
    reference.add_gradients(exact);
    Differentiated narrow(config, at::kFloat);
    AutogradExecutor bfloat16(*narrow.model, narrow.objective, Precision::bf16);
    narrow.add_gradients(bfloat16);
    const at::Tensor& got = narrow.flat->gradients();
    const at::Tensor& wanted = reference.flat->gradients();
    ASSERT_EQ(got.scalar_type(), at::kFloat);
    EXPECT_FALSE(at::equal(got, wanted));
    const double cosine = (got.dot(wanted) / (got.norm() * wanted.norm())).item<double>();
    EXPECT_GT(cosine, 0.98);
  }
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

}  // namespace
}  // namespace ae
