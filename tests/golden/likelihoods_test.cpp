#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "case.h"
#include "models/reconstruction.h"
#include "parts.h"

namespace ae {
namespace {

const Json& all_cases() {
  static const Json kCases = golden_file("likelihoods.json").at("cases");
  return kCases;
}

at::Tensor rows(const Json& matrix, at::ScalarType type) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : matrix) tensors.push_back(numbers(row, type));
  return at::stack(tensors);
}

/// The case's part with the case's parameters.
std::shared_ptr<Reconstruction> built(const Json& golden, at::ScalarType type) {
  const auto part = part_of<ReconstructionSpec>(golden.at("reconstruction"));
  auto reconstruction = part->build(static_cast<int64_t>(golden.at("target")[0].size()));
  reconstruction->to(type);
  const c10::NoGradGuard no_grad;
  auto parameters = reconstruction->named_parameters();
  EXPECT_EQ(parameters.size(), golden.at("parameters").size());
  for (const auto& [name, values] : golden.at("parameters").items()) {
    parameters[name].copy_(numbers(values, type));
  }
  return reconstruction;
}

/// Values of every case: float64 up to the order of summation, float32 up to its precision.
class Likelihoods : public testing::TestWithParam<at::ScalarType> {
 protected:
  void expect_figure(const at::Tensor& value, const Json& figure, const std::string& what) const {
    const at::Tensor expected =
        figure[0].is_array() ? rows(figure, at::kDouble) : numbers(figure, at::kDouble);
    ASSERT_EQ(value.sizes(), expected.sizes()) << what;
    EXPECT_LT(largest_difference(value, expected), tolerance_) << what;
  }

  double tolerance_ = GetParam() == at::kDouble ? 1e-11 : 1e-5;
};

TEST_P(Likelihoods, HavePyTorchsValuesAndGradients) {
  for (const Json& golden : all_cases()) {
    SCOPED_TRACE(golden.at("reconstruction").dump());
    const auto reconstruction = built(golden, GetParam());
    const at::Tensor output = rows(golden.at("output"), GetParam()).requires_grad_();
    const at::Tensor target = rows(golden.at("target"), GetParam());
    const at::Tensor errors = reconstruction->per_value(output, target);
    EXPECT_EQ(errors.scalar_type(), GetParam());
    expect_figure(errors, golden.at("per_value"), "per_value");
    expect_figure(reconstruction->mean(output), golden.at("mean"), "mean");
    errors.sum().backward();
    expect_figure(output.grad(), golden.at("output_gradient"), "output");
    for (const auto& item : reconstruction->named_parameters()) {
      expect_figure(item.value().grad(), golden.at("parameter_gradients").at(item.key()),
                    item.key());
    }
  }
}

TEST_P(Likelihoods, HaveTheSameGradientsOfBatches) {
  for (const Json& golden : all_cases()) {
    SCOPED_TRACE(golden.at("reconstruction").dump());
    const auto reconstruction = built(golden, GetParam());
    const at::Tensor output = rows(golden.at("output"), GetParam()).requires_grad_();
    const at::Tensor target = rows(golden.at("target"), GetParam());
    const double weight = reconstruction->feature_weight(target.size(1));
    (reconstruction->batch(output, target).sum / weight).backward();
    expect_figure(output.grad(), golden.at("output_gradient"), "output");
    for (const auto& item : reconstruction->named_parameters()) {
      expect_figure(item.value().grad(), golden.at("parameter_gradients").at(item.key()),
                    item.key());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Likelihoods, testing::Values(at::kDouble, at::kFloat),
                         [](const auto& test) {
                           return test.param == at::kDouble ? "double" : "float";
                         });

TEST(LikelihoodCases, HoldEveryReconstruction) {
  std::set<std::string> checked;
  for (const Json& golden : all_cases()) {
    const Json& part = golden.at("reconstruction");
    checked.insert(part.is_string() ? part : part.at("type"));
  }
  // A new reconstruction needs a case in make_likelihood_golden.py.
  EXPECT_THAT(checked, testing::UnorderedElementsAreArray(part_names<ReconstructionSpec>()));
}

}  // namespace
}  // namespace ae
