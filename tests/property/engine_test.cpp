#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <set>

#include "engine/fused_program.h"
#include "engine/learner.h"
#include "engine/narrow_program.h"
#include "engine/weight_layout.h"
#include "models/networks/sequence.h"
#include "one_of_each.h"

namespace ae {
namespace {

using testing::IsSupersetOf;

/// What a model is compared by: so many rows, of which a share of the values is 0.
struct Rows {
  int64_t count = kRows;
  double zeros = 0;

  at::Tensor values(int64_t features) const {
    const at::Tensor rows = learnable_rows(count, features);
    if (zeros == 0) return rows;
    // Here and there, and every fifth row and feature wholly.
    const at::Tensor row = at::arange(count).unsqueeze(1);
    const at::Tensor feature = at::arange(features);
    const at::Tensor empty = ((row * 7 + feature * 3).remainder(10) < zeros * 10)
                                 .logical_or(row.remainder(5) == 0)
                                 .logical_or(feature.remainder(5) == 0);
    return rows.masked_fill(empty, 0);
  }
};

/// A model of a config, for rows of the shape that it says, with its gradients in flat buffers.
struct Differentiated {
  /// @param laid_out  as the learner lays its model's weights out
  Differentiated(const Json& config, at::ScalarType type, const Rows& of = {},
                 bool laid_out = false)
      : rows(of),
        experiment(experiment_of(config)),
        model(build()),
        objective(objective_of(experiment)) {
    model->to(type);
    if (laid_out) lay_out_weights(*model, objective, rows.zeros);
    flat = std::make_unique<FlatParameters>(*model);
    if (!objective.counts_active()) return;
    // Every other latent is dead.
    usage.emplace(model->latent_dim(), at::kCPU);
    usage->restore(at::arange(model->latent_dim()).remainder(2) * kDeadAfter);
  }

  int64_t features() const {
    return experiment.data.shape.empty() ? kFeatures : values_of(experiment.data.shape);
  }

  std::shared_ptr<Autoencoder> build() const {
    InputInfo input = rows_of(features());
    if (!experiment.data.shape.empty()) input.shape = experiment.data.shape;
    return std::make_shared<Autoencoder>(experiment.model, experiment.objective, input,
                                         static_cast<uint64_t>(experiment.seed));
  }

  void add_gradients(StepProgram& program) {
    const bool is_double = flat->values().scalar_type() == at::kDouble;
    const DoubleNoise doubles(rows.count);
    const FirstRowsNoise floats(rows.count);
    const Noise& noise = is_double ? static_cast<const Noise&>(doubles) : floats;
    const at::Tensor target = rows.values(features()).to(flat->values().scalar_type());
    program.accumulate({target, noise, labels()}, {0, objective.weights(), kDeadAfter}, 0.25,
                       {.sums = &sums, .usage = usage ? &*usage : nullptr});
  }

  static constexpr int64_t kDeadAfter = 1000;  // rows

  Rows rows;
  Experiment experiment;
  std::shared_ptr<Autoencoder> model;
  Objective objective;
  std::unique_ptr<FlatParameters> flat;
  TermSums sums;
  std::optional<LatentUsage> usage;
};

void expect_same(const Differentiated& a, const Differentiated& b, double tolerance) {
  const double size = b.flat->gradients().abs().max().item<double>();
  EXPECT_GT(size, 0);
  for (size_t i = 0; i < b.flat->slices().size(); ++i) {
    const at::Tensor difference = FlatParameters::view(a.flat->gradients(), a.flat->slices()[i]) -
                                  FlatParameters::view(b.flat->gradients(), b.flat->slices()[i]);
    EXPECT_LE(difference.abs().max().item<double>(), tolerance * size) << b.flat->slices()[i].name;
  }
  const TermSums::Means got = a.sums.means();
  const TermSums::Means wanted = b.sums.means();
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].first, wanted[i].first);
    EXPECT_NEAR(got[i].second, wanted[i].second,
                tolerance * std::max(1.0, std::abs(wanted[i].second)))
        << got[i].first;
  }
  if (!b.usage) return;
  EXPECT_TRUE(at::equal(a.usage->rows_since_active(), b.usage->rows_since_active()));
}

