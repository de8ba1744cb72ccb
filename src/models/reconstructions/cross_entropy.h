#pragma once

#include "models/reconstruction.h"

namespace ae {

/// Binary cross-entropy of logits: what bce and bernoulli have in common.
class CrossEntropy : public Reconstruction {
 public:
  at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target) const override;
  BatchError batch(const at::Tensor& output, const at::Tensor& target) const override;
  at::Tensor mean(const at::Tensor& output) const override { return output.sigmoid(); }
  bool takes_logits() const override { return true; }
  Domain domain() const override { return {0, 1}; }

 protected:
  /// What the sum over a sample's features is multiplied by.
  virtual double feature_weight(int64_t features) const = 0;
};

}  // namespace ae
