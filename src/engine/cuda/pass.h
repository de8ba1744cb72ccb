#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "engine/step_program.h"

namespace ae::cuda {

/// A model's way forth and back with a batch that lies on the GPU: what a graph records. Nothing in
/// it waits for the GPU.
class Pass {
 public:
  virtual ~Pass() = default;
  /// Adds the gradient of `scale` times the summed loss to the parameters' gradients.
  /// @param laps  of the caller, which has fetched the inputs
  /// @return      the terms, summed over the batch: [terms] float64
  virtual at::Tensor run(const PassInputs& inputs, const StepSettings& settings, double scale,
                         LatentUsage* usage, Laps& laps) = 0;
  /// Their names, once it has run.
  virtual const std::vector<const char*>& terms() const = 0;
  /// Brings the terms' weights to where a recording finds them.
  /// @return false where it cannot, so that a recording is for these weights alone
  virtual bool bring(const TermWeights& weights) = 0;
};

/// By autograd: for every model.
class AutogradPass : public Pass {
 public:
  explicit AutogradPass(AutogradProgram& program) : program_(program) {}

  at::Tensor run(const PassInputs& inputs, const StepSettings& settings, double scale,
                 LatentUsage* usage, Laps& laps) override {
    const std::vector<Term> terms = program_.accumulate(inputs, settings, scale, usage, laps);
    names_ = names_of(terms);
    return stacked(terms);
  }
  const std::vector<const char*>& terms() const override { return names_; }
  bool bring(const TermWeights& /*weights*/) override { return false; }

 private:
  AutogradProgram& program_;
  std::vector<const char*> names_;
};

}  // namespace ae::cuda
