#include "evaluation/embedding_quality.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

/// Sum over rows of max(0, rank - k) by sorting all distances; no two are equal.
double trustworthiness_by_definition(const at::Tensor& data, const at::Tensor& codes, int64_t k) {
  const int64_t n = data.size(0);
  const auto order_of = [](const at::Tensor& rows) {
    const at::Tensor x = rows.to(at::kDouble);
    return (x.unsqueeze(1) - x.unsqueeze(0))
        .square()
        .sum(2)
        .argsort(/*dim=*/int64_t{1});  // itself first
  };
  const at::Tensor ranks = order_of(data).argsort(/*dim=*/int64_t{1});
  const at::Tensor neighbours = order_of(codes).narrow(1, 1, k);
  const double excess = (ranks.gather(1, neighbours) - k).clamp_min(0).sum().item<double>();
  return 1 - 2 * excess / static_cast<double>(n * k * (2 * n - 3 * k - 1));
}

TEST(EmbeddingQuality, FollowsItsDefinition) {
  const at::Tensor data = FirstRowsNoise(201).normal(Purpose::sampling, 6);
  const at::Tensor codes = data.narrow(1, 0, 2).contiguous();
  for (const int64_t k : {1, 5, 64, 65, 100}) {
    SCOPED_TRACE(k);
    const EmbeddingQuality found = *embedding_quality(data, codes, k);
    EXPECT_NEAR(found.trustworthiness, trustworthiness_by_definition(data, codes, k), 1e-13);
    EXPECT_NEAR(found.continuity, trustworthiness_by_definition(codes, data, k), 1e-13);
  }
}

TEST(EmbeddingQuality, OfASimilarEmbeddingIsFull) {
  const at::Tensor data = FirstRowsNoise(50).normal(Purpose::sampling, 3).to(at::kDouble);
  const EmbeddingQuality found = *embedding_quality(data, data.flip(1) * -0.01 + 1000);
  EXPECT_EQ(found.trustworthiness, 1);
  EXPECT_EQ(found.continuity, 1);
}

/// Equally far rows, which rounding in the distances would put in one order.
TEST(EmbeddingQuality, RanksTiesInAllOrders) {
  // The mean of max(0, rank - 5) over the ranks from 1 to 29 is 300 / 29.
  const double wanted = 1 - 2. / (30 * 5 * (60 - 15 - 1)) * (30 * 5 * 300 / 29.);
  const at::Tensor codes = FirstRowsNoise(30).normal(Purpose::sampling, 2);
  const at::Tensor apart = at::eye(30, at::kDouble) / 3 + 0.1;
  const at::Tensor equal = at::full({30, 4}, 0.1, at::kFloat);
  for (const at::Tensor& data : {apart, equal}) {
    EXPECT_NEAR(embedding_quality(data, codes)->trustworthiness, wanted, 1e-13);
    EXPECT_NEAR(embedding_quality(codes, data)->continuity, wanted, 1e-13);
  }
}

TEST(EmbeddingQuality, IsUndefinedWithoutTwiceAsManyRowsAsNeighbours) {
  const at::Tensor rows = FirstRowsNoise(11).normal(Purpose::sampling, 2);
  EXPECT_TRUE(embedding_quality(rows, rows, 5).has_value());
  EXPECT_FALSE(embedding_quality(rows, rows, 6).has_value());
  EXPECT_FALSE(embedding_quality(rows.narrow(0, 0, 10), rows.narrow(0, 0, 10), 5).has_value());
  EXPECT_FALSE(embedding_quality(rows.narrow(0, 0, 1), rows.narrow(0, 0, 1), 1).has_value());
}

}  // namespace
}  // namespace ae
