#include "kernels/layer_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace ae {
namespace {

// Figures of torch.nn.functional.layer_norm in float64: rows [[1, 2, 4], [-3, 0, 3]], weight
// [1, 2, -1], bias [0, 0.5, 1], eps 1e-5; the gradient of the sum of output * [[1, 2, 3], [4, 5,
// 6]].
const std::vector<double> kNormRows = {1, 2, 4, -3, 0, 3};
const std::vector<double> kNormWeight = {1, 2, -1};
const std::vector<double> kNormBias = {0, 0.5, 1};
const std::vector<double> kGradOutput = {1, 2, 3, 4, 5, 6};
const LayerNorm<double> kNorm{2, 3, 1e-5, kNormWeight.data(), kNormBias.data()};

void expect_near(const std::vector<double>& values, const std::vector<double>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-6) << i;
}

TEST(LayerNorm, EqualsPyTorchForwardAndBackward) {
  std::vector<double> output(6);
  std::vector<double> stats(4);
  layer_norm_forward(kNorm, {}, kNormRows.data(), output.data(), stats.data());
  expect_near(output, {-1.06904153, -0.0345207657, -0.336301914, -1.22474385, 0.5, -0.224743851});
  std::vector<double> grad_input(6);
  layer_norm_backward(kNorm, kNormRows.data(), stats.data(), kGradOutput.data(), grad_input.data());
  expect_near(grad_input,
              {-1.48901084, 2.23353602, -0.744525179, -1.49690575, 2.9938183, -1.49691255});
  std::vector<double> grad_weight(3);
  layer_norm_weight_backward(kNorm, 0, 3, kNormRows.data(), stats.data(), kGradOutput.data(),
                             grad_weight.data());
  expect_near(grad_weight, {-5.96801693, -0.534520766, 11.3573688});
}

TEST(LayerNorm, AddsARangeOfTheWeightsGradient) {
  std::vector<double> output(6);
  std::vector<double> stats(4);
  layer_norm_forward(kNorm, {}, kNormRows.data(), output.data(), stats.data());
  std::vector<double> whole(3);
  layer_norm_weight_backward(kNorm, 0, 3, kNormRows.data(), stats.data(), kGradOutput.data(),
                             whole.data());
  std::vector<double> last = {10, 10};
  layer_norm_weight_backward(kNorm, 1, 2, kNormRows.data(), stats.data(), kGradOutput.data(),
                             last.data());
  expect_near(last, {10 + whole[1], 10 + whole[2]});
}

}  // namespace
}  // namespace ae
