#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "case.h"
#include "engine/training_engine.h"
#include "learning.h"
#include "one_thread.h"
#include "parts.h"
#include "tensor_rows.h"

namespace ae {
namespace {

class Mlp : public GoldenTest {
 protected:
  double tolerance_ = is_double_ ? 1e-10 : 1e-5;
};

TEST_P(Mlp, PassesForwardAsInPyTorch) {
  const auto model = golden_.model();
  const c10::NoGradGuard no_grad;
  const Posterior posterior = model->encode(golden_.input());
  EXPECT_LT(largest_difference(posterior.code(), golden_.figure("code")), tolerance_);
  EXPECT_EQ(posterior.log_variance.defined(), golden_.has("log_variance"));
  if (golden_.has("log_variance")) {
    EXPECT_LT(largest_difference(posterior.log_variance, golden_.figure("log_variance")),
              tolerance_);
  }
  const at::Tensor code = model->sample(posterior, *golden_.noise());
  EXPECT_LT(largest_difference(model->decode_to_data(code), golden_.figure("reconstructed")),
            tolerance_);
  if (golden_.experiment().model.decoder.output_activation.type() == "identity") {
    EXPECT_LT(largest_difference(model->decode(code), golden_.figure("output")), tolerance_);
  }
}

TEST_P(Mlp, HasPyTorchsLossTermsAndGradients) {
  const auto model = golden_.model();
  FlatParameters parameters(*model);
  const Objective objective = golden_.objective();
  AutogradExecutor program(*model, objective);
  LossTerms sums;
  const auto noise = golden_.noise();
  const TensorBatch batch(golden_.target(), *noise);
  program.accumulate(batch, {0, golden_.objective().weights()},
                     1.0 / static_cast<double>(golden_.target().size(0)), {.sums = &sums});

  Json expected = {{"loss", golden_.figures().at("loss")}};
  expected.update(golden_.figures().at("terms"));
  Json means = Json::object();
  for (const auto& [name, mean] : sums.means()) means[name] = mean;
  for (const auto& [name, value] : expected.items()) {
    ASSERT_TRUE(means.contains(name)) << name;
    const auto wanted = value.get<double>();
    EXPECT_NEAR(means[name].get<double>(), wanted, tolerance_ * std::max(1.0, wanted)) << name;
  }
  const size_t counted = golden_.objective().counts_active() ? 2 : 1;
  EXPECT_EQ(means.size(), expected.size() + counted)
      << "squared_error, l0 and no other term beside";

  for (const FlatParameters::Slice& slice : parameters.slices()) {
    const at::Tensor gradient = FlatParameters::view(parameters.gradients(), slice).flatten();
    EXPECT_LT(largest_difference(gradient, numbers(golden_.figures().at("gradients").at(slice.name),
                                                   golden_.type())),
              tolerance_)
        << slice.name;
  }
}

TEST_P(Mlp, LearnsAsPyTorchsOptimizersDo) {
  for (const Json& training : golden_.figures().at("training")) {
    SCOPED_TRACE(training.at("optimizer").dump());
    const auto optimizer = part_of<OptimizerSpec>(training.at("optimizer"));
    TrainingEngine engine(golden_.model(), golden_.objective(), *optimizer, at::kCPU);
    expect_losses(golden_, engine, *optimizer, training.at("losses"));
    expect_parameters(engine, training.at("final_parameters"), is_double_ ? 1e-8 : 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Mlp, testing::ValuesIn(every_case("mlp.json")), case_name);

TEST(Activations, HavePyTorchsValuesAndDerivatives) {
  const Json file = golden_file("activations.json");
  std::vector<std::string> checked;
  for (const Json& row : file.at("activations")) {
    Json part = {{"type", row.at("activation").at("type")}};
    if (row.at("activation").contains("negative_slope")) {
      part["slope"] = row.at("activation").at("negative_slope");
    }
    const std::string type = part["type"];
    checked.push_back(type);
    const at::Tensor x = numbers(file.at("grid"), at::kDouble).requires_grad_();
    const at::Tensor value = part_of<Activation>(part)->forward(x);
    EXPECT_LT(largest_difference(value, numbers(row.at("value"), at::kDouble)), 1e-12) << type;
    if (type == "identity") continue;  // the input itself: its derivative is not computed
    value.sum().backward();
    EXPECT_LT(largest_difference(x.grad(), numbers(row.at("derivative"), at::kDouble)), 1e-12)
        << type;
  }
  // A new activation needs a row in make_mlp_golden.py.
  EXPECT_THAT(checked, testing::UnorderedElementsAreArray(part_names<Activation>()));
}

}  // namespace
}  // namespace ae
