#include "evaluation/nearest_neighbours.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "experiments.h"
#include "one_thread.h"

namespace ae {
namespace {

at::Tensor on_a_line(const std::vector<float>& places) { return at::tensor(places).unsqueeze(1); }

std::vector<int64_t> list(const at::Tensor& classes) {
  return {classes.const_data_ptr<int64_t>(), classes.const_data_ptr<int64_t>() + classes.numel()};
}

at::Tensor classes_of(const std::vector<int64_t>& classes) {
  return at::tensor(classes, at::kLong);
}

TEST(NearestNeighbours, VoteAndTheNearestBreaksTies) {
  const NearestNeighbours line(on_a_line({0, 1, 2, 10, 11, 12}), classes_of({2, 1, 1, 0, 2, 0}), 3);
  const at::Tensor queries = on_a_line({0.2F, 11.2F, 5.8F});
  EXPECT_EQ(list(line.classify(queries, 1)), (std::vector<int64_t>{2, 2, 1}));
  // 0 and 1: a tie. 11 and 12: a tie. 2 and 10: a tie.
  EXPECT_EQ(list(line.classify(queries, 2)), (std::vector<int64_t>{2, 2, 1}));
  EXPECT_EQ(list(line.classify(queries, 3)), (std::vector<int64_t>{1, 0, 1}));
  // All six: two votes each.
  EXPECT_EQ(list(line.classify(queries, 6)), (std::vector<int64_t>{2, 2, 1}));
}

TEST(NearestNeighbours, OfARowAmongTheOthersLeaveItOut) {
  const NearestNeighbours pairs(on_a_line({0, 1, 10, 11, 20, 21}), classes_of({0, 1, 0, 1, 0, 1}),
                                2);
  EXPECT_EQ(list(pairs.classify(on_a_line({0, 1, 10, 11}), 1)), (std::vector<int64_t>{0, 1, 0, 1}));
  EXPECT_EQ(list(pairs.classify_leave_one_out(4, 1)), (std::vector<int64_t>{1, 0, 1, 0}));
  EXPECT_EQ(list(pairs.classify_leave_one_out(6, 5)), (std::vector<int64_t>{1, 0, 1, 0, 1, 0}));
}

/// Reference classifier: every distance in float64.
at::Tensor by_definition(const at::Tensor& rows, const at::Tensor& classes,
                         const at::Tensor& queries) {
  const at::Tensor distances =
      (queries.to(at::kDouble).unsqueeze(1) - rows.to(at::kDouble).unsqueeze(0)).square().sum(2);
  return classes.index_select(0, distances.argmin(1));
}

TEST(NearestNeighbours, AreFoundFarFromTheOrigin) {
  // Integers that float32 represents exactly, but not their squares.
  const at::Tensor rows = (FirstRowsNoise(1000).normal(Purpose::sampling, 4) * 100).round() + 1e6;
  const at::Tensor queries =
      (FirstRowsNoise(200, 2).normal(Purpose::sampling, 4) * 100).round() + 1e6;
  const at::Tensor classes = at::arange(1000);
  const NearestNeighbours neighbours(rows, classes, 1000);
  EXPECT_TRUE(at::equal(neighbours.classify(queries, 1), by_definition(rows, classes, queries)));
}

TEST(NearestNeighbours, DoNotDependOnPortions) {
  // With 20,000 rows a chunk has 838 queries.
  const at::Tensor rows = FirstRowsNoise(20000).normal(Purpose::sampling, 2);
  const at::Tensor queries = FirstRowsNoise(1000, 2).normal(Purpose::sampling, 2);
  const at::Tensor classes = at::arange(20000);
  const NearestNeighbours neighbours(rows, classes, 20000);
  const at::Tensor found = neighbours.classify(queries, 1);
  for (const int64_t first : {int64_t{0}, int64_t{800}}) {
    EXPECT_TRUE(at::equal(found.narrow(0, first, 200),
                          by_definition(rows, classes, queries.narrow(0, first, 200))));
  }
  const at::Tensor own = neighbours.classify_leave_one_out(900, 1);
  for (const int64_t row : {int64_t{0}, int64_t{899}}) {
    const at::Tensor others = classes.index_select(0, (classes != row).nonzero().squeeze(1));
    EXPECT_TRUE(at::equal(own.narrow(0, row, 1), by_definition(rows.index_select(0, others), others,
                                                               rows.narrow(0, row, 1))));
  }
}

}  // namespace
}  // namespace ae
