#pragma once

#include <memory>
#include <vector>

#include "models/device_constant.h"
#include "models/input_info.h"
#include "models/options.h"
#include "models/reconstruction.h"

namespace ae {

/// Reconstruction of features of several types: the config's losses for the numeric ones, the
/// Bernoulli likelihood for booleans, and a softmax over the categories of a column (nats each). A
/// NaN in the target is a missing value, which has no part in the loss.
class MixedReconstruction : public Reconstruction {
 public:
  /// @param numeric  losses of numeric features
  MixedReconstruction(const ReconstructionPart& numeric, const InputInfo& output);

  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override;
  /// 1, or 1 / columns if the numeric loss is a mean.
  double feature_weight(int64_t features) const override;
  /// A mean is over the columns that are not missing.
  at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target,
                        const at::Tensor& emphasis = {}) const override;
  BatchError batch(const at::Tensor& output, const at::Tensor& target) const override;
  /// Probabilities for booleans and categories.
  at::Tensor mean(const at::Tensor& output) const override;
  at::Tensor mean_given(const at::Tensor& output, const at::Tensor& target) const override;
  void fit(const at::Tensor& mean) override;
  at::Tensor output_for(const at::Tensor& mean) const override;
  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override;

 private:
  /// Features with one loss.
  struct Group {
    ColumnType type;
    int64_t first;
    int64_t count;
    std::shared_ptr<Reconstruction> loss;
    DeviceConstant features = {};  // numbers of them; undefined if they are neighbours from `first`

    at::Tensor of(const at::Tensor& values, int64_t axis) const;
  };

  void add_numeric(const ReconstructionPart& numeric, const InputInfo& output);

  /// Concatenates what `part` gives for the features of each group. [N, D] → [N, D]
  template <class PartOf>
  at::Tensor by_group(PartOf part) const;
  at::Tensor observed_columns(const at::Tensor& missing) const;

  std::vector<Group> groups_;
  DeviceConstant order_;  // place of each feature among those of the groups; undefined if the same
  int64_t columns_ = 0;
  bool is_sum_;
  bool masks_;
};

}  // namespace ae
