#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "case.h"
#include "engine/training_engine.h"
#include "learning.h"
#include "models/normalization.h"
#include "one_thread.h"
#include "parts.h"

namespace ae {
namespace {

class Conv : public GoldenTest {
 protected:
  /// Codes and outputs outside training.
  void expect_outputs(Autoencoder& model, const char* code, const char* output,
                      double tolerance) const {
    const c10::NoGradGuard no_grad;
    const at::Tensor coded = model.encode(golden_.input()).code();
    EXPECT_LT(largest_difference(coded, golden_.figure(code)), tolerance) << code;
    EXPECT_LT(largest_difference(model.decode(coded), golden_.figure(output)), tolerance) << output;
  }
};

TEST_P(Conv, PassesForwardAsInPyTorch) {
  expect_outputs(*golden_.model(), "code", "output", is_double_ ? 1e-10 : 1e-5);
}

TEST_P(Conv, LearnsAsPyTorchDoes) {
  const Json& training = golden_.figures().at("training").at(0);
  const auto optimizer = part_of<OptimizerSpec>(training.at("optimizer"));
  TrainingEngine engine(golden_.model(), golden_.objective(), *optimizer, at::kCPU);
  expect_losses(golden_, engine, *optimizer, training.at("losses"));
  // In float32 the gradient of a bias before batch normalisation is only rounding error, which
  // Adam scales up: it changes the bias and its running mean, not the losses.
  if (!is_double_) return;
  expect_parameters(engine, training.at("final_parameters"), 1e-8);
  const auto buffers = engine.model().named_buffers();
  const Json& expected = training.at("final_buffers");
  ASSERT_EQ(buffers.size(), expected.size());
  for (const auto& buffer : buffers) {
    EXPECT_LT(largest_difference(buffer.value(), numbers(expected.at(buffer.key()), at::kDouble)),
              1e-8)
        << buffer.key();
  }
  expect_outputs(engine.model(), "trained_code", "trained_output", 1e-8);
}

INSTANTIATE_TEST_SUITE_P(Cases, Conv, testing::ValuesIn(every_case("conv.json")), case_name);

/// Checks that there is a case for each normalisation, with dense layers and with convolutions.
TEST(ConvCases, HoldEveryNormalization) {
  const std::vector<std::string> cases = GoldenCase::names("conv.json");
  for (const std::string& name : part_names<NormalizationSpec>()) {
    if (name == "none") continue;
    EXPECT_THAT(cases,
                testing::IsSupersetOf({"mlp_" + name + "_norm", "conv_2d_" + name + "_norm"}));
  }
}

}  // namespace
}  // namespace ae
