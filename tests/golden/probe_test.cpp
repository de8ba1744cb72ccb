#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <vector>

#include "case.h"
#include "evaluation/logistic_regression.h"
#include "evaluation/nearest_neighbours.h"
#include "one_thread.h"

namespace ae {
namespace {

const Json& golden() {
  static const Json kGolden = golden_file("probe.json");
  return kGolden;
}

at::Tensor matrix(const Json& rows, at::ScalarType type = at::kDouble) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) tensors.push_back(numbers(row, type));
  return at::stack(tensors);
}

at::Tensor classes() { return numbers(golden().at("classes"), at::kLong); }

/// float64, or float32 with a tolerance for its rounding.
class Regression : public testing::TestWithParam<at::ScalarType> {
 protected:
  bool is_double_ = GetParam() == at::kDouble;
  double tolerance_ = is_double_ ? 2e-6 : 1e-4;
};

TEST_P(Regression, IsThatOfScikitLearn) {
  for (const Json& expected : golden().at("regressions")) {
    SCOPED_TRACE(expected.at("classes").dump() + " classes, C = " + expected.at("C").dump());
    const auto count = expected.at("classes").get<int64_t>();
    const at::Tensor used = (classes() < count).nonzero().squeeze(1);
    at::Tensor rows = matrix(golden().at("rows"), GetParam()).index_select(0, used);
    at::Tensor queries = matrix(golden().at("queries"), GetParam());
    const Standardization standardization = Standardization::fit(rows);
    EXPECT_LT(largest_difference(standardization.mean, numbers(expected.at("mean"), at::kDouble)),
              1e-12);
    EXPECT_LT(
        largest_difference(standardization.scale * numbers(expected.at("deviation"), at::kDouble),
                           (numbers(expected.at("deviation"), at::kDouble) > 0)),
        1e-12);
    standardization.apply(rows);
    standardization.apply(queries);
    // Matrix multiplications in float32 leave a gradient of about 3e-6, depending on the processor.
    const LogisticRegression fitted =
        fit_logistic_regression(rows, classes().index_select(0, used),
                                {.c = expected.at("C"), .tolerance = is_double_ ? 3e-8 : 1e-5},
                                LogisticRegression::zero(count, rows.size(1)));
    EXPECT_TRUE(fitted.converged);
    at::Tensor weights = fitted.weights;
    at::Tensor intercept = fitted.intercept;
    if (count == 2) {
      weights = (weights[1] - weights[0]).unsqueeze(0);
      intercept = (intercept[1] - intercept[0]).unsqueeze(0);
    }
    EXPECT_LT(largest_difference(weights, matrix(expected.at("weights"))), tolerance_);
    EXPECT_LT(largest_difference(intercept, numbers(expected.at("intercept"), at::kDouble)),
              tolerance_);
    const at::Tensor probabilities =
        (queries.to(at::kDouble).mm(fitted.weights.t()) + fitted.intercept).softmax(1);
    const at::Tensor wanted = matrix(expected.at("probabilities"));
    EXPECT_LT(largest_difference(probabilities, wanted), tolerance_);
    EXPECT_TRUE(at::equal(fitted.classify(queries), wanted.argmax(1)));
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Regression, testing::Values(at::kDouble, at::kFloat),
                         [](const auto& test) {
                           return test.param == at::kDouble ? "double" : "float";
                         });

TEST(Neighbours, AreThoseOfScikitLearn) {
  const NearestNeighbours neighbours(matrix(golden().at("rows"), at::kFloat), classes(), 3);
  for (const Json& expected : golden().at("neighbours")) {
    const auto k = expected.at("k").get<int64_t>();
    const at::Tensor found = neighbours.classify(matrix(golden().at("queries"), at::kFloat), k);
    const auto wanted = expected.at("classes");
    int untied = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i].is_null()) continue;
      ++untied;
      EXPECT_EQ(found[static_cast<int64_t>(i)].item<int64_t>(), wanted[i].get<int64_t>())
          << "query " << i << ", k = " << k;
    }
    EXPECT_GT(untied, 20);
  }
}

}  // namespace
}  // namespace ae
