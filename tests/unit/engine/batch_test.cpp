#include "engine/batch.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/resident_rows.h"
#include "experiments.h"

namespace ae {
namespace {

/// 400 rows of three values, each with probability 0, 0.25 and 1 of being 1.
class DrawnRows : public testing::Test {
 protected:
  static std::shared_ptr<const ResidentRows> source() {
    const at::Tensor probabilities = at::tensor({0.F, 0.25F, 1.F}).expand({400, 3}).contiguous();
    auto data = std::make_shared<Dataset>(*row_set(probabilities).data);
    data->drawn = true;
    return std::make_shared<const ResidentRows>(*data, Scaling(), at::kCPU);
  }

  std::vector<int64_t> rows_ = first_rows(400);
  std::shared_ptr<const ResidentRows> source_ = source();
};

TEST_F(DrawnRows, AreZerosAndOnesWithTheirProbabilities) {
  const RowNoise noise({.seed = 1}, rows_, at::kCPU);
  const Batch batch(*source_, rows_, noise);
  const at::Tensor drawn = batch.input();
  EXPECT_TRUE(drawn.eq(0).logical_or(drawn.eq(1)).all().item<bool>());
  const at::Tensor means = drawn.mean(0);
  EXPECT_EQ(means[0].item<float>(), 0);
  EXPECT_NEAR(means[1].item<float>(), 0.25, 0.08);  // almost four standard errors
  EXPECT_EQ(means[2].item<float>(), 1);
  EXPECT_TRUE(batch.target().equal(drawn));
}

TEST_F(DrawnRows, AreOthersInEachEpoch) {
  const RowNoise first({.seed = 1, .epoch = 0}, rows_, at::kCPU);
  const RowNoise second({.seed = 1, .epoch = 1}, rows_, at::kCPU);
  EXPECT_FALSE(Batch(*source_, rows_, first).input().equal(Batch(*source_, rows_, second).input()));
}

TEST_F(DrawnRows, AreTheSameInAllPartsAndForms) {
  const RowNoise noise({.seed = 1}, rows_, at::kCPU);
  const Batch batch(*source_, rows_, noise);
  const IndexRange range{100, 50};
  const at::Tensor expected = batch.input().narrow(0, range.begin, range.count);
  std::unique_ptr<Noise> own;
  EXPECT_TRUE(batch.part(range, own).input().equal(expected));
  at::Tensor copied = at::empty({50, 3});
  batch.copy_rows(range, copied.mutable_data_ptr<float>());
  EXPECT_TRUE(copied.equal(expected));
  at::Tensor wide = at::empty({50, 3}, at::kDouble);
  batch.copy_rows(range, wide.mutable_data_ptr<double>());
  EXPECT_TRUE(wide.to(at::kFloat).equal(expected));
  at::Tensor transposed = at::zeros({3, 64});
  batch.copy_features(range, 64, transposed.mutable_data_ptr<float>());
  EXPECT_TRUE(transposed.narrow(1, 0, 50).t().equal(expected));
}

}  // namespace
}  // namespace ae
