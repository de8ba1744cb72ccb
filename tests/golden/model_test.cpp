#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include "case.h"
#include "engine/learner.h"
#include "learning.h"
#include "one_thread.h"
#include "parts.h"

namespace ae {
namespace {

/// A case in float64, whose figures are exact but for the order of additions, or in float32.
class Model : public testing::TestWithParam<std::tuple<std::string, at::ScalarType>> {
 protected:
  GoldenCase golden_{"models.json", std::get<0>(GetParam()), std::get<1>(GetParam())};
  bool is_double_ = golden_.type() == at::kDouble;
};

TEST_P(Model, LearnsAsPyTorchDoes) {
  const auto optimizer = part_of<OptimizerSpec>(golden_file("models.json").at("optimizer"));
  Learner learner(golden_.model(), golden_.objective(), *optimizer, at::kCPU);
  const std::map<std::string, double> terms =
      expect_losses(golden_, learner, *optimizer, golden_.figures().at("losses"));
  const double tolerance = is_double_ ? 1e-9 : 1e-5;
  for (const auto& [name, value] : golden_.figures().at("terms").items()) {
    ASSERT_TRUE(terms.contains(name)) << name;
    const auto wanted = value.get<double>();
    EXPECT_NEAR(terms.at(name), wanted, tolerance * std::max(1.0, std::abs(wanted))) << name;
  }
  // In float32 Adam makes steps of gradients that are nothing but rounding.
  if (is_double_) expect_parameters(learner, golden_.exact("final_parameters"), 1e-8);
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
