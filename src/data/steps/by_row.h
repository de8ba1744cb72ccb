#pragma once

#include "data/step.h"

namespace ae {

/// A step that takes a scale from each row, which cannot be given back.
class StepByRow : public Step {
 public:
  at::Tensor inverse(const at::Tensor& rows) const override { return rows; }
};

template <class ByRow>
class StepByRowSpec : public StepSpec {
 public:
  std::unique_ptr<Step> fit(const StepRows& /*rows*/) const override {
    return std::make_unique<ByRow>();
  }
  std::unique_ptr<Step> restore(const Json& /*state*/, int64_t /*width*/) const override {
    return std::make_unique<ByRow>();
  }
  bool discards_scale() const override { return true; }
  bool is_elementwise() const override { return false; }
};

}  // namespace ae
