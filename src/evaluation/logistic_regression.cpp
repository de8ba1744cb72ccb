#include "evaluation/logistic_regression.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <torch/optim/lbfgs.h>

#include <algorithm>
#include <vector>

#include "core/clock.h"
#include "core/log.h"
#include "evaluation/row_chunks.h"

namespace ae {
namespace {

// Features or logits processed at a time: they fit a cache, as both are read more than once.
constexpr int64_t kChunkValues = int64_t{1} << 20;
constexpr int64_t kHistory = 20;
constexpr double kMinChange = 1e-14;  // of parameters and objective; smaller ones end the fit
constexpr double kRounding = 1e-6;    // relative deviation of float32 values that should be equal
constexpr double kSecondsBetweenLines = 10;

/// Σ cross-entropy + ½ ‖weights‖² / C over all rows, and its gradient.
class PenalisedLoss {
 public:
  PenalisedLoss(const at::Tensor& rows, const at::Tensor& classes, int64_t class_count, double c)
      : rows_(rows), classes_(classes.unsqueeze(0)), penalty_((class_count == 2 ? 2 : 1) / c) {}

  /// @param parameters  [K, D + 1] float64: weights, and the intercept in the last column
  /// @param gradient    [K, D + 1] float64, overwritten
  double evaluate(const at::Tensor& parameters, at::Tensor& gradient) const {
    const int64_t features = rows_.size(1);
    const at::Tensor weights = parameters.narrow(1, 0, features);
    const at::Tensor intercept = parameters.narrow(1, features, 1);
    const at::Tensor row_weights = weights.to(rows_.scalar_type()).contiguous();  // [K, D]
    at::Tensor weight_gradient = gradient.narrow(1, 0, features);
    at::Tensor intercept_gradient = gradient.narrow(1, features, 1);
    weight_gradient.copy_(weights * penalty_);
    intercept_gradient.zero_();
    at::Tensor loss = weights.square().sum() * (penalty_ / 2);
    for_each_chunk(
        rows_.size(0), std::max(features, parameters.size(0)), kChunkValues,
        [&](int64_t first, int64_t count) {
          const at::Tensor x = rows_.narrow(0, first, count);
          const at::Tensor classes = classes_.narrow(1, first, count);  // [1, n]
          // [K, n] makes both matrix multiplications several times as fast as [n, K].
          const at::Tensor logits = row_weights.mm(x.t()).to(at::kDouble).add_(intercept);
          const at::Tensor log_probabilities = at::log_softmax(logits, 0);
          loss.sub_(log_probabilities.gather(0, classes).sum());
          at::Tensor error = log_probabilities.exp();  // [K, n] probabilities - one-hot classes
          error.scatter_add_(0, classes, at::full_like(classes, -1, at::kDouble));
          weight_gradient.add_(error.to(rows_.scalar_type()).mm(x));
          intercept_gradient.add_(error.sum(1, /*keepdim=*/true));
        });
    return loss.item<double>();
  }

 private:
  const at::Tensor& rows_;
  at::Tensor classes_;  // [1, N]
  double penalty_;
};

double max_norm(const at::Tensor& gradient) { return gradient.abs().max().item<double>(); }

}  // namespace

Standardization Standardization::fit(const at::Tensor& rows) {
  const auto count = static_cast<double>(rows.size(0));
  at::Tensor mean = at::zeros({rows.size(1)}, at::kDouble);
  for_each_chunk(rows.size(0), rows.size(1), kChunkValues, [&](int64_t first, int64_t n) {
    mean.add_(rows.narrow(0, first, n).to(at::kDouble).sum(0));
  });
  mean.div_(count);
  at::Tensor squares = at::zeros_like(mean);
  for_each_chunk(rows.size(0), rows.size(1), kChunkValues, [&](int64_t first, int64_t n) {
    squares.add_((rows.narrow(0, first, n).to(at::kDouble) - mean).square().sum(0));
  });
  const at::Tensor deviation = (squares / count).sqrt();
  const at::Tensor varies = deviation > mean.abs() * kRounding;
  return {mean, at::where(varies, deviation.reciprocal(), at::zeros_like(deviation))};
}

void Standardization::apply(at::Tensor& rows) const {
  rows.sub_(mean.to(rows.scalar_type())).mul_(scale.to(rows.scalar_type()));
}

LogisticRegression LogisticRegression::zero(int64_t classes, int64_t features) {
  return {at::zeros({classes, features}, at::kDouble), at::zeros({classes}, at::kDouble)};
}

at::Tensor LogisticRegression::classify(const at::Tensor& rows) const {
  const at::Tensor row_weights = weights.to(rows.scalar_type()).t();  // [D, K]
  const int64_t width = std::max(rows.size(1), weights.size(0));
  std::vector<at::Tensor> chunks;
  for_each_chunk(rows.size(0), width, kChunkValues, [&](int64_t first, int64_t count) {
    const at::Tensor logits = rows.narrow(0, first, count).mm(row_weights);  // [n, K]
    chunks.push_back((logits.to(at::kDouble) + intercept).argmax(1));
  });
  return at::cat(chunks);
}

LogisticRegression fit_logistic_regression(const at::Tensor& rows, const at::Tensor& classes,
                                           const LogisticOptions& options,
                                           const LogisticRegression& start) {
  const PenalisedLoss loss(rows, classes, start.intercept.size(0), options.c);
  const double tolerance = options.tolerance * static_cast<double>(rows.size(0));
  at::Tensor parameters = at::cat({start.weights, start.intercept.unsqueeze(1)}, 1);
  at::Tensor gradient = at::zeros_like(parameters);
  parameters.mutable_grad() = gradient;
  torch::optim::LBFGS lbfgs({parameters}, torch::optim::LBFGSOptions()
                                              .max_iter(options.evaluations)
                                              .max_eval(options.evaluations)
                                              .tolerance_grad(tolerance)
                                              .tolerance_change(kMinChange)
                                              .history_size(kHistory)
                                              .line_search_fn("strong_wolfe"));
  LogisticRegression fitted;
  double logged = monotonic_seconds();
  lbfgs.step([&] {
    const c10::NoGradGuard no_grad;  // the optimiser turns gradients on for its closure
    const double value = loss.evaluate(parameters, gradient);
    ++fitted.evaluations;
    if (monotonic_seconds() - logged > kSecondsBetweenLines) {
      logged = monotonic_seconds();
      spdlog::info(
          "  C = {:g}: {} evaluations, objective {:.6g}, gradient {:.2g} (tolerance {:.2g})",
          options.c, fitted.evaluations, value, max_norm(gradient), tolerance);
    }
    return at::scalar_tensor(value, at::kDouble);
  });
  const c10::NoGradGuard no_grad;
  loss.evaluate(parameters, gradient);
  const int64_t features = rows.size(1);
  fitted.weights = parameters.narrow(1, 0, features).contiguous();
  fitted.intercept = parameters.select(1, features).contiguous();
  fitted.converged = max_norm(gradient) <= tolerance;
  return fitted;
}

}  // namespace ae
