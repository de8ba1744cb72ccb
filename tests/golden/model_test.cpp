#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include "case.h"
#include "engine/learner.h"
#include "one_thread.h"
#include "parts.h"

namespace ae {
namespace {

/// A case in float64, whose figures are exact but for the order of additions, or in float32.
class Model : public testing::TestWithParam<std::tuple<std::string, at::ScalarType>> {
 protected:
  GoldenCase golden_{"models.json", std::get<0>(GetParam()), std::get<1>(GetParam())};
  bool is_double_ = golden_.type() == at::kDouble;
  double tolerance_ = is_double_ ? 1e-9 : 1e-5;

  void expect_near(double value, double wanted, const std::string& what) const {
    EXPECT_NEAR(value, wanted, tolerance_ * std::max(1.0, std::abs(wanted))) << what;
  }
};

TEST_P(Model, LearnsAsPyTorchDoes) {
  const auto optimizer = part_of<OptimizerSpec>(golden_file("models.json").at("optimizer"));
  const Objective objective = golden_.objective();
  Learner learner(golden_.model(), objective, *optimizer, at::kCPU);
  if (golden_.rows_since_active().defined()) {
    LearnerSnapshot begin = learner.snapshot();
    begin.rows_since_active = golden_.rows_since_active();
    learner.restore(begin);
  }
  const auto noise = golden_.noise();
  const Batch batch{golden_.target(), *noise, golden_.labels()};
  const auto losses = golden_.figures().at("losses").get<std::vector<double>>();
  ASSERT_EQ(losses.size(), 10u);
  for (size_t i = 0; i < losses.size(); ++i) {
    const auto step = static_cast<int64_t>(i);
    TermSums sums;
    learner.step(batch,
                 {.learning_rate = optimizer->learning_rate(),
                  .weights = objective.weights_at(step, /*updates_per_epoch=*/1),
                  .dead_after_rows = golden_.dead_after_rows()},
                 step, sums);
    const TermSums::Means means = sums.means();
    expect_near(means[0].second, losses[i], fmt::format("loss before update {}", i + 1));
    if (i > 0) continue;
    const std::map<std::string, double> terms(means.begin(), means.end());
    for (const auto& [name, value] : golden_.figures().at("terms").items()) {
      ASSERT_TRUE(terms.contains(name)) << name;
      expect_near(terms.at(name), value.get<double>(), name);
    }
  }
  // In float32 Adam makes steps of gradients that are nothing but rounding.
  if (!is_double_) return;
  for (const FlatParameters::Slice& slice : learner.parameters().slices()) {
    const at::Tensor values = FlatParameters::view(learner.parameters().values(), slice).flatten();
    const Json& expected = golden_.exact("final_parameters").at(slice.name);
    EXPECT_LT(largest_difference(values, numbers(expected, at::kDouble)), 1e-8) << slice.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Model,
                         testing::Combine(testing::ValuesIn(GoldenCase::names("models.json")),
                                          testing::Values(at::kDouble, at::kFloat)),
                         [](const auto& test) {
                           return std::get<0>(test.param) +
                                  (std::get<1>(test.param) == at::kDouble ? "_double" : "_float");
                         });

/// Another kind or reconstruction wants cases that make_model_golden.py writes.
TEST(ModelCases, HoldEveryKindWithEveryReconstruction) {
  std::vector<std::string> wanted;
  for (const ModelKind& kind : model_kinds()) {
    for (const char* encoder : {"linear", "mlp"}) {
      for (const std::string& reconstruction : part_names<ReconstructionSpec>()) {
        wanted.push_back(fmt::format("{}_{}_{}", kind.name, encoder, reconstruction));
      }
    }
  }
  EXPECT_THAT(GoldenCase::names("models.json"), testing::IsSupersetOf(wanted));
}

}  // namespace
}  // namespace ae
