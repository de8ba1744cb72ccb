#include "evaluation/coded_size.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

at::Tensor one_latent(const std::vector<double>& codes) {
  return at::tensor(codes, at::kDouble).unsqueeze(1);
}

Quantizer from_zero(int64_t latents, double step) {
  return {at::zeros({latents}, at::kDouble), step};
}

double bits_of(const std::vector<double>& training, const std::vector<double>& held_out) {
  return coded_size(one_latent(training), one_latent(held_out), from_zero(1, 1))
      .bits.item<double>();
}

TEST(Quantizer, RoundsToTheNearestMultipleHalvesToEven) {
  const Quantizer quantizer{at::tensor({1.0, 0.0}, at::kDouble), 0.5};
  const at::Tensor codes =
      at::tensor({1.25, 0.25, 1.75, -0.75, 2.2, 0.2}, at::kDouble).view({3, 2});
  const at::Tensor expected = at::tensor({1, 0, 2, -1, 2, 0}, at::kDouble).view({3, 2});
  EXPECT_TRUE(quantizer.rounded(codes).equal(expected)) << quantizer.rounded(codes);
}

TEST(CodedSize, ByHand) {
  // Three of four training rows, one of four, and neither: an escape and 2 floor(log2 m) + 1 bits.
  EXPECT_NEAR(bits_of({7, 7, 7, 2}, {7}), std::log2(5. / 3), 1e-14);
  EXPECT_NEAR(bits_of({7, 7, 7, 2}, {2, 7}), (std::log2(5.) + std::log2(5. / 3)) / 2, 1e-14);
  EXPECT_NEAR(bits_of({7, 7, 7, 2}, {0}), std::log2(5.) + 1, 1e-14);     // m = 1
  EXPECT_NEAR(bits_of({7, 7, 7, 2}, {-1}), std::log2(5.) + 3, 1e-14);    // m = 2
  EXPECT_NEAR(bits_of({7, 7, 7, 2}, {100}), std::log2(5.) + 15, 1e-14);  // m = 201
}

TEST(CodedSize, OfValuesBeyondAllIntegersIsFinite) {
  EXPECT_NEAR(bits_of({0, 0}, {1e300}), std::log2(3.) + 2 * 54 + 1, 1e-12);
}

TEST(CodedSize, OfUniformSymbolsIsTheirEntropy) {
  const at::Tensor codes = at::arange(4096, at::kDouble).remainder(16).unsqueeze(1);
  const CodedSize size = coded_size(codes, codes, from_zero(1, 1));
  EXPECT_NEAR(size.bits.item<double>(), 4, 1e-3);
  EXPECT_EQ(size.escapes, 0);
}

TEST(CodedSize, CountsEscapesOfAllLatents) {
  const at::Tensor training = at::tensor({0., 5., 1., 5.}, at::kDouble).view({2, 2});
  const at::Tensor held_out = at::tensor({0., 6., 2., 5.}, at::kDouble).view({2, 2});
  EXPECT_EQ(coded_size(training, held_out, from_zero(2, 1)).escapes, 0.5);
}

TEST(CodedSize, OfGaussianCodesGrowsByABitWithEachHalvedStep) {
  const at::Tensor codes = FirstRowsNoise(40000).normal(Purpose::sampling, 2);
  const at::Tensor training = codes.narrow(0, 0, 30000);
  const at::Tensor held_out = codes.narrow(0, 30000, 10000);
  const auto bits = [&](double step, int threads) {
    return coded_size(training, held_out, from_zero(2, step), threads).bits;
  };
  // Differential entropy of a standard normal less the step's logarithm.
  EXPECT_NEAR(bits(0.25, 1).mean().item<double>(), 2.0471 + 2, 0.02);
  EXPECT_NEAR((bits(0.125, 1) - bits(0.25, 1)).mean().item<double>(), 1, 0.02);
  EXPECT_TRUE(bits(0.125, 1).equal(bits(0.125, 2)));
}

TEST(MseAt, IsDefinedOnTheCurveOnly) {
  const std::vector<RatePoint> curve = {{8, 0.01}, {2, 0.16}};
  EXPECT_NEAR(*mse_at(curve, 5), 0.04, 1e-15);
  EXPECT_EQ(*mse_at(curve, 2), 0.16);
  EXPECT_EQ(*mse_at(curve, 8), 0.01);
  EXPECT_FALSE(mse_at(curve, 1.9).has_value());
  EXPECT_FALSE(mse_at(curve, 8.1).has_value());
  EXPECT_FALSE(mse_at({}, 1).has_value());
  EXPECT_FALSE(mse_at({{1, 0.5}, {3, 0}}, 2).has_value());  // no logarithm of 0
}

}  // namespace
}  // namespace ae
