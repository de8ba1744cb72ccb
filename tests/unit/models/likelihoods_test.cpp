#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "error_matchers.h"
#include "experiments.h"
#include "models/input_transform.h"
#include "models/reconstruction.h"
#include "parts.h"

namespace ae {
namespace {

std::shared_ptr<Reconstruction> likelihood(const Json& config, int64_t features = 1) {
  return part_of<ReconstructionSpec>(config)->build(features);
}

at::Tensor column(const std::vector<double>& values, at::ScalarType type = at::kDouble) {
  return at::tensor(values, at::kDouble).unsqueeze(1).to(type);
}

/// Negative log-likelihood of one value.
double error_of(const Reconstruction& reconstruction, double output, double target,
                at::ScalarType type = at::kDouble) {
  return reconstruction.per_value(column({output}, type), column({target}, type)).item<double>();
}

/// Its derivative with respect to the output.
double slope_of(const Reconstruction& reconstruction, double output, double target,
                at::ScalarType type = at::kDouble) {
  const at::Tensor x = column({output}, type).requires_grad_();
  reconstruction.per_value(x, column({target}, type)).sum().backward();
  return x.grad().item<double>();
}

void set_parameter(Reconstruction& reconstruction, double value) {
  const c10::NoGradGuard no_grad;
  for (at::Tensor& parameter : reconstruction.parameters()) parameter.fill_(value);
}

TEST(Huber, IsHalfTheSquareUpToDeltaAndLinearBeyond) {
  const auto part = likelihood({{"type", "huber"}, {"delta", 2}}, 3);
  const at::Tensor output = at::tensor({1.5, 2.0, -5.0}, at::kDouble).view({1, 3});
  const at::Tensor error = part->per_value(output, at::zeros({1, 3}, at::kDouble));
  EXPECT_TRUE(at::allclose(error, at::tensor({1.125, 2.0, 2 * (5 - 1.0)}, at::kDouble)));
  EXPECT_DOUBLE_EQ(part->feature_weight(4), 0.25);
}

TEST(ContinuousBernoulli, IsUniformAtLogit0) {
  const auto part = likelihood("continuous_bernoulli");
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    for (const double x : {0.0, 0.3, 1.0}) {
      EXPECT_EQ(error_of(*part, 0, x, type), 0) << x;
      EXPECT_NEAR(slope_of(*part, 0, x, type), 0.5 - x, 1e-7) << x;
    }
  }
}

TEST(ContinuousBernoulli, IsExactForLargeLogits) {
  const auto part = likelihood("continuous_bernoulli");
  // The density of x is logit * exp(logit * x) / (exp(logit) - 1).
  for (const double logit : {10.0, 40.0, 200.0, 1e6}) {
    const double at_its_end = -std::log(logit) + std::log1p(-std::exp(-logit));
    const double mean = 1 / (1 - std::exp(-logit)) - 1 / logit;
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      SCOPED_TRACE(fmt::format("{} as {}", logit, at::toString(type)));
      const double digits = type == at::kDouble ? 1e-15 : 1e-6;
      EXPECT_NEAR(error_of(*part, logit, 1, type), at_its_end, 4 * digits);
      EXPECT_NEAR(error_of(*part, -logit, 0, type), at_its_end, 4 * digits);
      EXPECT_NEAR(error_of(*part, logit, 0, type), at_its_end + logit, digits * logit);
      EXPECT_NEAR(error_of(*part, -logit, 1, type), at_its_end + logit, digits * logit);
      EXPECT_NEAR(slope_of(*part, logit, 0.25, type), mean - 0.25, digits);
      EXPECT_NEAR(slope_of(*part, -logit, 0.25, type), 0.75 - mean, digits);
    }
  }
}

/// Logits around 0, where closed forms cancel, and around the end of the series.
std::vector<double> logits_near_0() {
  std::vector<double> logits = {1e-30, 1e-10, 1e-6, 0.49999997, 0.5, 0.50000003};
  for (double logit = 1e-4; logit < 4; logit *= 1.03) logits.push_back(logit);
  const size_t above = logits.size();
  for (size_t i = 0; i < above; ++i) logits.push_back(-logits[i]);
  return logits;
}

