#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <set>

#include "all_configs.h"
#include "data/resident_rows.h"
#include "differentiated.h"
#include "engine/device.h"
#include "engine/precision.h"
#include "engine/training_engine.h"
#ifdef AE_WITH_CUDA
#include "engine/cuda/cuda_graph_executor.h"
#include "engine/cuda/fused_forward_backward.h"
#endif

namespace ae {
namespace {

/// Tests on a GPU; skipped if there is none.
class OnTheGpu : public testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU that LibTorch can use";
    set_matmul_precision(Precision::float32);
  }
};

TEST_F(OnTheGpu, GradientsAreThoseOfTheCpuForEveryPart) {
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    Differentiated reference(config, at::kDouble);
    AutogradExecutor on_cpu(*reference.model, reference.objective);
    reference.add_gradients(on_cpu);
    Differentiated moved(config, at::kDouble, {}, {.device = at::kCUDA});
    AutogradExecutor on_gpu(*moved.model, moved.objective);
    moved.add_gradients(on_gpu);
    expect_same(moved, reference, 1e-9);
  }
}

#ifdef AE_WITH_CUDA

/// Executor of a model's steps.
struct Way {
  bool graphs = false;
  bool fused = false;
  Precision precision = Precision::float32;
  bool by_cublas = false;
  bool accumulates = false;  ///< gradients are accumulated, then applied
};

/// Reason why there is no fused forward and backward; "" if there is one.
std::string refusal_of(const Differentiated& of) {
  return cuda::FusedForwardBackward::refusal(fuse(of.objective.operations(*of.model)), *of.flat);
}

/// A model of a config on the GPU, with its optimiser, that learns from rows there. SGD unless the
/// config says otherwise: Adam makes steps of gradients that are 0 but for rounding.
class Trained {
 public:
  Trained(const Json& config, const Way& way)
      : way_(way),
        of_(layered({{"optimizer", {{"type", "sgd"}, {"learning_rate", 0.05}}}}, config),
            at::kFloat, {}, {.device = at::kCUDA}),
        rows_(row_set(learnable_rows(kRowsInAll, of_.features()))),
        source_(*rows_.data, {.offset = 0.25, .divisor = 2}, at::kCUDA),
        optimizer_(of_.experiment.optimizer->build(*of_.flat)),
        eager_(*of_.model, of_.objective, way.precision),
        graphs_(*of_.model, eager_, context(), *of_.flat) {
    train();
  }

  bool was_recorded() const { return graphs_.has_capture(); }
  const Differentiated& model() const { return of_; }

 private:
  std::unique_ptr<cuda::ForwardBackward> context() {
    if (!way_.fused) return std::make_unique<cuda::AutogradForwardBackward>(eager_);
    const cuda::GemmOptions products{.exact = way_.precision != Precision::tf32,
                                     .by_cublas = way_.by_cublas};
    return std::make_unique<cuda::FusedForwardBackward>(
        *of_.model, fuse(of_.objective.operations(*of_.model)), of_.objective, *of_.flat, products);
  }

  /// Several steps, one of them with a smaller batch.
  void train() {
    for (int64_t step = 0; step < kSteps; ++step) {
      const int64_t count = step == kShortStep ? kRows / 2 : kRows;
      std::vector<int64_t> rows(static_cast<size_t>(count));
      for (int64_t i = 0; i < count; ++i) {
        rows[static_cast<size_t>(i)] = (step * kRows + i * 5) % kRowsInAll;
      }
      const RowNoise noise({.seed = 1, .epoch = static_cast<uint32_t>(step / 5)}, rows, at::kCUDA);
      const Batch batch(source_, rows, noise,
                        labels().narrow(0, 0, count).to(at::Device(at::kCUDA)));
      const StepSettings settings{
          of_.experiment.optimizer->learning_rate() / static_cast<double>(1 + step / 4),
          of_.objective.weights(), Differentiated::kDeadAfter};
      const StepCounts counts{.sums = &of_.sums, .tracker = of_.tracker ? &*of_.tracker : nullptr};
      if (way_.graphs && !way_.accumulates) {
        EXPECT_EQ(graphs_.step(batch, settings, step, *optimizer_, counts),
                  StepExecutor::Step::done);
        continue;
      }
      StepExecutor& program = way_.graphs ? static_cast<StepExecutor&>(graphs_) : eager_;
      program.accumulate(batch, settings, 1.0 / static_cast<double>(count), counts);
      const c10::NoGradGuard no_grad;
      optimizer_->update(*of_.flat, settings.learning_rate, step);
    }
  }

