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

/// Updates flat parameters by their gradients. What it remembers is laid out like them.
class Optimizer {
 public:
  /// A tensor to keep between steps, by the name that PyTorch's optimiser gives it.
  using State = std::vector<std::pair<std::string, at::Tensor>>;

  /// One update of some of the parameters: the arguments of update_share.
  struct Change {
    IndexRange range;       ///< of the flat buffer
    const void* gradients;  ///< of the share, in the parameters' type
    double learning_rate;
    int64_t step;  ///< updates made before this one
  };

  /// What an update on a GPU takes from there, so that a recorded one need not be recorded again.
  struct GpuChange {
    at::Tensor learning_rate;  ///< [] float32
    at::Tensor updates;        ///< [] float32, this one counted
  };

  virtual ~Optimizer() = default;
  /// Updates all parameters by their gradients, by this thread alone. On a GPU these are 0
  /// afterwards.
  /// @param step  updates made before this one
  void update(FlatParameters& parameters, double learning_rate, int64_t step);
  /// The same on a GPU, after which the gradients are 0. Allocates nothing of the parameters' size.
  virtual void update_on_gpu(FlatParameters& parameters, const GpuChange& change) = 0;
  /// Updates some of the parameters on the CPU; threads may call it at once for shares apart.
  virtual void update_range(FlatParameters& parameters, const Change& change) = 0;
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
    // The bound keeps out what float32 cannot hold.
    visitor.option("learning_rate", learning_rate_, {.min = 0, .max = 1e38, .min_open = true},
                   "Length of a step; where a schedule changes it, the peak.");
  }

 private:
  double learning_rate_;
};

}  // namespace ae
