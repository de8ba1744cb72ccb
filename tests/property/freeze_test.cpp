#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "all_configs.h"
#include "engine/training_engine.h"
#include "models/networks/sequence.h"
#include "tensor_rows.h"

// Frozen parts on every executor: all configs, by autograd, in replicas and fused.

namespace ae {
namespace {

/// An engine of a config, and a batch for it.
class Trained {
 public:
  Trained(const Json& config, int threads, const UpdateOptions& update)
      : experiment_(experiment_of(config)),
        engine_(build(), objective_of(experiment_), *experiment_.optimizer, at::kCPU, update,
                {.threads = threads,
                 .frozen = experiment_.model.freeze,
                 .build_replica = [this] { return build(); }}),
        before_(engine_.parameters().values().clone()) {}

  void train(int64_t steps) {
    const FirstRowsNoise noise(kRows);
    LossTerms sums;
    for (int64_t step = 0; step < steps; ++step) {
      engine_.step(TensorBatch(rows(), noise, labels()),
                   {0.01, engine_.objective().weights(), /*dead_after_rows=*/1}, step, sums);
    }
  }

  /// Largest change of a parameter, by its name.
  std::map<std::string, double> changes() const {
    std::map<std::string, double> changes;
    for (const FlatParameters::Slice& slice : engine_.parameters().slices()) {
      changes[slice.name] = (FlatParameters::view(engine_.parameters().values(), slice) -
                             FlatParameters::view(before_, slice))
                                .abs()
                                .max()
                                .item<double>();
    }
    return changes;
  }
  at::Tensor value_of(const std::string& name) const {
    for (const FlatParameters::Slice& slice : engine_.parameters().slices()) {
      if (slice.name == name) return FlatParameters::view(engine_.parameters().values(), slice);
    }
    throw std::logic_error(name);
  }
  const TrainingEngine& engine() const { return engine_; }

 private:
  std::vector<int64_t> shape() const {
    const auto& given = experiment_.data.shape;
    return given.empty() ? std::vector<int64_t>{kFeatures} : given;
  }
  at::Tensor rows() const { return learnable_rows(kRows, values_of(shape())); }
  std::shared_ptr<Autoencoder> build() const {
    InputInfo input = rows_of(values_of(shape()));
    input.shape = shape();
    return std::make_shared<Autoencoder>(experiment_.model, experiment_.objective, input,
                                         static_cast<uint64_t>(experiment_.seed));
  }