TEST(ContinuousBernoulli, KeepsItsDigitsNear0InFloat32) {
  const auto part = likelihood("continuous_bernoulli");
  const at::Tensor single = column(logits_near_0(), at::kFloat);
  for (const double x : {0.0, 0.25, 1.0}) {
    at::Tensor slope[2];
    at::Tensor error[2];
    for (const bool is_double : {false, true}) {
      const at::Tensor logit =
          single.detach().to(is_double ? at::kDouble : at::kFloat).requires_grad_();
      error[is_double] = part->per_value(logit, at::full_like(logit, x));
      error[is_double].sum().backward();
      slope[is_double] = logit.grad();
    }
    EXPECT_LT((error[0] - error[1]).abs().max().item<double>(), 1e-6);
    EXPECT_LT((slope[0] - slope[1]).abs().max().item<double>(), 2e-6);
  }
  const at::Tensor mean = part->mean(single.to(at::kDouble));
  EXPECT_LT((part->mean(single) - mean).abs().max().item<double>(), 1e-6);
}

TEST(ContinuousBernoulli, HasNoStepWhereTheSeriesEnds) {
  const auto part = likelihood("continuous_bernoulli");
  const double below = std::nextafter(0.5, 0.0);
  EXPECT_NEAR(error_of(*part, below, 0.5), error_of(*part, 0.5, 0.5), 5e-14);
  EXPECT_NEAR(slope_of(*part, below, 0.5), slope_of(*part, 0.5, 0.5), 5e-13);
}

TEST(LearnedWidths, AreParametersOfTheReconstruction) {
  for (const auto& [type, parameter] :
       {std::pair{"gaussian", "log_sigma"}, std::pair{"laplace", "log_scale"}}) {
    EXPECT_TRUE(likelihood(type, 3)->named_parameters().is_empty());
    const auto one = likelihood({{"type", type}, {"variance", "learned"}}, 3);
    const auto each = likelihood({{"type", type}, {"variance", "per_feature"}}, 3);
    EXPECT_EQ(one->named_parameters()[parameter].sizes().vec(), std::vector<int64_t>{1});
    EXPECT_EQ(each->named_parameters()[parameter].sizes().vec(), std::vector<int64_t>{3});
  }
}

TEST(LearnedWidths, AreParametersOfTheModel) {
  const Json config = {{"type", "gaussian"}, {"variance", "per_feature"}};
  const auto model = model_of(experiment_of({{"objective", {{"reconstruction", config}}}}), 5);
  const auto parameters = model->named_parameters();
  const at::Tensor* parameter = parameters.find("reconstruction.log_sigma");
  ASSERT_NE(parameter, nullptr);
  EXPECT_EQ(parameter->sizes().vec(), std::vector<int64_t>{5});
  EXPECT_EQ(model->describe().back().parameters, 5);
}

TEST(LearnedWidths, BeginAsGiven) {
  for (const auto& [type, width] :
       {std::pair{"gaussian", "sigma"}, std::pair{"laplace", "scale"}}) {
    const auto fixed = likelihood({{"type", type}, {width, 0.25}});
    for (const char* variance : {"learned", "per_feature"}) {
      const auto learned = likelihood({{"type", type}, {width, 0.25}, {"variance", variance}});
      EXPECT_NEAR(error_of(*learned, 0.5, 0.25), error_of(*fixed, 0.5, 0.25), 1e-6) << type;
    }
  }
}

TEST(LearnedWidths, StayAboveTheirLeast) {
  const auto gaussian =
      likelihood({{"type", "gaussian"}, {"variance", "learned"}, {"least_sigma", 0.01}});
  const auto laplace =
      likelihood({{"type", "laplace"}, {"variance", "learned"}, {"least_scale", 0.01}});
  for (const double parameter : {-30.0, -1000.0}) {
    set_parameter(*gaussian, parameter);
    set_parameter(*laplace, parameter);
    // Lower bound of the loss of a constant feature that is reconstructed exactly.
    EXPECT_NEAR(error_of(*gaussian, 1, 1), std::log(0.01 * std::sqrt(2 * std::numbers::pi)), 1e-6);
    EXPECT_NEAR(error_of(*laplace, 1, 1), std::log(2 * 0.01), 1e-6);
    EXPECT_NEAR(slope_of(*gaussian, 2, 1), 1e4, 1e-3);
  }
}

