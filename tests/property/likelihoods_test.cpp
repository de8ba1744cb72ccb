#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gradients.h"
#include "models/reconstruction.h"
#include "parts.h"

namespace ae {
namespace {

/// Outputs of one row, on both sides of each special point of a likelihood.
at::Tensor outputs() { return at::tensor({-2.5, -0.4, 0.0, 0.3, 1.0, 2.5}, at::kDouble); }

/// Total of the training rows, for likelihoods of rows of a total.
constexpr int64_t kTotal = 4;

/// Reconstruction of the table with one choice of options.
struct Variant {
  Json config;
  std::string name;
  Part<ReconstructionSpec> part;
  std::shared_ptr<Reconstruction> built;  // float64, parameters away from their initial values
};

/// Every reconstruction at its defaults, and at every value of the options that add parameters.
std::vector<Variant> variants() {
  std::vector<Variant> all;
  for (const std::string& name : part_names<ReconstructionSpec>()) {
    std::vector<Json> configs(1, Json::object({{"type", name}}));
    if (name == "gaussian" || name == "laplace") {
      configs.push_back({{"type", name}, {"variance", "learned"}});
      configs.push_back({{"type", name}, {"variance", "per_feature"}});
    }
    if (name == "negative_binomial") {
      configs.push_back({{"type", name}, {"dispersion", "learned"}});
    }
    for (const Json& config : configs) {
      const auto part = part_of<ReconstructionSpec>(config);
      const auto built = part->build(outputs().size(0));
      built->to(at::kDouble);
      if (part->needs_mean()) built->fit(at::full_like(outputs(), kTotal / 6.0));
      const c10::NoGradGuard no_grad;
      for (at::Tensor& parameter : built->parameters()) {
        parameter.copy_(at::linspace(-0.9, 0.7, parameter.numel(), at::kDouble));
      }
      all.push_back({config, name, part, built});
    }
  }
  return all;
}

/// @param joint  those of whole rows, or those of independent values
std::vector<Variant> likelihoods(bool joint = false) {
  std::vector<Variant> some;
  for (const Variant& each : variants()) {
    if (each.part->is_likelihood() && each.part->couples_features() == joint) some.push_back(each);
  }
  return some;
}

/// All rows of whole numbers that add up to kTotal. [K, D]
at::Tensor rows_of_total() {
  const int64_t base = kTotal + 1;
  std::vector<at::Tensor> columns;
  int64_t place = 1;
  for (int64_t i = 0; i < outputs().size(0); ++i) place *= base;
  at::Tensor left = at::arange(place, at::kLong);
  for (int64_t i = 0; i < outputs().size(0); ++i) {
    columns.push_back(left.remainder(base));
    left = left.div(base, "floor");
  }
  const at::Tensor all = at::stack(columns, 1);
  return all.index_select(0, all.sum(1).eq(kTotal).nonzero().squeeze(1)).to(at::kDouble);
}

/// Values in the data's domain and their quadrature weights. [K, D] each
struct Values {
  at::Tensor x;
  at::Tensor weight;
};

Values whole_numbers(int64_t count) {
  const at::Tensor x =
      at::arange(count, at::kDouble).unsqueeze(1).expand({count, outputs().size(0)});
  return {x, at::ones_like(x)};
}

/// Simpson's rule; the middle, where a density may have a kink, is one of its even points.
Values simpson(const at::Tensor& low, const at::Tensor& high) {
  constexpr int64_t kIntervals = 24'000;
  const at::Tensor share = at::arange(kIntervals + 1, at::kDouble).unsqueeze(1) / kIntervals;
  const at::Tensor x = low + share * (high - low);
  at::Tensor weight = at::full({kIntervals + 1, 1}, 2.0 / 3, at::kDouble);
  weight.slice(0, 1, kIntervals, 2).fill_(4.0 / 3);
  weight[0].fill_(1.0 / 3);
  weight[kIntervals].fill_(1.0 / 3);
  return {x, weight * ((high - low) / kIntervals)};
}

/// Values covering a likelihood's domain, except for a negligible tail.
Values data_of(const Variant& variant) {
  const ReconstructionSpec::Domain domain = variant.part->domain();
  // Values in between are accepted as probabilities; it is a likelihood of 0 and 1 only.
  if (variant.name == "bernoulli") return whole_numbers(2);
  if (domain.whole) return whole_numbers(4'000);
  const at::Tensor zero = at::zeros_like(outputs());
  if (std::isfinite(domain.high)) return simpson(zero + domain.low, zero + domain.high);
  return simpson(outputs() - 60, outputs() + 60);
}

struct Moments {
  at::Tensor total;  // [D], as all below
  at::Tensor mean;
  at::Tensor variance;
  at::Tensor fourth;  // about the mean
};

Moments moments_of(const Variant& variant) {
  const Values data = data_of(variant);
  const at::Tensor output = outputs().expand(data.x.sizes());
  const at::Tensor share =
      variant.built->per_value(output, data.x).neg().exp() * data.weight;  // [K, D]
  Moments moments;
  moments.total = share.sum(0);
  moments.mean = (share * data.x).sum(0);
  const at::Tensor square = (data.x - moments.mean).square();
  moments.variance = (share * square).sum(0);
  moments.fourth = (share * square.square()).sum(0);
  return moments;
}

TEST(EveryLikelihood, AddsUpToOneOverItsDomain) {
  const c10::NoGradGuard no_grad;
  ASSERT_GE(likelihoods().size(), 5u);
  for (const Variant& variant : likelihoods()) {
    const at::Tensor total = moments_of(variant).total;
    EXPECT_LT((total - 1).abs().max().item<double>(), 1e-6) << variant.config << "\n" << total;
  }
}

TEST(EveryLikelihood, HasTheMeanOfItsDensity) {
  const c10::NoGradGuard no_grad;
  for (const Variant& variant : likelihoods()) {
    const at::Tensor mean = variant.built->mean(outputs().unsqueeze(0))[0];
    EXPECT_TRUE(at::allclose(mean, moments_of(variant).mean, 1e-6, 1e-6)) << variant.config;
  }
}

TEST(EveryLikelihood, DrawsWithTheMeanAndVarianceOfItsDensity) {
  const c10::NoGradGuard no_grad;
  constexpr int64_t kDraws = 20'000;
  for (const Variant& variant : likelihoods()) {
    SCOPED_TRACE(variant.config);
    const Moments expected = moments_of(variant);
    const at::Tensor output = outputs().to(at::kFloat).expand({kDraws, outputs().size(0)});
    const auto draws = [&](uint64_t seed) {
      return variant.built->sample(output, at::make_generator<at::CPUGeneratorImpl>(seed));
    };
    const at::Tensor drawn = draws(5);
    EXPECT_EQ(drawn.sizes(), output.sizes());
    EXPECT_EQ(drawn.scalar_type(), at::kFloat);
    EXPECT_TRUE(at::equal(draws(5), drawn));
    EXPECT_FALSE(at::equal(draws(6), drawn));
    const ReconstructionSpec::Domain domain = variant.part->domain();
    EXPECT_TRUE(at::isfinite(drawn).all().item<bool>());
    EXPECT_GE(drawn.min().item<double>(), domain.low);
    EXPECT_LE(drawn.max().item<double>(), domain.high);
    EXPECT_TRUE(!domain.whole || at::equal(drawn.round(), drawn));

    // Some statistics have no variance, such as the distance of a fair coin's outcomes from 1/2.
    constexpr double kRounding = 1e-12;
    const at::Tensor x = drawn.to(at::kDouble);
    const at::Tensor mean_error = (x.mean(0) - expected.mean).abs();
    EXPECT_TRUE((mean_error <= 5 * (expected.variance / kDraws).sqrt()).all().item<bool>())
        << mean_error;
    const at::Tensor variance_error =
        ((x - expected.mean).square().mean(0) - expected.variance).abs();
    const at::Tensor spread = (expected.fourth - expected.variance.square()).clamp_min(0);
    EXPECT_TRUE((variance_error <= 5 * (spread / kDraws).sqrt() + kRounding).all().item<bool>())
        << variance_error;
  }
}

/// Of rows of a total; the moments are of every row's value in each column.
TEST(EveryJointLikelihood, HasTheMomentsOfItsProbabilities) {
  const c10::NoGradGuard no_grad;
  ASSERT_GE(likelihoods(/*joint=*/true).size(), 1u);
  constexpr int64_t kDraws = 20'000;
  for (const Variant& variant : likelihoods(/*joint=*/true)) {
    SCOPED_TRACE(variant.config);
    const at::Tensor x = rows_of_total();
    const at::Tensor output = outputs().expand(x.sizes());
    const at::Tensor share = variant.built->per_sample(output, x).neg().exp().unsqueeze(1);
    EXPECT_NEAR(share.sum().item<double>(), 1, 1e-9);
    const at::Tensor mean = (share * x).sum(0);
    EXPECT_TRUE(at::allclose(variant.built->mean(outputs()), mean, 1e-9, 1e-9));
    EXPECT_TRUE(at::allclose(variant.built->mean_given(output, x)[0], mean, 1e-9, 1e-9));

    const auto draws = [&](uint64_t seed) {
      return variant.built->sample(
          outputs().to(at::kFloat).expand({kDraws, outputs().size(0)}).contiguous(),
          at::make_generator<at::CPUGeneratorImpl>(seed));
    };
    const at::Tensor drawn = draws(5);
    EXPECT_EQ(drawn.scalar_type(), at::kFloat);
    EXPECT_TRUE(at::equal(draws(5), drawn));
    EXPECT_FALSE(at::equal(draws(6), drawn));
    EXPECT_TRUE(drawn.sum(1).eq(kTotal).all().item<bool>());
    const at::Tensor variance = (share * (x - mean).square()).sum(0);
    const at::Tensor drawn_mean = drawn.to(at::kDouble).mean(0);
    EXPECT_TRUE(((drawn_mean - mean).abs() <= 5 * (variance / kDraws).sqrt()).all().item<bool>())
        << drawn_mean << mean;
    const at::Tensor fourth = (share * (x - mean).square().square()).sum(0);
    const at::Tensor spread = ((fourth - variance.square()) / kDraws).sqrt();
    const at::Tensor drawn_variance = (drawn.to(at::kDouble) - mean).square().mean(0);
    EXPECT_TRUE(((drawn_variance - variance).abs() <= 5 * spread).all().item<bool>())
        << drawn_variance << variance;
  }
}

TEST(EveryReconstruction, TakesItsMeanBackToTheOutput) {
  for (const Variant& variant : variants()) {
    const auto& built = *variant.built;
    at::Tensor output = outputs();
    // Logits of shares are the same up to a constant.
    if (variant.part->couples_features()) output = output.log_softmax(0);
    EXPECT_TRUE(at::allclose(built.output_for(built.mean(output)), output, 1e-9, 1e-9))
        << variant.config;
  }
}

/// The output of a feature constant at an end of the domain is clamped to a finite value.
TEST(EveryReconstruction, HasAnOutputForTheEndsOfItsDomain) {
  for (const Variant& variant : variants()) {
    SCOPED_TRACE(variant.config);
    const ReconstructionSpec::Domain domain = variant.part->domain();
    for (const double end : {domain.low, domain.high}) {
      if (!std::isfinite(end)) continue;
      for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
        const at::Tensor data = at::full({3}, end, type);
        const at::Tensor output = variant.built->output_for(data);
        EXPECT_EQ(output.scalar_type(), type);
        EXPECT_TRUE(at::isfinite(output).all().item<bool>());
        if (variant.part->couples_features()) continue;  // the total is not the row's
        EXPECT_LT((variant.built->mean(output) - data).abs().max().item<double>(), 0.011);
      }
    }
  }
}

TEST(EveryReconstruction, HasGradientsByOutputAndParameters) {
  for (const Variant& variant : variants()) {
    const std::string what = variant.config.dump();
    const int64_t features = outputs().size(0);
    const at::Tensor output = (outputs() + 0.05).repeat({3, 1});
    at::Tensor target = at::linspace(0.03, 0.97, 3 * features, at::kDouble).view({3, features});
    if (variant.part->domain().whole) target = (target * 20).round();
    const auto error = [&](const at::Tensor& x) {
      return variant.built->per_value(x, target).sum();
    };
    expect_gradient(output, error, what);
    for (const auto& item : variant.built->named_parameters()) {
      at::Tensor parameter = item.value();
      const at::Tensor begun = parameter.detach().clone();
      for (const bool by_batch : {false, true}) {
        parameter.mutable_grad().reset();
        (by_batch ? variant.built->batch(output, target).sum : error(output)).backward();
        const at::Tensor analytic = parameter.grad().clone();
        const c10::NoGradGuard no_grad;
        constexpr double kStep = 1e-5;
        for (int64_t i = 0; i < parameter.numel(); ++i) {
          parameter[i].add_(kStep);
          const double above = error(output).item<double>();
          parameter[i].sub_(2 * kStep);
          const double below = error(output).item<double>();
          parameter.copy_(begun);
          const double expected = analytic[i].item<double>();
          EXPECT_NEAR((above - below) / (2 * kStep), expected,
                      1e-7 * std::max(1.0, std::abs(expected)))
              << what << " by " << item.key() << ", element " << i;
        }
      }
    }
  }
}

TEST(Reconstructions, ExceedNothingAtAPerfectOutput) {
  for (const Variant& variant : variants()) {
    const at::Tensor target = at::tensor({0.0, 1.0, 0.0, 1.0, 1.0, 1.0}, at::kDouble).unsqueeze(0);
    const at::Tensor perfect = variant.built->output_for(target);
    const at::Tensor worse = outputs().unsqueeze(0);
    EXPECT_LT(variant.built->excess(perfect, target).abs().max().item<double>(), 1e-9)
        << variant.config;
    EXPECT_GE(variant.built->excess(worse, target).min().item<double>(), 0) << variant.config;
    EXPECT_GT(variant.built->excess(worse, target).sum().item<double>(), 0.1) << variant.config;
  }
}

}  // namespace
}  // namespace ae
