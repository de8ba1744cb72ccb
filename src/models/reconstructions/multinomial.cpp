#include <ATen/TensorOperators.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/multinomial.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

/// Multinomial distribution of a row's items over the features, given their number n; the output is
/// the logits of the features' shares. Computed in float64: terms of size n ln n cancel.
/// Source: Liang et al. 2018, "Variational autoencoders for collaborative filtering"
/// (arXiv:1802.05814), with the constant that it leaves out.
class Multinomial : public Reconstruction {
 public:
  Multinomial() : mean_total_(register_buffer("mean_total", at::ones({1}, at::kFloat))) {}

  double feature_weight(int64_t /*features*/) const override { return 1; }

  /// The row's constant ln n! is divided among the features by their counts, so that features of
  /// count 0 have no error.
  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    const at::Tensor x = target.to(at::kDouble);
    const at::Tensor total = totals(x);
    const at::Tensor each = (total + 1).lgamma() / total.clamp_min(1);  // [N, 1]
    return ((x + 1).lgamma() - x * (log_shares(output) + each)).to(output.scalar_type());
  }

  BatchError batch(const at::Tensor& output, const at::Tensor& target) const override {
    const at::Tensor x = target.to(at::kDouble);
    const at::Tensor log_share = log_shares(output);
    const at::Tensor total = totals(x);
    BatchError error;
    error.sum = ((x + 1).lgamma().sum() - (total + 1).lgamma().sum() - (x * log_share).sum())
                    .to(output.scalar_type());
    const c10::NoGradGuard no_grad;
    error.squared_error = (log_share.exp() * total - x).square_().sum().to(output.scalar_type());
    return error;
  }

  at::Tensor mean(const at::Tensor& output) const override {
    return (log_shares(output).exp() * mean_total_.to(output.device(), at::kDouble))
        .to(output.scalar_type());
  }
  at::Tensor mean_given(const at::Tensor& output, const at::Tensor& target) const override {
    return (log_shares(output).exp() * totals(target.to(at::kDouble))).to(output.scalar_type());
  }
  /// Clamps the mean to at least 1e-6, as for a feature that is always 0.
  at::Tensor output_for(const at::Tensor& mean) const override {
    const at::Tensor m = mean.to(at::kDouble).clamp_min(1e-6);
    return (m / m.sum(-1, /*keepdim=*/true)).log().to(mean.scalar_type());
  }

  /// Draws as many items for each row as the training rows have on average, rounded.
  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    constexpr double kMaxItems = 0x1p24;  // float32 represents all counts up to it
    constexpr int64_t kAtOnce = 4096;
    const at::Tensor shares = log_shares(output).exp();
    at::Tensor counts = at::zeros_like(output);
    auto left =
        static_cast<int64_t>(std::clamp(mean_total_.round().item<double>(), 0.0, kMaxItems));
    for (; left > 0; left -= kAtOnce) {
      const at::Tensor items = at::multinomial(shares, std::min(left, kAtOnce),
                                               /*replacement=*/true, generator);  // [N, items]
      counts.scatter_add_(1, items, at::ones({1}, output.options()).expand(items.sizes()));
    }
    return counts;
  }

  void fit(const at::Tensor& mean) override {
    const c10::NoGradGuard no_grad;
    mean_total_.copy_(mean.sum().unsqueeze(0));
  }

 private:
  static at::Tensor log_shares(const at::Tensor& output) {
    return at::log_softmax(output.to(at::kDouble), -1);
  }
  /// Items of each row. [N, D] → [N, 1]
  static at::Tensor totals(const at::Tensor& x) { return x.sum(1, /*keepdim=*/true); }

  at::Tensor mean_total_;  // items of a training row, on average; [1]
};

class MultinomialSpec : public ReconstructionSpec {
 public:
  std::shared_ptr<Reconstruction> build(int64_t /*features*/) const override {
    return std::make_shared<Multinomial>();
  }
  bool has_link() const override { return true; }
  bool is_likelihood() const override { return true; }
  bool couples_features() const override { return true; }
  bool needs_mean() const override { return true; }
  Domain domain() const override { return {.low = 0, .whole = true}; }
};

}  // namespace

PartEntry<ReconstructionSpec> multinomial() {
  return {"multinomial",
          "negative log-likelihood of a row's counts given their total, with the multinomial "
          "coefficient, summed over features; the decoder's output is the logits of the features' "
          "shares; for baskets, words and other items that compete for a row's total",
          make_part<ReconstructionSpec, MultinomialSpec>};
}

}  // namespace ae::reconstructions