/// The maximum-likelihood scale is the root mean square error, or the mean absolute error.
TEST(LearnedWidths, FindTheErrorsOwn) {
  const at::Tensor target = at::tensor({0.5, -1.0, 0.25, 1.5}, at::kDouble).view({4, 1});
  const at::Tensor output = at::zeros_like(target);
  const double sigma = target.square().mean().sqrt().item<double>();
  const double scale = target.abs().mean().item<double>();
  for (const auto& [type, best] : {std::pair{"gaussian", sigma}, std::pair{"laplace", scale}}) {
    const auto part = likelihood({{"type", type}, {"variance", "learned"}});
    part->to(at::kDouble);
    at::Tensor parameter = part->parameters()[0];
    for (int step = 0; step < 200; ++step) {
      parameter.mutable_grad().reset();
      part->batch(output, target).sum.backward();
      const c10::NoGradGuard no_grad;
      parameter.sub_(parameter.grad(), 0.1);
    }
    EXPECT_NEAR(parameter.exp().item<double>() + 1e-3, best, 1e-6) << type;
  }
}

TEST(LearnedWidths, AreRefusedWhereTheyWouldBeginBelowTheirLeast) {
  const Json config = {{"type", "gaussian"}, {"variance", "learned"}, {"sigma", 1e-3}};
  EXPECT_THAT([&] { likelihood(config); },
              fails_with(ErrorKind::usage, "sigma = 0.001", "least_sigma = 0.001"));
  EXPECT_NO_THROW(likelihood({{"type", "gaussian"}, {"sigma", 1e-3}}));
}

/// Loss at the optimal output, ln x! + x - x ln x, by Stirling's series.
TEST(Counts, KeepTheirDigitsWhereTheyAreLargeInFloat32) {
  const auto poisson = likelihood("poisson");
  for (const double x : {1e3, 1e5, 1e7}) {
    const double expected = 0.5 * std::log(2 * std::numbers::pi * x) + 1 / (12 * x);
    EXPECT_NEAR(error_of(*poisson, std::log(x), x), expected, 1e-7);
    // The output is rounded: for a mean this large, by up to about one count.
    const double o = static_cast<float>(std::log(x));
    const double deviance = x * (std::expm1(o - std::log(x)) - (o - std::log(x)));
    EXPECT_NEAR(error_of(*poisson, o, x, at::kFloat), expected + deviance, 1e-5);
  }
}

TEST(Counts, OfZeroAreAsLikelyAsTheMeanIsSmall) {
  EXPECT_DOUBLE_EQ(error_of(*likelihood("poisson"), 1.5, 0), std::exp(1.5));
  EXPECT_NEAR(error_of(*likelihood("poisson"), -40, 0), std::exp(-40.0), 1e-30);
  // With inverse dispersion 1 (within 5e-5), the probability of 0 is 1 / (1 + mean).
  EXPECT_NEAR(error_of(*likelihood("negative_binomial"), 1.5, 0), std::log1p(std::exp(1.5)), 1e-4);
}

TEST(Counts, HaveFiniteErrorsAndUsefulSlopesForAnyOutput) {
  for (const char* type : {"poisson", "negative_binomial"}) {
    const auto part = likelihood(type);
    for (const double x : {0.0, 3.0, 1e6}) {
      for (const double output : {20.0, 100.0, 1e4, 1e20}) {
        SCOPED_TRACE(fmt::format("{} of {} at {}", type, x, output));
        EXPECT_TRUE(std::isfinite(part->mean(column({output}, at::kFloat)).item<double>()));
        EXPECT_TRUE(std::isfinite(error_of(*part, output, x, at::kFloat)));
        const double slope = slope_of(*part, output, x, at::kFloat);
        EXPECT_TRUE(std::isfinite(slope));
        EXPECT_GT(slope, 0) << "draws the output down";
      }
      for (const double output : {-100.0, -1e4}) {
        SCOPED_TRACE(fmt::format("{} of {} at {}", type, x, output));
        EXPECT_TRUE(std::isfinite(error_of(*part, output, x, at::kFloat)));
        const double slope = slope_of(*part, output, x, at::kFloat);
        EXPECT_TRUE(std::isfinite(slope));
        if (x > 0) {
          EXPECT_LT(slope, -0.1) << "draws the output up";
        }
      }
    }
  }
}

