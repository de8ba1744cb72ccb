#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "models/kl.h"
#include "models/latent.h"
#include "models/reconstruction.h"
#include "models/sparsity.h"
#include "parts.h"

namespace ae {
namespace {

at::Tensor matrix(const std::vector<std::vector<double>>& rows) {
  at::Tensor out = at::empty(
      {static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows.front().size())}, at::kDouble);
  auto* to = out.mutable_data_ptr<double>();
  for (const auto& row : rows) to = std::copy(row.begin(), row.end(), to);
  return out;
}

double at_row(const at::Tensor& tensor, int64_t row) { return tensor[row].item<double>(); }

const at::Tensor kOutput = matrix({{0.5, -1, 2}, {0, 0, 3}});
const at::Tensor kTarget = matrix({{0, 1, 0.25}, {1, 0, 0.5}});

std::shared_ptr<Reconstruction> reconstruction(const Json& config) {
  return part_of<ReconstructionSpec>(config)->build(3);
}

TEST(Reconstructions, MseIsTheMeanOverFeatures) {
  const at::Tensor error = reconstruction("mse")->per_sample(kOutput, kTarget);
  EXPECT_DOUBLE_EQ(at_row(error, 0), (0.25 + 4 + 1.75 * 1.75) / 3);
  EXPECT_DOUBLE_EQ(at_row(error, 1), (1 + 0 + 2.5 * 2.5) / 3);
}

TEST(Reconstructions, MaeIsTheMeanOverFeatures) {
  const at::Tensor error = reconstruction("mae")->per_sample(kOutput, kTarget);
  EXPECT_DOUBLE_EQ(at_row(error, 0), (0.5 + 2 + 1.75) / 3);
}

double nats(double logit, double target) {
  const double p = 1 / (1 + std::exp(-logit));
  return -target * std::log(p) - (1 - target) * std::log(1 - p);
}

TEST(Reconstructions, BernoulliIsTheSumOfNatsFromLogits) {
  const at::Tensor error = reconstruction("bernoulli")->per_sample(kOutput, kTarget);
  EXPECT_NEAR(at_row(error, 0), nats(0.5, 0) + nats(-1, 1) + nats(2, 0.25), 1e-14);
  EXPECT_NEAR(at_row(error, 1), 2 * std::log(2.0) + nats(3, 0.5), 1e-14);
}

TEST(Reconstructions, BceIsTheMeanOfNatsFromLogits) {
  const at::Tensor mean = reconstruction("bce")->per_sample(kOutput, kTarget);
  const at::Tensor sum = reconstruction("bernoulli")->per_sample(kOutput, kTarget);
  EXPECT_TRUE(at::allclose(mean * 3, sum, 1e-14, 0));
}

TEST(Reconstructions, LogitsBeyondTheSigmoidsReachHaveFiniteLosses) {
  for (const char* name : {"bce", "bernoulli"}) {
    const auto part = reconstruction(name);
    const at::Tensor logits = matrix({{-200, 200}}).to(at::kFloat);
    const at::Tensor wrong = matrix({{1, 0}}).to(at::kFloat);
    const double nats = std::string(name) == "bce" ? 200 : 400;
    EXPECT_FLOAT_EQ(static_cast<float>(part->per_sample(logits, wrong).item<double>()),
                    static_cast<float>(nats));
    EXPECT_FLOAT_EQ(static_cast<float>(part->batch(logits, wrong).sum.item<double>()),
                    static_cast<float>(nats));
  }
}

TEST(Reconstructions, GaussianIsMinusTheLogDensity) {
  for (const double sigma : {1.0, 0.25}) {
    const at::Tensor error =
        reconstruction({{"type", "gaussian"}, {"sigma", sigma}})->per_sample(kOutput, kTarget);
    double expected = 0;
    for (int64_t i = 0; i < 3; ++i) {
      const double z = (kOutput[0][i] - kTarget[0][i]).item<double>() / sigma;
      expected -= std::log(std::exp(-z * z / 2) / (sigma * std::sqrt(2 * std::numbers::pi)));
    }
    EXPECT_NEAR(at_row(error, 0), expected, 1e-10 * expected);
  }
}

TEST(Reconstructions, MeanIsInUnitsOfTheData) {
  EXPECT_TRUE(at::equal(reconstruction("mse")->mean(kOutput), kOutput));
  EXPECT_TRUE(at::equal(reconstruction("bernoulli")->mean(kOutput), kOutput.sigmoid()));
  EXPECT_TRUE(at::equal(reconstruction("bce")->mean(kOutput), kOutput.sigmoid()));
}

/// KL(N(mean, exp(log_variance)) || N(0, 1)) by the trapezoidal rule.
double integrated_kl(double mean, double log_variance) {
  const double sigma = std::exp(log_variance / 2);
  constexpr int kSteps = 20'000;
  const double width = 24.0 / kSteps;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double z = -12 + i * width;
    const double x = mean + sigma * z;
    const double log_q = -z * z / 2 - std::log(sigma);
    const double log_p = -x * x / 2;
    sum += std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) * (log_q - log_p) * width;
  }
  return sum;
}

