#pragma once

#include "models/reconstruction.h"

namespace ae {

/// Binary cross-entropy with logits; base of bce and bernoulli.
class CrossEntropy : public Reconstruction {
 public:
  at::Tensor per_value(const at::Tensor& output, const at::Tensor& target) const override;
  BatchError batch(const at::Tensor& output, const at::Tensor& target) const override;
  std::optional<PointwiseLoss> pointwise() const override { return PointwiseLoss::cross_entropy; }
  at::Tensor mean(const at::Tensor& output) const override { return output.sigmoid(); }
  at::Tensor output_for(const at::Tensor& mean) const override;
};

}  // namespace ae
