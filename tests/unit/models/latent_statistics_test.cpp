#include "models/latent_statistics.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/saturation.h"

namespace ae {
namespace {

TEST(LatentStatistics, AreThoseOfAllBatchesTogether) {
  // Two latents, four rows: one active, one nearly constant.
  const at::Tensor mean = at::tensor({1.0, 0.1, -1.0, 0.0, 1.0, 0.1, -1.0, 0.0}).view({4, 2});
  const at::Tensor log_variance = at::zeros({4, 2}, at::kDouble);
  LatentStatistics statistics;
  statistics.add({.mean = mean.narrow(0, 0, 1), .log_variance = log_variance.narrow(0, 0, 1)});
  statistics.add({.mean = mean.narrow(0, 1, 3), .log_variance = log_variance.narrow(0, 1, 3)});
  EXPECT_EQ(statistics.rows(), 4);
  EXPECT_TRUE(at::allclose(statistics.variance(), at::tensor({1.0, 0.0025}, at::kDouble)));
  EXPECT_TRUE(at::allclose(statistics.kl(), at::tensor({0.5, 0.0025}, at::kDouble)));
  EXPECT_TRUE(at::allclose(statistics.density(), at::tensor({1.0, 0.5}, at::kDouble)));
  EXPECT_EQ(statistics.active_units(), 1);
}

TEST(LatentStatistics, OfASparseCodeAreThoseOfTheSameCodeInFull) {
  Posterior sparse;
  sparse.sparse = SparseCode{.indices = at::tensor({0, 3, 3, 1, 2, 0}, at::kLong).view({3, 2}),
                             .values = at::tensor({1.0, 2.0, 0.5, 0.0, 3.0, -1.0}).view({3, 2}),
                             .width = 5};
  LatentStatistics a;
  a.add(sparse);
  a.add(sparse);
  LatentStatistics b;
  b.add({.mean = sparse.code()});
  b.add({.mean = sparse.code()});
  EXPECT_EQ(a.rows(), b.rows());
  EXPECT_TRUE(at::equal(a.density(), b.density())) << a.density();
  EXPECT_TRUE(at::allclose(a.variance(), b.variance())) << a.variance();
  EXPECT_FALSE(a.kl().defined());
  EXPECT_EQ(b.density()[4].item<double>(), 0);
}

std::shared_ptr<const Activation> activation(const char* name) {
  return Part<Activation>(name).share();
}

TEST(Saturation, CountsOutputsAtABoundFarFromTheData) {
  auto saturation = Saturation::of(activation("tanh").get());
  ASSERT_TRUE(saturation);
  EXPECT_EQ(saturation->fraction(), 0);
  //                           stuck, stuck, belongs there, close by, in between
  const at::Tensor output = at::tensor({0.99, -0.999, 1.0, -0.99, 0.9});
  const at::Tensor target = at::tensor({0.5, 1.0, 1.0, -0.85, -1.0});
  saturation->add(output.view({1, 5}), target.view({1, 5}));
  EXPECT_DOUBLE_EQ(saturation->fraction(), 0.4);
  // Two samples of one row.
  saturation->add(at::zeros({2, 5}), target.view({1, 5}));
  EXPECT_DOUBLE_EQ(saturation->fraction(), 2.0 / 15);
}

TEST(Saturation, IsNotOfActivationsWithoutTwoBounds) {
  EXPECT_TRUE(Saturation::of(activation("sigmoid").get()));
  EXPECT_FALSE(Saturation::of(activation("relu").get()));
  EXPECT_FALSE(Saturation::of(activation("identity").get()));
  EXPECT_FALSE(Saturation::of(nullptr));
}

TEST(LatentStatistics, ComparesTheAggregatedPosteriorWithThePrior) {
  LatentStatistics statistics;
  EXPECT_FALSE(statistics.aggregated_kl().defined());
  // Means -1 and 1 with variance 3: together mean 0 and variance 4. Means 5 and 5 with variance 1.
  Posterior posterior;
  posterior.mean = at::tensor({-1.0, 5.0, 1.0, 5.0}).reshape({2, 2});
  posterior.log_variance = at::tensor({3.0, 1.0, 3.0, 1.0}).reshape({2, 2}).log();
  statistics.add(posterior);
  const at::Tensor found = statistics.aggregated_kl();
  EXPECT_NEAR(found[0].item<double>(), 0.5 * (4 - 1 - std::log(4.0)), 1e-12);
  EXPECT_NEAR(found[1].item<double>(), 12.5, 1e-12);
}

}  // namespace
}  // namespace ae