TEST(KlToStandardNormal, IsTheIntegralSummedOverLatents) {
  const at::Tensor mean = matrix({{0, 1.5, -3}, {0, 0, 0}});
  const at::Tensor log_variance = matrix({{0, -2, 1.2}, {0, 0, -4}});
  const at::Tensor kl = kl_to_standard_normal(mean, log_variance);
  EXPECT_NEAR(at_row(kl, 0), integrated_kl(0, 0) + integrated_kl(1.5, -2) + integrated_kl(-3, 1.2),
              1e-9);
  EXPECT_NEAR(at_row(kl, 1), integrated_kl(0, -4), 1e-9);
}

TEST(KlToStandardNormal, IsZeroAtThePriorAlone) {
  EXPECT_EQ(kl_to_standard_normal(at::zeros({1, 4}), at::zeros({1, 4})).item<float>(), 0.0F);
  EXPECT_GT(kl_to_standard_normal(at::full({1, 4}, 0.01), at::zeros({1, 4})).item<float>(), 0.0F);
  EXPECT_GT(kl_to_standard_normal(at::zeros({1, 4}), at::full({1, 4}, 0.1)).item<float>(), 0.0F);
  EXPECT_GT(kl_to_standard_normal(at::zeros({1, 4}), at::full({1, 4}, -0.1)).item<float>(), 0.0F);
}

Posterior certain(const at::Tensor& code) {
  Posterior posterior;
  posterior.mean = code;
  return posterior;
}

TEST(Sparsities, L1IsSummedOverLatentsMeanOverSamples) {
  const at::Tensor code = matrix({{1, -2, 0}, {0.5, 0, 0}});
  EXPECT_DOUBLE_EQ(part_of<Sparsity>("l1")->penalty(certain(code)).item<double>(), (3 + 0.5) / 2);
  EXPECT_EQ(part_of<Sparsity>({{"type", "l1"}, {"weight", 7}})->weight(), 7);
}

TEST(Sparsities, KlComparesTheBatchsMeanActivation) {
  const auto part = part_of<Sparsity>({{"type", "kl"}, {"target", 0.1}});
  const at::Tensor code = matrix({{0.1, 0.9}, {0.1, 0.3}});
  const double expected = 0.1 * std::log(0.1 / 0.6) + 0.9 * std::log(0.9 / 0.4);
  EXPECT_NEAR(part->penalty(certain(code)).item<double>(), expected, 1e-14);
  EXPECT_EQ(part->code_bounds().low, 0);
  EXPECT_EQ(part->code_bounds().high, 1);
}

TEST(Sparsities, KlIsFiniteWhereSigmoidsSaturate) {
  const auto part = part_of<Sparsity>("kl");
  at::Tensor code = matrix({{0, 1}}).to(at::kFloat).requires_grad_();
  const at::Tensor penalty = part->penalty(certain(code));
  penalty.backward();
  EXPECT_TRUE(std::isfinite(penalty.item<double>()));
  EXPECT_TRUE(at::isfinite(code.grad()).all().item<bool>());
}

}  // namespace
}  // namespace ae
