#include "models/reconstructions/mixed.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bernoulli.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <utility>

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

MixedReconstruction::MixedReconstruction(const ReconstructionSpec& numeric, const InputInfo& input)
    : is_sum_(numeric.is_likelihood()), masks_(input.gaps.has_value()) {
  std::vector<FeatureGroup> groups = input.groups;
  if (groups.empty()) groups.push_back({ColumnType::numeric, 0, input.width()});
  for (const FeatureGroup& features : groups) {
    Group group{features, nullptr};
    switch (features.type) {
      case ColumnType::numeric:
        group.loss = register_module("numeric", numeric.build(features.count));
        columns_ += features.count;
        break;
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

template <class PartOf>
at::Tensor MixedReconstruction::by_group(PartOf part) const {
  std::vector<at::Tensor> parts;
  for (const Group& group : groups_) parts.push_back(part(group));
  return parts.size() == 1 ? parts.front() : at::cat(parts, -1);
}

at::Tensor MixedReconstruction::per_value(const at::Tensor& output,
                                          const at::Tensor& target) const {
  const at::Tensor missing = masks_ ? target.isnan() : at::Tensor();
  const at::Tensor known = masks_ ? target.masked_fill(missing, 0) : target;
  const at::Tensor errors = by_group([&](const Group& group) {
    return group.loss->per_value(output.narrow(1, group.features.first, group.features.count),
                                 known.narrow(1, group.features.first, group.features.count));
  });
  return masks_ ? errors.masked_fill(missing, 0) : errors;
}

double MixedReconstruction::feature_weight(int64_t /*features*/) const {
  return is_sum_ ? 1 : 1 / static_cast<double>(columns_);
}

/// Columns of each row that are not missing, at least 1. [N, D] → [N]
at::Tensor MixedReconstruction::observed_columns(const at::Tensor& missing) const {
  const at::Tensor counts = by_group([&](const Group& group) {
    const bool one = group.features.type == ColumnType::categorical;
    return missing.narrow(1, group.features.first, one ? 1 : group.features.count)
        .logical_not()
        .sum(1, /*keepdim=*/true);
  });
  return counts.sum(1).clamp_min(1);
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
  return by_group([&](const Group& group) {
    return group.loss->mean(output.narrow(1, group.features.first, group.features.count));
  });
}

at::Tensor MixedReconstruction::mean_given(const at::Tensor& output,
                                           const at::Tensor& target) const {
  const at::Tensor known = masks_ ? target.nan_to_num(0) : target;
  return by_group([&](const Group& group) {
    return group.loss->mean_given(output.narrow(1, group.features.first, group.features.count),
                                  known.narrow(1, group.features.first, group.features.count));
  });
}

void MixedReconstruction::fit(const at::Tensor& mean) {
  for (const Group& group : groups_) {
    group.loss->fit(mean.narrow(0, group.features.first, group.features.count));
  }
}

at::Tensor MixedReconstruction::output_for(const at::Tensor& mean) const {
  return by_group([&](const Group& group) {
    return group.loss->output_for(mean.narrow(-1, group.features.first, group.features.count));
  });
}

at::Tensor MixedReconstruction::sample(const at::Tensor& output,
                                       const at::Generator& generator) const {
  return by_group([&](const Group& group) {
    return group.loss->sample(output.narrow(1, group.features.first, group.features.count),
                              generator);
  });
}

}  // namespace ae
