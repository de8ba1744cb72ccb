#include "evaluation/probe_features.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "error_matchers.h"
#include "experiments.h"

namespace ae {
namespace {

/// Numbered rows in reverse order, more than one chunk.
RowSet numbered_rows() {
  RowSet set = row_set(at::arange(20000, at::kFloat).view({10000, 2}));
  std::reverse(set.rows.begin(), set.rows.end());
  return set;
}

TEST(ProbeFeatures, AreThoseOfTheScaledRowsInOrder) {
  const ProbeFeatures sums{"sums", "sums", 1, [](const at::Tensor& x) {
                             return x.sum(1, /*keepdim=*/true).to(at::kDouble);
                           }};
  const at::Tensor found = sums.compute(numbered_rows(), {.offset = 1, .divisor = 2});
  const at::Tensor expected = at::arange(10000, at::kFloat).flip(0) * 2 - 0.5;
  EXPECT_TRUE(at::equal(found, expected.unsqueeze(1)));
}

TEST(ProbeFeatures, MustBeFinite) {
  const ProbeFeatures ratios{"ratios", "ratios", 2,
                             [](const at::Tensor& x) { return x / (x - 14000); }};
  EXPECT_THAT([&] { ratios.compute(numbered_rows(), {}); },
              fails_on_data("rows.npy: ratios of rows 0 to 4095", "not finite"));
}

}  // namespace
}  // namespace ae