  static constexpr int64_t kRowsInAll = 60;
  static constexpr int64_t kSteps = 14;
  static constexpr int64_t kShortStep = 9;

  Way way_;
  Differentiated of_;
  RowSet rows_;
  ResidentRows source_;
  std::unique_ptr<Optimizer> optimizer_;
  AutogradExecutor eager_;
  CudaGraphExecutor graphs_;
};

void expect_same_training(const Trained& a, const Trained& b, double tolerance) {
  const FlatParameters& got = *a.model().flat;
  const FlatParameters& wanted = *b.model().flat;
  for (const FlatParameters::Slice& slice : wanted.slices()) {
    const at::Tensor difference =
        FlatParameters::view(got.values(), slice) - FlatParameters::view(wanted.values(), slice);
    EXPECT_LE(difference.abs().max().item<double>(), tolerance) << slice.name;
  }
  const LossTerms::Means got_terms = a.model().sums.means();
  const LossTerms::Means wanted_terms = b.model().sums.means();
  ASSERT_EQ(got_terms.size(), wanted_terms.size());
  for (size_t i = 0; i < got_terms.size(); ++i) {
    const double wanted_term = wanted_terms[i].second;
    EXPECT_NEAR(got_terms[i].second, wanted_term, tolerance * std::max(1.0, std::abs(wanted_term)))
        << wanted_terms[i].first;
  }
  if (!b.model().tracker) return;
  EXPECT_TRUE(
      at::equal(a.model().tracker->rows_since_active(), b.model().tracker->rows_since_active()));
}

TEST_F(OnTheGpu, StepsAsGraphsEqualThoseWithoutForEveryPart) {
  std::set<std::string> without;
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    const Trained eager(config, {});
    const Trained graphs(config, {.graphs = true});
    if (!graphs.was_recorded()) without.insert(what);
    expect_same_training(graphs, eager, 1e-4);
  }
  EXPECT_THAT(without, testing::IsEmpty());
}

TEST_F(OnTheGpu, StepsInBfloat16AsGraphsEqualThoseWithout) {
  for (const char* what : {"vae", "hidden activation relu", "top k", "network conv"}) {
    SCOPED_TRACE(what);
    const Json config = all_configs().at(what);
    const Trained eager(config, {.precision = Precision::bf16});
    const Trained graphs(config, {.graphs = true, .precision = Precision::bf16});
    EXPECT_TRUE(graphs.was_recorded());
    expect_same_training(graphs, eager, 1e-4);
  }
}

/// Names of the configs with a fused forward and backward, which is compared with autograd.
std::set<std::string> expect_fused_to_equal_autograd(const cuda::GemmOptions& products,
                                                     double tolerance) {
  std::set<std::string> fused;
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    Differentiated reference(config, at::kFloat, {}, {.device = at::kCUDA});
    if (!refusal_of(reference).empty()) continue;
    fused.insert(what);
    AutogradExecutor autograd(*reference.model, reference.objective);
    reference.add_gradients(autograd);
    Differentiated own(config, at::kFloat, {}, {.device = at::kCUDA});
    own.add_gradients([&](const StepInputs& inputs, const StepSettings& settings, double scale) {
      cuda::FusedForwardBackward context(*own.model, fuse(own.objective.operations(*own.model)),
                                         own.objective, *own.flat, products);
      PhaseTimer timer(nullptr, 0);
      const at::Tensor sums =
          context.run(inputs, settings, scale, own.tracker ? &*own.tracker : nullptr, timer);
      own.sums.add(context.terms(), sums, inputs.rows.input.size(0));
    });
    expect_same(own, reference, tolerance);
  }
  return fused;
}

