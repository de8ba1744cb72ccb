#include "models/reconstructions/mixed.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bernoulli.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "models/column_losses.h"

namespace ae {
namespace {

/// Cross-entropy of a softmax over the features, of which one is 1.
class Softmax : public Reconstruction {
 public:
  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override {
    return target * output.log_softmax(1).neg();
  }
  double feature_weight(int64_t /*features*/) const override { return 1; }
  at::Tensor mean(const at::Tensor& output) const override { return output.softmax(1); }
  at::Tensor output_for(const at::Tensor& mean) const override {
    return mean.clamp_min(1e-6).log();  // a category may be absent
  }
  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    const at::Tensor drawn = mean(output).multinomial(1, /*replacement=*/true, generator);
    return at::zeros_like(output).scatter_(1, drawn, 1);
  }
};

}  // namespace

at::Tensor MixedReconstruction::Group::of(const at::Tensor& values, int64_t axis) const {
  return features.defined() ? values.index_select(axis, features.on(values.device()))
                            : values.narrow(axis, first, count);
}

MixedReconstruction::MixedReconstruction(const ReconstructionPart& numeric, const InputInfo& output)
    : is_sum_(numeric->is_likelihood()), masks_(output.gaps.has_value()) {
  if (output.groups.empty()) {
    add_numeric(numeric, output);
    return;
  }
  for (const FeatureGroup& features : output.groups) {
    Group group{features.type, features.first, features.count, nullptr};
    switch (features.type) {
      case ColumnType::numeric:
        add_numeric(numeric, output);
        continue;
      case ColumnType::boolean:
        group.loss = Part<ReconstructionSpec>("bernoulli")->build(features.count);
        columns_ += features.count;
        break;
      case ColumnType::categorical:
        group.loss = std::make_shared<Softmax>();
        ++columns_;
        break;
    }
    groups_.push_back(std::move(group));
  }
}

/// The numeric features, which come first.
void MixedReconstruction::add_numeric(const ReconstructionPart& numeric, const InputInfo& output) {
  std::vector<int64_t> place(static_cast<size_t>(output.width()));
  std::iota(place.begin(), place.end(), int64_t{0});
  for (const ColumnLoss& loss : column_losses(numeric, output)) {
    const auto count = static_cast<int64_t>(loss.features.size());
    Group group{ColumnType::numeric, loss.features.front(), count, loss.spec->build(count)};
    const bool own = loss.spec != numeric.share();
    register_module(own ? fmt::format("by_column_{}", groups_.size()) : "numeric", group.loss);
    if (loss.features.back() - group.first + 1 != count) {
      group.features = DeviceConstant(at::tensor(loss.features, at::kLong));
    }
    for (const int64_t feature : loss.features) place[static_cast<size_t>(feature)] = columns_++;
    groups_.push_back(std::move(group));
  }
  if (!std::is_sorted(place.begin(), place.end())) {
    order_ = DeviceConstant(at::tensor(place, at::kLong));
  }
}

template <class PartOf>
at::Tensor MixedReconstruction::by_group(PartOf part) const {
  std::vector<at::Tensor> parts;
  for (const Group& group : groups_) parts.push_back(part(group));
  const at::Tensor all = parts.size() == 1 ? parts.front() : at::cat(parts, -1);
  return order_.defined() ? all.index_select(-1, order_.on(all.device())) : all;
}

at::Tensor MixedReconstruction::per_value(const at::Tensor& output,
                                          const at::Tensor& target) const {
  const at::Tensor missing = masks_ ? target.isnan() : at::Tensor();
  const at::Tensor known = masks_ ? target.masked_fill(missing, 0) : target;
  const at::Tensor errors = by_group([&](const Group& group) {
    return group.loss->per_value(group.of(output, 1), group.of(known, 1));
  });
  return masks_ ? errors.masked_fill(missing, 0) : errors;
}

double MixedReconstruction::feature_weight(int64_t /*features*/) const {
  return is_sum_ ? 1 : 1 / static_cast<double>(columns_);
}

/// Columns of each row that are not missing, at least 1. [N, D] → [N]
at::Tensor MixedReconstruction::observed_columns(const at::Tensor& missing) const {
  at::Tensor counts;
  for (const Group& group : groups_) {
    at::Tensor observed = group.of(missing, 1).logical_not();
    if (group.type == ColumnType::categorical) observed = observed.narrow(1, 0, 1);
    const at::Tensor count = observed.sum(1);
    counts = counts.defined() ? counts + count : count;
  }
  return counts.clamp_min(1);
}

at::Tensor MixedReconstruction::per_sample(const at::Tensor& output, const at::Tensor& target,
                                           const at::Tensor& emphasis) const {
  at::Tensor errors = per_value(output, target);
  if (emphasis.defined()) errors = errors * emphasis;
  const at::Tensor sums = errors.sum(1);
  if (is_sum_) return sums;
  if (!masks_) return sums * feature_weight(target.size(1));
  return sums / observed_columns(target.isnan());
}

Reconstruction::BatchError MixedReconstruction::batch(const at::Tensor& output,
                                                      const at::Tensor& target) const {
  BatchError error{per_sample(output, target).sum(), {}};
  const c10::NoGradGuard no_grad;
  const at::Tensor difference = mean_given(output, target) - target;
  error.squared_error =
      (masks_ ? difference.masked_fill_(target.isnan(), 0) : difference).square().sum();
  return error;
}

at::Tensor MixedReconstruction::mean(const at::Tensor& output) const {
  return by_group([&](const Group& group) { return group.loss->mean(group.of(output, 1)); });
}

at::Tensor MixedReconstruction::mean_given(const at::Tensor& output,
                                           const at::Tensor& target) const {
  const at::Tensor known = masks_ ? target.nan_to_num(0) : target;
  return by_group([&](const Group& group) {
    return group.loss->mean_given(group.of(output, 1), group.of(known, 1));
  });
}

void MixedReconstruction::fit(const at::Tensor& mean) {
  for (const Group& group : groups_) {
    group.loss->fit(group.of(mean, 0));
  }
}

at::Tensor MixedReconstruction::output_for(const at::Tensor& mean) const {
  return by_group([&](const Group& group) { return group.loss->output_for(group.of(mean, -1)); });
}

at::Tensor MixedReconstruction::sample(const at::Tensor& output,
                                       const at::Generator& generator) const {
  return by_group(
      [&](const Group& group) { return group.loss->sample(group.of(output, 1), generator); });
}

}  // namespace ae