TEST(Counts, HaveAMeanThatGoesOnAsATangentFrom2To24) {
  const auto part = likelihood("poisson");
  const double joint = 24 * std::numbers::ln2;
  const auto mean = [&](double output) { return part->mean(column({output})).item<double>(); };
  EXPECT_NEAR(mean(joint - 1e-9) / mean(joint + 1e-9), 1, 3e-9);
  EXPECT_NEAR(mean(joint - 1), std::exp2(24) / std::numbers::e, 1e-6);
  EXPECT_NEAR(mean(joint + 3), 4 * std::exp2(24), 1e-6);
  for (const double output : {joint - 1, joint + 3}) {
    EXPECT_NEAR(part->output_for(at::full({1}, mean(output), at::kDouble)).item<double>(), output,
                1e-9);
  }
}

TEST(NegativeBinomial, IsPoissonWithoutDispersion) {
  const auto part = likelihood("negative_binomial");
  set_parameter(*part, 1000);
  for (const double x : {0.0, 2.0, 30.0}) {
    EXPECT_NEAR(error_of(*part, 1.2, x), error_of(*likelihood("poisson"), 1.2, x), 1e-3);
  }
}

TEST(NegativeBinomial, IsFiniteWhereverItsDispersionGoes) {
  const auto part = likelihood("negative_binomial");
  for (const double parameter : {-1000.0, -20.0, 30.0, 1000.0}) {
    set_parameter(*part, parameter);
    for (const double x : {0.0, 1.0, 1e6}) {
      for (const double output : {-30.0, 0.0, 30.0}) {
        EXPECT_TRUE(std::isfinite(error_of(*part, output, x, at::kFloat)))
            << parameter << " " << x << " " << output;
      }
    }
  }
}

TEST(NegativeBinomial, HasOneDispersionForEachFeatureOrForAll) {
  const auto sizes = [](const char* dispersion) {
    return likelihood({{"type", "negative_binomial"}, {"dispersion", dispersion}}, 3)
        ->named_parameters()["log_inverse_dispersion"]
        .sizes()
        .vec();
  };
  EXPECT_EQ(sizes("per_feature"), std::vector<int64_t>{3});
  EXPECT_EQ(sizes("learned"), std::vector<int64_t>{1});
}

/// Negative log-likelihood of a row of counts.
double row_error(const Reconstruction& part, const std::vector<double>& output,
                 const std::vector<double>& counts, at::ScalarType type = at::kDouble) {
  return part.per_sample(column(output, type).t(), column(counts, type).t()).item<double>();
}

TEST(Multinomial, CountsTheOrdersOfARowsItems) {
  const auto part = likelihood("multinomial", 3);
  // 4! / (2! 1! 1!) orders, each of probability 0.5^2 0.25 0.25.
  EXPECT_NEAR(row_error(*part, {std::log(2.0), 0, 0}, {2, 1, 1}), -std::log(12.0 / 64), 1e-12);
  // Logits are the same up to a constant.
  EXPECT_NEAR(row_error(*part, {std::log(2.0) + 9, 9, 9}, {2, 1, 1}), -std::log(12.0 / 64), 1e-12);
}

TEST(Multinomial, HasNoErrorOfARowWithoutItems) {
  const auto part = likelihood("multinomial", 3);
  const at::Tensor output = at::tensor({3.0, -80.0, 1e4}, at::kFloat).view({1, 3}).requires_grad_();
  const at::Tensor errors = part->per_value(output, at::zeros({1, 3}, at::kFloat));
  EXPECT_EQ(errors.abs().max().item<double>(), 0);
  const auto batch = part->batch(output, at::zeros({1, 3}, at::kFloat));
  EXPECT_EQ(batch.sum.item<double>(), 0);
  EXPECT_EQ(batch.squared_error.item<double>(), 0);
  batch.sum.backward();
  EXPECT_EQ(output.grad().abs().max().item<double>(), 0);
}

