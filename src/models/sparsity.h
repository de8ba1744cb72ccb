#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "config/part.h"
#include "models/latent.h"
#include "models/operations.h"

namespace ae {

/// Sparsity penalty on the code (activity regulariser).
class Sparsity {
 public:
  virtual ~Sparsity() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// False for "none" only.
  virtual bool is_active() const { return true; }
  /// Weight of the penalty in the loss.
  virtual double weight() const = 0;
  /// Unweighted penalty of a batch.
  /// @return  scalar: mean over samples, or a function of batch statistics
  virtual at::Tensor penalty(const Posterior& posterior) const = 0;
  /// Range of codes for which the penalty is defined.
  virtual Activation::Bounds code_bounds() const { return {}; }
  /// True if the penalty is not a sum over rows, so that a batch cannot be split.
  virtual bool couples_rows() const { return false; }
  /// True if the penalty needs Posterior::active_count.
  virtual bool counts_active() const { return false; }

  virtual op::Sparsity operation() const { return {}; }

  static std::span<const PartEntry<Sparsity>> table();
};

}  // namespace ae
