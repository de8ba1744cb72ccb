#include "models/column_losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "experiments.h"
#include "models/reconstructions/mixed.h"

namespace ae {
namespace {

/// age, visits, income, and a boolean.
InputInfo table() {
  InputInfo input{.shape = {4}};
  input.groups = {{ColumnType::numeric, 0, 3}, {ColumnType::boolean, 3, 1}};
  input.names = {"age", "visits", "income", "smoker"};
  return input;
}

Experiment experiment_with(const Json& by_column, const std::string& others = "gaussian") {
  return experiment_of(
      {{"objective", {{"reconstruction", {{"type", others}, {"by_column", by_column}}}}}});
}

const Json kVisits = Json::array({{{"type", "poisson"}, {"columns", {"vis*"}}}});

std::shared_ptr<Autoencoder> model_with(const Experiment& experiment) {
  return std::make_shared<Autoencoder>(experiment.model, experiment.objective, table(), 1);
}

TEST(ColumnLosses, AreThoseOfTheColumnsThatAreNamed) {
  const Experiment experiment = experiment_with(kVisits);
  const at::Tensor output = at::randn({2, 4});
  const at::Tensor rows = at::tensor({0.5F, 3.F, -1.F, 1.F, 0.1F, 0.F, 2.F, 0.F}).view({2, 4});
  const auto model = model_with(experiment);
  const at::Tensor losses = model->reconstruction().per_value(output, rows);
  const auto poisson = Part<ReconstructionSpec>("poisson")->build(1);
  EXPECT_TRUE(at::allclose(losses.narrow(1, 1, 1),
                           poisson->per_value(output.narrow(1, 1, 1), rows.narrow(1, 1, 1))));
  const auto bernoulli = Part<ReconstructionSpec>("bernoulli")->build(1);
  EXPECT_TRUE(at::allclose(losses.narrow(1, 3, 1),
                           bernoulli->per_value(output.narrow(1, 3, 1), rows.narrow(1, 3, 1))));
  const auto gaussian = experiment.objective.reconstruction->build(2);
  const at::Tensor others = at::tensor({0, 2}, at::kLong);
  EXPECT_TRUE(at::allclose(
      losses.index_select(1, others),
      gaussian->per_value(output.index_select(1, others), rows.index_select(1, others))));
  EXPECT_TRUE(
      at::allclose(model->reconstruction().mean(output).select(1, 1), output.select(1, 1).exp()));
}

TEST(ColumnLosses, CountsEnterTheEncoderAsLogarithms) {
  const auto model = model_with(experiment_with(kVisits));
  const auto others =
      model_with(experiment_with(Json::array({{{"type", "laplace"}, {"columns", {"visits"}}}})));
  const at::Tensor rows = at::tensor({0.5F, 6.F, -1.F, 1.F}).view({1, 4});
  at::Tensor logarithms = rows.clone();
  logarithms.select(1, 1).log1p_();
  // The same initial weights.
  EXPECT_TRUE(at::allclose(model->encode(rows).mean, others->encode(logarithms).mean));
}

TEST(ColumnLosses, NameEachNumericColumnOnce) {
  const auto losses = [](const Json& by_column) {
    return column_losses(experiment_with(by_column).objective.reconstruction, table());
  };
  const auto of = [](const Json& columns) {
    return Json::array({{{"type", "laplace"}, {"columns", columns}}});
  };
  EXPECT_EQ(losses(of({"3"}))[1].features, std::vector<int64_t>{2});
  EXPECT_THAT([&] { losses(of({"ages"})); },
              fails_on_usage("no numeric column \"ages\"; did you mean \"age\"?"));
  EXPECT_THAT([&] { losses(of({"smoker"})); }, fails_on_usage("\"smoker\""));
  EXPECT_THAT([&] { losses(of({"age", "a*"})); }, fails_on_usage("\"age\" is named twice"));
  EXPECT_EQ(losses(of({"*"})).size(), 1);  // none is left for the loss of the others
}

TEST(ColumnLosses, AddUp) {
  EXPECT_THAT([] { experiment_with(kVisits, "mse"); },
              fails_on_usage("\"poisson\" (nats, summed over features) does not add "
                             "up with objective.reconstruction \"mse\""));
  EXPECT_THAT([] { experiment_with(Json::array()); }, fails_on_usage("is empty"));
  EXPECT_THAT([] { experiment_with(Json::array({{{"type", "laplace"}}})); },
              fails_on_usage("names no columns"));
  EXPECT_THAT([] { experiment_with(kVisits, "multinomial"); },
              fails_on_usage("all columns together"));
}

}  // namespace
}  // namespace ae
