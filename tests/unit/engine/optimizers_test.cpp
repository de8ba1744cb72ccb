#include <ATen/ops/full.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <cmath>

#include "engine/flat_parameters.h"
#include "engine/optimizer.h"
#include "parts.h"

namespace ae {
namespace {

/// One parameter with a given gradient, and its optimiser.
class OneParameter {
 public:
  explicit OneParameter(const Json& optimizer, double begin)
      : spec_(part_of<OptimizerSpec>(optimizer)), module_(begin), flat_(module_) {
    optimizer_ = spec_->build(flat_);
  }

  double update(double gradient, double learning_rate) {
    const c10::NoGradGuard no_grad;
    flat_.gradients().zero_();
    flat_.gradients()[0].fill_(gradient);
    optimizer_->update(flat_, learning_rate, step_++);
    return flat_.values()[0].item<double>();
  }

  Optimizer::State state() const { return optimizer_->state(); }

 private:
  struct Module : torch::nn::Module {
    explicit Module(double begin) { register_parameter("x", at::full({1}, begin, at::kDouble)); }
  };

  Part<OptimizerSpec> spec_;
  Module module_;
  FlatParameters flat_;
  std::unique_ptr<Optimizer> optimizer_;
  int64_t step_ = 0;
};

TEST(Sgd, StepsAlongTheGradient) {
  OneParameter x("sgd", 1);
  EXPECT_DOUBLE_EQ(x.update(2, 0.1), 0.8);
  EXPECT_DOUBLE_EQ(x.update(-1, 0.5), 1.3);
  EXPECT_THAT(x.state(), testing::IsEmpty());
}

TEST(Sgd, TakesAShareOfTheLastStepAgain) {
  OneParameter x({{"type", "sgd"}, {"momentum", 0.9}}, 1);
  EXPECT_DOUBLE_EQ(x.update(2, 0.1), 1 - 0.1 * 2);
  EXPECT_DOUBLE_EQ(x.update(1, 0.1), 0.8 - 0.1 * (0.9 * 2 + 1));
  EXPECT_DOUBLE_EQ(x.update(0, 0.1), 0.52 - 0.1 * 0.9 * 2.8);
  ASSERT_EQ(x.state().size(), 1u);
  EXPECT_EQ(x.state()[0].first, "momentum_buffer");
}

TEST(Adam, DividesTheMeanGradientByItsSize) {
  const double beta1 = 0.8;
  const double beta2 = 0.9;
  const double epsilon = 0.01;
  OneParameter x({{"type", "adam"}, {"beta1", beta1}, {"beta2", beta2}, {"epsilon", epsilon}}, 1);
  const double m1 = (1 - beta1) * 2;
  const double v1 = (1 - beta2) * 4;
  const double x1 = 1 - 0.1 * (m1 / (1 - beta1)) / (std::sqrt(v1 / (1 - beta2)) + epsilon);
  EXPECT_NEAR(x.update(2, 0.1), x1, 1e-12);
  const double m2 = beta1 * m1 + (1 - beta1) * -3;
  const double v2 = beta2 * v1 + (1 - beta2) * 9;
  const double x2 =
      x1 - 0.05 * (m2 / (1 - beta1 * beta1)) / (std::sqrt(v2 / (1 - beta2 * beta2)) + epsilon);
  EXPECT_NEAR(x.update(-3, 0.05), x2, 1e-12);
  EXPECT_EQ(x.state()[0].first, "exp_avg");
  EXPECT_EQ(x.state()[1].first, "exp_avg_sq");
  EXPECT_NEAR(x.state()[0].second[0].item<double>(), m2, 1e-12);
  EXPECT_NEAR(x.state()[1].second[0].item<double>(), v2, 1e-12);
}

}  // namespace
}  // namespace ae
