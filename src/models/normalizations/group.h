#pragma once

#include "models/normalization.h"

namespace ae {

/// Group normalisation: each row by the mean and variance of each group of adjacent channels, over
/// all positions. Source: Wu & He 2018 (arXiv:1803.08494).
class GroupNormalization : public Normalization {
 public:
  GroupNormalization(int64_t channels, int64_t groups, double epsilon)
      : Normalization(channels), groups_(groups), epsilon_(epsilon) {}

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) override;
  op::Normalization operation() const override {
    return {.weight = weight_, .bias = bias_, .groups = groups_, .epsilon = epsilon_};
  }

 private:
  int64_t groups_;
  double epsilon_;
};

}  // namespace ae
