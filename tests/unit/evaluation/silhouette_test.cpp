#include "evaluation/silhouette.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <vector>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

std::optional<double> silhouette_on_a_line(const std::vector<double>& places,
                                           const std::vector<int64_t>& labels) {
  return mean_silhouette(at::tensor(places, at::kDouble).unsqueeze(1),
                         at::tensor(labels, at::kLong));
}

TEST(Silhouette, ByHand) {
  // Rows 0 and 1: a = 1, b = 10 and 9. Row 10 is alone and counts 0.
  EXPECT_NEAR(*silhouette_on_a_line({0, 1, 10}, {3, 3, -2}), (0.9 + 8. / 9) / 3, 1e-14);
  // The nearer of two other clusters counts.
  EXPECT_NEAR(*silhouette_on_a_line({0, 1, 4, 100}, {0, 0, 1, 2}), (3. / 4 + 2. / 3) / 4, 1e-13);
}

TEST(Silhouette, IsUndefinedWithOneLabelOrAsManyAsRows) {
  EXPECT_FALSE(silhouette_on_a_line({0, 1, 2}, {4, 4, 4}).has_value());
  EXPECT_FALSE(silhouette_on_a_line({0, 1, 2}, {0, 1, 2}).has_value());
  EXPECT_FALSE(silhouette_on_a_line({0}, {0}).has_value());
}

TEST(Silhouette, OfEqualRowsIsZero) {
  EXPECT_EQ(*silhouette_on_a_line({3, 3, 3, 3}, {0, 0, 1, 1}), 0);
}

TEST(Silhouette, DependsOnNoOffsetAndNoThreads) {
  const at::Tensor codes = FirstRowsNoise(3000).normal(Purpose::sampling, 3).to(at::kDouble);
  const at::Tensor labels = at::arange(3000, at::kLong).remainder(4);
  const double found = *mean_silhouette(codes, labels);
  EXPECT_EQ(*mean_silhouette(codes, labels, 2), found);
  EXPECT_NEAR(*mean_silhouette(codes + 1e5, labels), found, 1e-9);
}

}  // namespace
}  // namespace ae
