#pragma once

#include <ATen/TensorOperators.h>

#include <functional>

#include "data/step.h"

namespace ae {

/// (x - offset) / divisor, with an offset and a divisor for each column.
class AffineStep : public Step {
 public:
  /// @param offset, divisor  [D] float64; a divisor of 0, of a constant column, counts as 1
  AffineStep(at::Tensor offset, const at::Tensor& divisor)
      : offset_(std::move(offset)), divisor_(divisor.masked_fill(divisor.eq(0), 1)) {}

  at::Tensor forward(const at::Tensor& rows) const override { return (rows - offset_) / divisor_; }
  at::Tensor inverse(const at::Tensor& rows) const override { return rows * divisor_ + offset_; }
  Json state() const override {
    return {{"offset", double_vector(offset_)}, {"divisor", double_vector(divisor_)}};
  }

 private:
  at::Tensor offset_;   // [D]
  at::Tensor divisor_;  // [D]
};

/// A step that fits an offset and a divisor to each column.
class AffineSpec : public StepSpec {
 public:
  struct Fit {
    double offset;
    double divisor;
  };

  std::unique_ptr<Step> fit(const StepRows& rows) const override;
  std::unique_ptr<Step> restore(const Json& state, int64_t width) const override;

 protected:
  /// @param values  of the column without gaps, at least one; may be changed
  virtual Fit fit_column(std::vector<double>& values) const = 0;
};

}  // namespace ae
