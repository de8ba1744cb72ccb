#include "engine/non_finite.h"

#include <ATen/ops/sum.h>
#include <c10/core/GradMode.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <cmath>

#include "engine/autograd/autograd_executor.h"

namespace ae {
namespace {

constexpr size_t kMaxNamedRows = 5;

/// Keeps the name of the first layer whose output is not finite.
class FirstBadLayer : public LayerWatch {
 public:
  void enter(const char* part) override { part_ = part; }
  void see(const std::string& layer, const at::Tensor& output) override {
    if (!name_.empty() || is_finite(output)) return;
    name_ = layer.empty() ? part_ : part_ + "." + layer;
  }
  const std::string& name() const { return name_; }

 private:
  std::string part_;
  std::string name_;
};

/// A training forward pass over a batch, without an autograd graph.
BatchLoss loss_of(Autoencoder& model, const Objective& objective, const Batch& batch,
                  const StepSettings& settings, LayerWatch* watch) {
  const c10::NoGradGuard no_grad;
  const ForwardContext context{.training = true,
                               .noise = &batch.noise(),
                               .condition = model.condition(batch.labels()),
                               .watch = watch};
  return objective.training(model, batch.pair(), context, settings.weights);
}

/// Finds the rows with a non-finite loss by bisection.
class BadRows {
 public:
  BadRows(Autoencoder& model, const Objective& objective, const Batch& batch,
          const StepSettings& settings, NonFinite& found)
      : model_(model), objective_(objective), batch_(batch), settings_(settings), found_(found) {}

  void look(const IndexRange& range) {
    std::unique_ptr<Noise> noise;
    const Batch part = batch_.part(range, noise);
    if (is_finite(loss_of(model_, objective_, part, settings_, nullptr).loss)) return;
    if (range.count > 1) {
      const int64_t half = range.count / 2;
      look({range.begin, half});
      return look({range.begin + half, range.count - half});
    }
    ++found_.row_count;
    if (found_.rows.size() < kMaxNamedRows) {
      found_.rows.push_back(batch_.rows()[static_cast<size_t>(range.begin)]);
    }
  }

 private:
  Autoencoder& model_;
  const Objective& objective_;
  const Batch& batch_;
  const StepSettings& settings_;
  NonFinite& found_;
};

}  // namespace

bool is_finite(const at::Tensor& values) {
  // A non-finite value makes the sum non-finite, and a sum in double cannot overflow.
  return std::isfinite(at::sum(values.detach(), at::kDouble).item<double>());
}

NonFinite find_non_finite(Autoencoder& model, const Objective& objective,
                          const FlatParameters& parameters, const Batch& batch,
                          const StepSettings& settings) {
  NonFinite found;
  for (const FlatParameters::Slice& slice : parameters.slices()) {
    if (is_finite(FlatParameters::view(parameters.values(), slice))) continue;
    found.weight = slice.name;
    return found;
  }
  FirstBadLayer watch;
  const BatchLoss loss = loss_of(model, objective, batch, settings, &watch);
  for (const LossTerm& term : loss.terms) {
    if (found.term.empty() && std::string(term.name) != "loss" && !is_finite(term.sum)) {
      found.term = term.name;
    }
  }
  found.layer = watch.name();
  if (!found.term.empty()) {
    const bool independent_rows = !model.couples_rows() && !objective.couples_rows();
    if (independent_rows && batch.target().is_cpu()) {
      BadRows(model, objective, batch, settings, found).look({0, batch.samples()});
    }
    return found;
  }
  LossTerms sums;
  AutogradExecutor(model, objective)
      .accumulate(batch, settings, 1.0 / static_cast<double>(batch.samples()), {.sums = &sums});
  for (const FlatParameters::Slice& slice : parameters.slices()) {
    if (!is_finite(FlatParameters::view(parameters.gradients(), slice))) {
      found.gradient = slice.name;
    }
  }
  return found;
}

std::string describe(const NonFinite& found, const std::string& data) {
  if (!found.weight.empty()) return fmt::format("{} is not finite", found.weight);
  if (found.term.empty()) {
    return found.gradient.empty() ? "a value is not finite"
                                  : fmt::format("the gradient of {} is not finite", found.gradient);
  }
  std::string text = fmt::format("{} is not finite", found.term);
  if (!found.layer.empty()) text += fmt::format(", first in the output of {}", found.layer);
  if (found.rows.empty()) return text;
  const auto more = found.row_count - static_cast<int64_t>(found.rows.size());
  return text + fmt::format(", in row{} {}{} of {} (counted from 0)",
                            found.row_count > 1 ? "s" : "", fmt::join(found.rows, ", "),
                            more > 0 ? fmt::format(" and {} more", more) : "", data);
}

}  // namespace ae