TEST(Multinomial, SumsOfABatchAreThoseOfItsRows) {
  const auto part = likelihood("multinomial", 3);
  const at::Tensor output = at::tensor({0.5, -1.0, 2.0, 0.0, 3.0, -2.0}, at::kDouble).view({2, 3});
  const at::Tensor target = at::tensor({0.0, 3.0, 1.0, 100.0, 0.0, 7.0}, at::kDouble).view({2, 3});
  const auto batch = part->batch(output, target);
  EXPECT_NEAR(batch.sum.item<double>(), part->per_sample(output, target).sum().item<double>(),
              1e-9);
  const at::Tensor mean = output.softmax(1) * target.sum(1, true);
  EXPECT_NEAR(batch.squared_error.item<double>(), (mean - target).square().sum().item<double>(),
              1e-9);
}

TEST(Multinomial, IsExactForLargeCountsInFloat32) {
  const auto part = likelihood("multinomial", 2);
  // Stirling: with n/2 of n items each, minus the log of C(n, n/2) / 2^n is ln(pi n / 2) / 2.
  for (const double n : {1e4, 1e6}) {
    EXPECT_NEAR(row_error(*part, {0, 0}, {n / 2, n / 2}, at::kFloat),
                0.5 * std::log(std::numbers::pi * n / 2) + 1 / (4 * n), 1e-5);
  }
}

TEST(Multinomial, HasFiniteErrorsAndUsefulSlopesForAnyOutput) {
  const auto part = likelihood("multinomial", 2);
  for (const float far : {30.0f, 1e4f, 1e20f}) {
    const at::Tensor output = at::tensor({far, -far}, at::kFloat).view({1, 2}).requires_grad_();
    const at::Tensor error =
        part->per_value(output, at::tensor({0.0f, 3.0f}, at::kFloat).view({1, 2})).sum();
    EXPECT_TRUE(std::isfinite(error.item<double>()));
    error.backward();
    EXPECT_NEAR(output.grad()[0][0].item<double>(), 3, 1e-6) << "draws the output down";
  }
}

TEST(Multinomial, TakesTheTotalOfTrainingRowsFromTheirMean) {
  const auto part = likelihood("multinomial", 2);
  part->fit(at::tensor({2.25, 0.5}, at::kFloat));
  const at::Tensor output = at::zeros({1, 2}, at::kFloat);
  EXPECT_FLOAT_EQ(part->mean(output)[0][0].item<float>(), 1.375f);
  const at::Tensor drawn = part->sample(output.expand({50, 2}).contiguous(),
                                        at::make_generator<at::CPUGeneratorImpl>(1));
  EXPECT_TRUE(drawn.sum(1).eq(3).all().item<bool>()) << "2.75, rounded";
  part->fit(at::tensor({0.1, 0.1}, at::kFloat));
  EXPECT_EQ(part->sample(output, at::make_generator<at::CPUGeneratorImpl>(1)).sum().item<double>(),
            0);
}

TEST(InputTransforms, ComeBeforeTheEncoder) {
  const at::Tensor x = at::tensor({3.0, 4.0, 0.0, 0.0, -1.0, 0.0}, at::kDouble).view({3, 2});
  EXPECT_TRUE(at::equal(transformed(input_transform_of("none"), x), x));
  EXPECT_TRUE(at::allclose(transformed(input_transform_of("unit_norm"), x),
                           at::tensor({0.6, 0.8, 0.0, 0.0, -1.0, 0.0}, at::kDouble).view({3, 2})));
  EXPECT_TRUE(
      at::allclose(transformed(input_transform_of("log1p"), x)[0], x[0].log1p(), 1e-12, 1e-12));
  EXPECT_EQ(transformed(input_transform_of("log1p"), x)[2][0].item<double>(), 0);
}

TEST(Domains, SayWhatDataALikelihoodTakes) {
  for (const char* type : {"poisson", "negative_binomial", "multinomial"}) {
    const auto domain = part_of<ReconstructionSpec>(type)->domain();
    EXPECT_TRUE(domain.whole);
    EXPECT_EQ(domain.low, 0);
    EXPECT_EQ(domain.high, std::numeric_limits<double>::infinity());
  }
  const auto domain = part_of<ReconstructionSpec>("continuous_bernoulli")->domain();
  EXPECT_FALSE(domain.whole);
  EXPECT_EQ(domain.low, 0);
  EXPECT_EQ(domain.high, 1);
}

}  // namespace
}  // namespace ae
