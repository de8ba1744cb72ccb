#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>

#include "config/part.h"
#include "models/input_info.h"
#include "models/noise.h"

namespace ae {

/// What is done to the input of the encoder; the target stays clean.
class Corruption {
 public:
  virtual ~Corruption() = default;
  /// @param x  [B, D] scaled data
  /// @return   [B, D], x left as it is
  virtual at::Tensor apply(const at::Tensor& x, const Noise& noise) const = 0;
};

/// A corruption as the config describes it.
class CorruptionSpec {
 public:
  virtual ~CorruptionSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// @return null for "none" alone: there is nothing to undo
  /// @throws Error(usage) where rows of this shape cannot be corrupted so
  virtual std::unique_ptr<Corruption> build(const InputInfo& input) const = 0;
  /// False for "none" alone.
  virtual bool is_active() const { return true; }
  /// True where it is built with InputInfo::mean.
  virtual bool needs_mean() const { return false; }

  static std::span<const PartEntry<CorruptionSpec>> table();
};

/// A corruption, and how the loss weighs what it touched.
class CorruptionPart : public Part<CorruptionSpec> {
 public:
  CorruptionPart() : Part("none") {}
  void visit_shared(OptionVisitor& visitor) override;

  double corrupted_weight = 1;
  double clean_weight = 1;
};

}  // namespace ae
