#include "models/operations.h"

#include <gtest/gtest.h>
#include <torch/nn/functional/conv.h>
#include <torch/types.h>

#include "all_configs.h"
#include "differentiated.h"
#include "engine/autograd/autograd_executor.h"
#include "recorded_flops.h"

namespace ae {
namespace {

TEST(RecordedFlops, AreTwoForEachMultiplication) {
  const at::Tensor x = torch::randn({4, 3});
  const at::Tensor w = torch::randn({3, 5}, torch::requires_grad());
  EXPECT_EQ(recorded_flops([&] { at::mm(x, w.detach()); }), 2 * 4 * 3 * 5);
  // The input needs no gradient: forward, and the weight's.
  EXPECT_EQ(recorded_flops([&] { at::mm(x, w).sum().backward(); }), 2 * 2 * 4 * 3 * 5);
  EXPECT_EQ(recorded_flops([&] { at::linear(x, w.detach().t(), torch::zeros({5})); }),
            2 * 4 * 3 * 5);
  EXPECT_EQ(recorded_flops([&] { (x + 1).relu().sum(); }), 0);
}

TEST(RecordedFlops, CountConvolutionsForwardBackwardAndTransposed) {
  const at::Tensor images = torch::randn({2, 3, 8, 8}, torch::requires_grad());
  const at::Tensor weight = torch::randn({5, 3, 3, 3}, torch::requires_grad());
  // 4 x 4 positions with stride 2 and padding 1.
  const double forward = 2.0 * (2 * 5 * 4 * 4) * (3 * 3 * 3);
  EXPECT_EQ(recorded_flops([&] {
              const at::NoGradGuard no_grad;
              at::conv2d(images, weight, {}, 2, 1);
            }),
            forward);
  EXPECT_EQ(recorded_flops([&] { at::conv2d(images, weight, {}, 2, 1).sum().backward(); }),
            3 * forward);
  const at::Tensor small = torch::randn({2, 5, 4, 4}, torch::requires_grad());
  EXPECT_EQ(
      recorded_flops([&] { at::conv_transpose2d(small, weight, {}, 2, 1, 1).sum().backward(); }),
      3 * forward);
}

/// Penalties are not counted, nor is what dead latents cost.
bool has_uncounted_products(const Json& config) {
  return config.dump().find("contractive") != std::string::npos ||
         config.dump().find("auxiliary_k") != std::string::npos;
}

TEST(Operations, CountTheFlopsThatLibTorchDoes) {
  for (const auto& [what, config] : all_configs()) {
    if (has_uncounted_products(config)) continue;
    SCOPED_TRACE(what);
    Differentiated of(config, at::kFloat);
    AutogradExecutor autograd(*of.model, of.objective);
    const double of_rows = recorded_flops([&] { of.rows.values(of.features()); });
    const double recorded = recorded_flops([&] { of.add_gradients(autograd); }) - of_rows;
    const Operations operations = of.objective.operations(*of.model);
    EXPECT_EQ(operations.flops() * kRows, recorded);
  }
}

TEST(Operations, ComputeEachValueFromEarlierOnes) {
  for (const auto& [what, config] : all_configs()) {
    SCOPED_TRACE(what);
    const Differentiated of(config, at::kFloat);
    const Operations operations = of.objective.operations(*of.model);
    ValueId next = Operations::kTarget + 1;
    for (const Operation& operation : operations.all()) {
      EXPECT_EQ(operation.output, next++);
      EXPECT_FALSE(operation.name.empty());
      for (const ValueId input : operation.inputs) EXPECT_LT(input, operation.output);
    }
  }
}

}  // namespace
}  // namespace ae
