#include "evaluation/dictionary_match.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace ae {
namespace {

TEST(DictionaryMatch, FindsDirectionsWhateverTheirSignScaleAndOrder) {
  const at::Tensor directions = at::tensor({1.F, 0.F, 0.F, 1.F}).view({2, 2});
  const at::Tensor atoms = at::tensor({0.F, -5.F, 2.F, 0.F}).view({2, 2});
  const DictionaryMatch match = dictionary_match(absolute_cosines(atoms, directions));
  EXPECT_NEAR(match.mean_correlation, 1, 1e-12);
  EXPECT_EQ(match.uniqueness, 1);
}

TEST(DictionaryMatch, TellsLatentsThatShareADirection) {
  const at::Tensor directions = at::eye(3);
  const at::Tensor atoms =
      at::tensor({1.F, 0.F, 0.F, 1.F, 0.F, 0.F, 2.F, 0.F, 0.F, 0.F, 1.F, 0.F}).view({4, 3});
  const DictionaryMatch match = dictionary_match(absolute_cosines(atoms, directions));
  EXPECT_NEAR(match.mean_correlation, 2. / 3, 1e-12);  // of three pairs, one has cosine 0
  EXPECT_EQ(match.uniqueness, 0.5);
}

TEST(DictionaryMatch, CountsAZeroAtomAsOrthogonal) {
  const at::Tensor cosines = absolute_cosines(at::zeros({1, 3}), at::eye(3));
  EXPECT_TRUE(cosines.eq(0).all().item<bool>());
  EXPECT_EQ(dictionary_match(cosines).mean_correlation, 0);
}

}  // namespace
}  // namespace ae
