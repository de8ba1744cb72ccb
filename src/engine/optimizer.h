#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/part.h"
#include "engine/flat_parameters.h"

namespace ae {

/// Updates flat parameters by their gradients. What it remembers is laid out like them.
class Optimizer {
 public:
  /// A tensor to keep between steps, by the name that PyTorch's optimiser gives it.
  using State = std::vector<std::pair<std::string, at::Tensor>>;

  virtual ~Optimizer() = default;
  /// Allocates nothing of the parameters' size, and may use up the gradients.
  /// @param step  updates made before this one
  virtual void update(FlatParameters& parameters, double learning_rate, int64_t step) = 0;
  /// The tensors themselves, not copies.
  virtual State state() const = 0;
};

class OptimizerSpec {
 public:
  virtual ~OptimizerSpec() = default;
  /// Declares learning_rate and what else the optimiser has.
  virtual void visit(OptionVisitor& visitor) = 0;
  /// @throws Error(usage) naming the options that contradict each other
  virtual void check(const std::string& /*config*/) const {}
  virtual std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const = 0;
  /// Its peak, where a schedule changes it.
  double learning_rate() const { return learning_rate_; }

  static std::span<const PartEntry<OptimizerSpec>> table();

 protected:
  explicit OptimizerSpec(double learning_rate) : learning_rate_(learning_rate) {}
  void declare_learning_rate(OptionVisitor& visitor) {
    visitor.option("learning_rate", learning_rate_, above(0),
                   "Length of a step; where a schedule changes it, the peak.");
  }

 private:
  double learning_rate_;
};

}  // namespace ae
