#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "experiments.h"
#include "models/contractive.h"

namespace ae {
namespace {

constexpr int64_t kContractionRows = 4;
constexpr int64_t kContractionFeatures = 6;

/// Squared norm of the Jacobian of the code, by central differences.
at::Tensor numeric_contraction(Autoencoder& model, const at::Tensor& x,
                               const ForwardContext& context) {
  constexpr double kStep = 1e-5;
  at::Tensor sum = at::zeros({x.size(0)}, at::kDouble);
  for (int64_t i = 0; i < x.size(1); ++i) {
    at::Tensor above = x.clone();
    above.select(1, i) += kStep;
    at::Tensor below = x.clone();
    below.select(1, i) -= kStep;
    const at::Tensor slope =
        (model.encode(above, context).code() - model.encode(below, context).code()) / (2 * kStep);
    sum += slope.square().sum(1);
  }
  return sum;
}

TEST(Contraction, IsTheSquaredNormOfTheCodesDerivative) {
  const Json mlp = {{"type", "mlp"}, {"hidden", {5}}, {"activation", "tanh"}};
  const struct {
    const char* what;
    Json options;
    bool closed_form;
  } cases[] = {
      {"sigmoid", {{"encoder", "linear"}, {"latent", {{"activation", "sigmoid"}}}}, true},
      {"tanh", {{"encoder", "linear"}, {"latent", {{"activation", "tanh"}}}}, true},
      {"identity", {{"encoder", "linear"}}, true},
      {"posterior mean", {{"encoder", "linear"}, {"kind", "vae"}}, true},
      {"softplus", {{"encoder", "linear"}, {"latent", {{"activation", "softplus"}}}}, false},
      {"mlp", {{"encoder", mlp}, {"latent", {{"activation", "sigmoid"}}}}, false},
      {"mlp of a vae", {{"encoder", mlp}, {"kind", "vae"}}, false},
      {"conv", {{"encoder", {{"type", "conv"}, {"channels", {3}}, {"activation", "tanh"}}}}, false},
      {"top_k", {{"encoder", mlp}, {"latent", {{"type", "top_k"}, {"k", 2}}}}, false},
      {"labels", {{"encoder", "linear"}, {"conditional", true}}, true},
      {"labels, mlp", {{"encoder", mlp}, {"conditional", true}}, false},
      {"bias", {{"encoder", "linear"}, {"pre_encoder_bias", true}}, true},
  };
  for (const auto& [what, options, closed_form] : cases) {
    SCOPED_TRACE(what);
    const auto built = model_of(experiment_of({{"model", options}}), kContractionFeatures);
    built->to(at::kDouble);
    const at::Tensor x = learnable_rows(kContractionRows, kContractionFeatures).to(at::kDouble);
    const ForwardContext context{.condition =
                                     built->condition(at::tensor({0, 2, 1, 1}, at::kLong))};
    const Posterior posterior = built->encode(x, context);
    EXPECT_EQ(built->code_derivative(posterior.mean).defined(), closed_form);
    const at::Tensor penalty = contraction(*built, x, posterior, context);
    const c10::NoGradGuard no_grad;
    EXPECT_TRUE(
        at::allclose(penalty.detach(), numeric_contraction(*built, x, context), 1e-6, 1e-9));
    EXPECT_TRUE(at::allclose(contraction(*built, x, posterior, context), penalty, 1e-12, 0))
        << "without a graph";
  }
}

TEST(Contraction, MovesTheEncoderByItsSlope) {
  for (const char* latent : {"sigmoid", "softplus"}) {
    const auto built = model_of(
        experiment_of({{"model", {{"encoder", "linear"}, {"latent", {{"activation", latent}}}}}}),
        kContractionFeatures);
    built->to(at::kDouble);
    const at::Tensor x = learnable_rows(kContractionRows, kContractionFeatures).to(at::kDouble);
    const auto penalty = [&] { return contraction(*built, x, built->encode(x), {}).sum(); };
    penalty().backward();
    at::Tensor matrix = built->named_parameters()["latent.projection.weight"];
    const at::Tensor gradient = matrix.grad();
    const at::Tensor direction = gradient / gradient.norm();
    const c10::NoGradGuard no_grad;
    matrix.add_(direction, 1e-6);
    const double above = penalty().item<double>();
    matrix.sub_(direction, 2e-6);
    const double slope = (above - penalty().item<double>()) / 2e-6;
    EXPECT_NEAR(slope, gradient.norm().item<double>(), 1e-6) << latent;
  }
}

TEST(Contraction, IsRefusedWhereRowsOfABatchMix) {
  Json config = {{"model", {{"encoder", {{"type", "mlp"}, {"normalization", "batch"}}}}}};
  const auto build = [&] { model_of(experiment_of(config), kContractionFeatures); };
  EXPECT_NO_THROW(build());
  config["objective"]["contractive_weight"] = 1;
  EXPECT_THAT(build, fails_with(ErrorKind::usage,
                                "objective.contractive_weight contradicts "
                                "model.encoder.normalization \"batch\"",
                                "\"layer\""));
  config["model"]["encoder"]["normalization"] = "layer";
  EXPECT_NO_THROW(build());
}

}  // namespace
}  // namespace ae
