#include "evaluation/k_means.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <tuple>

#include "evaluation/cluster_agreement.h"
#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

at::Tensor noise_rows(int64_t n, int64_t width, uint64_t seed = 1) {
  return FirstRowsNoise(n, seed).normal(Purpose::sampling, width);
}

TEST(KMeans, FindsClustersThatAreApart) {
  const at::Tensor classes = at::arange(600, at::kLong).remainder(6);
  const at::Tensor rows =
      noise_rows(600, 4) * 0.1F + (noise_rows(6, 4, 2) * 5).index_select(0, classes) + 1000;
  const KMeans found = k_means(rows, {.clusters = 6});
  EXPECT_EQ(cluster_agreement(found.classes, classes).adjusted_rand_index, 1);
  for (int64_t c = 0; c < 6; ++c) {
    const at::Tensor own =
        rows.to(at::kDouble).index_select(0, (found.classes == c).nonzero().squeeze(1));
    EXPECT_LT((own.mean(0) - found.centres[c]).abs().max().item<double>(), 1e-9);
  }
}

TEST(KMeans, DependsOnItsSeedAloneAndNotOnThreads) {
  const at::Tensor rows = noise_rows(500, 3);
  const KMeans found = k_means(rows, {.clusters = 7, .starts = 5, .seed = 4});
  const KMeans again = k_means(rows, {.clusters = 7, .starts = 5, .seed = 4, .threads = 2});
  EXPECT_TRUE(at::equal(found.centres, again.centres));
  EXPECT_TRUE(at::equal(found.classes, again.classes));
  const KMeans other = k_means(rows, {.clusters = 7, .starts = 5, .seed = 5});
  EXPECT_FALSE(at::equal(found.centres, other.centres));
}

TEST(KMeans, KeepsTheBestOfMoreStarts) {
  const at::Tensor rows = noise_rows(300, 2);
  const double one = k_means(rows, {.clusters = 9, .starts = 1}).inertia;
  EXPECT_LT(k_means(rows, {.clusters = 9, .starts = 20}).inertia, one);
}

TEST(KMeans, StopsAfterTheGivenIterations) {
  const at::Tensor rows = noise_rows(2000, 2);
  const KMeans found = k_means(rows, {.clusters = 12, .starts = 1, .iterations = 2});
  EXPECT_EQ(found.iterations, 2);
  const at::Tensor distances =
      (rows.to(at::kDouble).unsqueeze(1) - found.centres.unsqueeze(0)).square().sum(2);
  EXPECT_TRUE(at::equal(found.classes, distances.argmin(1)));  // of the centres that are returned
  EXPECT_NEAR(found.inertia / std::get<0>(distances.min(1)).sum().item<double>(), 1, 1e-12);
}

TEST(KMeans, WithAsManyClustersAsRowsHasNoInertia) {
  const KMeans found = k_means(noise_rows(8, 2), {.clusters = 8});
  EXPECT_NEAR(found.inertia, 0, 1e-20);
  EXPECT_TRUE(at::equal(std::get<0>(found.classes.sort()), at::arange(8, at::kLong)));
}

TEST(KMeans, OfEqualRowsPutsThemAtTheFirstCentre) {
  const KMeans found = k_means(at::full({9, 2}, 3.5, at::kDouble), {.clusters = 3});
  EXPECT_EQ(found.inertia, 0);
  EXPECT_TRUE(at::equal(found.classes, at::zeros({9}, at::kLong)));
  EXPECT_TRUE(at::equal(found.centres, at::full({3, 2}, 3.5, at::kDouble)));
}

TEST(KMeans, OfOneRow) {
  const KMeans found = k_means(at::full({1, 3}, 2, at::kFloat), {.clusters = 1});
  EXPECT_EQ(found.inertia, 0);
  EXPECT_TRUE(at::equal(found.centres, at::full({1, 3}, 2, at::kDouble)));
}

}  // namespace
}  // namespace ae
