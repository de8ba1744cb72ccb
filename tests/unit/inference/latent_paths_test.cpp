#include "inference/latent_paths.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ae {
namespace {

TEST(LatentPaths, AreStraightOrAlongAGreatCircle) {
  const at::Tensor a = at::tensor({2.F, 0.F});
  const at::Tensor b = at::tensor({0.F, 4.F});
  const at::Tensor straight = interpolated_codes(a, b, 3, false);
  EXPECT_TRUE(straight.equal(at::tensor({2.F, 0.F, 1.F, 2.F, 0.F, 4.F}).view({3, 2})));
  const at::Tensor round = interpolated_codes(a, b, 3, true);
  EXPECT_TRUE(at::allclose(round[0], a));
  EXPECT_TRUE(at::allclose(round[2], b, 1e-5, 1e-6));
  // Half the angle, and the mean of the lengths.
  const float half = 3 / std::sqrt(2.F);
  EXPECT_TRUE(at::allclose(round[1], at::tensor({half, half})));
}

TEST(LatentPaths, OfOneDirectionAreStraight) {
  const at::Tensor a = at::tensor({1.F, 1.F});
  for (const at::Tensor& b : {a * 3, a * -1, a * 0}) {
    EXPECT_TRUE(
        at::allclose(interpolated_codes(a, b, 5, true), interpolated_codes(a, b, 5, false)));
  }
}

TEST(LatentPaths, ChangeOneLatent) {
  const at::Tensor codes = traversed_codes(at::tensor({7.F, 8.F}), 1, -3, 3, 3);
  EXPECT_TRUE(codes.equal(at::tensor({7.F, -3.F, 7.F, 0.F, 7.F, 3.F}).view({3, 2})));
}

TEST(LatentPaths, CoverAPlaneByQuantiles) {
  const at::Tensor grid = normal_grid(2);
  const float quartile = 0.6744898F;
  EXPECT_TRUE(at::allclose(grid, at::tensor({-quartile, quartile, quartile, quartile, -quartile,
                                             -quartile, quartile, -quartile})
                                     .view({4, 2})));
}

}  // namespace
}  // namespace ae