template <class T>
void expect_fused_to_equal_autograd(const Json& config, double tolerance, const Rows& rows = {}) {
  constexpr auto kType = c10::CppTypeToScalarType<T>::value;
  Differentiated reference(config, kType, rows);
  AutogradProgram autograd(*reference.model, reference.objective);
  reference.add_gradients(autograd);
  const auto expect_of = [&](int threads, const auto& make_program) {
    Differentiated fused(config, kType, rows, /*laid_out=*/true);
    Team team(threads);
    const std::unique_ptr<StepProgram> program =
        make_program(fused, fused.objective.lowered(*fused.model), team);
    fused.add_gradients(*program);
    expect_same(fused, reference, tolerance);
  };
  for (const int threads : {1, 3}) {
    SCOPED_TRACE(threads);
    expect_of(threads, [](Differentiated& of, const LoweredModel& lowered, Team& team) {
      return std::make_unique<FusedProgram<T>>(*of.model, lowered, of.objective, *of.flat, team);
    });
    if (!is_narrow(reference.objective.lowered(*reference.model), reference.objective)) continue;
    SCOPED_TRACE("narrow");
    expect_of(threads, [](Differentiated& of, const LoweredModel& lowered, Team& team) {
      return std::make_unique<NarrowProgram<T>>(lowered, of.objective, *of.flat, team);
    });
  }
}

/// A convolutional network in a model that is otherwise `model`, for rows of a shape.
Json convolutional(const Json& network, const std::vector<int64_t>& shape,
                   const Json& model = Json::object()) {
  return layered({{"data", {{"shape", shape}}},
                  {"model", {{"encoder", layered({{"type", "conv"}}, network)}}}},
                 model);
}

/// Convolutions of every window that is a case of its own: strides that leave a rest, kernels that
/// are even, one place, more channels than come out, one axis.
std::map<std::string, Json> convolutional_configs() {
  const Json vae = {{"model", {{"kind", "vae"}}}};
  const Json layers = {{{"channels", 3}, {"kernel", 5}, {"stride", 1}},
                       {{"channels", 4}, {"kernel", 2}, {"stride", 3}},
                       {{"channels", 2}, {"kernel", 1}, {"stride", 1}}};
  std::map<std::string, Json> configs;
  for (const char* padding : {"same", "valid"}) {
    for (const int64_t kernel : {1, 2, 3, 4}) {
      for (const int64_t stride : {1, 2, 3}) {
        const Json network = {
            {"channels", {3, 2}}, {"kernel", kernel}, {"stride", stride}, {"padding", padding}};
        const std::string what =
            fmt::format("conv, {}, kernel {}, stride {}", padding, kernel, stride);
        configs[what] = convolutional(network, {2, 17, 14});
        configs[what + ", one axis"] = convolutional(network, {2, 15});
      }
    }
    configs[fmt::format("conv vae, {}", padding)] = convolutional(
        {{"layers", layers}, {"padding", padding}, {"hidden", {6, 5}}}, {2, 11, 9}, vae);
  }
  configs["conv vae of images without channels"] =
      convolutional({{"channels", {4, 6}}, {"hidden", {5}}}, {1, 9, 7}, vae);
  configs["conv to one place"] =
      convolutional({{"channels", {3, 4, 5}}, {"activation", "tanh"}}, {2, 4, 3});
  configs["conv of wide rows"] =
      convolutional({{"channels", {2}}, {"kernel", 5}, {"activation", "sigmoid"}}, {40});
  configs["denoising conv"] = convolutional({{"channels", {3}}, {"activation", "leaky_relu"}},
                                            {3, 6, 5}, {{"corruption", "masking"}});
  return configs;
}

