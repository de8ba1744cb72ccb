#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>

#include "config/part.h"
#include "models/input_info.h"
#include "models/noise.h"

namespace ae {

/// Noise on the encoder's input; the target stays clean.
class Corruption {
 public:
  virtual ~Corruption() = default;
  /// @param x  [B, D] scaled data
  /// @return   [B, D] a new tensor, or x itself if nothing changes; x is not modified
  virtual at::Tensor apply(const at::Tensor& x, const Noise& noise) const = 0;
};

/// Options of a corruption, from the config.
class CorruptionSpec {
 public:
  virtual ~CorruptionSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// @return null for "none" only
  /// @throws Error(usage) if the options do not fit rows of this shape
  virtual std::unique_ptr<Corruption> build(const InputInfo& input) const = 0;
  /// False for "none" only.
  virtual bool is_active() const { return true; }
  /// True if build() needs InputInfo::mean.
  virtual bool needs_mean() const { return false; }

  static std::span<const PartEntry<CorruptionSpec>> table();
};

/// Corruption, and the loss weights of corrupted and clean values.
class CorruptionPart : public Part<CorruptionSpec> {
 public:
  CorruptionPart() : Part("none") {}
  void visit_shared(const std::string& /*type*/, OptionVisitor& visitor) override;

  double corrupted_weight = 1;
  double clean_weight = 1;
};

}  // namespace ae