TEST_F(OnTheGpu, FusedPassesEqualAutogradForEveryPartThatHasThem) {
  EXPECT_THAT(
      expect_fused_to_equal_autograd({}, 1e-5),
      testing::IsSupersetOf(
          {"hidden activation relu", "hidden activation leaky_relu", "hidden activation sigmoid",
           "hidden activation tanh", "latent gaussian", "reconstruction mse", "reconstruction mae",
           "reconstruction bce", "vae reconstruction bernoulli", "sparsity l1",
           "corruption masking", "network linear", "sparse with a ReLU code", "vae",
           "denoising vae", "vae of a linear encoder", "vae with a bounded mean"}));
}

TEST_F(OnTheGpu, FusedPassesEqualAutogradWithProductsOfCublas) {
  expect_fused_to_equal_autograd({.by_cublas = true}, 1e-5);
}

TEST_F(OnTheGpu, FusedStepsAsGraphsEqualAutogradWithout) {
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    if (!refusal_of({config, at::kFloat, {}, {.device = at::kCUDA}}).empty()) continue;
    const Trained eager(config, {});
    const Trained graphs(config, {.graphs = true, .fused = true});
    EXPECT_TRUE(graphs.was_recorded());
    expect_same_training(graphs, eager, 1e-4);
  }
}

TEST_F(OnTheGpu, ALearnerRecordsStepsUnlessToldNotTo) {
  const Json config = all_configs().at("vae");
  const auto plan = [&](bool cuda_graphs) {
    const Differentiated of(config, at::kFloat);
    return TrainingEngine(of.model, of.objective, *of.experiment.optimizer, at::kCUDA, {},
                          {.cuda_graphs = cuda_graphs})
        .plan();
  };
  EXPECT_EQ(plan(true), "fused steps on the GPU, as CUDA graphs");
  EXPECT_EQ(plan(false), "autograd on the GPU");
}

TEST_F(OnTheGpu, GradientsThatGraphsAddUpGiveTheSameUpdates) {
  for (const char* what : {"vae", "hidden activation relu", "top k"}) {
    SCOPED_TRACE(what);
    const Json config = all_configs().at(what);
    const Trained eager(config, {});
    const bool fused = refusal_of(eager.model()).empty();
    const Trained graphs(config, {.graphs = true, .fused = fused, .accumulates = true});
    EXPECT_TRUE(graphs.was_recorded());
    expect_same_training(graphs, eager, 1e-4);
  }
}

TEST_F(OnTheGpu, FusedStepsAsGraphsEqualAutogradWithProductsOfCublas) {
  for (const char* what : {"vae", "sparsity l1", "reconstruction bce"}) {
    SCOPED_TRACE(what);
    const Trained eager(all_configs().at(what), {});
    const Trained graphs(all_configs().at(what),
                         {.graphs = true, .fused = true, .by_cublas = true});
    EXPECT_TRUE(graphs.was_recorded());
    expect_same_training(graphs, eager, 1e-4);
  }
}

TEST_F(OnTheGpu, FusedStepsInTf32AreNearThoseInFloat32) {
  const Json vae = all_configs().at("vae");
  const Trained exact(vae, {.graphs = true, .fused = true});
  const Trained rounded(vae, {.graphs = true, .fused = true, .precision = Precision::tf32});
  expect_same_training(rounded, exact, 1e-2);
}

TEST_F(OnTheGpu, FusedPassesOfWideLayersEqualAutograd) {
  const Json wide = {{"data", {{"shape", {300}}}},
                     {"model",
                      {{"latent_dim", 33},
                       {"kind", "vae"},
                       {"encoder", {{"type", "mlp"}, {"hidden", {190, 64}}}}}},
                     {"objective", {{"reconstruction", "bernoulli"}}}};
  const Trained eager(wide, {});
  const Trained graphs(wide, {.graphs = true, .fused = true});
  EXPECT_TRUE(graphs.was_recorded());
  expect_same_training(graphs, eager, 1e-4);
}

#endif

}  // namespace
}  // namespace ae