  Experiment experiment_;
  TrainingEngine engine_;
  at::Tensor before_;
};

Json frozen(const Json& config, const Json& parts) {
  return layered(config, {{"model", {{"freeze", parts}}}});
}

bool is_frozen(const std::string& name, const Json& parts) {
  return std::ranges::any_of(
      parts, [&](const Json& part) { return name.starts_with(part.get<std::string>() + "."); });
}

/// True for a config that a freeze does not contradict.
bool can_freeze(const Json& config, const Json& parts) {
  const ModelOptions model = experiment_of(config).model;
  const bool has_own_decoder = !model.tied && !model.unit_norm_decoder;
  return has_own_decoder || std::ranges::find(parts, "decoder") == parts.end();
}

const Json kFreezes = {
    {"encoder"}, {"latent"}, {"decoder"}, {"encoder", "latent"}, {"latent", "decoder"}};

TEST(FrozenParts, KeepTheirBitsOnEveryExecutor) {
  const Json decay = {{"optimizer", {{"type", "adamw"}, {"weight_decay", 0.1}}}};
  size_t next = 0;
  std::set<std::string> plans;
  for (const auto& [what, plain] : all_configs()) {
    const Json config = plain.contains("optimizer") ? plain : layered(plain, decay);
    for (int turn = 0; turn < 2; ++turn) {
      const Json& parts = kFreezes[next++ % kFreezes.size()];
      if (!can_freeze(config, parts)) continue;
      for (const UpdateOptions& update :
           {UpdateOptions{}, UpdateOptions{.clip_norm = 0.01, .ema_decay = 0.9}}) {
        SCOPED_TRACE(fmt::format("{}, {} frozen{}", what, parts.dump(),
                                 update.clip_norm ? ", clipped and averaged" : ""));
        Trained trained(frozen(config, parts), 2, update);
        trained.train(3);
        const std::string& plan = trained.engine().plan();
        for (const char* kind : {"fused steps,", "narrow", "split between", "per operation"}) {
          if (plan.find(kind) != std::string::npos) plans.insert(kind);
        }
        bool trains = false;
        for (const auto& [name, change] : trained.changes()) {
          if (is_frozen(name, parts)) {
            EXPECT_EQ(change, 0) << name;
          } else {
            trains = trains || change > 0;
          }
        }
        EXPECT_TRUE(trains || parts.size() == 2) << "what is not frozen learns";
      }
    }
  }
  EXPECT_EQ(plans.size(), 4u) << "fused, narrow, in replicas, and by autograd";
}

/// The first step of the other weights is that without a freeze, as it begins from the same loss.
TEST(FrozenParts, LeaveTheOthersGradientsAsTheyAre) {
  size_t next = 0;
  for (const auto& [what, plain] : all_configs()) {
    const Json config = layered(plain, {{"optimizer", {{"type", "sgd"}, {"momentum", 0}}}});
    const Json& parts = kFreezes[next++ % kFreezes.size()];
    const Json network = config["model"].value("encoder", Json());
    // A frozen network computes as in evaluation.
    if (network.dump().find("dropout") != std::string::npos) continue;
    if (network.dump().find("batch") != std::string::npos || !can_freeze(config, parts)) continue;
    SCOPED_TRACE(fmt::format("{}, {} frozen", what, parts.dump()));
    Trained whole(config, 2, {});
    Trained part(frozen(config, parts), 2, {});
    whole.train(1);
    part.train(1);
    for (const auto& [name, change] : part.changes()) {
      if (is_frozen(name, parts)) continue;
      EXPECT_TRUE(at::allclose(part.value_of(name), whole.value_of(name), 1e-5, 1e-6)) << name;
    }
  }
}

TEST(FrozenParts, DoNotCountInTheNormThatIsClipped) {
  const Json config = {{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {6}}}}}},
                       {"optimizer", {{"type", "sgd"}, {"momentum", 0}}}};
  Trained trained(frozen(config, {"encoder", "latent"}), 1, {.clip_norm = 1e-3});
  trained.train(1);
  // SGD with rate 0.01: the decoder moves by the whole clipped norm.
  Trained start(frozen(config, {"encoder", "latent"}), 1, {});
  const at::Tensor moved =
      trained.engine().parameters().values() - start.engine().parameters().values();
  EXPECT_NEAR(moved.norm().item<double>(), 0.01 * 1e-3, 1e-8);
}

TEST(FrozenParts, ComputeAsInEvaluation) {
  for (const char* kind : {"mlp", "conv"}) {
    const Json encoder =
        kind == std::string("mlp")
            ? Json{{"type", "mlp"}, {"hidden", {6}}, {"normalization", "batch"}, {"dropout", 0.5}}
            : Json{{"type", "conv"}, {"channels", {3}}, {"normalization", "batch"}};
    const Json config = {{"data", {{"shape", {1, 6, 6}}}}, {"model", {{"encoder", encoder}}}};
    Trained trained(frozen(config, {"encoder", "latent"}), 2, {});
    const auto buffers = [&] {
      std::vector<at::Tensor> copies;
      for (const at::Tensor& each : trained.engine().snapshot().buffers) copies.push_back(each);
      return copies;
    };
    const std::vector<at::Tensor> before = buffers();
    trained.train(2);
    const std::vector<at::Tensor> after = buffers();
    const std::vector<std::string>& names = trained.engine().parameters().buffer_names();
    ASSERT_EQ(names.size(), before.size());
    size_t kept = 0;
    for (size_t i = 0; i < names.size(); ++i) {
      const bool of_encoder = names[i].starts_with("encoder.");
      kept += of_encoder ? 1 : 0;
      EXPECT_EQ(at::equal(before[i], after[i]), of_encoder) << names[i];
    }
    EXPECT_GE(kept, 2u);
  }
}

}  // namespace
}  // namespace ae
