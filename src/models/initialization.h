#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <span>

#include "config/part.h"

namespace ae {

/// How the weights of a layer begin.
class Initialization {
 public:
  virtual ~Initialization() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// Fills a layer's parameters in place.
  /// @param weight  [out, in]
  /// @param bias    [out]
  virtual void fill(const at::Tensor& weight, const at::Tensor& bias,
                    const at::Generator& generator) const = 0;

  static std::span<const PartEntry<Initialization>> table();
};

}  // namespace ae
