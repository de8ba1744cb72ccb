#include "models/kl.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "experiments.h"

namespace ae {
namespace {

constexpr int64_t kKlRows = 4;
constexpr int64_t kLatents = 3;

at::Tensor normal(int64_t rows, int64_t width, uint64_t seed) {
  return FirstRowsNoise(rows, seed).normal(Purpose::sampling, width).to(at::kDouble);
}

Posterior posterior() {
  Posterior posterior;
  posterior.mean = normal(kKlRows, kLatents, 1);
  posterior.log_variance = normal(kKlRows, kLatents, 2) * 0.5;
  return posterior;
}

double number(const at::Tensor& scalar) { return scalar.item<double>(); }

double log_normal_density(double x, double mean, double log_variance) {
  return -0.5 * (std::log(2 * std::numbers::pi) + log_variance +
                 (x - mean) * (x - mean) * std::exp(-log_variance));
}

TEST(KlByLatent, AddsUpToTheWhole) {
  const Posterior p = posterior();
  const at::Tensor per_latent = kl_per_latent(p.mean, p.log_variance);
  EXPECT_EQ(per_latent.sizes(), p.mean.sizes());
  EXPECT_TRUE(
      at::allclose(per_latent.sum(1), kl_to_standard_normal(p.mean, p.log_variance), 0, 1e-12));
  EXPECT_GE(number(per_latent.min()), 0);
  // One latent of mean 2 and variance 1: half the squared mean.
  EXPECT_DOUBLE_EQ(
      number(kl_per_latent(at::full({1, 1}, 2.0, at::kDouble), at::zeros({1, 1}, at::kDouble))), 2);
}

TEST(KlLoss, IsTheDivergenceWhereNothingIsAsked) {
  const Posterior p = posterior();
  const KlLoss kl = kl_loss(p, {});
  EXPECT_DOUBLE_EQ(number(kl.loss), number(kl_per_latent(p.mean, p.log_variance).sum()));
  EXPECT_DOUBLE_EQ(number(kl.divergence), number(kl.loss));
}

/// Latents with a KL of 0.5, 0.125 and 2 in each row.
Posterior three_latents() {
  Posterior p;
  p.mean = at::tensor({1.0, 0.5, 2.0}, at::kDouble).repeat({kKlRows, 1}).requires_grad_();
  p.log_variance = at::zeros({kKlRows, 3}, at::kDouble);
  return p;
}

TEST(KlLoss, GivesEachLatentItsFreeBits) {
  const Posterior p = three_latents();
  const KlLoss kl = kl_loss(p, {.free_bits = 0.25});
  EXPECT_DOUBLE_EQ(number(kl.divergence), kKlRows * 2.625);
  EXPECT_DOUBLE_EQ(number(kl.loss), kKlRows * (0.5 + 0.25 + 2));
  kl.loss.backward();
  // A latent below its free bits has no gradient.
  EXPECT_TRUE(
      at::equal(p.mean.grad(), at::tensor({1.0, 0.0, 2.0}, at::kDouble).expand({kKlRows, 3})));
}

TEST(KlLoss, GrantsFreeBitsToTheBatchsMeanAndNotToRows) {
  Posterior p;
  p.mean = at::tensor({2.0, 0.0}, at::kDouble).view({2, 1});  // KL 2 and 0, mean 1
  p.log_variance = at::zeros({2, 1}, at::kDouble);
  EXPECT_DOUBLE_EQ(number(kl_loss(p, {.free_bits = 0.5}).loss), 2);
  EXPECT_DOUBLE_EQ(number(kl_loss(p, {.free_bits = 1.5}).loss), 3);
}

TEST(KlLoss, IsDrawnToItsCapacityFromBothSides) {
  EXPECT_DOUBLE_EQ(number(kl_loss(three_latents(), {.capacity = 2}).loss), kKlRows * 0.625);
  EXPECT_DOUBLE_EQ(number(kl_loss(three_latents(), {.capacity = 3}).loss), kKlRows * 0.375);
  EXPECT_DOUBLE_EQ(number(kl_loss(three_latents(), {.capacity = 0}).loss), kKlRows * 2.625);
  const Posterior p = three_latents();
  kl_loss(p, {.capacity = 3}).loss.backward();
  EXPECT_LT(p.mean.grad().max().item<double>(), 0) << "the code is to say more";
}

/// Samples of a posterior from given standard normal noise, S per row.
at::Tensor drawn(const Posterior& p, int64_t samples) {
  const at::Tensor noise = normal(kKlRows * samples, kLatents, 5);
  return p.mean.repeat_interleave(samples, 0) +
         p.log_variance.mul(0.5).exp().repeat_interleave(samples, 0) * noise;
}

/// IWAE bound of one row, by definition.
double brute_force(const at::Tensor& errors, const at::Tensor& draws, const Posterior& p,
                   int64_t samples, int64_t row) {
  double sum = 0;
  for (int64_t s = 0; s < samples; ++s) {
    const int64_t at = row * samples + s;
    double log_weight = -errors[at].item<double>();
    for (int64_t j = 0; j < kLatents; ++j) {
      const double z = draws[at][j].item<double>();
      log_weight +=
          log_normal_density(z, 0, 0) - log_normal_density(z, p.mean[row][j].item<double>(),
                                                           p.log_variance[row][j].item<double>());
    }
    sum += std::exp(log_weight);
  }
  return -std::log(sum / static_cast<double>(samples));
}

TEST(ImportanceWeightedLoss, IsMinusTheLogOfTheMeanWeight) {
  const Posterior p = posterior();
  for (const int64_t samples : {1, 2, 5}) {
    const at::Tensor draws = drawn(p, samples);
    const at::Tensor errors = normal(kKlRows * samples, 1, 6).flatten() + 3;
    const at::Tensor loss = importance_weighted_loss(errors, draws, p, samples, 1);
    ASSERT_EQ(loss.sizes().vec(), std::vector<int64_t>{kKlRows});
    for (int64_t row = 0; row < kKlRows; ++row) {
      EXPECT_NEAR(loss[row].item<double>(), brute_force(errors, draws, p, samples, row), 1e-12);
    }
  }
}

TEST(ImportanceWeightedLoss, OfOneDrawIsTheSampledElbo) {
  const Posterior p = posterior();
  const at::Tensor draws = drawn(p, 1);
  const at::Tensor errors = normal(kKlRows, 1, 6).flatten();
  at::Tensor log_ratio = at::zeros({kKlRows}, at::kDouble);
  for (int64_t row = 0; row < kKlRows; ++row) {
    for (int64_t j = 0; j < kLatents; ++j) {
      const double z = draws[row][j].item<double>();
      log_ratio[row] += log_normal_density(z, p.mean[row][j].item<double>(),
                                           p.log_variance[row][j].item<double>()) -
                        log_normal_density(z, 0, 0);
    }
  }
  EXPECT_TRUE(
      at::allclose(importance_weighted_loss(errors, draws, p, 1, 1), errors + log_ratio, 0, 1e-12));
  EXPECT_TRUE(at::allclose(importance_weighted_loss(errors, draws, p, 1, 0.25),
                           errors + 0.25 * log_ratio, 0, 1e-12));
}

TEST(ImportanceWeightedLoss, IsNoLooserThanTheMeanOfItsDraws) {
  const Posterior p = posterior();
  constexpr int64_t kSamples = 8;
  const at::Tensor draws = drawn(p, kSamples);
  const at::Tensor errors = normal(kKlRows * kSamples, 1, 6).flatten();
  Posterior repeat_rows;
  repeat_rows.mean = p.mean.repeat_interleave(kSamples, 0);
  repeat_rows.log_variance = p.log_variance.repeat_interleave(kSamples, 0);
  const at::Tensor elbo =
      importance_weighted_loss(errors, draws, repeat_rows, 1, 1).view({kKlRows, kSamples}).mean(1);
  const at::Tensor bound = importance_weighted_loss(errors, draws, p, kSamples, 1);
  EXPECT_TRUE(bound.lt(elbo).all().item<bool>());
}

TEST(ImportanceWeightedLoss, IsFiniteWhereLikelihoodsAreTiny) {
  Posterior p = posterior();
  const at::Tensor loss =
      importance_weighted_loss(at::full({kKlRows * 2}, 1e4, at::kDouble), drawn(p, 2), p, 2, 1);
  EXPECT_TRUE(at::isfinite(loss).all().item<bool>());
  EXPECT_NEAR(number(loss.mean()), 1e4, 20);
}

}  // namespace
}  // namespace ae