/// What one_of_each has, and variants of what has a fused form.
std::map<std::string, Json> all_configs() {
  std::map<std::string, Json> configs = one_of_each();
  const Json sparse = {{"model",
                        {{"kind", "sparse"},
                         {"encoder", {{"type", "mlp"}, {"hidden", {6, 5}}}},
                         {"latent", {{"type", "deterministic"}, {"activation", "relu"}}},
                         {"sparsity", {{"type", "l1"}, {"weight", 0.5}}}}}};
  const Json vae = {{"model", {{"kind", "vae"}}}, {"objective", {{"kl", {{"weight", 0.5}}}}}};
  configs["sparse with a ReLU code"] = sparse;
  const Json top_k = {{"model",
                       {{"kind", "sparse"},
                        {"latent_dim", 40},
                        {"encoder", "linear"},
                        {"latent", {{"type", "top_k"}, {"k", 3}, {"relu", false}}}}}};
  configs["top k"] = top_k;
  configs["top k of few"] = layered(top_k, {{"model", {{"latent", {{"k", 1}}}}}});
  configs["top k between layers"] =
      layered(top_k, {{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {6}}}}}}});
  for (const int64_t k : {1, 7, 30}) {  // of 20 that are dead
    for (const bool relu : {false, true}) {
      configs[fmt::format("top k, {} dead learn, relu {}", k, relu)] =
          layered(top_k, {{"model", {{"latent", {{"auxiliary_k", k}, {"relu", relu}}}}}});
    }
  }
  const Json centred = {{"model", {{"pre_encoder_bias", true}}}};
  configs["top k of centred rows, dead learn"] = layered(
      layered(top_k, centred), {{"model", {{"latent", {{"auxiliary_k", 7}, {"relu", true}}}}}});
  configs["centred rows"] = layered({{"model", {{"encoder", "mlp"}}}}, centred);
  configs["centred denoising"] =
      layered({{"model", {{"encoder", "linear"}}}, {"corruption", "masking"}}, centred);
  configs["vae"] = vae;
  configs["vae of a linear encoder"] = layered(vae, {{"model", {{"encoder", "linear"}}}});
  configs["denoising vae"] = layered(vae, {{"corruption", "gaussian"}});
  configs["vae with a bounded mean"] =
      layered(vae, {{"model", {{"latent", {{"type", "gaussian"}, {"activation", "tanh"}}}}}});
  configs.merge(convolutional_configs());
  return configs;
}

TEST(TheFusedStep, EqualsAutogradForEveryPartThatHasIt) {
  std::set<std::string> fused;
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    const Differentiated model(config, at::kFloat);
    if (model.objective.lowered(*model.model).refusal()) continue;
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
    const LoweredModel lowered = of.objective.lowered(*of.model);
    if (!lowered.refusal() && is_narrow(lowered, of.objective)) narrow.insert(what);
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
  EXPECT_FALSE(is_narrow(of.objective.lowered(*of.model), of.objective));
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
                            {kRows, zeros}, /*laid_out=*/true);
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
  const Differentiated of(sparse, at::kFloat, {}, /*laid_out=*/true);
  for (const FlatParameters::Slice& slice : of.flat->slices()) {
    EXPECT_EQ(slice.by_column, slice.name == "decoder.0.weight") << slice.name;
  }
}

TEST(TheFusedStep, IsRefusedByNameWhereAPartHasNone) {
  const auto refusal_of = [](const Json& config) {
    const Differentiated model(config, at::kFloat);
    return model.objective.lowered(*model.model).refusal().value_or("");
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
    AutogradProgram autograd(*reference.model, reference.objective);
    reference.add_gradients(autograd);
    Differentiated replicated(config, at::kDouble);
    Team team(3);
    const auto build = [&] { return replicated.build(); };
    ReplicaProgram program(*replicated.model, build, replicated.objective, *replicated.flat, team);
    replicated.add_gradients(program);
    expect_same(replicated, reference, 1e-10);
    ++shared;
  }
  EXPECT_GE(shared, 60U);
}

/// On the CPU, whose autocast takes the same road as a GPU's. A ReLU or a choice of the largest
/// that turns out otherwise changes single values, so the gradients' directions are compared.
TEST(Bfloat16, HasNearlyTheGradientsOfFloat32ForEveryPart) {
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    // The CPU's autocast passes at::convolution by, the GPU's does not.
    if (config.dump().find("\"conv\"") != std::string::npos) continue;
    Differentiated reference(config, at::kFloat);
    AutogradProgram exact(*reference.model, reference.objective);
    reference.add_gradients(exact);
    Differentiated narrow(config, at::kFloat);
    AutogradProgram bfloat16(*narrow.model, narrow.objective, Precision::bf16);
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
