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
  /// @param weight  [out, in]; of a convolution [out, in, kernel…], transposed [in, out, kernel…]
  /// @param bias    [out]
  virtual void fill(const at::Tensor& weight, const at::Tensor& bias,
                    const at::Generator& generator) const = 0;

  static std::span<const PartEntry<Initialization>> table();
};

/// Inputs that an output adds up and outputs that an input reaches, as torch.nn.init counts them:
/// by the weight's second and first axis, times the kernel's extent. Of a transposed convolution
/// that is the other way round, and forgets its stride.
struct Fans {
  double in;
  double out;
};
Fans fans_of(const at::Tensor& weight);

}  // namespace ae
