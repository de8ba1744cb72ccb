#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include "case.h"
#include "engine/training_engine.h"
#include "learning.h"
#include "one_thread.h"
#include "parts.h"

namespace ae {
namespace {

class Model : public GoldenTest {};

TEST_P(Model, LearnsAsPyTorchDoes) {
  const auto optimizer = part_of<OptimizerSpec>(golden_file("models.json").at("optimizer"));
  TrainingEngine engine(golden_.model(), golden_.objective(), *optimizer, at::kCPU);
  const std::map<std::string, double> terms =
      expect_losses(golden_, engine, *optimizer, golden_.figures().at("losses"));
  const double tolerance = is_double_ ? 1e-9 : 1e-5;
  for (const auto& [name, value] : golden_.figures().at("terms").items()) {
    ASSERT_TRUE(terms.contains(name)) << name;
    const auto wanted = value.get<double>();
    EXPECT_NEAR(terms.at(name), wanted, tolerance * std::max(1.0, std::abs(wanted))) << name;
  }
  // In float32 Adam scales up gradients that are only rounding error.
  if (is_double_) expect_parameters(engine, golden_.exact("final_parameters"), 1e-8);
}

INSTANTIATE_TEST_SUITE_P(Cases, Model, testing::ValuesIn(every_case("models.json")), case_name);

/// A new kind or reconstruction needs cases in make_model_golden.py.
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
