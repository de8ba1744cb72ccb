#include "models/sparse_code.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "experiments.h"

namespace ae {
namespace {

constexpr int64_t kSparseRows = 4;
constexpr int64_t kSparseFeatures = 6;
constexpr int64_t kLatents = 7;

at::Tensor normal(int64_t rows, int64_t width, uint64_t seed) {
  return FirstRowsNoise(rows, seed).normal(Purpose::sampling, width).to(at::kDouble);
}

at::Tensor leaf(int64_t rows, int64_t width, uint64_t seed) {
  return normal(rows, width, seed).requires_grad_();
}

/// Three different latents for each row; some of them are in several rows, others in none.
at::Tensor chosen() {
  return at::tensor({0, 4, 3, 4, 0, 6, 6, 4, 1, 3, 4, 0}, at::kLong).view({kSparseRows, 3});
}

void expect_close(const at::Tensor& a, const at::Tensor& b, const char* what) {
  ASSERT_EQ(a.sizes(), b.sizes()) << what;
  EXPECT_LT((a - b).abs().max().item<double>(), 1e-12) << what;
}

/// Both have the same gradients with respect to the inputs.
void expect_same_gradients(const at::Tensor& sparse, const at::Tensor& dense,
                           const std::vector<at::Tensor>& inputs) {
  expect_close(sparse, dense, "values");
  const at::Tensor gradient = normal(sparse.size(0), sparse.size(1), 99);
  const auto of_sparse = torch::autograd::grad({sparse}, inputs, {gradient}, /*retain_graph=*/true);
  const auto of_dense = torch::autograd::grad({dense}, inputs, {gradient}, /*retain_graph=*/true);
  for (size_t i = 0; i < inputs.size(); ++i) {
    expect_close(of_sparse[i], of_dense[i], std::to_string(i).c_str());
    EXPECT_GT(of_dense[i].abs().max().item<double>(), 0) << i;
  }
}

TEST(SparseCode, WritesItsValuesOutBetweenZeros) {
  const SparseCode code{at::tensor({3, 0, 1, 2}, at::kLong).view({2, 2}),
                        at::tensor({0.5, -2.0, 1.5, 0.0}, at::kDouble).view({2, 2}), 5};
  const at::Tensor expected =
      at::tensor({-2.0, 0.0, 0.0, 0.5, 0.0, 0.0, 1.5, 0.0, 0.0, 0.0}, at::kDouble).view({2, 5});
  EXPECT_TRUE(at::equal(code.dense(), expected));
}

TEST(SparseCode, LetsGradientsThroughWhenItIsWrittenOut) {
  const at::Tensor values = leaf(kSparseRows, 3, 1);
  const SparseCode code{chosen(), values, kLatents};
  const at::Tensor factors = normal(kSparseRows, kLatents, 2);
  (code.dense() * factors).sum().backward();
  expect_close(values.grad(), factors.gather(1, chosen()), "gradient");
}

TEST(SparseLinear, HasTheValuesAndGradientsOfTheDenseProduct) {
  for (const bool by_column : {true, false}) {
    SCOPED_TRACE(by_column);
    const at::Tensor values = leaf(kSparseRows, 3, 1);
    const at::Tensor weight = (by_column ? normal(kLatents, kSparseFeatures, 2).t()
                                         : normal(kSparseFeatures, kLatents, 2))
                                  .requires_grad_();
    const at::Tensor bias = normal(1, kSparseFeatures, 3).flatten().requires_grad_();
    const SparseCode code{chosen(), values, kLatents};
    const at::Tensor sparse = sparse_linear(code, weight, bias);
    expect_same_gradients(sparse, code.dense().matmul(weight.t()) + bias, {values, weight, bias});
  }
}

/// Dense and sparse computation of selected values of x · weightᵀ + bias.
struct Chosen {
  at::Tensor x = leaf(kSparseRows, kSparseFeatures, 1);
  at::Tensor weight = leaf(kLatents, kSparseFeatures, 2);
  at::Tensor bias = normal(1, kLatents, 3).flatten().requires_grad_();

  at::Tensor dense() const { return (x.matmul(weight.t()) + bias).gather(1, chosen()); }
  at::Tensor sparse() const {
    const at::Tensor product = (x.matmul(weight.t()) + bias).detach();
    return gather_linear(x, weight, bias, product, chosen());
  }
};

TEST(GatherLinear, HaveTheValuesAndGradientsOfTheWholeProduct) {
  const Chosen given;
  expect_same_gradients(given.sparse(), given.dense(), {given.x, given.weight, given.bias});
}

TEST(GatherLinear, LeaveAnInputWithoutGradientAlone) {
  Chosen given;
  given.x = given.x.detach();
  expect_same_gradients(given.sparse(), given.dense(), {given.weight, given.bias});
}

/// Second derivatives, for the contractive penalty.
TEST(GatherLinear, HaveTheSecondDerivativesOfTheWholeProduct) {
  const Chosen given;
  const auto penalty = [&](const at::Tensor& values) {
    const at::Tensor slope = torch::autograd::grad({values.tanh().sum()}, {given.x}, {},
                                                   /*retain_graph=*/true, /*create_graph=*/true)[0];
    return slope.square();
  };
  expect_same_gradients(penalty(given.sparse()), penalty(given.dense()),
                        {given.x, given.weight, given.bias});
}

}  // namespace
}  // namespace ae
