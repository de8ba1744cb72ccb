#include "data/columns.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Columns, AreGivenWithoutTheirGaps) {
  // 20 columns: three groups, the last one smaller.
  at::Tensor rows = at::arange(60, at::kDouble).view({3, 20});
  rows[1][19].fill_(NAN);
  rows.select(1, 8).fill_(NAN);
  std::vector<std::vector<double>> seen(20);
  for_each_column(rows, [&](int64_t column, std::vector<double>& values) {
    seen[static_cast<size_t>(column)] = values;
  });
  EXPECT_THAT(seen[0], ElementsAre(0, 20, 40));
  EXPECT_THAT(seen[8], IsEmpty());
  EXPECT_THAT(seen[19], ElementsAre(19, 59));
}

TEST(Columns, RowsAreComputedInBlocks) {
  const at::Tensor rows = at::arange(200'000, at::kDouble).view({100'000, 2});
  const int threads = at::get_num_threads();
  const at::Tensor sums = by_row_blocks(
      rows, 1, at::kFloat, [](const at::Tensor& some) { return some.sum(1, /*keepdim=*/true); });
  EXPECT_EQ(sums.scalar_type(), at::kFloat);
  EXPECT_TRUE(sums.equal(rows.sum(1, true).to(at::kFloat)));
  EXPECT_EQ(at::get_num_threads(), threads);
}

}  // namespace
}  // namespace ae
