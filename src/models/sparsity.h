#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "config/part.h"
#include "models/latent.h"
#include "models/operations.h"

namespace ae {

/// A penalty that makes codes sparse.
class Sparsity {
 public:
  virtual ~Sparsity() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// False for "none" alone.
  virtual bool is_active() const { return true; }
  /// What the penalty is multiplied by in the loss.
  virtual double weight() const = 0;
  /// The penalty before its weight, for a whole batch.
  /// @return  scalar; a mean over samples, or a function of the batch's statistics
  virtual at::Tensor penalty(const Posterior& posterior) const = 0;
  /// Values that the code must keep to for the penalty to be defined.
  virtual Activation::Bounds code_bounds() const { return {}; }
  /// True where it is no sum over rows, so that parts of a batch do not add up to the batch's.
  virtual bool couples_rows() const { return false; }
  /// True where it needs Posterior::active_count.
  virtual bool counts_active() const { return false; }

  virtual op::Sparsity operation() const { return {}; }

  static std::span<const PartEntry<Sparsity>> table();
};

}  // namespace ae
