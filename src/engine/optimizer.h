#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/part.h"
#include "engine/flat_parameters.h"
#include "engine/index_range.h"

namespace ae {

/// Updates flat parameters by their gradients. State tensors are laid out like the parameters.
class Optimizer {
 public:
  /// State tensors, by the names of PyTorch's optimiser.
  using State = std::vector<std::pair<std::string, at::Tensor>>;

  /// Arguments of update_range().
  struct RangeUpdate {
    IndexRange range;       ///< of the flat buffer
    const void* gradients;  ///< of the range, in the parameters' type
    double learning_rate;
    int64_t step;  ///< number of updates before this one
  };

  /// Arguments of update_on_gpu(): tensors on the GPU, so that a captured graph reads new values.
  struct GpuUpdate {
    at::Tensor learning_rate;  ///< [] float32
    at::Tensor updates;        ///< [] float32, number of updates, this one included
  };

  virtual ~Optimizer() = default;
  /// Updates all trainable parameters on the calling thread. On a GPU the gradients are zeroed.
  /// @param step  number of updates before this one
  void update(FlatParameters& parameters, double learning_rate, int64_t step);
  /// Updates all trainable parameters on a GPU and zeroes their gradients. Allocates no tensor of
  /// the parameters' size.
  virtual void update_on_gpu(FlatParameters& parameters, const GpuUpdate& update) = 0;
  /// Updates a range of the parameters on the CPU. Thread-safe for disjoint ranges.
  virtual void update_range(FlatParameters& parameters, const RangeUpdate& update) = 0;
  /// The tensors themselves, not copies.
  virtual State state() const = 0;
};

class OptimizerSpec {
 public:
  virtual ~OptimizerSpec() = default;
  /// Declares learning_rate and the optimiser's other options.
  virtual void visit(OptionVisitor& visitor) = 0;
  /// @throws Error(usage) naming the options that contradict each other
  virtual void check(const std::string& /*config*/) const {}
  virtual std::unique_ptr<Optimizer> build(const FlatParameters& parameters) const = 0;
  /// Learning rate; with a schedule, its peak.
  double learning_rate() const { return learning_rate_; }

  static std::span<const PartEntry<OptimizerSpec>> table();

 protected:
  explicit OptimizerSpec(double learning_rate) : learning_rate_(learning_rate) {}
  void declare_learning_rate(OptionVisitor& visitor) {
    // The maximum of float32, rounded down.
    visitor.option("learning_rate", learning_rate_, {.min = 0, .max = 1e38, .min_open = true},
                   "Learning rate; with a schedule, its peak.");
  }

 private:
  double learning_rate_;
};

}  // namespace ae
